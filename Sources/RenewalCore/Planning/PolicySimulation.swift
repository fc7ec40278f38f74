/// Runs the rules over a fleet on a clock of its own: what they pay for, when,
/// and what they do not pay for, and why.
///
/// Every payment succeeds at the price that is known, and moves the expiry as
/// the calendar says; the checks are those of the engine. What only a payment
/// can find out is left out: a balance that is short, a cloud that refuses.
package struct PolicySimulation: Sendable {
  /// A group as the run finds it.
  package struct Member: Hashable, Sendable {
    package fileprivate(set) var situation: GroupSituation
    package let parameters: ProtocolParameters
    /// Of an account that is not configured nothing can be paid.
    fileprivate let isConfigured: Bool
    /// What its renewals cost; `nil`: nobody knows.
    fileprivate let price: Money?
    fileprivate var lastPaid: Money?
    fileprivate var hasWaited = false
    /// Within the run: what its group was asked then has the same answers since.
    fileprivate var isRenewed = false

    /// - Parameters:
    ///   - parameters: of its account; `nil`: it is not configured.
    ///   - price: what a renewal by the rule's period costs, as far as it is known.
    ///   - lastPaid: what the last one cost.
    package init(
      _ situation: GroupSituation, parameters: ProtocolParameters?, price: Money? = nil,
      lastPaid: Money? = nil
    ) {
      self.situation = situation
      self.parameters = parameters ?? .withoutBilling
      isConfigured = parameters != nil
      self.price = price
      self.lastPaid = lastPaid
    }
  }

  /// Money that left before the run, or is reserved when it begins.
  package struct PastPayment: Hashable, Sendable {
    package var at: Instant
    package var key: GroupKey
    package var rule: String
    package var amount: Money

    package init(at: Instant, key: GroupKey, rule: String, amount: Money) {
      self.at = at
      self.key = key
      self.rule = rule
      self.amount = amount
    }
  }

  /// How far the run obeys what bounds spending.
  package enum Bounds: Hashable, Sendable {
    /// What the rules ask for: no budget, no fuse, and every approval is given.
    case none
    /// Budgets, fuses, and nobody approves what a person has to approve.
    case all
    /// Budgets and fuses; people approve in time.
    case money
  }

  private let policy: RenewalPolicy
  private let bounds: Bounds
  private let from: Instant
  private let until: Instant
  private let sweepInterval: Span
  private var members: [Member] = []
  private var agenda = Agenda<Turn, Int>()
  private var budgets: [BudgetWindow]
  private var sweep = PaymentWindow()
  private var hour = StormWindow(length: .hours(1))
  private var day = StormWindow(length: .days(1))
  private var blown: String?

  /// - Parameters:
  ///   - from: now, in the cloud's time.
  ///   - until: the last instant of the run.
  ///   - sweepInterval: in which the fuses count their groups and money.
  package init(
    _ policy: RenewalPolicy, bounds: Bounds, from: Instant, until: Instant,
    sweepInterval: Span = .hours(1)
  ) {
    self.policy = policy
    self.bounds = bounds
    self.from = from
    self.until = until
    self.sweepInterval = sweepInterval
    budgets = bounds == .none ? [] : policy.budgets.compactMap { BudgetWindow($0) }
  }

  /// Before the first step, in order of time.
  package mutating func count(_ payment: PastPayment) {
    note(payment.key, payment.rule, payment.amount, at: payment.at)
  }

  /// Takes a group in, under the policy's own rule for it. Before the first step.
  package mutating func add(_ member: Member) {
    var member = member
    let record = member.situation.record
    member.situation.rule =
      member.isConfigured ? policy.rule(for: record.latest, of: record.account) : nil
    // A paid call without a known end is expected to end as it should; what is
    // in doubt waits for a person.
    if let open = member.situation.open, open.state == .submitted || open.state == .accepted {
      member.situation.renew(by: open.intent.period)
    }
    members.append(member)
    plan(members.count - 1, from: from)
  }

  /// The next step, in order of time and of expiries; `nil` at the end of the run.
  package mutating func next() -> SimulatedStep? {
    while let (turn, index) = agenda.next(), turn.at <= until {
      let outcome = take(index, at: turn.at)
      if case .waits = outcome {
        guard !members[index].hasWaited else { continue }
        members[index].hasWaited = true
      }
      return SimulatedStep(
        at: turn.at, record: turn.record, rule: members[index].situation.rule, outcome: outcome)
    }
    return nil
  }

  // MARK: Turns

  private struct Turn: Comparable {
    var at: Instant
    var record: GroupRecord

    static func < (left: Turn, right: Turn) -> Bool {
      (left.at, left.record.latest.expiry ?? left.at, left.record.key)
        < (right.at, right.record.latest.expiry ?? right.at, right.record.key)
    }
  }

  private mutating func plan(_ index: Int, from now: Instant) {
    let member = members[index]
    let situation = member.situation
    guard situation.isSubscription, !situation.isGone else { return }
    let expiry = situation.expiry ?? now
    let at =
      expiry <= now ? now : situation.payableAt(from: now, parameters: member.parameters) ?? expiry
    agenda.plan(index, at: Turn(at: at, record: situation.record))
  }

  private mutating func take(_ index: Int, at now: Instant) -> SimulatedStep.Outcome {
    let member = members[index]
    let expiry = member.situation.expiry ?? now
    guard let rule = member.situation.rule, rule.action.buys else {
      return .leaves(member.situation.rule?.action)
    }
    if let failed = firstFailure(of: member, rule, at: now) {
      return stop(index, rule, failed, at: now)
    }
    let price = member.price
    let key = member.situation.record.key
    if let price { note(key, rule.name, price, at: now) }
    let needsApproval = approval(of: member, rule, at: now) != nil
    members[index].situation.renew(by: rule.period)
    members[index].lastPaid = price
    members[index].hasWaited = false
    members[index].isRenewed = true
    plan(index, from: now)
    return .pays(
      price, until: rule.period.forecast(from: expiry), needsApproval: needsApproval)
  }

  /// Nothing is paid at present: a later try where time alone may help.
  private mutating func stop(
    _ index: Int, _ rule: RenewalRule, _ failed: CheckResult, at now: Instant
  ) -> SimulatedStep.Outcome {
    var situation = members[index].situation
    var next: Instant?
    switch failed.check {
    // What is held is not announced meanwhile.
    case .notHeld: next = situation.record.hold?.until
    case .budgetsAllow:
      situation.announce(notBefore: from)
      members[index].situation = situation
      next = members[index].price.flatMap { price in
        budgets.filter { $0.budget.covers(situation.record.key, rule: rule.name) }
          .filter { !$0.allows(price) }
          .compactMap { $0.nextChange(after: now, policy.zone) }.max()
      }
    case .withinFuses:
      // A currency for which no amount is written down is refused, and blows nothing.
      if let price = members[index].price, policy.fuses.blown(by: price, beside: fuseCounts) != nil
      {
        blown = failed.input
      }
    default: break
    }
    guard let next, let expiry = situation.expiry, next > now,
      let at = situation.payableAt(from: next, parameters: members[index].parameters), at < expiry
    else { return .refuses(failed) }
    agenda.plan(index, at: Turn(at: at, record: situation.record))
    return .waits(failed, until: at)
  }

  // MARK: Checks

  private mutating func firstFailure(
    of member: Member, _ rule: RenewalRule, at now: Instant
  ) -> CheckResult? {
    var situation = member.situation
    situation.announce(notBefore: from)
    if !member.isRenewed {
      let group = situation.groupChecks(at: now, parameters: member.parameters)
      if let failed = group.first(where: { !$0.passed && $0.check != .approved }) { return failed }
    } else if bounds == .none {
      return nil
    }
    if bounds == .all, let unapproved = approval(of: member, rule, at: now) { return unapproved }
    if bounds != .none, let blown {
      return CheckResult(.fusesWhole, false, input: blown, "no fuse may be blown")
    }
    guard let price = member.price else { return nil }
    let evidence = PaymentEvidence(
      readExpiry: situation.expiry, readAt: now, quote: Quote(price: price), quotedAt: now,
      billing: .unavailable)
    let checks =
      evidence.checks(for: situation, at: now, parameters: member.parameters)
      + priceEvidence(of: price, member, rule, at: now)
      .checks(of: price, for: situation, limits: limits, at: now)
    return checks.first { !$0.passed && $0.check != .priceApproved }
  }

  private var limits: FuseLimits {
    bounds == .none ? FuseLimits(stormMargin: nil) : policy.fuses
  }

  private mutating func priceEvidence(
    of price: Money, _ member: Member, _ rule: RenewalRule, at now: Instant
  ) -> PriceEvidence {
    let lastPaid = rule.maximumDrift == nil ? nil : member.lastPaid
    guard bounds != .none else { return PriceEvidence(lastPaid: lastPaid, fuses: FuseCounts()) }
    for index in budgets.indices { budgets[index].move(to: now, policy.zone) }
    sweep.drop(before: now - sweepInterval + .seconds(1))
    hour.move(to: now, members)
    day.move(to: now, members)
    return PriceEvidence(
      lastPaid: lastPaid,
      budgets: budgets.filter { $0.budget.covers(member.situation.record.key, rule: rule.name) }
        .map { $0.standing(at: now, policy.zone) },
      fuses: fuseCounts)
  }

  private var fuseCounts: FuseCounts {
    FuseCounts(
      paidInSweep: sweep.count, spentInSweep: sweep.money, fleet: members.count, hour: hour.storm,
      day: day.storm)
  }

  /// The approval that a person would have to give.
  private func approval(of member: Member, _ rule: RenewalRule, at now: Instant) -> CheckResult? {
    if let price = member.price {
      let check = member.situation.approval(of: price, .priceApproved, at: now)
      return check.passed ? nil : check
    }
    guard rule.action == .approve, rule.approval == .wait else { return nil }
    return CheckResult(
      .priceApproved, false, input: "no price is known yet",
      "a person must approve the renewal")
  }

  private mutating func note(_ key: GroupKey, _ rule: String, _ amount: Money, at: Instant) {
    for index in budgets.indices where budgets[index].budget.covers(key, rule: rule) {
      budgets[index].payments.add(amount, at: at)
    }
    guard bounds != .none else { return }
    sweep.add(amount, at: at)
    hour.payments.add(amount, at: at)
    day.payments.add(amount, at: at)
  }
}

