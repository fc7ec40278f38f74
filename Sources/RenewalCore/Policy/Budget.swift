/// A limit on what is spent in a time, over all groups or some.
package struct Budget: Hashable, Sendable {
  package var name: String
  package var per: BudgetPeriod
  /// Empty lists cover all; several lists must all cover.
  package var accounts: [AccountName]
  package var rules: [String]
  package var groups: [GroupID]
  /// `nil` was written out as `unlimited`. Zero means zero.
  package var limit: Money?

  package init(
    name: String, per: BudgetPeriod, accounts: [AccountName] = [], rules: [String] = [],
    groups: [GroupID] = [], limit: Money?
  ) {
    self.name = name
    self.per = per
    self.accounts = accounts
    self.rules = rules
    self.groups = groups
    self.limit = limit
  }

  package func covers(_ group: GroupKey, rule: String) -> Bool {
    (accounts.isEmpty || accounts.contains(group.account))
      && (rules.isEmpty || rules.contains(rule))
      && (groups.isEmpty || groups.contains(group.group))
  }

  /// The same for an order of a group that has no id yet.
  ///
  /// - Parameter rule: the one that will cover the group.
  package func coversOrder(in account: AccountName, rule: String?) -> Bool {
    (accounts.isEmpty || accounts.contains(account)) && groups.isEmpty
      && (rules.isEmpty || rule.map(rules.contains) ?? false)
  }

  /// Whether a price still fits: spent + reserved + price <= limit. Another
  /// currency never fits, for amounts are not converted.
  package func allows(_ price: Money, beside use: BudgetUse) -> Bool {
    guard let limit else { return true }
    guard limit.currency == price.currency, use.spent.currency == price.currency,
      let taken = try? use.spent.adding(use.reserved), let sum = try? taken.adding(price)
    else { return false }
    return sum.minorUnits <= limit.minorUnits
  }
}

package enum BudgetPeriod: Hashable, Sendable {
  /// A calendar day or month of the schedule's zone.
  case day
  case month
  /// The time before each moment.
  case rolling(Span)

  /// What an instant's budget counts from, and when it starts anew. The rolling
  /// one never does.
  package func bounds(at instant: Instant, in zone: NamedZone) -> (from: Instant, to: Instant?) {
    let today = zone.wallTime(at: instant).date
    switch self {
    case .day: return (zone.start(of: today), zone.start(of: today.adding(days: 1)))
    case .month:
      let first = CivilDate(year: today.year, month: today.month, day: 1)
      return (zone.start(of: first), zone.start(of: first.adding(months: 1)))
    case .rolling(let span): return (instant - span, nil)
    }
  }
}

/// What a budget holds at a moment, from the ledger's renewals and orders of groups.
package struct BudgetUse: Hashable, Sendable {
  /// By those that settled: the amount of the order where billing told it,
  /// else the quote, at the instant at which the request was signed.
  package var spent: Money
  /// By those that are open or whose request may still take effect.
  package var reserved: Money

  package init(spent: Money, reserved: Money) {
    self.spent = spent
    self.reserved = reserved
  }

  /// Of one currency. Beyond 64 bits it is all the money there can be.
  package static func + (left: BudgetUse, right: BudgetUse) -> BudgetUse {
    func sum(_ one: Money, _ other: Money) -> Money {
      let (units, overflow) = one.minorUnits.addingReportingOverflow(other.minorUnits)
      return Money(minorUnits: overflow ? .max : units, currency: one.currency)
    }
    return BudgetUse(
      spent: sum(left.spent, right.spent), reserved: sum(left.reserved, right.reserved))
  }
}
