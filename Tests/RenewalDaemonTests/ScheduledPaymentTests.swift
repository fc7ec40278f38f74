import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

private let office = (0...4).map { WeeklyHours(weekday: $0, start: 9 * 3600, end: 18 * 3600) }

@Suite struct `A payment and its hours` {
  /// Saturday, 16 January 2027, 09:15:01Z; past the start hold.
  private func saturday(
    expiringIn span: Span, _ change: (inout RenewalRule) -> Void
  ) throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.cloud = [:]
    change(&harness.settings.policy.rules[0])
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    harness.advance(harness.parameters.quarantine + .seconds(1))
    harness.show("aig-1", expiringIn: span)
    harness.tell(.woke)
    harness.answerAll()
    harness.settle()
    return harness
  }

  @Test func `waits for Monday and is made then`() throws {
    let harness = try saturday(expiringIn: .days(6)) { $0.hours.windows = office }
    harness.live(.hours(47))
    #expect(harness.payments.isEmpty)
    #expect(harness.standing() == .ok)
    harness.live(.hours(1))
    #expect(harness.payments.count == 1)
    #expect(harness.alert(.hoursGaveWay) == nil)
  }

  @Test func `is made outside the hours when the expiry is near, and says so`() throws {
    let harness = try saturday(expiringIn: .days(4)) {
      $0.hours.blackouts = [Blackout(from: Sample.now, until: Sample.now + .days(30))]
    }
    // The bound is 73 h 15 min before the expiry: on Sunday at 08:00:01.
    harness.live(.hours(22))
    #expect(harness.payments.isEmpty)
    harness.live(.hours(2))
    #expect(harness.payments.count == 1)
    #expect(
      harness.announced.contains {
        $0.entry.kind == .alertRaised && $0.entry.subject == AlertKind.hoursGaveWay.rawValue
      })
  }

  @Test func `takes its turn in the spread`() throws {
    let harness = try saturday(expiringIn: .days(8)) { $0.spread = .hours(12) }
    for number in 2...6 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(8)) }
    harness.live(.hours(22))
    #expect(harness.payments.isEmpty)
    let due = harness.server + .hours(2)
    var turns: [GroupID: Instant] = [:]
    for _ in 0..<180 {
      harness.live(.minutes(5), step: .minutes(5))
      for (_, _, payment) in harness.payments where turns[payment.request.group] == nil {
        turns[payment.request.group] = harness.server
      }
    }
    #expect(turns.count == 6)
    for (group, paid) in turns {
      let turn = due + group.share(of: .hours(12))
      #expect(paid >= turn && paid < turn + .minutes(15), "\(group)")
    }
  }

  @Test func `with a notice is announced first and made after it`() throws {
    let harness = try saturday(expiringIn: .days(6)) { $0.notice = .hours(24) }
    #expect(harness.standing() == .noticed)
    #expect(harness.alert(.renewalNoticed)?.reason.contains("renewalctl veto aig-1") == true)
    let row = harness.announced.first { $0.entry.kind == .renewalNoticed }
    #expect(row?.entry.reason.contains("after \(harness.server + .hours(24))") == true)
    harness.live(.hours(12))
    try harness.restart()
    harness.live(.hours(11))
    #expect(harness.payments.isEmpty)
    harness.live(.hours(2))
    #expect(harness.payments.count == 1)
    // A new process tells the last rows once more; it announces nothing again.
    let rows = harness.announced.filter { $0.entry.kind == .renewalNoticed }
    #expect(Set(rows.map(\.sequence)).count == 1)
  }

  @Test func `is not made after a veto, until the veto is taken back`() throws {
    let harness = try saturday(expiringIn: .days(6)) { $0.notice = .hours(24) }
    try harness.operate(.veto(Sample.subject, reason: "the studio closes"))
    harness.live(.hours(48))
    try harness.restart()
    harness.live(.hours(24))
    #expect(harness.payments.isEmpty)
    #expect(harness.standing() == .held)
    #expect(harness.announced.last { $0.entry.kind == .renewalVetoed }?.entry.actor == "test")
    try harness.operate(.release(Sample.subject))
    harness.live(.hours(1))
    #expect(harness.payments.count == 1)
  }

  @Test func `is withdrawn by a veto between the intent and its confirmation`() throws {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    try harness.operate(.veto(Sample.subject, reason: "no"))
    harness.answerAll()
    #expect(harness.payments.isEmpty)
    #expect(harness.renewals.map(\.state) == [.notSent])
  }

  @Test func `is not tried again after a veto that came while an attempt was open`() throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(
      .paymentReplied(renewal: payment.renewal, PaymentReply(delivery: .interrupted("reset"))))
    harness.answerAll()
    try harness.operate(.veto(Sample.subject, reason: "the studio closes"))
    #expect(harness.open?.state == .unknown)
    for _ in 0..<60 {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
    #expect(harness.renewals.map(\.state) == [.notEffected])
    #expect(harness.payments.count == 1)
    #expect(harness.standing() == .held)
  }

  @Test func `is vetoed for one expiry only`() throws {
    let harness = try saturday(expiringIn: .days(5)) { _ in }
    try #require(harness.payments.count == 1)
    harness.show("aig-1", expiringIn: .days(9))
    harness.live(.hours(2))
    try harness.operate(.veto(Sample.subject, reason: "not this time"))
    harness.show("aig-1", expiringIn: .days(38))
    harness.live(.days(32), step: .hours(2))
    #expect(harness.payments.count == 2)
  }

  /// The rule says that somebody else pays: then somebody has to be seen doing so.
  @Test func `of somebody else is awaited, and a person is called before the last day`() throws {
    let harness = try saturday(expiringIn: .days(3)) { $0.action = .verify }
    harness.live(.days(2) - .minutes(20))
    #expect(harness.alert(.expiryNear) == nil)
    harness.live(.minutes(30))
    #expect(harness.alert(.expiryNear)?.reason.contains("nobody renewed it") == true)
    harness.show("aig-1", expiringIn: .days(31))
    harness.live(.hours(2))
    #expect(harness.alert(.expiryNear) == nil)
    #expect(harness.renewals.isEmpty)
  }
}

