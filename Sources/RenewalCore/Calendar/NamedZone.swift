/// A time zone by its name: which offset from UTC is in force when.
///
/// A value with all its transitions, so that whatever follows from it is the
/// same on every machine. The configuration makes it from the system's
/// database; here is only UTC.
package struct NamedZone: Hashable, Sendable {
  /// Such as `Asia/Shanghai`.
  package var name: String
  /// Before the first transition.
  package var firstOffset: Span
  /// In order of time; each with the offset from it on.
  package var transitions: [Transition]

  package struct Transition: Hashable, Sendable {
    package var at: Instant
    package var offset: Span

    package init(at: Instant, offset: Span) {
      self.at = at
      self.offset = offset
    }
  }

  package init(name: String, firstOffset: Span, transitions: [Transition] = []) {
    self.name = name
    self.firstOffset = firstOffset
    self.transitions = transitions
  }

  package static let utc = NamedZone(name: "UTC", firstOffset: .zero)

  package func offset(at instant: Instant) -> Span {
    let index = firstTransition(after: instant)
    return index == 0 ? firstOffset : transitions[index - 1].offset
  }

  /// The first transition after an instant, if there is one.
  package func nextTransition(after instant: Instant) -> Instant? {
    let index = firstTransition(after: instant)
    return index < transitions.count ? transitions[index].at : nil
  }

  /// What a clock on the wall shows.
  package func wallTime(at instant: Instant) -> WallTime {
    let (date, second) = instant.civil(offset: offset(at: instant))
    return WallTime(date: date, second: second)
  }

  /// Every instant at which the clock on the wall shows this time: one as a
  /// rule, two where the clock was set back, none where it was set forward.
  package func instants(of wall: WallTime) -> [Instant] {
    offsets(around: wall).map { Instant(wall.secondsAsUTC) - $0 }
      .filter { wallTime(at: $0) == wall }.sorted()
  }

  /// The first instant at which the clock shows this time, or has jumped past it.
  ///
  /// Berlin, 2026-03-29: 02:30 does not exist; the clock goes from 02:00 to
  /// 03:00 at 01:00Z, which is the answer. 2026-10-25: 02:30 exists twice, and
  /// the answer is the earlier one, in summer time.
  package func first(_ wall: WallTime) -> Instant {
    instants(of: wall).first ?? jump(over: wall)
  }

  /// As `first`, and the later one where there are two.
  package func last(_ wall: WallTime) -> Instant {
    instants(of: wall).last ?? jump(over: wall)
  }

  /// The first instant of a calendar day; most days begin at midnight.
  package func start(of date: CivilDate) -> Instant { first(WallTime(date: date, second: 0)) }

  private func jump(over wall: WallTime) -> Instant {
    // The offset before the gap takes the time for one after it, the offset after the
    // gap for one before it: the clock was set forward between the two.
    let readings = offsets(around: wall).map { Instant(wall.secondsAsUTC) - $0 }
    let latest = readings.reduce(Instant(.min), max)
    let earliest = readings.reduce(latest, min)
    return transitions[..<firstTransition(after: latest)].reduce(earliest) { max($0, $1.at) }
  }

  /// All offsets in force within two days: none is further from UTC than a day.
  private func offsets(around wall: WallTime) -> Set<Span> {
    let middle = Instant(wall.secondsAsUTC)
    var found: Set = [offset(at: middle - .days(1))]
    var index = firstTransition(after: middle - .days(1))
    while index < transitions.count, transitions[index].at <= middle + .days(1) {
      found.insert(transitions[index].offset)
      index += 1
    }
    return found
  }

  private func firstTransition(after instant: Instant) -> Int {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A calendar day and a second of it, without a zone.
package struct WallTime: Hashable, Comparable, Sendable {
  package var date: CivilDate
  /// 0 to 86,399.
  package var second: Int

  package init(date: CivilDate, second: Int) {
    self.date = date
    self.second = second
  }

  /// What the instant would be if the clock showed UTC.
  var secondsAsUTC: Int64 { Int64(date.daysSinceEpoch) * 86400 + Int64(second) }

  package static func < (left: WallTime, right: WallTime) -> Bool {
    (left.date, left.second) < (right.date, right.second)
  }
}

extension CivilDate {
  /// Monday is 0. The first of January 1970 was a Thursday.
  package var weekday: Int { ((daysSinceEpoch + 3) % 7 + 7) % 7 }

  package func adding(days: Int) -> CivilDate {
    CivilDate(daysSinceEpoch: daysSinceEpoch + days)
  }
}
