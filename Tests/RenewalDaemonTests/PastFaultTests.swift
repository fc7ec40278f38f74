import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `What could be no row when it happened` {
  private func alert(_ kind: AlertKind, of harness: EngineHarness) -> Alert? {
    harness.engine.standingAlerts.first { $0.kind == kind }
  }

  @Test func `a disk that was full is told by an alert once it has room`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    harness.engine.storageFailed(.full("no space"))
    #expect(harness.faultMark.fault?.contains("no space") == true)
    harness.tell(.woke)
    let told = try #require(alert(.storageFault, of: harness))
    #expect(told.reason.contains("no space"))
    #expect(harness.faultMark.fault == nil)
    // It tells of the past and stops nothing.
    for _ in 0..<5 {
      harness.answerAll()
      harness.advance(.minutes(11))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 1)
    try harness.operate(.acknowledge(told.id))
    #expect(alert(.storageFault, of: harness) == nil)
  }

  @Test func `a disk that failed is told by an alert after the reboot, and not before`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    harness.engine.storageFailed(.inputOutput("sync failed"))
    harness.tell(.woke)
    try harness.restart()
    #expect(alert(.storageFault, of: harness) == nil)
    #expect(harness.engine.storageFault?.latches == true)
    // A reboot clears the runtime directory.
    harness.anchor.anchor = nil
    try harness.restart()
    #expect(alert(.storageFault, of: harness)?.reason.contains("sync failed") == true)
    #expect(harness.faultMark.fault == nil)
    try harness.restart()
    #expect(harness.engine.standingAlerts.filter { $0.kind == .storageFault }.count == 1)
  }

  @Test func `a disk that failed is told each hour, and stops payments for its own boot alone`()
    throws
  {
    let harness = try EngineHarness()
    harness.passStartHold()
    harness.engine.storageFailed(.inputOutput("sync failed"))
    for _ in 0..<19 {
      harness.tell(.woke)
      // Looking for room must not spin.
      #expect(harness.wakesAt == harness.bootMilliseconds + 60_000)
      harness.advance(.minutes(10))
    }
    // As it came it is told by whoever saw it.
    #expect(harness.storageFaultsTold == 3)
    harness.anchor.anchor?.bootID = "earlier"
    try harness.restart()
    #expect(harness.engine.storageFault == nil)
  }

  @Test func `a ledger that was restored is told of once`() throws {
    let harness = try EngineHarness()
    _ = try harness.engine.store.write { try $0.set(.restored, "restored at noon") }
    try harness.restart()
    let told = try #require(alert(.rollback, of: harness))
    #expect(told.reason == "restored at noon")
    try harness.operate(.acknowledge(told.id))
    try harness.restart()
    #expect(alert(.rollback, of: harness) == nil)
  }

  @Test func `an answer that could not be recorded is recorded once it can be`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.last)
    harness.engine.storageFailed(.inputOutput("away"))
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(delivery: .answered(status: 200), isReadable: true, orderID: "31")))
    #expect(harness.open?.state == .submitted)
    harness.engine.storageFault = nil
    harness.tell(.woke)
    #expect(harness.open?.state == .accepted && harness.open?.order == "31")
  }

  @Test func `a refusal recorded late sets the wait that it asked for`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.last)
    let refusal = CloudRefusal(
      code: "Throttling.User", httpStatus: 400, retryAfter: .minutes(40))
    harness.engine.lateEvents[payment.renewal] = .replied(.refused(.throttled, refusal))
    harness.tell(.woke)
    #expect(harness.renewals.map(\.state) == [.refused])
    let obstacle = try #require(harness.engine.obstacles[Sample.subject])
    #expect(obstacle.until == harness.bootMilliseconds + Span.minutes(40).seconds * 1000)
  }

  @Test(arguments: [(Span.minutes(3), false), (.hours(7), true)])
  func `an order that takes long to show is told of`(latency: Span, isSlow: Bool) throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.last)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, orderID: "221",
          serverTime: harness.server)))
    #expect(harness.open?.state == .accepted)
    harness.advance(latency)
    harness.cloud["aig-1"]?.expiry = harness.server + .days(36)
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.settled])
    let kept = try #require(try harness.engine.store.read { try $0.setting(.visibility("main")) })
    #expect(Visibility(text: kept)?.last == latency)
    #expect((alert(.visibilitySlow, of: harness) != nil) == isSlow)
    #expect(harness.announced.contains { $0.entry.reason.contains("\(latency) after its order") })
  }
}
