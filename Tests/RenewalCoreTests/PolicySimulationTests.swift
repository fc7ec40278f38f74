import RenewalCore
import TestSupport
import Testing

private func at(_ text: String) -> Instant { Instant(iso8601: text) ?? Instant(0) }
private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

@Suite struct `A run of the rules` {
  private let shanghai = NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8))
  /// Summer time in 2026 from 29 March, 01:00Z, to 25 October, 01:00Z.
  private let berlin = NamedZone(
    name: "Europe/Berlin", firstOffset: .hours(1),
    transitions: [
      .init(at: at("2026-03-29T01:00:00Z"), offset: .hours(2)),
      .init(at: at("2026-10-25T01:00:00Z"), offset: .hours(1)),
    ])
  private let rule = RenewalRule(name: "all", action: .renew, period: .oneMonth, leadTime: .days(7))

  private func member(
    _ id: GroupID, _ expiry: String, _ price: Money? = cny(6_000), lastPaid: Money? = nil,
    _ change: (inout GroupSituation) -> Void = { _ in }
  ) -> PolicySimulation.Member {
    var record = Sample.row().record
    record.latest.id = id
    record.latest.expiry = at(expiry)
    record.maximumExpiry = at(expiry)
    var situation = GroupSituation(record: record, rule: nil)
    change(&situation)
    return PolicySimulation.Member(
      situation, parameters: .withoutBilling, price: price, lastPaid: lastPaid)
  }

  private func run(
    _ policy: RenewalPolicy, _ members: [PolicySimulation.Member], from: String, until: String,
    bounds: PolicySimulation.Bounds = .all, past: [PolicySimulation.PastPayment] = []
  ) -> [String] {
    var simulation = PolicySimulation(policy, bounds: bounds, from: at(from), until: at(until))
    past.forEach { simulation.count($0) }
    members.forEach { simulation.add($0) }
    var steps: [String] = []
    while let step = simulation.next() {
      let outcome =
        switch step.outcome {
        case .pays(let price, let until, let needsApproval):
          "pays \(price?.description ?? "?") until \(until)" + (needsApproval ? ", approved" : "")
        case .waits(let check, let until): "waits for \(check.check) until \(until)"
        case .refuses(let check): "refuses by \(check.check)"
        case .leaves(let action): "leaves \(action?.rawValue ?? "alone")"
        }
      steps.append("\(step.at) \(step.record.latest.id) \(outcome)")
    }
    return steps
  }

  @Test func `goes on over a leap day, and loses the day that February does not have`() {
    // Terms end by Beijing's calendar: 31 January, 29 February, 29 March.
    let steps = run(
      RenewalPolicy(rules: [rule]), [member("a", "2028-01-30T16:00:00Z", cny(89_900))],
      from: "2028-01-01T00:00:00Z", until: "2028-04-01T00:00:00Z")
    #expect(
      steps == [
        "2028-01-23T16:00:00Z a pays 899.00 CNY until 2028-02-28T16:00:00Z",
        "2028-02-21T16:00:00Z a pays 899.00 CNY until 2028-03-28T16:00:00Z",
        "2028-03-21T16:00:00Z a pays 899.00 CNY until 2028-04-28T16:00:00Z",
      ])
  }

  @Test func `waits for the hours of a zone, whose clock is set meanwhile`() {
    var rule = rule
    rule.hours = PaymentHours(
      zone: berlin,
      windows: (0...4).map { WeeklyHours(weekday: $0, start: 9 * 3600, end: 18 * 3600) })
    // Both are due on a Saturday; on Monday at nine it is summer, and winter, time.
    let spring = run(
      RenewalPolicy(rules: [rule]), [member("a", "2026-04-04T12:00:00Z")],
      from: "2026-03-01T00:00:00Z", until: "2026-05-01T00:00:00Z")
    #expect(
      spring == [
        "2026-03-30T07:00:00Z a pays 60.00 CNY until 2026-05-04T12:00:00Z",
        "2026-04-27T12:00:00Z a pays 60.00 CNY until 2026-06-04T12:00:00Z",
      ])
    let autumn = run(
      RenewalPolicy(rules: [rule]), [member("a", "2026-10-31T12:00:00Z")],
      from: "2026-10-01T00:00:00Z", until: "2026-11-01T00:00:00Z")
    #expect(autumn == ["2026-10-26T08:00:00Z a pays 60.00 CNY until 2026-11-30T12:00:00Z"])
  }

  @Test func `begins at once with what is due, the earliest expiry first`() {
    let steps = run(
      RenewalPolicy(rules: [rule]),
      [member("b", "2027-01-12T00:00:00Z"), member("a", "2027-01-13T00:00:00Z")],
      from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(
      steps == [
        "2027-01-10T00:00:00Z b pays 60.00 CNY until 2027-02-12T00:00:00Z",
        "2027-01-10T00:00:00Z a pays 60.00 CNY until 2027-02-13T00:00:00Z",
      ])
  }

  @Test func `announces first where the rule gives notice`() {
    var rule = rule
    rule.notice = .hours(48)
    let steps = run(
      RenewalPolicy(rules: [rule]), [member("a", "2027-01-20T00:00:00Z")],
      from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(steps == ["2027-01-15T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z"])
    // A notice that was given is not given again when a budget has made it wait.
    var policy = monthly()
    policy.rules = [rule]
    let late = run(
      policy, [member("c", "2027-02-02T00:00:00Z")], from: "2027-01-10T00:00:00Z",
      until: "2027-02-10T00:00:00Z",
      past: [
        .init(at: at("2027-01-05T00:00:00Z"), key: Sample.subject, rule: "all", amount: cny(5_000))
      ]
    )
    #expect(
      late == [
        "2027-01-28T00:00:00Z c waits for budgetsAllow until 2027-01-31T16:00:00Z",
        "2027-01-31T16:00:00Z c pays 60.00 CNY until 2027-03-02T00:00:00Z",
      ])
  }

  // MARK: Budgets and fuses

  private func monthly(_ per: BudgetPeriod = .month, _ limit: Int64 = 10_000) -> RenewalPolicy {
    RenewalPolicy(
      rules: [rule], budgets: [Budget(name: "b", per: per, limit: cny(limit))], zone: shanghai)
  }

  private var three: [PolicySimulation.Member] {
    [
      member("a", "2027-01-20T00:00:00Z"), member("b", "2027-01-21T00:00:00Z"),
      member("c", "2027-02-02T00:00:00Z"),
    ]
  }

  @Test func `keeps a month's budget to the second, and lets expire what does not fit`() {
    let steps = run(
      monthly(), three, from: "2027-01-10T00:00:00Z", until: "2027-02-10T00:00:00Z")
    #expect(
      steps == [
        "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z",
        "2027-01-14T00:00:00Z b refuses by budgetsAllow",
        "2027-01-26T00:00:00Z c waits for budgetsAllow until 2027-01-31T16:00:00Z",
        "2027-01-31T16:00:00Z c pays 60.00 CNY until 2027-03-02T00:00:00Z",
      ])
  }

  @Test func `counts what was paid before in the same month, and not in the one before`() {
    func first(_ paid: String) -> String? {
      run(
        monthly(), [three[0]], from: "2027-01-10T00:00:00Z", until: "2027-02-01T00:00:00Z",
        past: [.init(at: at(paid), key: Sample.subject, rule: "all", amount: cny(5_000))]
      ).first
    }
    #expect(first("2026-12-31T16:00:00Z") == "2027-01-13T00:00:00Z a refuses by budgetsAllow")
    #expect(
      first("2026-12-31T15:59:59Z")
        == "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z")
  }

  @Test func `keeps a rolling budget, in which the first second counts`() {
    let steps = run(
      monthly(.rolling(.days(10)), 6_000),
      [member("a", "2027-01-20T00:00:00Z"), member("b", "2027-01-30T00:00:00Z")],
      from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(
      steps == [
        "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z",
        "2027-01-23T00:00:00Z b waits for budgetsAllow until 2027-01-23T00:00:01Z",
        "2027-01-23T00:00:01Z b pays 60.00 CNY until 2027-02-28T00:00:00Z",
      ])
  }

  @Test func `keeps a day's budget through the day of 25 hours`() {
    var policy = monthly(.day)
    policy.zone = berlin
    // The day of Berlin is from 2026-10-24T22:00Z to 2026-10-25T23:00Z; the price of two
    // is more than the budget.
    let steps = run(
      policy,
      [
        member("a", "2026-10-31T22:00:00Z"), member("b", "2026-11-01T22:59:59Z"),
        member("c", "2026-11-01T23:00:01Z", cny(4_000)),
        member("d", "2026-10-31T21:59:59Z"),
      ], from: "2026-10-20T00:00:00Z", until: "2026-10-30T00:00:00Z")
    #expect(
      steps == [
        "2026-10-24T21:59:59Z d pays 60.00 CNY until 2026-11-30T21:59:59Z",
        "2026-10-24T22:00:00Z a pays 60.00 CNY until 2026-11-30T22:00:00Z",
        "2026-10-25T22:59:59Z b waits for budgetsAllow until 2026-10-25T23:00:00Z",
        "2026-10-25T23:00:00Z b pays 60.00 CNY until 2026-12-01T22:59:59Z",
        "2026-10-25T23:00:01Z c pays 40.00 CNY until 2026-12-01T23:00:01Z",
      ])
  }

  @Test func `stops at a blown fuse, as nobody lifts it`() {
    var policy = RenewalPolicy(rules: [rule])
    policy.fuses.groupsPerSweep = 1
    let fleet = [
      member("a", "2027-01-20T00:00:00Z"), member("b", "2027-01-20T00:00:00Z"),
      member("c", "2027-01-25T00:00:00Z"),
    ]
    let bounded = run(policy, fleet, from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(
      bounded == [
        "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z",
        "2027-01-13T00:00:00Z b refuses by withinFuses",
        "2027-01-18T00:00:00Z c refuses by fusesWhole",
      ])
    let free = run(
      policy, fleet, from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z", bounds: .none)
    #expect(free.filter { $0.contains("pays") }.count == 3)
  }

  @Test func `foresees a storm as the engine does`() {
    var policy = RenewalPolicy(rules: [rule])
    policy.fuses.stormMargin = Percentage(hundredths: 0)
    // Thirty are due in one hour, which is foreseen.
    let fleet = (10..<40).map { member(GroupID("a\($0)"), "2027-01-20T00:00:00Z") }
    let steps = run(policy, fleet, from: "2027-01-10T00:00:00Z", until: "2027-01-14T00:00:00Z")
    #expect(steps.count == 30 && steps.allSatisfy { $0.contains("pays") })
  }

  // MARK: People and prices

  @Test func `asks a person where the rule does, and believes what it is told`() {
    var rule = rule
    rule.approveOver = cny(5_999)
    func first(_ bounds: PolicySimulation.Bounds) -> String? {
      run(
        RenewalPolicy(rules: [rule]), [three[0]], from: "2027-01-10T00:00:00Z",
        until: "2027-02-01T00:00:00Z", bounds: bounds
      ).first
    }
    let paid = "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z, approved"
    #expect(first(.all) == "2027-01-13T00:00:00Z a refuses by priceApproved")
    #expect(first(.money) == paid)
    #expect(first(.none) == paid)
    rule.approveOver = cny(6_000)
    #expect(first(.all) == "2027-01-13T00:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z")
  }

  @Test func `waits while a person holds a group`() {
    let steps = run(
      RenewalPolicy(rules: [rule]),
      [
        member("a", "2027-01-20T00:00:00Z") {
          $0.record.hold = Hold(until: at("2027-01-15T06:00:00Z"), reason: "audit")
        },
        member("b", "2027-01-20T00:00:00Z") { $0.record.hold = Hold(reason: "audit") },
      ], from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(
      steps == [
        "2027-01-13T00:00:00Z a waits for notHeld until 2027-01-15T06:00:00Z",
        "2027-01-13T00:00:00Z b refuses by notHeld",
        "2027-01-15T06:00:00Z a pays 60.00 CNY until 2027-02-20T00:00:00Z",
      ])
  }

  @Test func `refuses a price above the maximum, or that rose too far, and needs none`() {
    var rule = rule
    rule.maximumPrice = cny(6_000)
    rule.maximumDrift = Percentage(hundredths: 1_000)
    let steps = run(
      RenewalPolicy(rules: [rule]),
      [
        member("a", "2027-01-20T00:00:00Z", cny(6_001)),
        member("b", "2027-01-20T00:00:00Z", cny(6_000), lastPaid: cny(5_454)),
        member("c", "2027-01-20T00:00:00Z", cny(6_000), lastPaid: cny(5_455)),
        member("d", "2027-01-20T00:00:00Z", Money(minorUnits: 1, currency: .usd)),
        member("e", "2027-01-20T00:00:00Z", nil),
      ], from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z")
    #expect(
      steps == [
        "2027-01-13T00:00:00Z a refuses by priceAllowed",
        "2027-01-13T00:00:00Z b refuses by driftAllowed",
        "2027-01-13T00:00:00Z c pays 60.00 CNY until 2027-02-20T00:00:00Z",
        "2027-01-13T00:00:00Z d refuses by priceAllowed",
        "2027-01-13T00:00:00Z e pays ? until 2027-02-20T00:00:00Z",
      ])
  }

  @Test func `tells at its expiry of a group that no rule pays for`() {
    let lapse = RenewalRule(
      name: "old", match: GroupMatcher(ids: ["a"]), action: .lapse, period: .oneMonth,
      leadTime: .days(7))
    let verify = RenewalRule(
      name: "theirs", match: GroupMatcher(ids: ["b"]), action: .verify, period: .oneMonth,
      leadTime: .days(7))
    let steps = run(
      RenewalPolicy(rules: [lapse, verify]), three, from: "2027-01-10T00:00:00Z",
      until: "2027-02-10T00:00:00Z")
    #expect(
      steps == [
        "2027-01-20T00:00:00Z a leaves lapse", "2027-01-21T00:00:00Z b leaves verify",
        "2027-02-02T00:00:00Z c leaves alone",
      ])
  }

  @Test func `expects an accepted order to end well, and waits for nobody's doubt`() {
    func open(_ state: RenewalState) -> [String] {
      let member = member("a", "2027-01-20T00:00:00Z") { situation in
        let intent = Sample.intent(expiry: at("2027-01-20T00:00:00Z"), attempt: 1)
        situation.open = Renewal(
          id: 1, intent: intent, state: state, order: "1", since: at("2027-01-13T00:00:00Z"))
      }
      return run(
        RenewalPolicy(rules: [rule]), [member], from: "2027-01-14T00:00:00Z",
        until: "2027-02-14T00:00:00Z")
    }
    #expect(
      open(.accepted) == ["2027-02-13T00:00:00Z a pays 60.00 CNY until 2027-03-20T00:00:00Z"])
    #expect(open(.unknown) == ["2027-01-14T00:00:00Z a refuses by nothingOpen"])
  }

  // MARK: What is not as it should be

  @Test func `pays for nothing in an account that is not configured`() {
    let situation = GroupSituation(record: Sample.row().record, rule: nil)
    var simulation = PolicySimulation(
      RenewalPolicy(rules: [rule]), bounds: .all, from: Sample.now, until: Sample.now + .days(60))
    simulation.add(PolicySimulation.Member(situation, parameters: nil, price: cny(6_000)))
    let step = simulation.next()
    #expect(step?.outcome == .leaves(nil) && step?.at == Sample.expiry && step?.rule == nil)
    #expect(simulation.next() == nil)
  }

  @Test func `pays for nothing that shows no expiry, and says so first`() {
    let accepted = Renewal(
      id: 1, intent: Sample.intent(attempt: 1), state: .accepted, order: "1", since: Sample.now)
    let blind = [
      member("x", "2027-01-20T00:00:00Z") { $0.record.latest.expiry = nil },
      // What its order made of the expiry is not known either.
      member("y", "2027-01-20T00:00:00Z") {
        $0.record.latest.expiry = nil
        $0.open = accepted
      },
    ]
    let due = member("a", "2027-01-13T00:00:00Z")
    let steps = [
      "2027-01-10T00:00:00Z x refuses by expiryReadable",
      "2027-01-10T00:00:00Z y refuses by expiryReadable",
      "2027-01-10T00:00:00Z a pays 60.00 CNY until 2027-02-13T00:00:00Z",
    ]
    for fleet in [blind + [due], [due] + blind.reversed()] {
      #expect(
        run(
          RenewalPolicy(rules: [rule]), fleet, from: "2027-01-10T00:00:00Z",
          until: "2027-01-31T00:00:00Z") == steps)
    }
  }

  @Test func `never waits for a budget that is smaller than the price, nor for one without limit`()
  {
    var policy = monthly(.month, 5_999)
    let steps = run(
      policy, [three[2]], from: "2027-01-10T00:00:00Z", until: "2027-02-10T00:00:00Z")
    #expect(steps == ["2027-01-26T00:00:00Z c refuses by budgetsAllow"])
    policy.budgets = [Budget(name: "u", per: .month, limit: nil)]
    let free = run(
      policy, [three[2]], from: "2027-01-10T00:00:00Z", until: "2027-02-10T00:00:00Z")
    #expect(free == ["2027-01-26T00:00:00Z c pays 60.00 CNY until 2027-03-02T00:00:00Z"])
  }

  @Test func `tells once that a group waits, and pays when all of its price fits`() {
    func past(_ text: String) -> PolicySimulation.PastPayment {
      .init(at: at(text), key: Sample.subject, rule: "all", amount: cny(5_000))
    }
    let steps = run(
      monthly(.rolling(.days(10))), [member("a", "2027-01-20T00:00:00Z")],
      from: "2027-01-10T00:00:00Z", until: "2027-01-31T00:00:00Z",
      past: [past("2027-01-05T00:00:00Z"), past("2027-01-06T00:00:00Z")])
    #expect(
      steps == [
        "2027-01-13T00:00:00Z a waits for budgetsAllow until 2027-01-15T00:00:01Z",
        "2027-01-16T00:00:01Z a pays 60.00 CNY until 2027-02-20T00:00:00Z",
      ])
  }

  /// A lead time above the period, which no configuration may have, makes one
  /// group pay again and again at once.
  @Test func `takes more renewals than were due for a storm, whatever else is in the fleet`() {
    var hasty = rule
    hasty.match = GroupMatcher(ids: ["a"])
    hasty.period = .oneWeek
    hasty.leadTime = .days(90)
    var policy = RenewalPolicy(rules: [hasty])
    policy.fuses.stormMargin = Percentage(hundredths: 0)
    // Nobody pays for the others: they are not foreseen.
    let fleet = ["a", "b", "c"].map { member($0, "2027-01-20T00:00:00Z") }
    let steps = run(policy, fleet, from: "2027-01-10T00:00:00Z", until: "2027-01-11T00:00:00Z")
    // One was due, and five more are let through.
    #expect(steps.count == 7 && steps.prefix(6).allSatisfy { $0.contains(" a pays ") })
    #expect(steps.last == "2027-01-10T00:00:00Z a refuses by withinFuses")
  }
}
