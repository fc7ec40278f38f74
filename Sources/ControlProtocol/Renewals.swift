import RenewalCore

/// All attempts to renew, in the order in which they were opened.
package struct LedgerCall: ControlCall {
  package static let method = "Ledger"

  package var account: AccountName?
  package var group: String?
  /// Opened at or after.
  package var from: Timestamp?
  /// Opened before.
  package var to: Timestamp?
  /// Such as 2026-03, in the zone of the schedule, in the place of the two.
  package var month: String?
  package var openOnly: Bool?
  package var after: String?
  /// 1 to 1000, 500 unless given.
  package var limit: Int?

  package init(
    account: AccountName? = nil, group: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil,
    month: String? = nil, openOnly: Bool? = nil, after: String? = nil, limit: Int? = nil
  ) {
    self.account = account
    self.group = group
    self.from = from
    self.to = to
    self.month = month
    self.openOnly = openOnly
    self.after = after
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var renewals: [RenewalReport]
    /// Over all pages: what was paid, by currency.
    package var totals: [Money]
    package var next: String?
    /// Where a month was asked for.
    package var month: MonthReport?

    package init(
      renewals: [RenewalReport], totals: [Money], next: String? = nil, month: MonthReport? = nil
    ) {
      self.renewals = renewals
      self.totals = totals
      self.next = next
      self.month = month
    }
  }
}

/// A month of the schedule's zone, as budgets count it.
package struct MonthReport: Codable, Hashable, Sendable {
  /// Such as 2026-03.
  package var name: String
  package var from: Timestamp
  /// Where the next one begins.
  package var to: Timestamp
  /// Such as Asia/Shanghai.
  package var zone: String

  package init(name: String, from: Timestamp, to: Timestamp, zone: String) {
    self.name = name
    self.from = from
    self.to = to
    self.zone = zone
  }
}

extension MonthReport {
  package init(_ month: CalendarMonth, in zone: NamedZone) {
    self.init(
      name: month.description, from: month.start(in: zone).timestamp,
      to: month.adding(1).start(in: zone).timestamp, zone: zone.name)
  }
}

extension RenewalReport {
  /// Money that left, as budgets count it: what the bill says, else the quote,
  /// where the expiry moved by it or an order of ours exists although another
  /// renewer moved it.
  package var paid: Money? {
    guard state == .settled || (state == .foreign && order != nil) else { return nil }
    return charged ?? quote
  }
}

/// One attempt to renew a group past one expiry.
package struct RenewalReport: Codable, Hashable, Sendable {
  package var account: AccountName
  package var group: GroupID
  /// The expiry that it is to move.
  package var expiry: Timestamp
  /// From 1 for each expiry.
  package var attempt: Int
  package var state: Term<State>
  /// While open, no other payment for the group is made.
  package var isOpen: Bool
  package var rule: String?
  package var period: String
  package var quote: Money?
  /// What the bill says.
  package var charged: Money?
  package var order: OrderID?
  package var requestId: String?
  package var openedAt: Timestamp
  package var sentAt: Timestamp?
  package var closedAt: Timestamp?
  package var newExpiry: Timestamp?
  /// Who asked for it, where it was not the policy.
  package var actor: String?
  /// What happened, for people.
  package var note: String

  package init(
    account: AccountName, group: GroupID, expiry: Timestamp, attempt: Int,
    state: Term<State>, isOpen: Bool, rule: String? = nil, period: String,
    quote: Money? = nil, charged: Money? = nil, order: OrderID? = nil, requestId: String? = nil,
    openedAt: Timestamp, sentAt: Timestamp? = nil, closedAt: Timestamp? = nil,
    newExpiry: Timestamp? = nil, actor: String? = nil, note: String
  ) {
    self.account = account
    self.group = group
    self.expiry = expiry
    self.attempt = attempt
    self.state = state
    self.isOpen = isOpen
    self.rule = rule
    self.period = period
    self.quote = quote
    self.charged = charged
    self.order = order
    self.requestId = requestId
    self.openedAt = openedAt
    self.sentAt = sentAt
    self.closedAt = closedAt
    self.newExpiry = newExpiry
    self.actor = actor
    self.note = note
  }
}

extension RenewalReport {
  package enum State: String, Codable, CaseIterable, Hashable, Sendable {
    case intended
    case sent
    case accepted
    case unpaid
    case unknown
    case stuck
    case held
    case settled
    case foreign
    case refused
    case notSent
    case notEffected
  }
}

/// What happened to a group, the newest first.
package struct HistoryCall: ControlCall {
  package static let method = "History"

  package var group: String
  package var account: AccountName?
  package var limit: Int?

  package init(group: String, account: AccountName? = nil, limit: Int? = nil) {
    self.group = group
    self.account = account
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport
    package var events: [EventReport]

    package init(group: GroupReport, events: [EventReport]) {
      self.group = group
      self.events = events
    }
  }
}

/// A row of the ledger, told for people.
package struct EventReport: Codable, Hashable, Sendable {
  package var sequence: Int
  package var at: Timestamp
  package var kind: String
  package var account: AccountName?
  package var group: GroupID?
  package var order: OrderID?
  package var amount: Money?
  package var oldExpiry: Timestamp?
  package var newExpiry: Timestamp?
  package var actor: String?
  package var sentence: String

  package init(
    sequence: Int, at: Timestamp, kind: String, account: AccountName? = nil, group: GroupID? = nil,
    order: OrderID? = nil, amount: Money? = nil, oldExpiry: Timestamp? = nil,
    newExpiry: Timestamp? = nil, actor: String? = nil, sentence: String
  ) {
    self.sequence = sequence
    self.at = at
    self.kind = kind
    self.account = account
    self.group = group
    self.order = order
    self.amount = amount
    self.oldExpiry = oldExpiry
    self.newExpiry = newExpiry
    self.actor = actor
    self.sentence = sentence
  }
}
