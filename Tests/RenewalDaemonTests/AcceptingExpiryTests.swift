import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `An expiry that moved back` {
  /// Seen with a later expiry once, and now with the earlier one again.
  private func refunded() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.passStartHold()
    let before = harness.cloud["aig-1"]?.expiry
    harness.cloud["aig-1"]?.expiry = harness.server + .days(36)
    sweep(harness)
    harness.cloud["aig-1"]?.expiry = before
    sweep(harness)
    #expect(harness.engine.standingAlerts.contains { $0.kind == .expiryRegressed })
    return harness
  }

  private func sweep(_ harness: EngineHarness) {
    harness.advance(.hours(1))
    harness.tell(.woke)
    harness.answerAll()
  }

  private func accept(_ harness: EngineHarness) throws {
    let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(.acceptExpiry, token: offer.token, reason: "refunded"))
  }

  @Test func `is accepted only when no read can be behind any more`() throws {
    let harness = try refunded()
    for _ in 0..<20 {
      #expect(throws: OperatorRefusal.self) { try accept(harness) }
      sweep(harness)
    }
    #expect(harness.payments.isEmpty)
    for _ in 0..<6 { sweep(harness) }
    try accept(harness)
    #expect(!harness.engine.standingAlerts.contains { $0.kind == .expiryRegressed })
    let told = try #require(harness.announced.last { $0.entry.kind == .expiryAccepted }?.entry)
    #expect(told.actor == "test" && told.reason == "refunded")
    #expect(try #require(told.newExpiry) < (try #require(told.oldExpiry)))
    // Due as ever, and paid for from there.
    harness.answerAll()
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }

  @Test func `is not accepted without a sweep that shows it after the wait`() throws {
    let harness = try refunded()
    harness.advance(.hours(25))
    #expect(throws: OperatorRefusal.self) { try accept(harness) }
    sweep(harness)
    try accept(harness)
  }

  @Test func `is not accepted for a group where nothing moved back`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    for _ in 0..<30 { sweep(harness) }
    try harness.operate(.hold(Sample.subject, Hold(reason: "quiet")))
    #expect(throws: OperatorRefusal.self) { try accept(harness) }
  }

  @Test func `is not paid for again where it was paid for already`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.last)
    let before = try #require(harness.cloud["aig-1"]?.expiry)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, orderID: "221",
          serverTime: harness.server)))
    harness.cloud["aig-1"]?.expiry = before + .days(31)
    sweep(harness)
    #expect(harness.renewals.map(\.state) == [.settled])
    harness.cloud["aig-1"]?.expiry = before
    for _ in 0..<27 { sweep(harness) }
    try accept(harness)
    for _ in 0..<5 { sweep(harness) }
    #expect(harness.payments.count == 1)
    #expect(harness.engine.standingAlerts.contains { $0.kind == .attemptsExhausted })
  }

  @Test func `is accepted neither by a clock in doubt nor on a disk that failed`() throws {
    let harness = try refunded()
    for _ in 0..<27 { sweep(harness) }
    harness.wallSkew = .hours(9)
    sweep(harness)
    #expect(throws: OperatorRefusal.notNow("the cloud's time is not known")) {
      try accept(harness)
    }
    harness.wallSkew = .zero
    sweep(harness)
    harness.engine.storageFailed(.inputOutput("sync failed"))
    #expect(throws: OperatorRefusal.notNow("the ledger could not be written")) {
      try accept(harness)
    }
    #expect(harness.alert(.expiryRegressed) != nil)
    #expect(!harness.announced.contains { $0.entry.kind == .expiryAccepted })
  }

  @Test func `is paid for at once where it is accepted, whatever was tried before`() throws {
    let harness = try refunded()
    for _ in 0..<27 { sweep(harness) }
    let wait = harness.bootMilliseconds + Span.hours(1).seconds * 1000
    let check = CheckResult(.expiryIsHighest, false, input: "moved back", "must be the highest")
    harness.engine.obstacles[Sample.subject] = Obstacle(
      expiry: try #require(harness.cloud["aig-1"]?.expiry), check: check, isAnswered: true,
      until: wait, tries: 5)
    try accept(harness)
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }

  @Test func `is accepted last where it was seen the highest`() throws {
    let harness = try EngineHarness(accounts: ["main", "prod"])
    harness.passStartHold()
    let before = harness.cloud["aig-1"]?.expiry
    harness.cloud["aig-1"]?.expiry = harness.server + .days(36)
    sweep(harness)
    harness.empty = ["main"]
    harness.cloud["aig-1"]?.expiry = harness.server + .days(66)
    sweep(harness)
    harness.empty = []
    harness.cloud["aig-1"]?.expiry = before
    for _ in 0..<27 { sweep(harness) }
    #expect(
      throws: OperatorRefusal.notNow("another account has seen the group with a later expiry")
    ) { try accept(harness) }
    let other = GroupKey(account: "prod", group: "aig-1")
    let offer = try harness.engine.prepareOverride(of: other, at: harness.reading)
    try harness.operate(.override(.acceptExpiry, token: offer.token, reason: "refunded"))
    sweep(harness)
    #expect(harness.payments.isEmpty)
    try accept(harness)
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }
}
