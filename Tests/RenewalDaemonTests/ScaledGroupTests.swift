import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

/// Somebody scales a group while its renewal is being paid for: the price is that
/// of all its nodes.
@Suite struct `A group that is scaled` {
  private func small() throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.cloud["aig-1"]?.nodeAmount = 2
    harness.cloud["aig-1"]?.instanceType = "4c8g"
    harness.price = cny(30_000)
    return harness
  }

  @Test func `after its price was asked is asked for again`() throws {
    let harness = try small()
    harness.passStartHold()
    while harness.reads.first.map({ $0.read != .renewalPrice("aig-1", .oneMonth) }) ?? false {
      harness.answer()
    }
    try #require(harness.answer())
    harness.cloud["aig-1"]?.nodeAmount = 6
    harness.price = cny(90_000)
    harness.answerAll()
    harness.live(.minutes(1), step: .seconds(10))
    #expect(harness.renewals.map(\.intent.quote) == [cny(90_000)])
    #expect(harness.payments.count == 1)
  }

  @Test func `after its price was asked is not paid for above the rule's maximum`() throws {
    let harness = try small()
    harness.passStartHold()
    while harness.reads.first.map({ $0.read != .renewalPrice("aig-1", .oneMonth) }) ?? false {
      harness.answer()
    }
    try #require(harness.answer())
    harness.cloud["aig-1"]?.nodeAmount = 8
    harness.price = cny(120_000)
    harness.answerAll()
    harness.live(.minutes(30))
    #expect(harness.renewals.isEmpty)
    #expect(harness.alert(.priceRefused) != nil)
  }

  @Test func `or changed otherwise between the intent and its confirmation is not paid for`()
    throws
  {
    let changes: [(inout DeliveryGroup) -> Void] = [
      { $0.nodeAmount = 6 }, { $0.instanceType = "16c64g" },
      { $0.status = CloudWord(.expiredRecycling) }, { $0.chargeType = CloudWord(.postPaid) },
    ]
    for change in changes {
      let harness = try small()
      harness.reachConfirmation()
      try #require(harness.open?.state == .submitted)
      var group = try #require(harness.cloud["aig-1"])
      change(&group)
      harness.cloud["aig-1"] = group
      harness.answer()
      #expect(harness.payments.isEmpty)
      #expect(harness.renewals.map(\.state) == [.notSent])
    }
  }
}
