import RenewalCore

/// The rules in force, in the order in which they are asked.
package struct PolicyCall: ControlCall {
  package static let method = "Policy"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var rules: [RuleReport]

    package init(rules: [RuleReport]) {
      self.rules = rules
    }
  }
}

/// A rule with every setting resolved.
package struct RuleReport: Codable, Hashable, Sendable {
  package var name: String
  /// What it covers: all that are not empty have to fit.
  package var accounts: [String]
  package var ids: [String]
  /// With * for any characters and ? for one.
  package var names: [String]
  package var regions: [String]
  package var instanceTypes: [String]
  package var statuses: [String]
  package var tags: [String: String]
  package var action: Term<GroupReport.Action>
  package var period: String
  package var leadTimeSeconds: Int
  /// A higher price is refused; null: none is.
  package var maximumPrice: Money?
  /// A higher price waits for a person; null: none does.
  package var approveOver: Money?
  /// How long before the payment it is announced; 0: not at all.
  package var noticeSeconds: Int
  /// Whether it is paid for in some hours of the week only.
  package var hasHours: Bool
  /// Over how long renewals that are due at once are spread.
  package var spreadSeconds: Int

  package init(
    name: String, accounts: [String] = [], ids: [String] = [], names: [String] = [],
    regions: [String] = [], instanceTypes: [String] = [], statuses: [String] = [],
    tags: [String: String] = [:], action: Term<GroupReport.Action>, period: String,
    leadTimeSeconds: Int, maximumPrice: Money? = nil, approveOver: Money? = nil,
    noticeSeconds: Int = 0, hasHours: Bool = false, spreadSeconds: Int = 0
  ) {
    self.name = name
    self.accounts = accounts
    self.ids = ids
    self.names = names
    self.regions = regions
    self.instanceTypes = instanceTypes
    self.statuses = statuses
    self.tags = tags
    self.action = action
    self.period = period
    self.leadTimeSeconds = leadTimeSeconds
    self.maximumPrice = maximumPrice
    self.approveOver = approveOver
    self.noticeSeconds = noticeSeconds
    self.hasHours = hasHours
    self.spreadSeconds = spreadSeconds
  }
}