/// What happens to a group at one instant of a run.
package struct SimulatedStep: Hashable, Sendable {
  package var at: Instant
  /// The group as it was before.
  package var record: GroupRecord
  package var rule: RenewalRule?
  package var outcome: Outcome

  package enum Outcome: Hashable, Sendable {
    /// For the next period, at a price if one is known.
    case pays(Money?, until: Instant, needsApproval: Bool)
    /// Not at present, but before the expiry.
    case waits(CheckResult, until: Instant)
    /// Nothing is paid past this expiry.
    case refuses(CheckResult)
    /// The rule does not pay: it lets expire, or leaves it to somebody else.
    /// `nil`: no rule covers the group.
    case leaves(RuleAction?)
  }
}

extension GroupSituation {
  /// The first instant at or after `now` at which nothing but other than time
  /// can stand before the payment. `nil` where nothing is bought.
  package func payableAt(from now: Instant, parameters: ProtocolParameters) -> Instant? {
    guard let rule, let dueAt, let expiry else { return nil }
    let timing = rule.timing(
      of: record.latest.id, expiry: expiry,
      noticedAt: deliberation?.noticedAt ?? max(now, dueAt), parameters: parameters)
    let earliest = max(now, timing.payableAt)
    return earliest < timing.givesWayAt
      ? rule.hours.opening(from: earliest, limit: timing.givesWayAt) : earliest
  }

  /// As it is once the renewal was announced, where its rule gives notice.
  fileprivate mutating func announce(notBefore instant: Instant) {
    guard let rule, rule.notice > .zero, let expiry, deliberation?.noticedAt == nil else { return }
    var said = deliberation ?? Deliberation(expiry: expiry)
    said.noticedAt = max(instant, expiry - rule.leadTime)
    deliberation = said
  }

  /// As it is once a renewal has shown: what was said of the old expiry is over.
  package mutating func renew(by period: BillingPeriod) {
    guard let expiry else { return }
    record.latest.expiry = period.forecast(from: expiry)
    record.maximumExpiry = record.latest.expiry
    open = nil
    attempts = []
    grantedAttempt = nil
    deliberation = nil
  }
}
