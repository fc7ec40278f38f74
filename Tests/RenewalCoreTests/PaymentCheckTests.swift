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
}
