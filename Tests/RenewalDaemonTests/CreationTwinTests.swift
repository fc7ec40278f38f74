import RenewalCore
import Testing

@testable import RenewalDaemon

/// Orders of new groups whose groups are not as many, or not those, that were meant.
@Suite struct `A group too many` {
  private func ordered() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    return harness
  }

  private func look(_ harness: EngineHarness) {
    harness.advance(.seconds(5))
    harness.tell(.woke)
    harness.answerAll()
  }

  private func twins(_ harness: EngineHarness) -> [Alert] {
    harness.engine.standingAlerts.filter { $0.kind == .createdTwice }
  }

  @Test func `is noticed when it appears after the order was settled`() throws {
    let harness = try ordered()
    try harness.reply(harness.accepted)
    harness.cloud["aig-new"] = harness.group("aig-new")
    look(harness)
    #expect(harness.creation?.state == .settled)
    #expect(twins(harness).isEmpty)
    harness.cloud["aig-twin"] = harness.group("aig-twin")
    harness.cloud["aig-other"] = harness.group("aig-other", "other-room")
    harness.advance(harness.settings.sweepInterval)
    harness.tell(.woke)
    harness.answerAll()
    #expect(twins(harness).map(\.group) == ["aig-twin"])
  }

  @Test func `of the name does not settle the order of the one that the cloud named`() throws {
    let harness = try ordered()
    try harness.reply(harness.accepted)
    harness.cloud["aig-by-hand"] = harness.group("aig-by-hand")
    look(harness)
    #expect(harness.creation?.state == .accepted)
    harness.passProof()
    #expect(harness.creation?.state == .stuck)
    #expect(twins(harness).map(\.group) == ["aig-new"])
    harness.cloud["aig-new"] = harness.group("aig-new")
    harness.advance(.hours(2))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.creation?.state == .settled && harness.creation?.group == "aig-new")
  }

  @Test func `that a refusal names is looked for`() throws {
    let harness = try ordered()
    try harness.reply(
      PaymentReply(
        delivery: .answered(status: 403), isReadable: true, code: "Forbidden.RAM",
        newGroup: "aig-new", serverTime: harness.server))
    #expect(harness.creation?.state == .unknown)
  }

  @Test func `or an order too many in trouble is news beside one that was read`() throws {
    let harness = try ordered()
    func getStuck(order: OrderID) throws {
      try harness.reply(
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, code: "InvalidParameter.X",
          orderID: order, serverTime: harness.server))
      harness.passProof()
      #expect(harness.creation?.state == .stuck)
    }
    func alert() -> Alert? {
      harness.engine.standingAlerts.first { $0.kind == .creationStuck }
    }
    try getStuck(order: "9")
    try harness.operate(.acknowledge(try #require(alert()).id))
    #expect(alert()?.acknowledged == true)
    try harness.operate(.createGroup(token: try harness.offer("other", number: 2).token))
    harness.answerAll()
    try getStuck(order: "10")
    #expect(alert()?.acknowledged == false)
    #expect(alert()?.reason.contains("'other'") == true)
    #expect(alert()?.reason.contains("'new-room'") == true)
  }
}
