/// The operator's rules, in order: the first that matches a group decides it.
package struct RenewalPolicy: Hashable, Sendable {
  package var rules: [RenewalRule]
  /// All that cover a renewal bind it.
  package var budgets: [Budget]
  package var fuses: FuseLimits
  /// Whose days and months the budgets count.
  package var zone: NamedZone
  package var expiryLadder: ExpiryLadder

  package init(
    rules: [RenewalRule], budgets: [Budget] = [], fuses: FuseLimits = FuseLimits(),
    zone: NamedZone = .utc, expiryLadder: ExpiryLadder = .standard
  ) {
    self.rules = rules
    self.budgets = budgets
    self.fuses = fuses
    self.zone = zone
    self.expiryLadder = expiryLadder
  }

  /// `nil`: no rule covers the group. It is listed as unmanaged and never paid for.
  package func rule(for group: DeliveryGroup, of account: AccountName) -> RenewalRule? {
    rules.first { $0.match.covers(group, of: account) }
  }
}

/// One rule with every setting resolved: what the file leaves out, its
/// `[defaults]` have filled in.
package struct RenewalRule: Hashable, Sendable {
  package var name: String
  package var match: GroupMatcher
  package var action: RuleAction
  package var period: BillingPeriod
  package var leadTime: Span
  package var autoPay: Bool
  package var promotionID: String?
  /// A price above it is refused. `nil` was written out as `unlimited`.
  package var maximumPrice: Money?
  /// A price in another is refused. Follows from the maximum where there is one.
  package var currency: Currency?
  /// How much more than the last paid price of the group and period. `nil`: any.
  package var maximumDrift: Percentage?
  /// A renewal is announced so long before it is paid for. Zero: not at all.
  package var notice: Span
  /// What `approve` waits for.
  package var approval: ApprovalWay
  /// A price above it waits for a person. `nil`: none does.
  package var approveOver: Money?
  /// How long an approval is good for.
  package var approvalLife: Span
  package var hours: PaymentHours
  /// Groups that are due at once are spread over it.
  package var spread: Span

  package init(
    name: String, match: GroupMatcher = GroupMatcher(), action: RuleAction, period: BillingPeriod,
    leadTime: Span, autoPay: Bool = true, promotionID: String? = nil, maximumPrice: Money? = nil,
    currency: Currency? = nil, maximumDrift: Percentage? = nil, notice: Span = .zero,
    approval: ApprovalWay = .wait, approveOver: Money? = nil, approvalLife: Span = .days(3),
    hours: PaymentHours = .always, spread: Span = .zero
  ) {
    self.name = name
    self.match = match
    self.action = action
    self.period = period
    self.leadTime = leadTime
    self.autoPay = autoPay
    self.promotionID = promotionID
    self.maximumPrice = maximumPrice
    self.currency = currency ?? maximumPrice?.currency
    self.maximumDrift = maximumDrift
    self.notice = notice
    self.approval = approval
    self.approveOver = approveOver
    self.approvalLife = approvalLife
    self.hours = hours
    self.spread = spread
  }

  /// Whether a person has to approve before this price is paid. A price in
  /// another currency than the threshold cannot be below it.
  package func needsApproval(of price: Money) -> Bool {
    if action == .approve, approval == .wait { return true }
    return approveOver.map {
      price.currency != $0.currency || price.minorUnits > $0.minorUnits
    } ?? false
  }
}

package enum RuleAction: String, Hashable, Sendable, CaseIterable {
  /// Pay for the next period in time.
  case renew
  /// As `renew`, with a person's word: before it is paid for, or in the console.
  case approve
  /// Never pay; somebody else does, and this daemon watches that they do.
  case verify
  /// Let it expire: a stated decision, still announced.
  case lapse

  /// Whether the daemon may spend money under it.
  package var buys: Bool { self == .renew || self == .approve }
}

/// Which groups a rule covers. An empty list matches all; several lists must all match.
package struct GroupMatcher: Hashable, Sendable {
  package var accounts: [AccountName]
  package var ids: [GroupID]
  package var names: [Glob]
  package var regions: [String]
  package var instanceTypes: [String]
  package var statuses: [String]
  package var tags: [String: String]

  package init(
    accounts: [AccountName] = [], ids: [GroupID] = [], names: [Glob] = [], regions: [String] = [],
    instanceTypes: [String] = [], statuses: [String] = [], tags: [String: String] = [:]
  ) {
    self.accounts = accounts
    self.ids = ids
    self.names = names
    self.regions = regions
    self.instanceTypes = instanceTypes
    self.statuses = statuses
    self.tags = tags
  }

  package func covers(_ group: DeliveryGroup, of account: AccountName) -> Bool {
    (accounts.isEmpty || accounts.contains(account))
      && (ids.isEmpty || ids.contains(group.id))
      && (names.isEmpty || names.contains { $0.matches(group.name) })
      && (regions.isEmpty || regions.contains(group.region))
      && (instanceTypes.isEmpty || instanceTypes.contains(group.instanceType))
      && (statuses.isEmpty || statuses.contains(group.status.text))
      && tags.allSatisfy { group.tags[$0.key] == $0.value }
  }
}

/// A shell-like pattern over a whole name: `*` any characters, `?` exactly one.
package struct Glob: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  package var pattern: String

  package init(_ pattern: String) { self.pattern = pattern }
  package init(stringLiteral value: String) { pattern = value }

  /// Linear in the lengths multiplied, never exponential: only the last star
  /// is ever tried again.
  package func matches(_ text: String) -> Bool {
    let pattern = Array(self.pattern.unicodeScalars)
    let text = Array(text.unicodeScalars)
    var position = 0
    var index = 0
    var star: (pattern: Int, text: Int)?
    while index < text.count {
      if position < pattern.count, pattern[position] == "*" {
        star = (position, index)
        position += 1
      } else if position < pattern.count,
        pattern[position] == "?" || pattern[position] == text[index]
      {
        position += 1
        index += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        position = last.pattern + 1
        index = last.text + 1
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy { $0 == "*" }
  }

  package var description: String { pattern }
}
