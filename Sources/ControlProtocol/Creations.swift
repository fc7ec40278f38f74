import RenewalCore

/// One order of a new group.
package struct CreationReport: Codable, Hashable, Sendable {
  package var id: Int
  package var account: AccountName
  package var name: String
  package var region: String
  /// In the cloud's words.
  package var chargeType: String
  package var period: String
  /// Nodes.
  package var amount: Int
  package var instanceType: String
  package var autoPay: Bool
  /// What was confirmed.
  package var price: Money
  package var state: Term<RenewalReport.State>
  /// While open, no other group of the name is ordered.
  package var isOpen: Bool
  package var openedAt: Timestamp
  package var since: Timestamp
  /// From then on a list without the group proves that nothing was bought.
  package var provableAt: Timestamp
  package var order: OrderID?
  package var group: GroupID?
  package var actor: String
  /// What happened, for people.
  package var note: String

  package init(
    id: Int, account: AccountName, name: String, region: String, chargeType: String,
    period: String, amount: Int, instanceType: String, autoPay: Bool, price: Money,
    state: Term<RenewalReport.State>, isOpen: Bool, openedAt: Timestamp, since: Timestamp,
    provableAt: Timestamp, order: OrderID? = nil, group: GroupID? = nil, actor: String,
    note: String
  ) {
    self.id = id
    self.account = account
    self.name = name
    self.region = region
    self.chargeType = chargeType
    self.period = period
    self.amount = amount
    self.instanceType = instanceType
    self.autoPay = autoPay
    self.price = price
    self.state = state
    self.isOpen = isOpen
    self.openedAt = openedAt
    self.since = since
    self.provableAt = provableAt
    self.order = order
    self.group = group
    self.actor = actor
    self.note = note
  }
}

extension CreationReport {
  /// Money that left, as budgets count it. What is paid by use costs nothing when
  /// it is ordered.
  package var paid: Money? { state == .settled && isSubscription ? price : nil }

  package var isSubscription: Bool { chargeType == ChargeType.prePaid.rawValue }
}

/// Orders of new groups, the newest first; a thousand at most.
package struct CreationsCall: ControlCall {
  package static let method = "Creations"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var creations: [CreationReport]

    package init(creations: [CreationReport]) {
      self.creations = creations
    }
  }
}

/// First of two steps to a new group: checks its file and asks for its price.
/// Nothing is ordered.
package struct PrepareCreationCall: ControlCall {
  package static let method = "PrepareCreation"

  /// For the places of problems.
  package var file: String
  /// TOML.
  package var text: String
  /// May be left out where only one is configured.
  package var account: AccountName?
  /// Whether the name may be that of a group that is there already.
  package var sameName: Bool?
  /// Whether to give no token.
  package var dryRun: Bool?

  package init(
    file: String, text: String, account: AccountName? = nil, sameName: Bool? = nil,
    dryRun: Bool? = nil
  ) {
    self.file = file
    self.text = text
    self.account = account
    self.sameName = sameName
    self.dryRun = dryRun
  }

  package struct Reply: Codable, Hashable, Sendable {
    /// Good once.
    package var token: String?
    package var expiresAt: Timestamp
    package var account: AccountName
    package var name: String
    package var region: String
    package var chargeType: String
    package var period: String
    package var amount: Int
    package var instanceType: String
    package var autoPay: Bool
    package var autoRenew: Bool
    package var price: Money
    package var listPrice: Money
    package var promotions: [String]
    /// Of the rules, the one that would cover the group.
    package var rule: String?
    package var action: Term<GroupReport.Action>?
    /// What would keep it from being ordered now.
    package var obstacle: String?
    package var warnings: [String]

    package init(
      token: String?, expiresAt: Timestamp, account: AccountName, name: String, region: String,
      chargeType: String, period: String, amount: Int, instanceType: String, autoPay: Bool,
      autoRenew: Bool, price: Money, listPrice: Money, promotions: [String], rule: String?,
      action: Term<GroupReport.Action>?, obstacle: String?, warnings: [String]
    ) {
      self.token = token
      self.expiresAt = expiresAt
      self.account = account
      self.name = name
      self.region = region
      self.chargeType = chargeType
      self.period = period
      self.amount = amount
      self.instanceType = instanceType
      self.autoPay = autoPay
      self.autoRenew = autoRenew
      self.price = price
      self.listPrice = listPrice
      self.promotions = promotions
      self.rule = rule
      self.action = action
      self.obstacle = obstacle
      self.warnings = warnings
    }
  }
}

/// Second step: orders it, once. With more: each change, until the group is
/// there, the order has ended or somebody is needed.
package struct ConfirmCreationCall: ControlCall {
  package static let method = "ConfirmCreation"

  package var token: String

  package init(token: String) {
    self.token = token
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var creation: CreationReport
    /// The group, once it is there.
    package var group: GroupReport?

    package init(creation: CreationReport, group: GroupReport? = nil) {
      self.creation = creation
      self.group = group
    }
  }
}

/// Ends a doubt about an order of a new group by an operator's word.
package struct SettleCreationCall: ControlCall {
  package static let method = "SettleCreation"

  package var creation: Int
  /// As it was seen: a change since is an error.
  package var state: Term<RenewalReport.State>
  package var outcome: Outcome

  package init(creation: Int, state: Term<RenewalReport.State>, outcome: Outcome) {
    self.creation = creation
    self.state = state
    self.outcome = outcome
  }

  /// What an operator found in the console.
  package enum Outcome: String, Codable, CaseIterable, Hashable, Sendable {
    case created
    case notCreated
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var creation: CreationReport

    package init(creation: CreationReport) {
      self.creation = creation
    }
  }
}