@Suite struct `A payment that needs a person` {
  private func due(_ change: (inout RenewalRule) -> Void) throws -> EngineHarness {
    let harness = try EngineHarness()
    change(&harness.settings.policy.rules[0])
    harness.tell(.reconfigured(harness.settings))
    harness.passStartHold()
    harness.answerAll()
    return harness
  }

  @Test func `waits with its price, and is made once it is approved`() throws {
    let harness = try due { $0.action = .approve }
    #expect(harness.payments.isEmpty)
    #expect(harness.standing() == .held)
    let alert = try #require(harness.alert(.approvalNeeded))
    #expect(
      alert.reason == "899.00 CNY; to allow it: renewalctl approve aig-1 --price '899.00 CNY'")
    try harness.restart()
    harness.live(.hours(1))
    #expect(harness.payments.isEmpty)
    try harness.approve(reason: "agreed")
    harness.live(.minutes(20))
    #expect(harness.payments.count == 1)
    let row = harness.announced.first { $0.entry.kind == .renewalApproved }
    #expect(row?.entry.actor == "test")
    #expect(row?.entry.amount == harness.price)
    #expect(row?.entry.reason.hasPrefix("agreed, until ") == true)
    #expect(harness.alert(.approvalNeeded) == nil)
  }

  @Test func `is never made without the approval, and pages near the expiry`() throws {
    let harness = try due { $0.action = .approve }
    harness.live(.hours(48))
    #expect(harness.alert(.approvalOverdue)?.kind.severity == .page)
    harness.live(.hours(60))
    #expect(harness.alert(.expiryNear)?.reason.contains("899.00 CNY; to allow it") == true)
    harness.live(.hours(24))
    #expect(harness.payments.isEmpty)
    #expect(harness.renewals.isEmpty)
  }

  @Test func `asks again when the price has risen above what was approved`() throws {
    let harness = try due { $0.action = .approve }
    harness.price.minorUnits += 1
    try harness.approve(reason: "agreed")
    harness.live(.hours(2))
    #expect(harness.payments.isEmpty)
    #expect(
      harness.alert(.approvalNeeded)?.reason.hasPrefix("899.01 CNY, approved up to 899.00") == true)
    try harness.approve(reason: "this too")
    harness.live(.hours(1))
    #expect(harness.payments.count == 1)
  }

  @Test func `is not allowed by a yes to an older price`() throws {
    let harness = try due { $0.action = .approve }
    let old = try #require(harness.asked)
    harness.price.minorUnits += 110_000
    harness.settings.policy.rules[0].maximumPrice = nil
    harness.tell(.reconfigured(harness.settings))
    // The approval of the old price leads to the question about the new one.
    try harness.operate(.approve(Sample.subject, seen: old, reason: "agreed"))
    harness.live(.hours(2))
    try #require(harness.asked == harness.price && harness.payments.isEmpty)
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.approve(Sample.subject, seen: old, reason: "from the first alert"))
    }
    harness.live(.hours(2))
    #expect(harness.payments.isEmpty)
    try harness.operate(.approve(Sample.subject, seen: harness.price, reason: "seen"))
    harness.live(.hours(1))
    #expect(harness.payments.count == 1)
  }

  @Test func `is not made on an approval that has run out`() throws {
    let harness = try due {
      $0.action = .approve
      $0.approvalLife = .hours(1)
    }
    try harness.operate(.pause("not yet"))
    try harness.approve(reason: "agreed")
    harness.live(.hours(2))
    try harness.operate(.resume)
    harness.live(.hours(2))
    #expect(harness.payments.isEmpty)
    #expect(harness.alert(.approvalNeeded) != nil)
  }

  @Test func `is told from one that is cheap enough`() throws {
    let harness = try due { $0.approveOver = Money(minorUnits: 89_900, currency: .cny) }
    #expect(harness.payments.count == 1)
    let dear = try due { $0.approveOver = Money(minorUnits: 89_899, currency: .cny) }
    #expect(dear.payments.isEmpty)
    #expect(dear.alert(.approvalNeeded) != nil)
  }

  @Test func `cannot be approved where nobody was asked`() throws {
    let harness = try due { _ in }
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.approve(Sample.subject, seen: harness.price, reason: "why not"))
    }
  }

  @Test func `may be an unpaid order instead`() throws {
    let harness = try due {
      $0.action = .approve
      $0.approval = .unpaidOrder
      $0.autoPay = false
    }
    let payment = try #require(harness.payments.first)
    #expect(!payment.payment.request.autoPay)
    harness.tell(
      .paymentReplied(
        renewal: payment.renewal,
        PaymentReply(delivery: .answered(status: 200), isReadable: true, orderID: "7")))
    #expect(harness.renewals.map(\.state) == [.unpaid])
    // A person pays it in the console.
    harness.cloud["aig-1"]?.expiry = harness.server + .days(36)
    harness.live(.hours(1))
    #expect(harness.renewals.map(\.state) == [.settled])
    #expect(harness.payments.count == 1)
  }
}
