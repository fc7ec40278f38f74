import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `Evidence about a payment` {
  private let lost = PaymentReply(delivery: .interrupted("reset"))

  /// A payment whose answer was lost.
  private func doubtful(readsBilling: Bool = false) throws -> EngineHarness {
    let harness = try EngineHarness(parameters: readsBilling ? .withBilling : .withoutBilling)
    if readsBilling { harness.reload { $0.accounts[0].readsBilling = true } }
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    return harness
  }

  @Test func `takes no read with a wrong date for the proof`() throws {
    let harness = try doubtful()
    harness.answerAll()
    for wrong in [Span.days(30), .days(30), .zero] {
      harness.advance(.minutes(30))
      harness.tell(.woke)
      try #require(!harness.reads.isEmpty)
      while harness.answer(dated: wrong) {}
      #expect(harness.open?.state == .unknown)
    }
    #expect(harness.payments.count == 1)
  }

  @Test(arguments: [0, 1]) func `takes no list of orders that ends early for the proof`(
    untold: Int
  ) throws {
    let harness = try doubtful(readsBilling: true)
    let provable = try #require(harness.open?.intent).provableFrom(harness.parameters)
    harness.untoldRenewalOrders = untold
    while harness.server < provable + .minutes(30) {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.renewals.last?.state == (untold == 0 ? .notEffected : .unknown))
    guard untold > 0 else { return }
    // It goes on looking, and finds the payment out.
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    for _ in 0..<2 {
      harness.advance(.hours(1))
      harness.tell(.woke)
      if harness.answer() { harness.failAll() }
    }
    for _ in 0..<2 {
      harness.advance(.hours(1))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.renewals.last?.state == .settled)
  }

  @Test func `takes no answer about another group for its own`() throws {
    let harness = try EngineHarness()
    harness.passStartHold()
    let wrong = DeliveryGroup(
      id: "aig-9", name: "other", expiry: try #require(harness.cloud["aig-1"]?.expiry))
    // Before the intent,
    harness.mistaken = wrong
    harness.answerAll()
    #expect(harness.renewals.isEmpty)
    // between it and its payment,
    harness.mistaken = nil
    for _ in 0..<20 where harness.open?.state != .submitted {
      if !harness.answer() {
        harness.advance(.minutes(1))
        harness.tell(.woke)
      }
    }
    harness.mistaken = wrong
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.notSent] && harness.payments.isEmpty)
    // and after it.
    harness.mistaken = nil
    harness.live(.minutes(1))
    for _ in 0..<20 where harness.payments.isEmpty {
      harness.advance(.minutes(1))
      harness.tell(.woke)
      harness.answerAll()
    }
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    harness.mistaken = DeliveryGroup(
      id: "aig-9", name: "other", expiry: wrong.expiry.map { $0 + .days(31) })
    for _ in 0..<5 {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.open?.state == .unknown)
  }

  @Test func `pays nothing beside an order of the group that billing shows`() throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.renewalOrders = [
      OrderSummary(id: "31", status: CloudWord(.unpaid), created: harness.server)
    ]
    harness.reload { $0.accounts[0].readsBilling = true }
    harness.passStartHold()
    for _ in 0..<20 {
      harness.answerAll()
      harness.advance(.minutes(10))
      harness.tell(.woke)
    }
    #expect(harness.payments.isEmpty && harness.renewals.isEmpty)
    #expect(harness.engine.obstacles[Sample.subject]?.check.check == .billingClean)
    #expect(harness.engine.obstacles[Sample.subject]?.check.input == "order 31 is Unpaid")
  }

  @Test func `calls a person when its order turns out to be for another group`() throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.reload { $0.accounts[0].readsBilling = true }
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, orderID: "31",
          serverTime: harness.server)))
    harness.renewalOrders = [
      OrderSummary(id: "31", status: CloudWord(.paid), created: harness.server)
    ]
    harness.orderInstances = ["aig-7"]
    harness.advance(.minutes(10))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.open?.state == .stuck)
    #expect(harness.alert(.orderMismatch) != nil)
  }

  @Test func `takes the cost of its own order and of no other`() throws {
    let harness = try doubtful(readsBilling: true)
    let cost = Money(minorUnits: 80_000, currency: .cny)
    harness.renewalOrders = [
      OrderSummary(
        id: "30", status: CloudWord(.cancelled), created: harness.server,
        amount: Money(minorUnits: 1, currency: .cny)),
      OrderSummary(id: "31", status: CloudWord(.paid), created: harness.server, amount: cost),
    ]
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.advance(.minutes(10))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [.settled])
    #expect(harness.renewals.first?.order == "31" && harness.renewals.first?.charged == cost)
  }

  @Test func `asks but once which groups an order is for`() throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.reload { $0.accounts[0].readsBilling = true }
    harness.orderInstances = ["aig-7"]
    harness.renewalOrders = [
      OrderSummary(id: "31", status: CloudWord(.paid), created: harness.server)
    ]
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    for _ in 0..<5 {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      while let question = harness.reads.first {
        #expect(question.read != .order("31"))
        harness.answer()
      }
    }
    #expect(harness.open?.state == .unknown)
  }

  /// No token tells one payer's orders from another's; the time does.
  @Test(arguments: [
    (-Span.seconds(61), false), (-.seconds(60), true), (.minutes(65), true),
    (.seconds(65 * 60 + 1), false),
  ])
  func `takes an order from the request's life for its own, and no other`(
    created: Span, isOwn: Bool
  ) throws {
    let harness = try doubtful(readsBilling: true)
    let signed = try #require(harness.payments.first?.payment)
    harness.renewalOrders = [
      OrderSummary(
        id: "31", status: CloudWord(.paid), created: signed.date + created, amount: harness.price)
    ]
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    harness.advance(.minutes(10))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.renewals.map(\.state) == [isOwn ? .settled : .foreign])
  }

  @Test func `takes what it has paid before for no other payer's order`() throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.reload { $0.accounts[0].readsBilling = true }
    harness.reachConfirmation()
    harness.answerAll()
    let renewal = try #require(harness.open?.id)
    harness.renewalOrders = [
      OrderSummary(
        id: OrderID("\(renewal)"), status: CloudWord(.paid), created: harness.server,
        amount: harness.price)
    ]
    harness.settle()
    #expect(harness.renewals.map(\.state) == [.settled])
    harness.reload { $0.policy.rules[0].leadTime = .days(40) }
    harness.live(.hours(3))
    #expect(harness.renewals.count == 2)
  }
}
