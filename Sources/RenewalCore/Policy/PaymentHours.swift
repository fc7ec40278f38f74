/// When renewals may be paid for: hours of the week and times that are closed,
/// by the clock of a named zone.
///
/// They are a wish, not a limit: near an expiry they give way (`RenewalTiming`).
package struct PaymentHours: Hashable, Sendable {
  package var zone: NamedZone
  /// Hours in which renewals are paid for. Empty: always.
  package var windows: [WeeklyHours]
  /// Hours in which people are there. Empty: always.
  package var staffed: [WeeklyHours]
  package var blackouts: [Blackout]

  package init(
    zone: NamedZone = .utc, windows: [WeeklyHours] = [], staffed: [WeeklyHours] = [],
    blackouts: [Blackout] = []
  ) {
    self.zone = zone
    self.windows = windows
    self.staffed = staffed
    self.blackouts = blackouts
  }

  package static let always = PaymentHours()

  /// Whether nothing is ever closed, in whatever zone.
  package var areUnlimited: Bool { windows.isEmpty && staffed.isEmpty && blackouts.isEmpty }

  /// Why it is closed; `nil` while it is open.
  package func closure(at instant: Instant) -> Closure? {
    if let blackout = blackouts.first(where: { $0.contains(instant) }) {
      return .blackout(until: blackout.until)
    }
    let wall = zone.wallTime(at: instant)
    if !windows.isEmpty, !windows.contains(where: { $0.contains(wall) }) { return .windows }
    if !staffed.isEmpty, !staffed.contains(where: { $0.contains(wall) }) { return .staffedHours }
    return nil
  }

  package enum Closure: Hashable, Sendable {
    case windows
    case staffedHours
    case blackout(until: Instant)
  }

  /// The first open instant at or after another, looking no further than a limit.
  package func opening(from instant: Instant, limit: Instant) -> Instant {
    var instant = instant
    while instant < limit {
      switch closure(at: instant) {
      case nil: return instant
      case .blackout(let until): instant = until
      case .windows, .staffedHours:
        // Nothing opens within eight days: nothing ever does.
        guard let next = nextEdge(after: instant) else { return limit }
        instant = next
      }
    }
    return limit
  }

  /// The next instant at which weekly hours begin, or the clock is set.
  private func nextEdge(after instant: Instant) -> Instant? {
    let today = zone.wallTime(at: instant).date
    var edges: [Instant] = []
    for offset in 0...8 {
      let date = today.adding(days: offset)
      for hours in windows + staffed where hours.weekday == date.weekday {
        let start = WallTime(date: date, second: hours.start)
        edges += zone.instants(of: start) + [zone.first(start)]
      }
      // The days come in order, so that the first to have one has the next.
      if let next = edges.filter({ $0 > instant }).min() {
        return zone.nextTransition(after: instant).map { min($0, next) } ?? next
      }
    }
    return nil
  }

  /// The longest time without an open moment in a week of the clock.
  /// Blackouts are not part of it: each comes once.
  package var longestClosure: Span {
    let week: Int64 = 7 * 86400
    func openings(_ hours: [WeeklyHours]) -> [(Int64, Int64)] {
      guard !hours.isEmpty else { return [(0, week)] }
      return hours.map { hours in
        let day = Int64(hours.weekday) * 86400
        return (day + Int64(hours.start), day + Int64(hours.end))
      }
    }
    var both: [(start: Int64, end: Int64)] = []
    for one in openings(windows) {
      for other in openings(staffed) where max(one.0, other.0) < min(one.1, other.1) {
        both.append((max(one.0, other.0), min(one.1, other.1)))
      }
    }
    both.sort { $0 < $1 }
    guard let first = both.first else { return .seconds(week) }
    var longest: Int64 = 0
    var open = first.end
    for (start, end) in both.dropFirst() {
      longest = max(longest, start - open)
      open = max(open, end)
    }
    return .seconds(max(longest, first.start + week - open))
  }
}

/// Hours of one day of the week, by the clock on the wall.
package struct WeeklyHours: Hashable, Sendable {
  /// Monday is 0.
  package var weekday: Int
  /// Seconds of the day; the end does not belong to it and is at most 86,400.
  package var start: Int
  package var end: Int

  package init(weekday: Int, start: Int, end: Int) {
    self.weekday = weekday
    self.start = start
    self.end = end
  }

  package func contains(_ wall: WallTime) -> Bool {
    wall.date.weekday == weekday && wall.second >= start && wall.second < end
  }
}

/// A time in which nothing is paid for; the end does not belong to it.
package struct Blackout: Hashable, Sendable {
  package var from: Instant
  package var until: Instant

  package init(from: Instant, until: Instant) {
    self.from = from
    self.until = until
  }

  package func contains(_ instant: Instant) -> Bool { instant >= from && instant < until }
}
