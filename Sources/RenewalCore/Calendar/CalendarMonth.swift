/// A month of the calendar, such as `2026-03`.
package struct CalendarMonth: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since the year 0.
  private var index: Int

  /// The month that the calendar of a zone shows at an instant.
  package init(of instant: Instant, in zone: NamedZone = .utc) {
    self.init(zone.wallTime(at: instant).date)
  }

  /// The month of a day.
  package init(_ date: CivilDate) { index = date.year * 12 + date.month - 1 }

  /// `nil` unless the text is four digits, a hyphen and a month from 01 to 12.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
      parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let year = Int(parts[0]), let number = Int(parts[1]), (1...12).contains(number)
    else { return nil }
    index = year * 12 + number - 1
  }

  package var year: Int { index / 12 }
  /// 1 to 12.
  package var number: Int { index % 12 + 1 }

  /// Its first instant in a zone; the month ends where the next one starts.
  ///
  /// March 2026 in Berlin: from 02-28T23:00Z, in winter time, to 03-31T22:00Z.
  package func start(in zone: NamedZone = .utc) -> Instant {
    zone.start(of: CivilDate(year: year, month: number, day: 1))
  }

  package func adding(_ months: Int) -> CalendarMonth {
    var result = self
    result.index += months
    return result
  }

  package static func < (left: CalendarMonth, right: CalendarMonth) -> Bool {
    left.index < right.index
  }

  package var description: String {
    let year = String(self.year)
    return String(repeating: "0", count: max(0, 4 - year.count)) + year
      + (number < 10 ? "-0" : "-") + "\(number)"
  }
}
