import RenewalCore
import Testing

@Suite struct `A payment` {
  static let now = Instant(1_800_000_000)
  static let key = RenewalKey(
    subject: GroupKey(account: "main", group: "aig-1"), expiry: now + .days(5))
  static let parameters = ProtocolParameters.withBilling

  static func attempt(_ number: Int, _ state: RenewalState) -> Renewal {
    Renewal(
      id: Int64(number),
      intent: RenewalIntent(
        key: key, attempt: number, period: .oneMonth,
        quote: Money(minorUnits: 100, currency: .cny), date: now - .days(1), nonce: "\(number)",
        requestHash: "h", rule: "all", bootID: "b"),
      state: state, since: now)
  }

  static func situation(
    highest: Instant = key.expiry, open: Renewal? = nil, attempts: [Renewal] = []
  ) -> GroupSituation {
    GroupSituation(
      record: GroupRecord(
        account: "main", latest: DeliveryGroup(id: "aig-1", name: "a", expiry: key.expiry),
        maximumExpiry: highest, firstSeen: now, lastSeen: now),
      rule: RenewalRule(
        name: "all", match: GroupMatcher(ids: ["aig-1"]), action: .renew, period: .oneMonth,
        leadTime: .days(7)),
      open: open, attempts: attempts)
  }

  private func failures(_ situation: GroupSituation) -> [PolicyCheck] {
    situation.groupChecks(at: Self.now, parameters: Self.parameters)
      .filter { !$0.passed }.map(\.check)
  }

  @Test func `is made for a group that is due`() {
    #expect(failures(Self.situation()) == [])
  }

  @Test func `is never made on an expiry below the highest ever seen`() {
    let situation = Self.situation(highest: Self.key.expiry + .days(30))
    #expect(failures(situation) == [.expiryIsHighest])
    let evidence = PaymentEvidence(
      readExpiry: Self.key.expiry, readAt: Self.now,
      quote: Quote(price: Money(minorUnits: 100, currency: .cny)), quotedAt: Self.now,
      billing: .clean)
    let checks = evidence.checks(
      for: situation, at: Self.now, parameters: Self.parameters)
    #expect(checks.filter { !$0.passed }.map(\.check) == [.readFresh])
  }

  @Test func `waits for whatever is open, and for doubts of billing`() {
    let open = Self.attempt(1, .unknown)
    #expect(failures(Self.situation(open: open, attempts: [open])) == [.nothingOpen])
    let evidence = PaymentEvidence(
      readExpiry: Self.key.expiry, readAt: Self.now,
      quote: Quote(price: Money(minorUnits: 100, currency: .cny)), quotedAt: Self.now,
      billing: .doubt("order 1 is Paid"))
    let checks = evidence.checks(
      for: Self.situation(), at: Self.now, parameters: Self.parameters)
    #expect(checks.filter { !$0.passed }.map(\.check) == [.billingClean])
  }

  @Test func `is tried CAP times, and refused attempts do not count`() {
    let cap = Self.parameters.attemptCap
    let refused = (1...cap).map { Self.attempt($0, .refused) }
    #expect(failures(Self.situation(attempts: refused)) == [])
    let spent = (1...cap).map { Self.attempt($0, .notEffected) }
    #expect(failures(Self.situation(attempts: Array(spent.dropLast()))) == [])
    #expect(failures(Self.situation(attempts: spent)) == [.attemptsLeft])
  }

  /// What never had an effect costs nothing, but without end it would be a storm.
  @Test(arguments: [RenewalState.refused, .notSent])
  func `is tried REFUSALS times without effect`(state: RenewalState) {
    let cap = Self.parameters.refusalCap
    let attempts = (1...cap).map { Self.attempt($0, state) }
    #expect(failures(Self.situation(attempts: Array(attempts.dropLast()))) == [])
    #expect(failures(Self.situation(attempts: attempts)) == [.attemptsLeft])
  }

  @Test func `is made only for a status that is known to be renewable`() {
    let payable: Set<GroupStatus> = [.published, .maintaining, .deploying]
    for status in GroupStatus.allCases {
      var situation = Self.situation()
      situation.record.latest.status = CloudWord(status)
      #expect(failures(situation) == (payable.contains(status) ? [] : [.statusPayable]))
    }
    // Nothing is paid on a word of the cloud's that is not known.
    for word in ["", "RETIRING", "published"] {
      var situation = Self.situation()
      situation.record.latest.status = CloudWord(word)
      #expect(failures(situation) == [.statusPayable])
    }
  }

  private func evidence(_ units: Int64, readExpiry: Instant? = key.expiry) -> PaymentEvidence {
    PaymentEvidence(
      readExpiry: readExpiry, readAt: Self.now,
      quote: Quote(price: Money(minorUnits: units, currency: .cny)), quotedAt: Self.now,
      billing: .clean)
  }

  private func failures(_ evidence: PaymentEvidence) -> [CheckResult] {
    evidence.checks(for: Self.situation(), at: Self.now, parameters: Self.parameters)
      .filter { !$0.passed }
  }

  @Test func `is not made at a price that is none`() {
    #expect(failures(evidence(1)) == [])
    for units in [0, -1, .min] as [Int64] {
      #expect(failures(evidence(units)).map(\.check) == [.priceAllowed])
    }
  }

  @Test func `is not made on a read without an expiry`() {
    let failed = failures(evidence(1, readExpiry: nil))
    #expect(failed.map(\.check) == [.readFresh])
    #expect(failed.first?.input.hasSuffix("no expiry") == true)
    // Nor is one that agrees with a group of which none was ever seen.
    var situation = Self.situation()
    situation.record.maximumExpiry = nil
    let checks = evidence(1, readExpiry: nil).checks(
      for: situation, at: Self.now, parameters: Self.parameters)
    #expect(checks.filter { !$0.passed }.map(\.check) == [.readFresh])
  }

  private func fuseCheck(
    _ currency: Currency = .cny, _ limits: FuseLimits = FuseLimits(),
    _ fuses: FuseCounts = FuseCounts()
  ) -> CheckResult? {
    PriceEvidence(fuses: fuses).checks(
      of: Money(minorUnits: 100, currency: currency), for: Self.situation(), limits: limits,
      at: Self.now
    ).first { $0.check == .withinFuses }
  }

  @Test func `waits while it is not known how many are due, but for a few`() {
    func check(_ paid: Int) -> CheckResult? {
      fuseCheck(
        .cny, FuseLimits(),
        FuseCounts(hour: .init(paid: paid, foreseen: 0, isCurrent: false)))
    }
    #expect(check(FuseLimits.stormAllowance - 1)?.passed == true)
    #expect(check(FuseLimits.stormAllowance)?.passed == false)
    #expect(
      check(FuseLimits.stormAllowance)?.input.hasPrefix("how many are due is not known yet")
        == true)
  }

  @Test func `is not made in money for which the fuses name no amount`() {
    let limits = FuseLimits(moneyPerSweep: [Money(minorUnits: 100, currency: .cny)])
    #expect(fuseCheck(.cny, limits)?.passed == true)
    #expect(fuseCheck(.usd, limits)?.passed == false)
    #expect(fuseCheck(.usd, limits)?.input == "money_per_sweep names no amount in USD")
  }
}
