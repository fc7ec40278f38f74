import ControlProtocol
import RenewalCore

/// A payment that follows from the rules, if nothing stands against it.
struct ExpectedPayment: Hashable, Sendable {
  var account: AccountName
  var at: Instant
  var amount: Money
}

extension ReportData {
  /// What will be paid until then, in order of time: each planned renewal, and those
  /// that follow it when the expiry moves as the calendar says, at the newest price of
  /// the group. Groups without a price are not in it.
  func expectedPayments(until end: Instant) -> [ExpectedPayment] {
    let lead = Dictionary(
      groups.compactMap { group -> (String, Span)? in
        guard let expiry = group.expiry, let due = group.dueAt else { return nil }
        return (group.key, expiry.instant - due.instant)
      }, uniquingKeysWith: { $1 })
    var payments: [ExpectedPayment] = []
    for entry in plan.entries where entry.spends {
      guard let amount = entry.price else { continue }
      var (at, expiry) = (entry.at.instant, entry.expiry.instant)
      while at <= end {
        payments.append(ExpectedPayment(account: entry.account, at: at, amount: amount))
        // A period of a newer daemon has no calendar here: only its next renewal counts.
        guard let period = entry.period.flatMap({ BillingPeriod(rawValue: $0) }) else { break }
        expiry = period.forecast(from: expiry)
        at = max(expiry - (lead["\(entry.account)/\(entry.group)"] ?? .zero), at + .days(1))
      }
    }
    return payments.sorted { $0.at < $1.at }
  }

  /// The first payment for which an account's balance does not suffice, if nobody adds
  /// to it; `nil` where it lasts for all of them.
  func endOfBalance(of account: AccountReport, _ payments: [ExpectedPayment]) -> Instant? {
    guard var rest = account.balance else { return nil }
    for payment in payments where payment.account.text == account.name {
      guard payment.amount.currency == rest.currency else { continue }
      rest.minorUnits =
        rest.minorUnits.subtractingReportingOverflow(payment.amount.minorUnits)
        .partialValue
      if rest.minorUnits < 0 { return payment.at }
    }
    return nil
  }

  /// The same with prices where the daemon has no quote: what was paid last for the
  /// group and the period.
  func pricedFromLedger() -> ReportData {
    var paid: [String: Money] = [:]
    for renewal in renewals {
      if let amount = renewal.paid { paid["\(renewal.groupKey) \(renewal.period)"] = amount }
    }
    var data = self
    for index in data.groups.indices where data.groups[index].price == nil {
      let group = data.groups[index]
      data.groups[index].price = paid["\(group.key) \(group.period ?? "")"]
    }
    for index in data.plan.entries.indices where data.plan.entries[index].price == nil {
      let entry = data.plan.entries[index]
      data.plan.entries[index].price =
        paid["\(entry.account)/\(entry.group) \(entry.period ?? "")"]
    }
    return data
  }
}
