import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

/// Every durable commit waits for the disk, and each is a moment to crash in.
@Suite struct `A renewal that goes well` {
  /// That it is due, for whoever asks; the intent before the call, for without it
  /// there is none; the answer, for its order proves whose doing a move of the expiry
  /// is; the expiry where it is read, as every other; and what these come to.
  @Test func `is five durable commits, and none for a question that spends nothing`() throws {
    let harness = try EngineHarness()
    harness.show("aig-1", expiringIn: .days(10) + .minutes(25))
    harness.answerAll()
    harness.live(.days(3) + .minutes(20))
    var committed = harness.engine.store.commits
    var steps: [String] = []
    func note(_ step: String) {
      let commits = harness.engine.store.commits
      steps += Array(repeating: step, count: Int(commits - committed))
      committed = commits
    }

    harness.advance(.minutes(10))
    harness.tell(.woke)
    note("due")
    while let question = harness.reads.first?.read {
      harness.answer()
      note("\(question)")
    }
    let payment = try #require(harness.payments.first)
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(delivery: .answered(status: 200), isReadable: true, orderID: "1")))
    note("answer")
    harness.answerAll()
    note("settled")
    #expect(harness.renewals.map(\.state) == [.settled])
    #expect(steps == ["due", "group(aig-1)", "answer", "settled", "settled"])
  }

  @Test func `and a fleet that is as it was are one commit a page of a hundred groups`() throws {
    let harness = try EngineHarness()
    for number in 1...99 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(400)) }
    harness.answerAll()
    harness.live(.hours(5))
    let before = harness.engine.store.commits
    harness.advance(harness.settings.sweepInterval)
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.engine.store.commits == before + 1)
  }
}
