import InventoryStore
import RenewalCore

/// What the ledger says about a price: budgets, drift, and what the fuses count.
extension RenewalEngine {
  /// - Parameters:
  ///   - now: the cloud's time, by which budgets count their days.
  ///   - own: the renewal that the price is for, where it is recorded already.
  ///   - balance: as billing said it, and when.
  func priceEvidence(
    of price: Money, for key: GroupKey, under rule: RenewalRule, at now: Instant,
    with balance: (Money, at: Instant)? = nil, without own: Int64? = nil, _ reader: StoreReader
  ) throws -> PriceEvidence {
    PriceEvidence(
      lastPaid: rule.maximumDrift == nil
        ? nil : try reader.lastPaid(for: key.group, rule.period),
      budgets: try settings.policy.budgets.filter { $0.covers(key, rule: rule.name) }.map {
        try standing(of: $0, in: price.currency, at: now, without: own, reader)
      },
      fuses: try fuseCounts(at: now, without: own, reader),
      available: try balance.map { try available($0.0, at: $0.at, in: key.account, reader) })
  }

  /// What is left of a balance. A call that was under way when it was read may have
  /// been charged after.
  private func available(
    _ balance: Money, at read: Instant, in account: AccountName, _ reader: StoreReader
  ) throws -> Money {
    let start = read - bounds(of: account).paymentDeadline
    let paid =
      try reader.paid(since: start, in: account).money
      .first { $0.currency == balance.currency }?.minorUnits ?? 0
    let (left, overflow) = balance.minorUnits.subtractingReportingOverflow(paid)
    return Money(minorUnits: overflow ? .min : left, currency: balance.currency)
  }

  /// All checks of a price that the ledger and people can answer.
  func priceChecks(
    of price: Money, for situation: GroupSituation, at now: Instant,
    with balance: (Money, at: Instant)? = nil, without own: Int64? = nil, _ reader: StoreReader
  ) throws -> [CheckResult] {
    guard let rule = situation.rule else { return [] }
    return try priceEvidence(
      of: price, for: situation.record.key, under: rule, at: now, with: balance, without: own,
      reader
    ).checks(of: price, for: situation, limits: settings.policy.fuses, at: now)
  }

  /// What a budget holds now. A budget has one currency; one without a limit is
  /// shown in the currency that is asked for.
  func standing(
    of budget: Budget, in currency: Currency, at now: Instant, without own: Int64? = nil,
    order: Int64? = nil, _ reader: StoreReader
  ) throws -> BudgetStanding {
    let (from, to) = budget.per.bounds(at: now, in: settings.policy.zone)
    // The longest life of a request in any account: a reservation that lasts
    // too long refuses, one that ends too soon spends twice.
    let life = accounts.values.map(\.parameters.requestLife).max() ?? .zero
    return BudgetStanding(
      budget: budget,
      use: try reader.use(
        of: budget, in: budget.limit?.currency ?? currency, from: from, lingersSince: now - life,
        without: own, order: order),
      from: from, to: to)
  }

  /// Whether an order of a new group fits into the budgets. What is paid for by use
  /// costs nothing here.
  ///
  /// - Parameter own: the order that the price is for, where it is recorded already.
  func budgetCheck(
    ofOrdering group: GroupCreation, for price: Money, in account: AccountName,
    without own: Int64? = nil, _ reader: StoreReader
  ) throws -> CheckResult {
    let rule = settings.policy.rule(for: group.foreseen, of: account)?.name
    let budgets = group.chargeType == .prePaid ? settings.policy.budgets : []
    return try budgets.filter { $0.coversOrder(in: account, rule: rule) }.map {
      try standing(of: $0, in: price.currency, at: now(in: account), order: own, reader)
    }.check(of: price)
  }

  /// Every budget as it stands, for people.
  package func budgetStandings() throws -> [BudgetStanding] {
    let budgets = settings.policy.budgets
    guard !budgets.isEmpty else { return [] }
    let currency = settings.policy.rules.compactMap(\.currency).first ?? .cny
    return try store.read { reader in
      try budgets.map { try standing(of: $0, in: currency, at: now, reader) }
    }
  }
}
