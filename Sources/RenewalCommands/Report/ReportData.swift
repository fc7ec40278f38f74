import ControlProtocol
import RenewalCore

/// What the daemon answered, of which the report tells.
struct ReportData: Sendable {
  var status: StatusReport
  /// The earliest expiry first.
  var groups: [GroupReport]
  /// A year ahead.
  var plan: PlanCall.Reply
  /// The renewals opened in the eleven months before this one and since.
  var renewals: [RenewalReport]
  /// What was settled of those, as the daemon added it up.
  var totals: [Money]
  /// In the order in which they are asked.
  var rules: [RuleReport]

  var now: Instant { status.now.instant }
  var thisMonth: CalendarMonth { CalendarMonth(of: now) }
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
  /// This month, eleven back and eleven ahead for each currency, the months without money
  /// included. Paid counts where the renewal was opened, as the ledger's filter does.
  func spending() -> [[MonthOfSpending]] {
    let months = (0..<23).map { firstMonth.adding($0) }
    let paid = renewals.compactMap { renewal in
      renewal.paid.map { (CalendarMonth(of: renewal.openedAt.instant), $0) }
    }
    let planned = expectedPayments(until: thisMonth.adding(12).start() - .seconds(1)).map {
      (CalendarMonth(of: $0.at), $0.amount)
    }
    let currencies = Set((paid + planned).map(\.1.currency.code)).sorted()
    return currencies.compactMap { Currency($0) }.map { currency in
      var rows = months.map {
        MonthOfSpending(
          month: $0, paid: Money(minorUnits: 0, currency: currency),
          planned: Money(minorUnits: 0, currency: currency))
      }
      for (month, amount) in paid where amount.currency == currency {
        guard let index = months.firstIndex(of: month) else { continue }
        rows[index].paid = rows[index].paid.saturatingSum(amount)
        rows[index].paidCount += 1
      }
      for (month, amount) in planned where amount.currency == currency {
        guard let index = months.firstIndex(of: month) else { continue }
        rows[index].planned = rows[index].planned.saturatingSum(amount)
        rows[index].plannedCount += 1
      }
      return rows
    }
  }

  /// What will be paid in the 30 days from now, and how many renewals have no price yet.
  func plannedSoon() -> (payments: [ExpectedPayment], unpriced: Int) {
    let end = now + .days(30)
    return (
      expectedPayments(until: end),
      plan.entries.count { $0.spends && $0.price == nil && $0.at.instant <= end }
    )
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
