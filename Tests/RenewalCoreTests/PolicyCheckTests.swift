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

  /// Each with what is just good enough, and with what is just too little.
  @Test(arguments: Bound.all) fileprivate func `holds up to its bound, and not beyond`(
    _ bound: Bound
  ) {
    var good = Case()
    bound.reach(&good)
    #expect(good.results.filter { !$0.passed } == [], "\(bound)")
    var bad = Case()
    bound.exceed(&bad)
    #expect(bad.results.filter { !$0.passed }.map(\.check) == [bound.check], "\(bound)")
  }

  /// People know them by number.
  @Test func `keeps its number`() {
    #expect(
      PolicyCheck.allCases.map(\.rawValue)
        == Array(1...17) + Array(20...29) + Array(40...49))
  }
}

/// The last of what a check lets pass, and the first of what it does not.
private struct Bound: Sendable, CustomStringConvertible {
  var check: PolicyCheck
  var description: String
  var reach: @Sendable (inout Case) -> Void
  var exceed: @Sendable (inout Case) -> Void

  init(
    _ check: PolicyCheck, _ description: String, _ reach: @escaping @Sendable (inout Case) -> Void,
    _ exceed: @escaping @Sendable (inout Case) -> Void
  ) {
    self.check = check
    self.description = description
    self.reach = reach
    self.exceed = exceed
  }

  static let now = Case.now
  static let price = Case.price

  static func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }
  static func usd(_ units: Int64) -> Money { Money(minorUnits: units, currency: .usd) }

  static func asked(_ ceiling: Money, until: Instant) -> Deliberation {
    Deliberation(
      expiry: now + .days(5),
      approval: .init(ceiling: ceiling, at: now, until: until, actor: "uid 1000", reason: "yes"))
  }

  static let all: [Bound] = [
    Bound(
      .stillListed, "one sweep without it", { $0.situation.record.absences = 1 },
      { $0.situation.record.absences = 2 }),
    Bound(
      .notHeld, "a hold that ends now",
      { $0.situation.record.hold = Hold(until: now, reason: "audit") },
      { $0.situation.record.hold = Hold(until: now + .seconds(1), reason: "audit") }),
    Bound(
      .isDue, "the lead time", { $0.situation.rule?.leadTime = .days(5) },
      { $0.situation.rule?.leadTime = .days(5) - .seconds(1) }),
    Bound(
      .withinHours, "a blackout",
      { $0.situation.rule?.hours.blackouts = [Blackout(from: now - .hours(1), until: now)] },
      { $0.situation.rule?.hours.blackouts = [Blackout(from: now, until: now + .hours(1))] }),
    Bound(
      .noticeIsOver, "the notice",
      {
        $0.situation.rule?.notice = .hours(1)
        $0.situation.deliberation = Deliberation(expiry: now + .days(5), noticedAt: now - .hours(1))
      },
      {
        $0.situation.rule?.notice = .hours(1)
        $0.situation.deliberation = Deliberation(
          expiry: now + .days(5), noticedAt: now - .hours(1) + .seconds(1))
      }),
    Bound(
      .startHoldOver, "the start hold", { $0.gate.startHold = .until(now) },
      { $0.gate.startHold = .until(now + .seconds(1)) }),
    Bound(
      .slotFree, "the calls at once",
      {
        $0.gate.openCalls = 3
        $0.gate.callLimit = 4
      },
      {
        $0.gate.openCalls = 4
        $0.gate.callLimit = 4
      }),
    Bound(
      .readFresh, "the age of a read",
      { $0.evidence.readAt = now - Case.parameters.readFreshness },
      { $0.evidence.readAt = now - Case.parameters.readFreshness - .seconds(1) }),
    Bound(
      .readFresh, "a read a little ahead", { $0.evidence.readAt = now + .seconds(5) },
      { $0.evidence.readAt = now + .seconds(6) }),
    Bound(
      .quoteFresh, "the age of a price",
      { $0.evidence.quotedAt = now - Case.parameters.quoteFreshness },
      { $0.evidence.quotedAt = now - Case.parameters.quoteFreshness - .seconds(1) }),
    Bound(
      .priceAllowed, "the rule's maximum", { $0.situation.rule?.maximumPrice = price },
      { $0.situation.rule?.maximumPrice = cny(price.minorUnits - 1) }),
    Bound(
      .priceAllowed, "a maximum in other money", { $0.situation.rule?.maximumPrice = price },
      { $0.situation.rule?.maximumPrice = usd(.max) }),
    Bound(
      .priceAllowed, "the rule's currency", { $0.situation.rule?.currency = .cny },
      { $0.situation.rule?.currency = .usd }),
    Bound(
      .driftAllowed, "the drift",
      {
        $0.situation.rule?.maximumDrift = Percentage(hundredths: 1000)
        $0.prices.lastPaid = cny(price.minorUnits * 10 / 11 + 1)
      },
      {
        $0.situation.rule?.maximumDrift = Percentage(hundredths: 1000)
        $0.prices.lastPaid = cny(price.minorUnits * 10 / 11 - 1)
      }),
    Bound(
      .priceApproved, "the price from which a person is asked",
      { $0.situation.rule?.approveOver = price },
      { $0.situation.rule?.approveOver = cny(price.minorUnits - 1) }),
    Bound(
      .priceApproved, "the ceiling of an approval",
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(price, until: now + .seconds(1))
      },
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(cny(price.minorUnits - 1), until: now + .seconds(1))
      }),
    Bound(
      .priceApproved, "the end of an approval",
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(price, until: now + .seconds(1))
      },
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(price, until: now)
      }),
    Bound(
      .priceApproved, "an approval in other money",
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(cny(.max), until: now + .days(1))
      },
      {
        $0.situation.rule?.approveOver = cny(1)
        $0.situation.deliberation = asked(usd(.max), until: now + .days(1))
      }),
    Bound(
      .balanceSuffices, "the balance", { $0.prices.available = price },
      { $0.prices.available = cny(price.minorUnits - 1) }),
    Bound(
      .balanceSuffices, "a balance in other money", { $0.prices.available = usd(0) },
      { $0.prices.available = cny(0) }),
    Bound(
      .balanceSuffices, "an order that a person pays",
      {
        $0.situation.rule?.autoPay = false
        $0.prices.available = cny(0)
      },
      { $0.prices.available = cny(0) }),
    Bound(
      .withinFuses, "the groups of a sweep",
      {
        $0.limits.groupsPerSweep = 2
        $0.prices.fuses.paidInSweep = 1
      },
      {
        $0.limits.groupsPerSweep = 2
        $0.prices.fuses.paidInSweep = 2
      }),
  ]
}
