import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `A reload` {
  private let denied = PaymentReply(
    delivery: .answered(status: 403), isReadable: true, code: "Forbidden.RAM")

  /// A payment that the cloud has refused to this key.
  private func refused() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, denied))
    harness.answerAll()
    try #require(harness.renewals.map(\.state) == [.refused])
    return harness
  }

  @Test func `that brings another key sends nothing that the old one signed`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.settings.accounts[0].identity = 2
    harness.tell(.reconfigured(harness.settings))
    #expect(harness.renewals.map(\.state) == [.notSent])
    harness.answerAll()
    harness.live(.minutes(5), step: .minutes(1))
    #expect(harness.payments.map(\.payment.nonce) == ["nonce-2"])
  }

  @Test func `that changes nothing lets a payment go on`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.reload { _ in }
    #expect(harness.payments.map(\.payment.nonce) == ["nonce-1"])
  }

  @Test func `that may bring another key counts as one`() throws {
    let harness = try EngineHarness()
    harness.settings.accounts[0].identity = nil
    harness.tell(.reconfigured(harness.settings))
    harness.reachConfirmation()
    harness.tell(.reconfigured(harness.settings))
    #expect(harness.renewals.map(\.state) == [.notSent])
  }

  @Test func `that brings another key takes offers, drafts and orders back`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    let offer = try harness.offer()
    harness.reload { $0.accounts[0].identity = 2 }
    #expect(throws: OperatorRefusal.tokenRefused("it is unknown or was used")) {
      try harness.operate(.createGroup(token: offer.token))
    }
    let second = try harness.offer(number: 2)
    try harness.operate(.createGroup(token: second.token))
    try #require(harness.creation?.state == .submitted)
    harness.reload { $0.accounts[0].identity = 3 }
    #expect(harness.creation?.state == .notSent)
    #expect(harness.creations.isEmpty)
  }

  @Test func `that brings another key begins a look at billing anew`() throws {
    let harness = try EngineHarness()
    harness.settings.accounts[0].readsBilling = true
    harness.tell(.reconfigured(harness.settings))
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(renewal: payment.renewal, PaymentReply(delivery: .interrupted("reset"))))
    // The group is read, and billing is asked.
    harness.answer()
    try #require(harness.engine.watches[payment.renewal]?.search != nil)
    harness.settings.accounts[0].identity = 2
    harness.tell(.reconfigured(harness.settings))
    #expect(harness.engine.watches[payment.renewal]?.search == nil)
    // The old key's answer is nobody's any more; the new one's begins with the group.
    let index = try #require(harness.engine.accounts["main"]?.orders)
    #expect(!index.covers(from: harness.server - .days(1), to: harness.server - .hours(25)))
    harness.answer()
    #expect(harness.engine.watches[payment.renewal]?.search == nil)
    #expect(harness.reads.contains { $0.read == .group("aig-1") })
  }

  @Test func `every few minutes makes no call that was refused, and repeats no alert`() throws {
    let harness = try refused()
    try #require(harness.alert(.permission) != nil)
    for _ in 0..<50 {
      harness.reload { _ in }
      harness.live(.minutes(5))
    }
    #expect(harness.payments.count == 1)
    let raised = harness.announced.filter {
      $0.entry.kind == .alertRaised && $0.entry.subject == AlertKind.permission.rawValue
    }
    #expect(raised.count == 1)
    #expect(harness.alert(.attemptsExhausted) == nil)
  }

  @Test func `that brings another key tries again at once`() throws {
    let harness = try refused()
    harness.reload { $0.accounts[0].identity = 2 }
    harness.live(.minutes(1), step: .seconds(10))
    #expect(harness.payments.count == 2)
    #expect(harness.alert(.permission) == nil)
  }

  @Test func `is not needed where an operator asks for the renewal`() throws {
    let harness = try refused()
    try harness.operate(.renewNow(Sample.subject))
    harness.answerAll()
    #expect(harness.payments.count == 2)
    harness.tell(
      .paymentReplied(
        renewal: try #require(harness.payments.last).renewal,
        PaymentReply(delivery: .answered(status: 200), isReadable: true, orderID: "7")))
    #expect(harness.alert(.permission) == nil)
  }

  @Test func `that changes nothing keeps the wait after a failed try`() throws {
    let harness = try EngineHarness()
    harness.price = Money(minorUnits: 100_001, currency: .cny)
    harness.passStartHold()
    harness.answerAll()
    try #require(harness.alert(.priceRefused) != nil)
    let tries = harness.engine.obstacles.values.map(\.tries)
    harness.reload { _ in }
    #expect(harness.alert(.priceRefused) != nil)
    #expect(harness.engine.obstacles.values.map(\.tries) == tries)
    harness.reload { $0.policy.rules[0].maximumPrice = Money(minorUnits: 200_000, currency: .cny) }
    #expect(harness.payments.count == 1)
  }
}
