import RenewalCore

/// What was paid and what the rules will pay, month by month, if nothing stands
/// against it and prices stay.
package struct ForecastCall: ControlCall {
  package static let method = "Forecast"

  /// With the present one, 1 to 36; 12 unless given.
  package var months: Int?
  /// Before the present one, 0 to 36; none unless given.
  package var past: Int?

  package init(months: Int? = nil, past: Int? = nil) {
    self.months = months
    self.past = past
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var at: Timestamp
    /// In their order; the present one is the first that ends after `at`.
    package var months: [MonthForecast]
    /// Of accounts whose balance is known.
    package var balances: [BalanceForecast]
    /// What will be paid in all months, by currency.
    package var totals: [Money]
    /// Renewals whose price nobody knows yet; they are in no sum.
    package var unpriced: Int

    package init(
      at: Timestamp, months: [MonthForecast], balances: [BalanceForecast], totals: [Money],
      unpriced: Int
    ) {
      self.at = at
      self.months = months
      self.balances = balances
      self.totals = totals
      self.unpriced = unpriced
    }
  }
}

package struct MonthForecast: Codable, Hashable, Sendable {
  package var month: MonthReport
  /// What the ledger says, by currency.
  package var paid: [Money]
  package var paidRenewals: Int
  /// What the rules will pay, by currency.
  package var planned: [Money]
  package var plannedRenewals: Int
  /// Of the planned ones, those without a price.
  package var unpriced: Int

  package init(
    month: MonthReport, paid: [Money], paidRenewals: Int, planned: [Money], plannedRenewals: Int,
    unpriced: Int
  ) {
    self.month = month
    self.paid = paid
    self.paidRenewals = paidRenewals
    self.planned = planned
    self.plannedRenewals = plannedRenewals
    self.unpriced = unpriced
  }
}

package struct BalanceForecast: Codable, Hashable, Sendable {
  package var account: AccountName
  package var balance: Money
  /// The first payment for which it does not suffice, if nobody adds to it;
  /// null: it lasts for all of them.
  package var endsAt: Timestamp?
  /// Its day in the zone of the schedule.
  package var lastDay: String?

  package init(
    account: AccountName, balance: Money, endsAt: Timestamp? = nil, lastDay: String? = nil
  ) {
    self.account = account
    self.balance = balance
    self.endsAt = endsAt
    self.lastDay = lastDay
  }
}

/// Runs the rules over the inventory on a clock of its own, with budgets, fuses
/// and approvals, as if the mode were pay: what they would pay for, and what not.
package struct SimulateCall: ControlCall {
  package static let method = "Simulate"

  /// Null: the configuration in force.
  package var sources: [ConfigurationText]?
  /// With the present one, 1 to 36; 12 unless given.
  package var months: Int?
  /// Whether people give every approval that is asked for.
  package var approve: Bool?
  package var after: String?
  /// 1 to 1000, 1000 unless given.
  package var limit: Int?

  package init(
    sources: [ConfigurationText]? = nil, months: Int? = nil, approve: Bool? = nil,
    after: String? = nil, limit: Int? = nil
  ) {
    self.sources = sources
    self.months = months
    self.approve = approve
    self.after = after
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var from: Timestamp
    package var until: Timestamp
    /// In order of time: what is paid for, and what is not.
    package var entries: [PlanEntry]
    /// Over all pages, as all that follows.
    package var months: [MonthForecast]
    package var totals: [Money]
    package var unpriced: Int
    /// Groups that a rule is to renew and that expire unpaid.
    package var unpaid: Int
    /// What stands against every payment at present, which the run leaves out.
    package var notes: [String]
    package var next: String?

    package init(
      from: Timestamp, until: Timestamp, entries: [PlanEntry], months: [MonthForecast],
      totals: [Money], unpriced: Int, unpaid: Int, notes: [String], next: String? = nil
    ) {
      self.from = from
      self.until = until
      self.entries = entries
      self.months = months
      self.totals = totals
      self.unpriced = unpriced
      self.unpaid = unpaid
      self.notes = notes
      self.next = next
    }
  }
}
