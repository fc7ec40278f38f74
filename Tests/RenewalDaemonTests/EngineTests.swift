import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The engine` {
  private let accepted = PaymentReply(
    delivery: .answered(status: 200), isReadable: true, orderID: "1")
  private let lost = PaymentReply(delivery: .interrupted("reset"))

  @Test func `keeps the place of each webhook over a restart`() throws {
    let harness = try EngineHarness()
    harness.tell(.delivered(hook: "ops", upTo: 3))
    harness.tell(.delivered(hook: "chat", upTo: 5))
    try harness.restart()
    let places = try harness.engine.store.read { reader in
      try ["ops", "chat", "new"].map { try reader.setting(.hookPosition($0)) }
    }
    #expect(places == ["3", "5", nil])
  }

  // MARK: The way to a payment

  @Test func `records the intent, confirms once more, and pays once`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    #expect(harness.open?.state == .submitted)
    #expect(harness.payments.isEmpty)
    harness.answerAll()
    #expect(harness.payments.count == 1)
    #expect(harness.payments.first?.payment.request.group == "aig-1")
    for _ in 0..<50 {
      harness.advance(.minutes(1))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.payments.count == 1)
  }

  @Test func `settles by the expiry that it then sees`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.tell(.paymentReplied(renewal: payment.renewal, accepted))
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.settled])
    let row = try harness.engine.store.read { try $0.group(Sample.subject) }
    #expect(row?.standing == .ok)
  }

  @Test func `pays nothing before the start hold is over`() throws {
    let harness = try EngineHarness()
    for _ in 0..<100 {
      harness.answerAll()
      harness.advance(.minutes(10))
      harness.tell(.woke)
      guard harness.server < Sample.now + harness.parameters.quarantine else { break }
      #expect(harness.renewals.isEmpty)
    }
  }

  @Test(arguments: [Mode.observe, .plan])
  func `pays nothing in a mode that does not pay`(mode: Mode) throws {
    let harness = try EngineHarness()
    harness.settings.mode = mode
    harness.tell(.reconfigured(harness.settings))
    harness.passStartHold()
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
  }

  @Test func `pays nothing above the maximum of the rule`() throws {
    let harness = try EngineHarness()
    harness.price = Money(minorUnits: 100_001, currency: .cny)
    harness.passStartHold()
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
    #expect(harness.engine.standingAlerts.contains { $0.kind == .priceRefused })
  }

  @Test func `pays nothing on a price in another currency`() throws {
    let harness = try EngineHarness()
    harness.price = Money(minorUnits: 1, currency: .usd)
    harness.passStartHold()
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
  }

  @Test func `pays nothing on an expiry below the highest that was seen`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    harness.answer()
    // The slower replica answers from now on.
    let seen = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = seen - .days(1)
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
    #expect(harness.engine.standingAlerts.contains { $0.kind == .expiryRegressed })
  }

  @Test func `pays once for a group that two accounts list`() throws {
    let harness = try EngineHarness(accounts: ["main", "other"])
    harness.passStartHold()
    for _ in 0..<30 {
      harness.answerAll()
      harness.advance(.minutes(1))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 1)
  }

  @Test func `pays for one group until an order of the day was seen to end well`() throws {
    let harness = try EngineHarness()
    for number in 2...7 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(6)) }
    harness.passStartHold()
    var accepted = 0
    func live(_ span: Span) {
      let end = harness.server + span
      while harness.server < end {
        harness.advance(.minutes(10))
        harness.tell(.woke)
        harness.answerAll()
        while accepted < harness.payments.count {
          let renewal = harness.payments[accepted].renewal
          accepted += 1
          harness.tell(
            .paymentReplied(
              renewal: renewal,
              PaymentReply(
                delivery: .answered(status: 200), isReadable: true, orderID: OrderID("\(renewal)"))
            ))
          harness.answerAll()
        }
      }
    }
    live(.hours(2))
    #expect(harness.payments.count == 1)
    let first = try #require(harness.payments.first?.payment.request.group)
    let old = try #require(harness.cloud[first]?.expiry)
    harness.cloud[first]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    live(.hours(2))
    // None of the others shows, and none of them waits for another.
    #expect(Set(harness.payments.map(\.payment.request.group)).count == 7)
    #expect(harness.payments.count == 7)
  }

  @Test func `leaves orders that wait to be paid by a person, and goes on to the next`() throws {
    let harness = try EngineHarness()
    harness.reload { $0.policy.rules[0].autoPay = false }
    for number in 2...3 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(6)) }
    harness.passStartHold()
    harness.answerAll()
    for number in 1...3 {
      let payment = try #require(harness.payments.last)
      #expect(harness.payments.count == number)
      harness.tell(
        .paymentReplied(
          renewal: payment.renewal,
          PaymentReply(
            delivery: .answered(status: 200), isReadable: true, orderID: OrderID("\(number)"))))
      harness.advance(.minutes(1))
      harness.tell(.woke)
      harness.answerAll()
    }
  }

  @Test(arguments: [AlertKind.doubleExtension, .rollback, .accountChanged])
  func `goes on at once when a person has seen what stopped payments`(kind: AlertKind) throws {
    let harness = try EngineHarness()
    let raised: Void? = harness.engine.record {
      try harness.engine.raise(kind, account: "main", reason: "a test", in: $0)
    }
    try #require(raised != nil)
    harness.passStartHold()
    harness.answerAll()
    #expect(harness.payments.isEmpty)
    try harness.operate(.acknowledge(try #require(harness.alert(kind)).id))
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }

  // MARK: Between the intent and its confirmation

  @Test func `sends nothing after a pause, a hold or another rule came in between`() throws {
    let changes: [(EngineHarness) throws -> Void] = [
      { try $0.operate(.pause("stop")) },
      { try $0.operate(.hold(Sample.subject, Hold(reason: "by hand"))) },
      {
        $0.settings.mode = .observe
        $0.tell(.reconfigured($0.settings))
      },
      {
        $0.settings.policy.rules[0].period = .oneYear
        $0.tell(.reconfigured($0.settings))
      },
      { $0.tell(.stopping) },
    ]
    for change in changes {
      let harness = try EngineHarness()
      harness.reachConfirmation()
      try change(harness)
      for _ in 0..<5 { harness.answer() }
      #expect(harness.payments.isEmpty)
      #expect(harness.renewals.map(\.state) == [.notSent])
    }
  }

  @Test func `sends nothing when the cloud's clock jumped in between`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answer(dated: .minutes(5))
    #expect(harness.payments.isEmpty)
    #expect(harness.renewals.map(\.state) == [.notSent])
    // And holds, as after a start.
    harness.answerAll()
    harness.advance(.minutes(30))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.isEmpty)
  }

  @Test func `sends nothing when the expiry moved in between`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = old + .days(30)
    harness.answerAll()
    #expect(harness.payments.isEmpty)
  }

  @Test(arguments: [(-Span.seconds(1), true), (.zero, false)])
  func `sends nothing when its date became too old in between`(late: Span, isSent: Bool) throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.advance(harness.parameters.sendWindow + late)
    harness.answer()
    #expect(harness.payments.count == (isSent ? 1 : 0))
    #expect(harness.renewals.map(\.state) == [isSent ? .submitted : .notSent])
  }

  @Test func `waits after a refusal, however often it is woken`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(
          delivery: .answered(status: 400), isReadable: true, code: "Throttling.User",
          retryAfter: .minutes(3))))
    for _ in 0..<10 {
      harness.answerAll()
      harness.advance(.seconds(15))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 1)
    harness.advance(.minutes(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.count == 2)
  }

  @Test(arguments: [
    ("InvalidParameter.Period", Span?.none, Span.hours(6)),
    ("Throttling.User", .hours(5), .hours(1)),
  ])
  func `waits for hours at most, as the refusal is`(code: String, asked: Span?, waited: Span)
    throws
  {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(
          delivery: .answered(status: 400), isReadable: true, code: code, retryAfter: asked)))
    let end = harness.server + waited
    while harness.server + .minutes(10) < end {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.payments.count == 1)
    harness.advance(.minutes(20))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.count == 2)
  }

  // MARK: Doubt

  /// A payment whose answer was lost.
  private func doubtful() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    return harness
  }

  @Test func `waits for the proof before a lost payment counts as none`() throws {
    let harness = try doubtful()
    let intent = try #require(harness.open?.intent)
    while harness.server + .minutes(30) < intent.provableFrom(harness.parameters) {
      harness.answerAll()
      harness.advance(.minutes(30))
      harness.tell(.woke)
      #expect(harness.open?.state == .unknown)
    }
    harness.answerAll()
    harness.advance(.minutes(45))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.notEffected])
    #expect(harness.payments.count == 1)
    #expect(harness.engine.standingAlerts.contains { $0.kind == .attemptsExhausted })
  }

  @Test func `asks one question at a time about a payment in doubt`() throws {
    let harness = try doubtful()
    harness.answerAll()
    harness.advance(.minutes(10))
    harness.tell(.woke)
    let asked = harness.reads.count
    try #require(asked > 0)
    for _ in 0..<5 {
      harness.advance(.seconds(1))
      harness.tell(.woke)
    }
    #expect(harness.reads.count == asked)
  }

  /// A machine that was frozen, or woke up from an image.
  @Test func `holds payments for the whole quarantine after the clocks ran apart`() throws {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    harness.passStartHold()
    harness.answerAll()
    harness.server = harness.server + .minutes(5)
    harness.advance(.hours(1))
    harness.reload { $0.mode = .pay }
    harness.tell(.woke)
    harness.answerAll()
    let since = harness.server
    while harness.server + .minutes(20) < since + harness.parameters.quarantine {
      harness.live(.minutes(20), step: .minutes(20))
      #expect(harness.payments.isEmpty)
    }
    harness.live(.hours(2))
    #expect(harness.payments.count == 1)
  }

  @Test(arguments: [false, true])
  func `records that it stopped, and that a new configuration was refused`(isTold: Bool) throws {
    let harness = try EngineHarness()
    harness.answerAll()
    harness.tell(.configurationRejected("renewald.toml:3: no such rule"))
    #expect(harness.alert(.configurationRejected)?.reason == "renewald.toml:3: no such rule")
    harness.tell(.stopping)
    #expect(harness.announced.contains { $0.entry.kind == .stopped })
    // Of what was told the next process tells no more than the last row again, and that
    // only where it may not have reached the journal.
    if isTold { harness.engine.rememberTold() }
    let told = harness.announced.count
    try harness.restart()
    let next: [LedgerKind] = isTold ? [.started] : [.stopped, .started]
    #expect(harness.announced.dropFirst(told).map(\.entry.kind) == next)
    #expect(harness.alert(.configurationRejected) != nil)
  }

  @Test func `finds a lost payment out by its expiry`() throws {
    let harness = try doubtful()
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.advance(.minutes(10))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.settled])
    #expect(harness.payments.count == 1)
  }

  @Test func `takes a payment that a restart interrupted for unknown, and never sends it again`()
    throws
  {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    try harness.restart()
    #expect(harness.open?.state == .unknown)
    for _ in 0..<60 {
      harness.answerAll()
      harness.advance(.minutes(20))
      harness.tell(.woke)
    }
    #expect(harness.payments.isEmpty)
  }

  @Test func `takes no unproven word for 'not paid', a person's neither`() throws {
    let harness = try doubtful()
    harness.answerAll()
    for decision in [OverrideDecision.confirmNotPaid, .retryOnce] {
      let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
      #expect(throws: OperatorRefusal.self) {
        try harness.operate(.override(decision, token: offer.token, reason: "console"))
      }
    }
    #expect(harness.open?.state == .unknown)
    let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(.confirmPaid, token: offer.token, reason: "console"))
    #expect(harness.renewals.map(\.state) == [.settled])
    // Paid for this expiry, whatever the cloud shows.
    harness.advance(.hours(30))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }

  @Test func `asks nobody about a payment that is being made`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    #expect(harness.open?.state == .submitted)
    #expect(throws: OperatorRefusal.notNow("the paid call is being made")) {
      try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    }
  }

  @Test func `takes a token once, soon, and for what it was given for`() throws {
    let harness = try doubtful()
    harness.answerAll()
    let used = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    let old = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    harness.advance(.minutes(10))
    #expect(throws: OperatorRefusal.tokenRefused("it is older than ten minutes")) {
      try harness.operate(.override(.confirmPaid, token: old.token, reason: "x"))
    }
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.override(.confirmPaid, token: used.token + "x", reason: "x"))
    }
    let fresh = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(.confirmPaid, token: fresh.token, reason: "x"))
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.override(.confirmPaid, token: fresh.token, reason: "x"))
    }
  }

  @Test func `grants one more attempt after the automatic ones, and only one`() throws {
    let harness = try doubtful()
    let intent = try #require(harness.open?.intent)
    harness.answerAll()
    harness.advance(intent.provableFrom(harness.parameters) - harness.server + .seconds(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.notEffected])
    let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(.retryOnce, token: offer.token, reason: "console shows none"))
    for _ in 0..<10 {
      harness.answerAll()
      harness.advance(.minutes(2))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 2)
    let second = try #require(harness.payments.last)
    harness.tell(.paymentReplied(renewal: second.renewal, lost))
    harness.answerAll()
    harness.advance(.hours(26))
    harness.tell(.woke)
    harness.answerAll()
    harness.advance(.hours(2))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.count == 2)
  }

  @Test(arguments: [OverrideDecision.confirmNotPaid, .retryOnce])
  func `takes a person's 'not paid' for no order to try again`(word: OverrideDecision) throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, accepted))
    harness.answerAll()
    let intent = try #require(harness.open?.intent)
    harness.advance(intent.provableFrom(harness.parameters) - harness.server + .seconds(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.open?.state == .stuck)
    let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(word, token: offer.token, reason: "console shows none"))
    #expect(harness.renewals.map(\.state) == [.notEffected])
    for _ in 0..<10 {
      harness.answerAll()
      harness.advance(.minutes(2))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == (word == .retryOnce ? 2 : 1))
  }

  // MARK: Time

  @Test func `looks again at what a wrong wall clock made it think`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    harness.answerAll()
    let far = try EngineHarness()
    far.wallSkew = .days(4000)
    try far.restart()
    far.answerAll()
    far.wallSkew = .zero
    far.advance(.hours(1))
    far.tell(.woke)
    far.answerAll()
    let row = try far.engine.store.read { try $0.group(Sample.subject) }
    #expect(row?.standing == .held)
    #expect(!far.engine.standingAlerts.contains { $0.kind == .lapsed })
    #expect(row?.attentionAt != nil)
  }

  @Test(arguments: [Span.days(1000), -.days(1000)])
  func `is not led astray by one answer with a wrong date, and asks again soon`(wrong: Span) throws
  {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    harness.advance(.hours(1))
    harness.tell(.woke)
    harness.answer(dated: wrong)
    #expect(!harness.engine.standingAlerts.contains { $0.kind == .lapsed })
    harness.advance(.seconds(15))
    harness.tell(.woke)
    #expect(!harness.reads.isEmpty)
    // And if no answer comes any more, a person is called in time.
    for _ in 0..<(4 * 24) {
      harness.advance(.hours(1))
      harness.tell(.woke)
    }
    #expect(harness.engine.standingAlerts.contains { $0.kind == .expiryNear })
  }

  /// An answer as wrong as the machine's clock makes the next right one look odd.
  @Test func `calls a person by the cloud's time while the machine's clock is behind`() throws {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    harness.wallSkew = -.hours(2)
    harness.advance(.hours(1))
    harness.tell(.woke)
    harness.answer(dated: -.hours(2))
    for _ in 0..<2 {
      harness.advance(.seconds(15))
      harness.tell(.woke)
      harness.answerAll()
    }
    harness.advance(Sample.expiry - .days(1) - harness.server)
    harness.tell(.woke)
    #expect(harness.alert(.expiryNear) != nil)
    #expect(harness.alert(.clock)?.reason == "this machine's clock is off by -2h")
  }

  /// Two of the same kind would else be believed until the next walk over the groups.
  @Test(arguments: [true, false])
  func `asks again within the hour after answers that put its clock in the wrong`(isFirst: Bool)
    throws
  {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.settings.sweepInterval = .days(1)
    harness.tell(.reconfigured(harness.settings))
    if !isFirst {
      harness.answerAll()
      harness.advance(.days(1))
      harness.tell(.woke)
      harness.answer(dated: -.hours(2))
      harness.advance(.seconds(16))
      harness.tell(.woke)
    }
    while harness.answer(dated: -.hours(2)) {}
    #expect(harness.alert(.clock) != nil)
    for _ in 0..<2 {
      harness.advance(.hours(1))
      harness.tell(.woke)
      harness.answerAll()
    }
    harness.advance(.seconds(15))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.alert(.clock) == nil)
  }

  @Test func `calls a person a day before the expiry of a group that it may not pay for`() throws {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    for _ in 0..<(4 * 24 + 2) {
      harness.answerAll()
      harness.advance(.hours(1))
      harness.tell(.woke)
    }
    #expect(harness.server < Sample.expiry)
    let reason = try #require(harness.alert(.expiryNear)?.reason)
    #expect(reason.hasPrefix("expires at ") && reason.hasSuffix("(observe)"))
    #expect(harness.alert(.renewalHeld) == nil)
    #expect(
      harness.announced.contains {
        $0.entry.kind == .alertRaised && $0.entry.subject == AlertKind.expiryNear.rawValue
      })
  }

  @Test func `is woken for what comes next: a walk, a group that is due, a look`() throws {
    let harness = try EngineHarness()
    harness.show("aig-1", expiringIn: .days(8) + .hours(3))
    harness.reload {
      $0.sweepInterval = .days(1)
      $0.longestSleep = .days(2)
    }
    func untilWoken() -> Span { .seconds((harness.wakesAt - harness.bootMilliseconds) / 1000) }
    #expect(untilWoken() == .days(1))
    harness.advance(.days(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(untilWoken() == .hours(3))
    harness.advance(untilWoken())
    harness.tell(.woke)
    while harness.payments.isEmpty, harness.answer() {}
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    harness.answerAll()
    #expect(untilWoken() == .seconds(2))
    harness.advance(untilWoken())
    harness.tell(.woke)
    harness.answerAll()
    #expect(untilWoken() == .seconds(5))
  }

  // MARK: Operators

  @Test func `keeps a hold and a pause over a restart`() throws {
    let harness = try EngineHarness()
    try harness.operate(.pause("maintenance"))
    try harness.restart()
    harness.passStartHold()
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
    harness.answerAll()
    try harness.operate(.hold(Sample.subject, Hold(reason: "audit")))
    try harness.operate(.resume)
    harness.answerAll()
    harness.advance(.hours(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
    try harness.operate(.release(Sample.subject))
    for _ in 0..<5 {
      harness.answerAll()
      harness.advance(.minutes(11))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 1)
  }

  @Test func `notices groups that are no longer listed, after two whole sweeps`() throws {
    let harness = try EngineHarness()
    harness.answerAll()
    harness.cloud = [:]
    for _ in 0..<2 {
      harness.advance(.hours(1))
      harness.tell(.woke)
      harness.answerAll()
      harness.tell(.woke)
    }
    #expect(harness.engine.standingAlerts.contains { $0.kind == .gone })
  }
}
