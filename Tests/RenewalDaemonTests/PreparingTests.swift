import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The questions before a payment` {
  @Test func `call a person where the key is refused`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    while let question = harness.reads.first, question.read != .renewalPrice("aig-1", .oneMonth) {
      harness.answer()
    }
    let question = try #require(harness.reads.first)
    let refusal = CloudRefusal(code: "InvalidAccessKeyId.NotFound", httpStatus: 404)
    harness.tell(
      .readReplied(question.id, ReadReply(.failure(.refused(refusal)), serverTime: harness.server)))
    #expect(harness.alert(.authentication)?.account == "main")
    #expect(harness.renewals.isEmpty)
  }

  @Test func `are asked anew where a group shows another name, and so another rule`() throws {
    let harness = try EngineHarness()
    harness.reload {
      let named = RenewalRule(
        name: "studios", match: GroupMatcher(names: ["studio-*"]), action: .renew,
        period: .oneYear, leadTime: .days(20),
        maximumPrice: Money(minorUnits: 100_000, currency: .cny))
      $0.policy.rules.insert(named, at: 0)
    }
    harness.cloud["aig-1"]?.name = "lab"
    harness.passStartHold()
    while let question = harness.reads.first, question.read != .renewalPrice("aig-1", .oneMonth) {
      harness.answer()
    }
    try #require(!harness.reads.isEmpty)
    harness.cloud["aig-1"]?.name = "studio-1"
    harness.answer()
    harness.answer()
    #expect(harness.renewals.isEmpty)
    harness.answerAll()
    harness.tell(.woke)
    harness.answerAll()
    let payment = try #require(harness.payments.first?.payment)
    #expect(harness.payments.count == 1 && payment.request.period == .oneYear)
    #expect(harness.renewals.map(\.intent.rule) == ["studios"])
  }

  @Test func `of a try that was given up are not answers to the next`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    while let question = harness.reads.first, question.read != .renewalPrice("aig-1", .oneMonth) {
      harness.answer()
    }
    try harness.operate(.pause("look"))
    try harness.operate(.resume)
    harness.tell(.woke)
    let prices = harness.reads.filter { $0.read == .renewalPrice("aig-1", .oneMonth) }
    try #require(prices.count == 2)
    harness.answer()
    #expect(!harness.reads.contains { $0.read == .group("aig-1") })
    harness.answerAll()
    #expect(harness.payments.count == 1)
  }
}
