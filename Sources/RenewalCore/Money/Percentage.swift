/// A share in hundredths of a percent: exact, and fine enough for a rule.
package struct Percentage: Hashable, Sendable, CustomStringConvertible {
  /// 10,000 is the whole.
  package var hundredths: Int

  package init(hundredths: Int) { self.hundredths = hundredths }

  /// `10%` or `2.5%`.
  package var description: String {
    let fraction = hundredths % 100
    let digits = fraction < 10 ? "0\(fraction)" : "\(fraction)"
    return fraction == 0
      ? "\(hundredths / 100)%"
      : "\(hundredths / 100).\(fraction % 10 == 0 ? String(digits.dropLast()) : digits)%"
  }

  /// The share of a count, rounded up; never negative.
  package func roundedUp(of count: Int) -> Int {
    let (product, overflow) = max(0, count).multipliedReportingOverflow(by: max(0, hundredths))
    return overflow ? .max : product / 10_000 + (product % 10_000 == 0 ? 0 : 1)
  }
}

extension Money {
  /// Whether this amount is more than a share above another of the same currency.
  package func exceeds(_ last: Money, by share: Percentage) -> Bool {
    guard currency == last.currency else { return true }
    guard minorUnits > 0 else { return false }
    let own = UInt64(minorUnits).multipliedFullWidth(by: 10_000)
    let allowed = UInt64(max(0, last.minorUnits))
      .multipliedFullWidth(by: UInt64(10_000 + max(0, share.hundredths)))
    return (own.high, own.low) > (allowed.high, allowed.low)
  }
}
