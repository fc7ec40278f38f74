/// What the ledger and people say about a price, at the moment of paying.
package struct PriceEvidence: Hashable, Sendable {
  /// What the group's last renewal by the same period cost.
  package var lastPaid: Money?
  /// The budgets that cover the renewal, this renewal itself not included.
  package var budgets: [BudgetStanding]
  package var fuses: FuseCounts
  /// What the account can spend, less what may have been spent since that was read;
  /// `nil` where the key may not ask.
  package var available: Money?

  package init(
    lastPaid: Money? = nil, budgets: [BudgetStanding] = [], fuses: FuseCounts,
    available: Money? = nil
  ) {
    self.available = available
    self.lastPaid = lastPaid
    self.budgets = budgets
    self.fuses = fuses
  }

  /// Checks 44, 45, 46, 47 and 49.
  package func checks(
    of price: Money, for situation: GroupSituation, limits: FuseLimits, at now: Instant
  ) -> [CheckResult] {
    [
      driftCheck(of: price, situation.rule?.maximumDrift),
      situation.approval(of: price, .priceApproved, at: now),
      budgets.check(of: price),
      balanceCheck(of: price, situation.rule),
      fuseCheck(of: price, limits),
    ]
  }

  private func balanceCheck(of price: Money, _ rule: RenewalRule?) -> CheckResult {
    let sentence = "the account must be able to pay the price"
    if rule?.autoPay == false {
      return CheckResult(.balanceSuffices, true, input: "a person pays the order", sentence)
    }
    guard let available else {
      return CheckResult(.balanceSuffices, true, input: "not readable", sentence)
    }
    // An amount in another currency says nothing about this price.
    let suffices =
      available.currency != price.currency || available.minorUnits >= price.minorUnits
    return CheckResult(
      .balanceSuffices, suffices, input: "\(available) available, \(price) needed", sentence)
  }

  private func driftCheck(of price: Money, _ most: Percentage?) -> CheckResult {
    let sentence = "the price may not have risen too far since the group was last paid for"
    guard let most else {
      return CheckResult(.driftAllowed, true, input: "\(price), any drift", sentence)
    }
    guard let lastPaid else {
      return CheckResult(.driftAllowed, true, input: "\(price), never paid before", sentence)
    }
    return CheckResult(
      .driftAllowed, !price.exceeds(lastPaid, by: most),
      input: "\(price), last paid \(lastPaid), at most \(most) more", sentence)
  }

  private func fuseCheck(of price: Money, _ limits: FuseLimits) -> CheckResult {
    let sentence = "one more renewal must be within what the fuses allow"
    if let blown = limits.blown(by: price, beside: fuses) {
      return CheckResult(
        .withinFuses, false, input: "\(blown.name.rawValue): \(blown.reason)", sentence)
    }
    if let reason = limits.wait(beside: fuses) {
      return CheckResult(.withinFuses, false, input: reason, sentence)
    }
    return CheckResult(
      .withinFuses, !limits.lacksLimit(for: price),
      input: limits.lacksLimit(for: price)
        ? "money_per_sweep names no amount in \(price.currency)"
        : "\(fuses.paidInSweep) paid for within one interval of the sweep", sentence)
  }
}

/// A budget with what it holds at a moment.
package struct BudgetStanding: Hashable, Sendable, CustomStringConvertible {
  package var budget: Budget
  package var use: BudgetUse
  package var from: Instant
  /// When it starts anew; `nil` for one that rolls.
  package var to: Instant?

  package init(budget: Budget, use: BudgetUse, from: Instant, to: Instant?) {
    self.budget = budget
    self.use = use
    self.from = from
    self.to = to
  }

  package var description: String {
    let limit = budget.limit?.description ?? "unlimited"
    let end = to.map { " until \($0)" } ?? ""
    return "budget '\(budget.name)': \(use.spent) spent, \(use.reserved) reserved, "
      + "limit \(limit)\(end)"
  }
}

extension [BudgetStanding] {
  /// Check 46, for a renewal and for an order of a new group.
  package func check(of price: Money) -> CheckResult {
    let tight = first { !$0.budget.allows(price, beside: $0.use) }
    let shown = tight.map { [$0] } ?? self
    return CheckResult(
      .budgetsAllow, tight == nil,
      input: isEmpty
        ? "no budget covers it"
        : "\(price); " + shown.map(\.description).joined(separator: "; "),
      "what is spent, what is reserved and the price must fit into every budget")
  }
}
