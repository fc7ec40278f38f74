import RenewalCore
import Testing

/// Everything that the checks are asked of; as it begins, all of them pass.
private struct Case {
  static let now = Instant(1_800_000_000)
  static let parameters = ProtocolParameters.withBilling
  static let price = Money(minorUnits: 89_900, currency: .cny)

  var situation: GroupSituation
  var gate: PaymentGate
  var evidence: PaymentEvidence
  var prices = PriceEvidence(fuses: FuseCounts())
  var limits = FuseLimits()

  init() {
    let expiry = Case.now + .days(5)
    situation = GroupSituation(
      record: GroupRecord(
        account: "main", latest: DeliveryGroup(id: "aig-1", name: "a", expiry: expiry),
        maximumExpiry: expiry, firstSeen: Case.now, lastSeen: Case.now),
      rule: RenewalRule(name: "all", action: .renew, period: .oneMonth, leadTime: .days(7)))
    gate = PaymentGate(
      mode: .pay, serverNow: Case.now, startHold: .none, hasPayer: true, openCalls: 0,
      callLimit: 1)
    evidence = PaymentEvidence(
      readExpiry: expiry, readAt: Case.now, quote: Quote(price: Case.price), quotedAt: Case.now,
      billing: .clean)
  }

  var results: [CheckResult] {
    situation.groupChecks(at: Case.now, parameters: Case.parameters) + gate.checks
      + evidence.checks(for: situation, at: Case.now, parameters: Case.parameters)
      + prices.checks(
        of: evidence.quote.price, for: situation, limits: limits, at: Case.now)
  }

  /// Spoils what one check looks at.
  mutating func spoil(_ check: PolicyCheck) {
    let now = Case.now
    switch check {
    case .coveredByRule: situation.rule = nil
    case .ruleRenews: situation.rule?.action = .verify
    case .isSubscription: situation.record.latest.chargeType = CloudWord(.postPaid)
    case .stillListed: situation.record.absences = 2
    case .statusPayable: situation.record.latest.status = CloudWord("RETIRING")
    case .expiryReadable: situation.record.latest.expiry = nil
    case .notExpired:
      situation.record.latest.expiry = now
      situation.record.maximumExpiry = now
      evidence.readExpiry = now
    case .expiryIsHighest:
      situation.record.maximumExpiry = now + .days(35)
      evidence.readExpiry = now + .days(35)
    case .notHeld: situation.record.hold = Hold(reason: "by hand")
    case .nothingOpen: situation.open = attempt(.unknown)
    case .attemptsLeft: situation.attempts = [attempt(.settled)]
    case .isDue: situation.rule?.leadTime = .days(4)
    case .turnHasCome:
      situation.rule?.leadTime = .days(5) + .hours(1)
      situation.rule?.spread = .days(2)
    case .withinHours:
      situation.rule?.hours.blackouts = [Blackout(from: now, until: now + .days(1))]
    case .notVetoed:
      situation.deliberation = Deliberation(
        expiry: now, veto: .init(at: now, actor: "uid 1000", reason: "no"))
    case .noticeIsOver: situation.rule?.notice = .hours(1)
    case .approved:
      situation.rule?.approveOver = Money(minorUnits: 89_900, currency: .cny)
      situation.deliberation = Deliberation(
        expiry: now, asked: .init(price: Money(minorUnits: 89_901, currency: .cny), at: now))
    case .modePays: gate.mode = .plan
    case .notPaused: gate.paused = "the bill looks wrong"
    case .noAlertStops: gate.stoppingAlerts = [.doubleExtension]
    case .storageSound: gate.storageFault = "disk full"
    case .clockTrusted: gate.clockDoubt = "off by an hour"
    case .startHoldOver: gate.startHold = .until(now + .hours(1))
    case .payerPresent: gate.hasPayer = false
    case .slotFree: gate.openCalls = 1
    case .fusesWhole:
      gate.blownFuse = BlownFuse(name: .stormPerDay, at: now, reason: "a storm")
    case .accountSame: gate.foreignKey = "the keys belong to account 2"
    case .readFresh: evidence.readAt = now - .minutes(1)
    case .quoteFresh: evidence.quotedAt = now - .minutes(11)
    case .priceAllowed: situation.rule?.maximumPrice = Money(minorUnits: 1, currency: .cny)
    case .billingClean: evidence.billing = .doubt("order 1 is Unpaid")
    case .driftAllowed:
      situation.rule?.maximumDrift = Percentage(hundredths: 100)
      prices.lastPaid = Money(minorUnits: 80_000, currency: .cny)
    case .priceApproved: situation.rule?.approveOver = Money(minorUnits: 1, currency: .cny)
    case .budgetsAllow:
      let nothing = Money(minorUnits: 0, currency: .cny)
      prices.budgets = [
        BudgetStanding(
          budget: Budget(name: "month", per: .month, limit: Money(minorUnits: 1, currency: .cny)),
          use: BudgetUse(spent: nothing, reserved: nothing), from: now, to: nil)
      ]
    case .balanceSuffices: prices.available = Money(minorUnits: 1, currency: .cny)
    case .notRenewedNatively: evidence.isRenewedNatively = true
    case .withinFuses:
      limits.groupsPerSweep = 1
      prices.fuses.paidInSweep = 1
    }
  }

  private func attempt(_ state: RenewalState) -> Renewal {
    Renewal(
      id: 1,
      intent: RenewalIntent(
        key: RenewalKey(subject: situation.record.key, expiry: Case.now + .days(5)), attempt: 1,
        period: .oneMonth, quote: Case.price, date: Case.now, nonce: "1", requestHash: "h",
        rule: "all", bootID: "b"),
      state: state, since: Case.now)
  }
}

@Suite struct `Every numbered check` {
  @Test func `passes for an ordinary renewal, once and in order`() {
    let results = Case().results
    #expect(results.filter { !$0.passed } == [])
    #expect(Set(results.map(\.check)) == Set(PolicyCheck.allCases))
    #expect(results.count == PolicyCheck.allCases.count)
  }

  /// Without a rule that buys, a subscription or an expiry there is no due date
  /// either: then the check that says why comes first.
  @Test(arguments: PolicyCheck.allCases) func `can fail alone and says what it saw`(
    _ check: PolicyCheck
  ) throws {
    var spoilt = Case()
    spoilt.spoil(check)
    let failed = spoilt.results.filter { !$0.passed }
    #expect(failed.first?.check == check)
    let roots: Set<PolicyCheck> = [.coveredByRule, .ruleRenews, .isSubscription, .expiryReadable]
    if !roots.contains(check) { #expect(failed.map(\.check) == [check]) }
    let result = try #require(failed.first)
    #expect(!result.input.isEmpty || check == .expiryReadable)
    #expect(result.sentence.count > 20)
  }

  /// People know them by number.
  @Test func `keeps its number`() {
    #expect(
      PolicyCheck.allCases.map(\.rawValue)
        == Array(1...17) + Array(20...29) + Array(40...49))
  }
}
