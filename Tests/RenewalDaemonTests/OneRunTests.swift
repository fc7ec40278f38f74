import RenewalCore
import Testing

@testable import RenewalDaemon

/// An engine whose process ends when nothing is left.
@Suite struct `One run` {
  private let harness: EngineHarness
  /// Five minutes, as the program waits.
  private var deadline: Int64 { harness.bootMilliseconds + 300_000 }
  private var isOver: Bool { !harness.engine.canFinishMore(before: deadline) }

  init() throws {
    harness = try EngineHarness()
    harness.isOneRun = true
    try harness.restart()
  }

  /// Answers what is asked, and wakes the engine as it has asked for.
  private func goOn() {
    for _ in 0..<3 {
      harness.answerAll()
      harness.tell(.woke)
    }
  }

  /// The next run, started when the hold of the first is over.
  private func nextRun() throws {
    goOn()
    harness.tell(.stopping)
    harness.advance(harness.parameters.quarantine + .seconds(1))
    harness.cloud["aig-1"]?.expiry = harness.server + .days(5)
    harness.cloud["aig-1"]?.expiryText = (harness.server + .days(5)).description
    try harness.restart()
  }

  @Test func `ends when every group was seen, and not before`() {
    #expect(!isOver)
    goOn()
    #expect(isOver)
  }

  @Test func `only looks within the start hold, and says so`() {
    goOn()
    #expect(isOver)
    #expect(harness.engine.runOutcome.code == .deferred)
    #expect(harness.engine.runOutcome.reason.contains("no payment before"))
    #expect(harness.renewals.isEmpty)
  }

  @Test func `pays once the hold that the first run began is over`() throws {
    try nextRun()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    #expect(!isOver)
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(delivery: .answered(status: 200), isReadable: true, orderID: "1")))
    goOn()
    #expect(harness.renewals.map(\.state) == [.settled])
    #expect(isOver)
    #expect(harness.engine.runOutcome.code == .success)
  }

  @Test func `leaves a renewal that does not show to the next run, which pays no second time`()
    throws
  {
    try nextRun()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(renewal: payment.renewal, PaymentReply(delivery: .interrupted("reset"))))
    let end = deadline
    var waited = 0
    while harness.engine.canFinishMore(before: end), waited < 300 {
      goOn()
      harness.advance(.seconds(1))
      waited += 1
    }
    #expect((80..<300).contains(waited))
    #expect(harness.engine.runOutcome.code == .outcomeOpen)
    harness.tell(.stopping)
    try harness.restart()
    harness.answerAll()
    #expect(harness.payments.isEmpty)
    #expect(harness.renewals.map(\.state) == [.unknown])
  }

  @Test func `waits for an account that does not answer until the alert stands`() {
    for _ in 0..<2 {
      harness.failAll()
      #expect(!isOver)
      harness.advance(.minutes(2))
      harness.tell(.woke)
    }
    harness.failAll()
    #expect(isOver)
    #expect(harness.engine.runOutcome.code == .unavailable)
    #expect(harness.engine.standingAlerts.map(\.kind) == [.sweepFailing])
  }

  @Test func `does not end well while an order of a new group is open`() throws {
    harness.settleDown()
    try harness.orderGroup()
    #expect(!isOver)
    try harness.reply(harness.lost)
    harness.answerAll()
    #expect(harness.engine.runOutcome.code == .outcomeOpen)
    #expect(harness.engine.runOutcome.reason.contains("1 orders of new groups are open"))
  }

  @Test func `leaves no row of its start and its end`() throws {
    try nextRun()
    let before = harness.engine.store.head
    harness.tell(.stopping)
    #expect(harness.engine.store.head == before)
    let rows = try harness.engine.store.read { try $0.ledger(after: 0, limit: 1000) }
    // The first process of the harness is a daemon.
    #expect(rows.filter { $0.entry.kind == .started }.count == 1)
    #expect(!rows.contains { $0.entry.kind == .stopped })
  }
}
