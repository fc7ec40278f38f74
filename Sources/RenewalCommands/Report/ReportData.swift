import ControlProtocol
import RenewalCore

/// What the daemon answered, of which the report tells.
struct ReportData: Sendable {
  var status: StatusReport
  /// The earliest expiry first.
  var groups: [GroupReport]
  /// The next step of each group in a year.
  var plan: PlanCall.Reply
  /// Of what the rules pay in 30 days, the sums.
  var soon: PlanCall.Reply
  /// Eleven months back, this one and eleven ahead.
  var forecast: ForecastCall.Reply
  /// The renewals opened in the eleven months before this one and since.
  var renewals: [RenewalReport]
  /// What was paid for those, as the daemon added it up.
  var totals: [Money]
  /// In the order in which they are asked.
  var rules: [RuleReport]

  var now: Instant { status.now.instant }
  /// In the zone of the schedule, as budgets and the ledger count it.
  var present: MonthForecast? {
    forecast.months.first { $0.month.to.instant > forecast.at.instant }
  }
  var thisMonth: CalendarMonth {
    present.flatMap { CalendarMonth($0.month.name) } ?? CalendarMonth(of: now)
  }
  var firstMonth: CalendarMonth { thisMonth.adding(-11) }

  /// The groups' names by account and id.
  var names: [String: String] {
    Dictionary(groups.map { ($0.key, $0.name) }, uniquingKeysWith: { $1 })
  }
}

extension GroupReport {
  /// What identifies it among all accounts.
  var key: String { "\(account)/\(id)" }
}

extension RenewalReport {
  var groupKey: String { "\(account)/\(group)" }
}

/// The spending of a calendar month in one currency.
struct MonthOfSpending: Hashable, Sendable {
  var month: CalendarMonth
  var paid: Money
  var paidCount = 0
  /// What the rules will pay, as far as prices are known.
  var planned: Money
  var plannedCount = 0
}

extension ReportData {
  /// Eleven months back, this one and eleven ahead for each currency, the months without
  /// money included.
  func spending() -> [[MonthOfSpending]] {
    let currencies = Set(forecast.months.flatMap { $0.paid + $0.planned }.map(\.currency))
    return currencies.sorted { $0.code < $1.code }.map { currency in
      func amount(_ amounts: [Money]) -> Money? { amounts.first { $0.currency == currency } }
      let none = Money(minorUnits: 0, currency: currency)
      return forecast.months.compactMap { month in
        CalendarMonth(month.month.name).map {
          let (paid, planned) = (amount(month.paid), amount(month.planned))
          return MonthOfSpending(
            month: $0, paid: paid ?? none, paidCount: paid == nil ? 0 : month.paidRenewals,
            planned: planned ?? none, plannedCount: planned == nil ? 0 : month.plannedRenewals)
        }
      }
    }
  }
}

extension PlanEntry {
  /// Whether money leaves with it, if nothing stands against it.
  var spends: Bool { step == .renew || step == .approve }
}

/// The amounts by currency, in order of its code.
func sums(_ amounts: [Money]) -> [Money] {
  Dictionary(amounts.map { ($0.currency.code, $0) }) { $0.saturatingSum($1) }
    .sorted { $0.key < $1.key }.map(\.value)
}

extension Money {
  /// Of the same currency. A sum beyond 64 bits stays at the largest amount, which
  /// nobody will take for a real one.
  fileprivate func saturatingSum(_ other: Money) -> Money {
    (try? adding(other)) ?? Money(minorUnits: .max, currency: currency)
  }
}
