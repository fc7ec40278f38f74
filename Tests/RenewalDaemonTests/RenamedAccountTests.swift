import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

/// The operator gives an account another name, or takes it away.
@Suite struct `An account that is not configured any more` {
  private let lost = PaymentReply(delivery: .interrupted("reset"))
  private let renamed = GroupKey(account: "prod", group: "aig-1")

  /// A payment whose answer was lost.
  private func doubtful() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    harness.tell(.paymentReplied(renewal: payment.renewal, lost))
    harness.answerAll()
    return harness
  }

  /// Time passes, and no payment has an effect.
  private func wait(_ span: Span, _ harness: EngineHarness) {
    let end = harness.server + span
    while harness.server < end {
      harness.advance(.minutes(10))
      harness.tell(.woke)
      harness.answerAll()
    }
  }

  private func rename(_ harness: EngineHarness) {
    harness.reload { $0.accounts[0].name = "prod" }
  }

  private func passProof(_ harness: EngineHarness) throws {
    let proof = try #require(harness.open).intent.provableFrom(.withoutBilling)
    wait(proof - harness.server + .hours(2), harness)
  }

  @Test(arguments: [false, true])
  func `has its open renewal looked at by whoever lists the group`(byRestart: Bool) throws {
    let harness = try doubtful()
    if byRestart {
      harness.settings.accounts[0].name = "prod"
      harness.tell(.reconfigured(harness.settings))
      try harness.restart()
    } else {
      rename(harness)
    }
    wait(.minutes(30), harness)
    #expect(harness.open?.state == .unknown)
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = BillingPeriod.oneMonth.forecast(from: old)
    wait(.hours(1), harness)
    #expect(harness.renewals.map(\.state) == [.settled])
    let row = try harness.engine.store.read { try $0.group(renamed) }
    #expect(row?.standing == .ok)
    #expect(harness.engine.standingAlerts.allSatisfy { $0.kind != .outcomeUnknown })
  }

  @Test(arguments: [(Span.hours(6), Span.zero), (.zero, .hours(6))])
  func `has what it sent proven by the longest bounds, and no sooner`(
    moreLife: Span, moreVisibility: Span
  ) throws {
    let harness = try doubtful()
    harness.reload {
      $0.accounts[0].name = "prod"
      let known = $0.accounts[0].parameters
      $0.accounts[0].parameters.requestLife = known.requestLife + moreLife
      $0.accounts[0].parameters.visibilityBound = known.visibilityBound + moreVisibility
    }
    let intent = try #require(harness.open?.intent)
    wait(intent.provableFrom(.withoutBilling) - harness.server + .hours(2), harness)
    #expect(harness.open?.state == .unknown)
    wait(.hours(8), harness)
    #expect(harness.renewals.map(\.state) == [.notEffected])
    #expect(harness.payments.count == 1)
  }

  @Test func `lets a person end a doubt by the clock of another`() throws {
    let harness = try doubtful()
    // Nobody lists the group, so that no read can end it.
    harness.cloud = [:]
    rename(harness)
    try passProof(harness)
    try #require(harness.open?.state == .unknown)
    let offer = try harness.engine.prepareOverride(of: Sample.subject, at: harness.reading)
    try harness.operate(.override(.confirmNotPaid, token: offer.token, reason: "console"))
    #expect(harness.renewals.map(\.state) == [.notEffected])
  }

  @Test(arguments: [false, true])
  func `calls a person where nobody lists the group, until somebody does`(byRestart: Bool) throws {
    let harness = try doubtful()
    let group = harness.cloud["aig-1"]
    harness.cloud = [:]
    if byRestart {
      harness.settings.accounts[0].name = "prod"
      try harness.restart()
    } else {
      rename(harness)
    }
    let alert = try #require(harness.alert(.stuckOrder))
    #expect(alert.kind.severity == .page)
    #expect(alert.reason.contains("account 'main' is not configured any more"))
    harness.cloud["aig-1"] = group
    wait(.hours(1), harness)
    #expect(harness.alert(.stuckOrder) == nil)
    #expect(harness.open?.state == .unknown)
    harness.cloud = [:]
    wait(.hours(4), harness)
    #expect(harness.alert(.stuckOrder) != nil)
  }

  @Test(arguments: [false, true])
  func `has a person called for its order of a new group`(byRestart: Bool) throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    harness.answerAll()
    try #require(harness.alert(.creationStuck) == nil)
    if byRestart {
      harness.settings.accounts[0].name = "prod"
      try harness.restart()
    } else {
      rename(harness)
    }
    let alert = try #require(harness.alert(.creationStuck))
    #expect(alert.account == "main" && alert.reason.contains("not configured any more"))
    harness.reload { $0.accounts[0].name = "main" }
    #expect(harness.alert(.creationStuck) == nil)
    rename(harness)
    harness.live(.hours(26), step: .hours(1))
    let id = try #require(harness.creation).id
    try harness.operate(.settleCreation(id, seen: .unknown, .notCreated))
    #expect(harness.creation?.state == .notEffected)
    #expect(harness.alert(.creationStuck) == nil)
  }

  @Test(arguments: [true, false])
  func `leaves behind the hold and the veto that were spoken`(isHeld: Bool) throws {
    let harness = try EngineHarness()
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    harness.passStartHold()
    harness.answerAll()
    try harness.operate(
      isHeld
        ? .hold(Sample.subject, Hold(reason: "audit")) : .veto(Sample.subject, reason: "audit"))
    harness.reload {
      $0.accounts[0].name = "prod"
      $0.mode = .pay
    }
    harness.live(.hours(30))
    #expect(harness.payments.isEmpty)
    let row = try #require(try harness.engine.store.read { try $0.group(renamed) })
    #expect(row.standing == .held && row.reason.contains("audit"))
    try harness.operate(.release(renamed))
    harness.live(.hours(1))
    #expect(harness.payments.map(\.account) == ["prod"])
  }

  @Test func `is one of two that list a group, and a hold in one holds the other`() throws {
    let harness = try EngineHarness(accounts: ["main", "prod"])
    harness.settings.mode = .observe
    harness.tell(.reconfigured(harness.settings))
    harness.passStartHold()
    harness.answerAll()
    // The longer of two holds.
    let soon = harness.server + .hours(1)
    try harness.operate(.hold(Sample.subject, Hold(until: soon, reason: "lunch")))
    try harness.operate(.hold(renamed, Hold(reason: "audit")))
    harness.reload { $0.mode = .pay }
    harness.live(.hours(3))
    #expect(harness.payments.isEmpty)
  }
}
