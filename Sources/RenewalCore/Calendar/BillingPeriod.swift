/// What can be bought: the closed set of renewal periods.
///
/// Other pairs pass the call and fail when the order is placed, so they must
/// not exist here (API reference, section 5.1).
package enum BillingPeriod: String, CaseIterable, Hashable, Sendable, Codable {
  case oneWeek = "1 Week"
  case oneMonth = "1 Month"
  case twoMonths = "2 Month"
  case threeMonths = "3 Month"
  case sixMonths = "6 Month"
  case oneYear = "1 Year"
  case twoYears = "2 Year"
  case threeYears = "3 Year"

  package enum Unit: String, Sendable, CaseIterable {
    case week = "Week"
    case month = "Month"
    case year = "Year"
  }

  /// The number that travels as `Period`.
  package var count: Int {
    switch self {
    case .oneWeek, .oneMonth, .oneYear: 1
    case .twoMonths, .twoYears: 2
    case .threeMonths, .threeYears: 3
    case .sixMonths: 6
    }
  }

  /// The word that travels as `PeriodUnit`; its case matters to the cloud.
  package var unit: Unit {
    switch self {
    case .oneWeek: .week
    case .oneMonth, .twoMonths, .threeMonths, .sixMonths: .month
    case .oneYear, .twoYears, .threeYears: .year
    }
  }

  /// `nil` for a pair that is not sold, such as 2 Week.
  package init?(count: Int, unit: Unit) {
    guard let period = Self.allCases.first(where: { $0.count == count && $0.unit == unit })
    else { return nil }
    self = period
  }

  /// Calendar months, or `nil` for the week.
  package var months: Int? {
    switch unit {
    case .week: nil
    case .month: count
    case .year: count * 12
    }
  }

  /// The least that a renewal by this period moves an expiry.
  ///
  /// A day less than the shortest calendar form (28 days a month, 365 a year),
  /// for the hour at which the cloud ends a term is its own affair.
  package var minimumExtension: Span {
    switch unit {
    case .week: .days(6)
    case .month: .days(Int64(28 * count - 1))
    case .year: .days(Int64(365 * count - 1))
    }
  }

  /// The most that one renewal by this period moves an expiry, with a day to
  /// spare: any move beyond it holds more than one renewal.
  package var maximumExtension: Span {
    switch unit {
    case .week: .days(8)
    case .month: .days(Int64(31 * count + 1))
    case .year: .days(Int64(366 * count + 1))
    }
  }

  /// Where the expiry is expected after one renewal.
  ///
  /// A forecast in Beijing's calendar (UTC+8, where terms end at midnight):
  /// 31 January + 1 month is 28 February. The observed expiry is the truth.
  package func forecast(from expiry: Instant) -> Instant {
    guard let months else { return expiry + .days(7) }
    let beijing = Span.hours(8)
    let (date, second) = expiry.civil(offset: beijing)
    let days = Int64(date.adding(months: months).daysSinceEpoch)
    return Instant(days * 86400 + Int64(second)) - beijing
  }
}
