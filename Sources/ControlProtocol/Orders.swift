import RenewalCore

/// What the cloud's billing says of an account's renewal orders in a month, and
/// of the orders of groups that were created here. It is asked now, one free
/// question after the other.
package struct OrdersCall: ControlCall {
  package static let method = "Orders"

  /// May be left out where only one is configured.
  package var account: AccountName?
  /// Such as 2026-03, in the zone of the schedule; the present one unless given.
  package var month: String?

  package init(account: AccountName? = nil, month: String? = nil) {
    self.account = account
    self.month = month
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var account: AccountName
    package var month: MonthReport
    /// In order of time.
    package var orders: [OrderReport]

    package init(account: AccountName, month: MonthReport, orders: [OrderReport]) {
      self.account = account
      self.month = month
      self.orders = orders
    }
  }
}

/// An order of the cloud's billing.
package struct OrderReport: Codable, Hashable, Sendable {
  package var order: OrderID
  /// In the cloud's words: Paid, Unpaid, Cancelled.
  package var status: String
  package var createdAt: Timestamp?
  package var amount: Money?
  /// By the ids that billing uses.
  package var groups: [GroupID]
  /// In the cloud's words: Renew, New. Nothing from a daemon that tells of
  /// renewals alone.
  package var type: String?

  package init(
    order: OrderID, status: String, createdAt: Timestamp? = nil, amount: Money? = nil,
    groups: [GroupID], type: String? = nil
  ) {
    self.order = order
    self.status = status
    self.createdAt = createdAt
    self.amount = amount
    self.groups = groups
    self.type = type
  }

  /// Of a new group.
  package static let newType = "New"
  package static let renewalType = "Renew"
}

/// Asks the cloud what the next renewals cost, so that the plan shows it: what
/// was asked within the hour is not asked again.
package struct AskPricesCall: ControlCall {
  package static let method = "AskPrices"

  /// Of renewals due until then, within ten years; 30 days unless given.
  package var until: Timestamp?

  package init(until: Timestamp? = nil) { self.until = until }

  package struct Reply: Codable, Hashable, Sendable {
    /// How many prices the cloud told.
    package var asked: Int
    /// How many are still missing; two hundred are asked for at most.
    package var remaining: Int
    /// Why the last one that failed is missing.
    package var problem: String?

    package init(asked: Int, remaining: Int, problem: String? = nil) {
      self.asked = asked
      self.remaining = remaining
      self.problem = problem
    }
  }
}
