import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

@Suite struct `Limits on money` {
  private let lost = PaymentReply(delivery: .interrupted("reset"))

  /// Past the start hold with so many groups that are due, each at 899.00 CNY.
  private func fleet(
    _ count: Int, _ change: (inout EngineSettings) -> Void
  ) throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.cloud = [:]
    change(&harness.settings)
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    harness.advance(harness.parameters.quarantine + .seconds(1))
    for number in 1...count {
      harness.show(GroupID("aig-\(number)"), expiringIn: .days(5) + .minutes(Int64(number)))
    }
    harness.tell(.woke)
    harness.answerAll()
    harness.settle()
    return harness
  }

  private func settled(_ harness: EngineHarness) throws -> [GroupID] {
    try harness.engine.store.read { reader in
      try reader.renewals(RenewalFilter(), after: 0, limit: 1000)
    }
    .filter { $0.state == .settled }.map(\.intent.key.subject.group).sorted()
  }

  // MARK: Budgets

  @Test func `let the nearest expiries be paid for, and refuse what does not fit`() throws {
    let harness = try fleet(4) {
      $0.policy.budgets = [Budget(name: "month", per: .month, limit: cny(200_000))]
    }
    harness.live(.hours(6))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
    let alert = try #require(harness.alert(.budgetExhausted))
    // What was spent when it last tried, not when it first did not fit.
    #expect(alert.reason.hasPrefix("899.00 CNY; budget 'month': 1798.00 CNY spent, "))
    #expect(alert.reason.hasSuffix("limit 2000.00 CNY until 2027-02-01T00:00:00Z"))
    #expect(alert.group == "aig-3")
  }

  @Test func `stand while the cloud does not answer, and call by what they found`() throws {
    let harness = try fleet(2) {
      $0.policy.budgets = [Budget(name: "month", per: .month, limit: cny(89_900))]
    }
    harness.live(.hours(1))
    let alert = try #require(harness.alert(.budgetExhausted))
    harness.silent = ["main"]
    harness.live(.hours(30))
    #expect(harness.alert(.budgetExhausted)?.id == alert.id)
    #expect(harness.alert(.renewalHeld)?.reason.hasSuffix("(\(alert.reason))") == true)
    harness.live(.days(4))
    let expiry = try #require(harness.cloud["aig-2"]?.expiry)
    #expect(harness.alert(.expiryNear) == nil, "expired")
    let told = harness.announced.map(\.entry).filter { $0.subject == "EXPIRY_NEAR" }
    #expect(told.count > 20)
    for entry in told {
      #expect(entry.reason.hasPrefix("expires at \(expiry): "))
      #expect(entry.reason.contains("must fit into every budget (\(alert.reason))"))
    }
  }

  @Test func `that are raised on reload clear at once what they refused`() throws {
    let harness = try fleet(3) {
      $0.policy.budgets = [Budget(name: "month", per: .month, limit: cny(89_900))]
    }
    harness.live(.hours(6))
    #expect(try settled(harness) == ["aig-1"])
    harness.reload { $0.policy.budgets[0].limit = cny(2 * 89_900) }
    harness.settle()
    harness.live(.seconds(30), step: .seconds(10))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
    harness.reload { $0.policy.budgets[0].limit = nil }
    harness.settle()
    harness.live(.seconds(30), step: .seconds(10))
    #expect(try settled(harness).count == 3)
    #expect(harness.alert(.budgetExhausted) == nil)
  }

  @Test func `start anew with the month of the zone, to the second`() throws {
    // The fleet is due on 16 January; February begins in Shanghai at 16:00Z on
    // the 31st.
    let shanghai = NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8))
    let harness = try fleet(1) {
      $0.policy.zone = shanghai
      $0.policy.budgets = [Budget(name: "month", per: .month, limit: cny(89_900))]
    }
    #expect(try settled(harness) == ["aig-1"])
    let february = try #require(Instant(year: 2027, month: 1, day: 31, hour: 16))
    harness.live(february - .hours(8) - harness.server, step: .hours(2))
    harness.show("aig-2", expiringIn: .days(5))
    harness.live(february - .seconds(1) - harness.server, step: .minutes(10))
    #expect(try settled(harness) == ["aig-1"])
    harness.live(.hours(2))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
  }

  @Test func `hold what is open in reserve, and what may still take effect`() throws {
    let harness = try fleet(1) { $0.policy.budgets = [] }
    #expect(try settled(harness) == ["aig-1"])
    harness.reload {
      $0.policy.budgets = [Budget(name: "all", per: .rolling(.days(30)), limit: cny(2 * 89_900))]
    }
    harness.show("aig-2", expiringIn: .days(4))
    harness.show("aig-3", expiringIn: .days(5))
    harness.live(.hours(1), step: .minutes(10))
    let second = try #require(
      try harness.engine.store.read {
        try $0.renewals(of: GroupKey(account: "main", group: "aig-2"), limit: 1)
      }.first)
    #expect(second.intent.key.subject.group == "aig-2")
    #expect(try settled(harness) == ["aig-1", "aig-2"])
  }

  @Test func `count a lost answer as reserved until it is proven without effect`() throws {
    let harness = try fleet(1) {
      $0.policy.budgets = [Budget(name: "day", per: .rolling(.days(7)), limit: cny(89_900))]
      $0.mode = .observe
    }
    harness.show("aig-2", expiringIn: .days(6))
    harness.reload { $0.mode = .pay }
    let first = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: first.renewal, lost))
    for _ in 0..<140 {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    // 23 hours later: nothing is proven yet, and nothing else is paid for.
    #expect(harness.payments.count == 1)
    let standing = try #require(try harness.engine.budgetStandings().first)
    #expect(standing.use == BudgetUse(spent: cny(0), reserved: cny(89_900)))
    for _ in 0..<40 {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.payments.map(\.payment.request.group) == ["aig-1", "aig-2"])
  }

  @Test func `refuse a price in another currency than the budget's`() throws {
    let harness = try fleet(1) {
      $0.policy.rules[0].maximumPrice = nil
      $0.policy.rules[0].currency = nil
      $0.policy.budgets = [
        Budget(name: "usd", per: .day, limit: Money(minorUnits: 1_000_000, currency: .usd))
      ]
    }
    harness.live(.hours(2))
    #expect(harness.renewals.isEmpty)
    #expect(harness.alert(.budgetExhausted) != nil)
  }

  @Test func `of zero pay for nothing, and those of others do not bind`() throws {
    let none = try fleet(1) {
      $0.policy.budgets = [Budget(name: "zero", per: .day, groups: ["aig-1"], limit: cny(0))]
    }
    #expect(none.payments.isEmpty)
    let other = try fleet(1) {
      $0.policy.budgets = [
        Budget(name: "zero", per: .day, accounts: ["other"], limit: cny(0)),
        Budget(name: "rule", per: .day, rules: ["other"], limit: cny(0)),
        Budget(name: "group", per: .day, groups: ["aig-2"], limit: cny(0)),
      ]
    }
    #expect(other.payments.count == 1)
  }

  @Test func `are asked again between the intent and the payment`() throws {
    let harness = try EngineHarness()
    harness.settings.policy.budgets = [Budget(name: "day", per: .day, limit: cny(89_900))]
    harness.tell(.reconfigured(harness.settings))
    harness.reachConfirmation()
    try #require(harness.open?.state == .submitted)
    harness.settings.policy.budgets[0].limit = cny(89_899)
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    #expect(harness.payments.isEmpty)
    #expect(harness.renewals.map(\.state) == [.notSent])
  }

  @Test func `do not count a renewal's own reservation against it`() throws {
    let harness = try fleet(1) {
      $0.policy.budgets = [Budget(name: "day", per: .day, limit: cny(89_900))]
    }
    #expect(harness.payments.count == 1)
  }

  // MARK: Prices

  @Test func `refuse a price that has drifted too far from the last that was paid`() throws {
    let harness = try fleet(1) {
      $0.policy.rules[0].maximumDrift = Percentage(hundredths: 1_000)
    }
    #expect(try settled(harness) == ["aig-1"])
    harness.price = cny(98_891)
    harness.live(.days(30), step: .hours(2))
    #expect(try settled(harness) == ["aig-1"])
    #expect(
      harness.alert(.priceRefused)?.reason
        == "988.91 CNY, last paid 899.00 CNY, at most 10% more")
    harness.price = cny(98_890)
    harness.live(.hours(3))
    #expect(try settled(harness) == ["aig-1", "aig-1"])
  }

  @Test func `refuse what the balance does not cover, and pay once it does`() throws {
    let harness = try fleet(1) {
      $0.accounts[0].readsBilling = true; $0.mode = .observe
    }
    harness.balance = cny(89_899)
    harness.reload { $0.mode = .pay }
    harness.live(.hours(1))
    #expect(harness.payments.isEmpty)
    #expect(
      harness.alert(.balanceLow)?.reason == "898.99 CNY available, 899.00 CNY needed")
    harness.balance = cny(89_900)
    harness.live(.hours(2))
    #expect(harness.payments.count == 1)
    #expect(harness.alert(.balanceLow) == nil)
  }

  @Test func `refuse what the balance does not cover beside a payment that is under way`() throws {
    let harness = try fleet(1) { $0.accounts[0].readsBilling = true }
    try #require(try settled(harness) == ["aig-1"])
    harness.live(.minutes(10))
    harness.balance = cny(2 * 89_900 - 1)
    harness.show("aig-2", expiringIn: .days(5))
    harness.show("aig-3", expiringIn: .days(5))
    harness.live(.hours(1), step: .hours(1))
    for _ in 0..<3 {
      harness.advance(.seconds(20))
      harness.tell(.woke)
      harness.answerAll()
    }
    let paid = harness.payments.map(\.payment.request.group)
    #expect(paid.count == 2)
    #expect(harness.alert(.balanceLow)?.reason == "898.99 CNY available, 899.00 CNY needed")
  }

  @Test func `end at a bill that differs from the quote, until a person has seen it`() throws {
    let harness = try fleet(1) {
      $0.accounts[0].readsBilling = true; $0.mode = .observe
    }
    harness.reload { $0.mode = .pay }
    while harness.payments.isEmpty {
      harness.advance(.minutes(1))
      harness.tell(.woke)
      harness.answerAll()
    }
    let sent = harness.payments[0]
    harness.renewalOrders = [
      OrderSummary(
        id: OrderID("\(sent.renewal)"), status: CloudWord(.paid),
        created: sent.payment.date, amount: cny(89_901))
    ]
    harness.settle()
    harness.live(.hours(1))
    let alert = try #require(harness.alert(.amountMismatch))
    #expect(alert.reason.contains("the order cost 899.01 CNY, quoted were 899.00 CNY"))
    #expect(harness.renewals.first?.charged == cny(89_901))
    harness.show("aig-2", expiringIn: .days(5))
    harness.live(.hours(3))
    #expect(harness.payments.count == 1)
    try harness.operate(.acknowledge(alert.id, note: "the bill is right"))
    harness.live(.hours(3))
    #expect(harness.payments.map(\.payment.request.group) == ["aig-1", "aig-2"])
  }

  @Test func `do not stop a key that may not ask for the balance`() throws {
    let harness = try fleet(1) { $0.accounts[0].readsBilling = true }
    #expect(harness.payments.count == 1)
  }

  @Test func `leave to the cloud what it renews by itself, and call a person at the end`() throws {
    let harness = try fleet(1) {
      $0.accounts[0].readsBilling = true; $0.mode = .observe
    }
    harness.isRenewedNatively = true
    harness.reload { $0.mode = .pay }
    harness.live(.hours(1))
    #expect(harness.standing() == .verifying)
    #expect(harness.alert(.nativeAutoRenew) != nil)
    #expect(harness.alert(.renewalHeld) == nil)
    harness.live(.days(4))
    #expect(harness.alert(.expiryNear)?.kind.severity == .page)
    harness.live(.days(1))
    #expect(harness.payments.isEmpty)
  }

  @Test func `take a group that billing does not show for one that nobody knows about`() throws {
    let harness = try fleet(1) {
      $0.accounts[0].readsBilling = true; $0.mode = .observe
    }
    harness.isListedInBilling = false
    harness.show("aig-2", expiringIn: .days(5))
    harness.reload { $0.mode = .pay }
    harness.live(.hours(1))
    #expect(harness.payments.count == 2)
    let told = harness.announced.filter {
      $0.entry.subject == AlertKind.nativeAutoRenew.rawValue
    }
    #expect(told.map(\.entry.kind) == [.alertRaised])
    #expect(told.first?.entry.reason.contains("billing does not show the group") == true)
  }

  @Test func `by rule are missed aloud where the rule gets another name`() throws {
    let harness = try fleet(1) {
      $0.policy.budgets = [Budget(name: "month", per: .month, rules: ["all"], limit: cny(89_900))]
    }
    try #require(try settled(harness) == ["aig-1"])
    func told() -> [String] {
      harness.announced.filter {
        $0.entry.kind == .alertRaised
          && $0.entry.subject == AlertKind.budgetExhausted.rawValue && $0.entry.group == nil
      }.map(\.entry.reason)
    }
    harness.reload { $0.policy.budgets[0].limit = cny(2 * 89_900) }
    #expect(told() == [])
    harness.reload {
      $0.policy.rules[0].name = "every"
      $0.policy.budgets[0].rules = ["every"]
    }
    #expect(told().count == 1)
    #expect(told().first?.hasPrefix("rule 'all' is not configured any more") == true)
    harness.reload { _ in }
    #expect(told().count == 1)
  }

  // MARK: Fuses

  @Test func `blow a fuse that stops all payments until it is lifted by its name`() throws {
    let harness = try fleet(5) { $0.policy.fuses = FuseLimits(groupsPerSweep: 2, callsAtOnce: 1) }
    harness.live(.minutes(30))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
    #expect(harness.engine.blownFuse?.name == .groupsPerSweep)
    #expect(harness.alert(.fuse)?.kind.severity == .page)
    #expect(harness.announced.filter { $0.entry.kind == .fuseBlown }.count == 1)
    try harness.restart()
    harness.live(.days(2))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
    try harness.operate(.resume)
    harness.reload { $0.policy.fuses.groupsPerSweep = nil }
    harness.live(.hours(1))
    #expect(try settled(harness).count == 2)
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.liftFuse(.stormPerDay, reason: "the wrong one"))
    }
    try harness.operate(.liftFuse(.groupsPerSweep, reason: "a new studio"))
    harness.live(.hours(1))
    #expect(try settled(harness).count == 5)
    #expect(harness.alert(.fuse) == nil)
    #expect(harness.announced.last { $0.entry.kind == .fuseLifted }?.entry.actor == "test")
    let lifted = try #require(harness.engine.fuseLiftedAt)
    try harness.restart()
    #expect(harness.engine.blownFuse == nil && harness.engine.fuseLiftedAt == lifted)
  }

  @Test func `blow and are lifted by nothing that the ledger does not hold`() throws {
    let harness = try fleet(3) { $0.policy.fuses = FuseLimits(groupsPerSweep: 1, callsAtOnce: 1) }
    harness.live(.minutes(30))
    try #require(harness.engine.blownFuse?.name == .groupsPerSweep)
    harness.engine.storageFailed(.inputOutput("sync failed"))
    #expect(throws: OperatorRefusal.notNow("the ledger could not be written")) {
      try harness.operate(.liftFuse(.groupsPerSweep, reason: "looked at"))
    }
    #expect(harness.engine.blownFuse?.name == .groupsPerSweep)
    harness.engine.blownFuse = nil
    harness.engine.blow(.groupsPerSweep, "again")
    #expect(harness.engine.blownFuse == nil)
  }

  @Test func `count money within one interval of the sweep`() throws {
    let harness = try fleet(3) {
      $0.policy.fuses = FuseLimits(moneyPerSweep: [cny(2 * 89_900)], callsAtOnce: 1)
    }
    harness.live(.minutes(30))
    #expect(try settled(harness) == ["aig-1", "aig-2"])
    #expect(harness.engine.blownFuse?.name == .moneyPerSweep)
  }

  @Test func `do not blow where the renewals are an interval apart`() throws {
    let harness = try fleet(3) {
      $0.policy.fuses = FuseLimits(groupsPerSweep: 1); $0.mode = .observe
    }
    for number in 1...3 {
      harness.show(GroupID("aig-\(number)"), expiringIn: .days(7) + .hours(Int64(2 * number)))
    }
    harness.reload { $0.mode = .pay }
    harness.live(.hours(8))
    #expect(try settled(harness).count == 3)
    #expect(harness.engine.blownFuse == nil)
  }

  @Test func `blow on a storm of renewals that nobody foresaw`() throws {
    let harness = try fleet(1) { settings in
      let early = RenewalRule(
        name: "early", match: GroupMatcher(tags: ["early": "yes"]), action: .renew,
        period: .oneMonth, leadTime: .days(20))
      settings.policy.rules.insert(early, at: 0)
    }
    for number in 2...31 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(12)) }
    harness.live(.hours(3))
    try #require(harness.engine.dayForecast != nil)
    // Somebody tags them all: thirty groups are due that were not this morning.
    for number in 2...31 { harness.cloud[GroupID("aig-\(number)")]?.tags = ["early": "yes"] }
    harness.live(.hours(2), step: .minutes(2))
    #expect(harness.engine.blownFuse?.name == .stormPerHour)
    #expect(try settled(harness).count <= 1 + FuseLimits.stormAllowance)
  }

  @Test func `foresee for all accounts although one was never seen whole`() throws {
    let harness = try fleet(1) { settings in
      let early = RenewalRule(
        name: "early", match: GroupMatcher(tags: ["early": "yes"]), action: .renew,
        period: .oneMonth, leadTime: .days(20))
      settings.policy.rules.insert(early, at: 0)
    }
    harness.silent = ["away"]
    harness.reload {
      $0.accounts.append(
        AccountSettings(
          name: "away", parameters: .withoutBilling, readsBilling: false, hasPayer: true))
    }
    for number in 2...31 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(12)) }
    harness.live(.hours(3))
    for number in 2...31 { harness.cloud[GroupID("aig-\(number)")]?.tags = ["early": "yes"] }
    harness.live(.hours(2), step: .minutes(2))
    #expect(harness.engine.blownFuse?.name == .stormPerHour)
    #expect(try settled(harness).count <= 1 + FuseLimits.stormAllowance)
  }

  @Test func `let a few be paid for before it is known how many are due, and blow nothing`() throws
  {
    let limits = FuseLimits()
    let price = cny(89_900)
    func counts(_ paid: Int, _ foreseen: Int = 0, day: FuseCounts.Storm? = nil) -> FuseCounts {
      FuseCounts(hour: .init(paid: paid, foreseen: foreseen, isCurrent: false), day: day)
    }
    #expect(limits.wait(beside: counts(4)) == nil)
    #expect(limits.wait(beside: counts(5)) != nil)
    #expect(limits.blown(by: price, beside: counts(5)) == nil)
    // The last number that was known, until there is another.
    #expect(limits.wait(beside: counts(34, 20)) == nil)
    #expect(limits.wait(beside: counts(35, 20)) != nil)
    // A day that is known still blows.
    let day = FuseCounts.Storm(paid: 50, foreseen: 1)
    #expect(limits.blown(by: price, beside: counts(5, day: day))?.name == .stormPerDay)
  }

  @Test func `count a share of the groups that are there`() throws {
    let harness = try fleet(3) {
      $0.policy.fuses = FuseLimits(sharePerSweep: Percentage(hundredths: 3_000), callsAtOnce: 1)
      $0.mode = .observe
      $0.accounts.append(
        AccountSettings(
          name: "empty", parameters: .withoutBilling, readsBilling: false, hasPayer: true))
    }
    // Twenty were there once, and one account has none.
    for number in 10...29 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(90)) }
    harness.empty = ["empty"]
    harness.live(.hours(3))
    for number in 10...29 { harness.cloud[GroupID("aig-\(number)")] = nil }
    harness.live(.hours(3))
    harness.reload { $0.mode = .pay }
    harness.live(.minutes(30))
    #expect(harness.engine.blownFuse?.reason.contains("renewal 2 of 3 groups") == true)
    // And so before the first sweep of a process.
    let engine = harness.engine
    engine.accounts["main"]?.groupCount = nil
    let reader = try engine.store.read { try engine.fuseCounts(at: harness.server, $0) }
    #expect(reader.fleet == 3)
  }

  @Test func `are not lifted by a clock that nobody trusts`() throws {
    let harness = try fleet(3) { $0.policy.fuses = FuseLimits(groupsPerSweep: 1, callsAtOnce: 1) }
    harness.live(.minutes(30))
    try #require(harness.engine.blownFuse?.name == .groupsPerSweep)
    harness.wallSkew = .days(400)
    try harness.restart()
    #expect(throws: OperatorRefusal.notNow("the cloud's time is not known")) {
      try harness.operate(.liftFuse(.groupsPerSweep, reason: "looked at"))
    }
    harness.wallSkew = .zero
    harness.live(.minutes(10))
    try harness.operate(.liftFuse(.groupsPerSweep, reason: "looked at"))
    #expect(harness.engine.fuseLiftedAt.map { $0 <= harness.server } == true)
    // One that was lifted in the future does not switch the fuses off.
    harness.engine.fuseLiftedAt = harness.server + .days(400)
    let counts = try harness.engine.store.read {
      try harness.engine.fuseCounts(at: harness.server, $0)
    }
    #expect(counts.paidInSweep > 0)
  }

  @Test func `foresee a large fleet that is due at once`() throws {
    let harness = try fleet(30) { _ in }
    harness.live(.hours(3))
    #expect(try settled(harness).count == 30)
    #expect(harness.engine.blownFuse == nil)
  }

  @Test func `allow fewer calls at once, never more`() throws {
    let harness = try fleet(1) { $0.policy.fuses.callsAtOnce = 1 }
    let account = try #require(harness.engine.accounts["main"])
    #expect(harness.engine.gate(of: account).callLimit == 1)
    harness.reload { $0.policy.fuses.callsAtOnce = 4 }
    let after = try #require(harness.engine.accounts["main"])
    #expect(harness.engine.gate(of: after).callLimit == 4)
  }
}
