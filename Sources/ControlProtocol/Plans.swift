import RenewalCore

/// What is due until then, in order of time; 30 days unless given.
package struct PlanCall: ControlCall {
  package static let method = "Plan"

  package var until: Timestamp?
  /// Of each group the next step alone.
  package var nextOnly: Bool?
  package var after: String?
  /// 1 to 1000, 1000 unless given.
  package var limit: Int?

  package init(
    until: Timestamp? = nil, nextOnly: Bool? = nil, after: String? = nil, limit: Int? = nil
  ) {
    self.until = until
    self.nextOnly = nextOnly
    self.after = after
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var from: Timestamp
    package var until: Timestamp
    package var entries: [PlanEntry]
    /// What will be paid, by currency, over all pages, as far as prices are known.
    package var totals: [Money]
    /// How many renewals have no price yet.
    package var unpriced: Int
    /// How many there are, over all pages.
    package var renewals: Int?
    package var next: String?

    package init(
      from: Timestamp, until: Timestamp, entries: [PlanEntry], totals: [Money], unpriced: Int,
      renewals: Int? = nil, next: String? = nil
    ) {
      self.from = from
      self.until = until
      self.entries = entries
      self.totals = totals
      self.unpriced = unpriced
      self.renewals = renewals
      self.next = next
    }
  }
}

package struct PlanEntry: Codable, Hashable, Sendable {
  package var account: AccountName
  package var group: GroupID
  package var name: String
  /// When the step is due.
  package var at: Timestamp
  package var step: Term<Step>
  package var rule: String?
  package var period: String?
  package var expiry: Timestamp
  /// A forecast. What the cloud will show is the truth.
  package var expectedExpiry: Timestamp?
  /// The cloud's newest word, else what was paid last; null: nobody knows.
  package var price: Money?
  package var priceSeenAt: Timestamp?
  package var reason: String

  package init(
    account: AccountName, group: GroupID, name: String, at: Timestamp, step: Term<Step>,
    rule: String? = nil, period: String? = nil, expiry: Timestamp, expectedExpiry: Timestamp? = nil,
    price: Money? = nil, priceSeenAt: Timestamp? = nil, reason: String
  ) {
    self.account = account
    self.group = group
    self.name = name
    self.at = at
    self.step = step
    self.rule = rule
    self.period = period
    self.expiry = expiry
    self.expectedExpiry = expectedExpiry
    self.price = price
    self.priceSeenAt = priceSeenAt
    self.reason = reason
  }
}

extension PlanEntry {
  package enum Step: String, Codable, CaseIterable, Hashable, Sendable {
    case renew
    case approve
    case verify
    case lapse
    case hold
  }
}

/// Why a group is or is not renewed: every check with its outcome.
package struct ExplainCall: ControlCall {
  package static let method = "Explain"

  package var group: String
  package var account: AccountName?

  package init(group: String, account: AccountName? = nil) {
    self.group = group
    self.account = account
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport
    package var decision: Term<Decision>
    package var checks: [CheckReport]

    package init(group: GroupReport, decision: Term<Decision>, checks: [CheckReport]) {
      self.group = group
      self.decision = decision
      self.checks = checks
    }
  }
}

extension ExplainCall {
  package enum Decision: String, Codable, CaseIterable, Hashable, Sendable {
    case renew
    case approve
    case hold
    case refuse
    case none
  }
}

/// One question that has to be answered with yes before money is spent.
package struct CheckReport: Codable, Hashable, Sendable {
  package var number: Int
  package var name: String
  /// Null where an earlier check made it pointless.
  package var passed: Bool?
  /// What was looked at.
  package var input: String
  package var sentence: String

  package init(number: Int, name: String, passed: Bool? = nil, input: String, sentence: String) {
    self.number = number
    self.name = name
    self.passed = passed
    self.input = input
    self.sentence = sentence
  }
}
