import ControlProtocol
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `Words on the operators' socket` {
  /// Past the start hold, with `aig-1` due under a changed policy.
  private func daemon(_ change: (inout RenewalPolicy) -> Void) throws -> SteeredDaemon {
    let daemon = try SteeredDaemon(startsHeld: true)
    var configuration = daemon.configuration()
    change(&configuration.policy)
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    // What the reload asked is answered before time goes on.
    daemon.handle()
    daemon.advance(by: SteeredDaemon.pastStartHold)
    return daemon
  }

  @Test func `allow a renewal that waits, and say who allowed it`() throws {
    let daemon = try daemon { $0.rules[0].action = .approve }
    #expect(daemon.payments.isEmpty)
    let explained = try daemon.call(ExplainCall(group: "studio"))
    #expect(explained.decision == .approve)
    #expect(explained.group.action == Term(.approve))
    let check = try #require(explained.checks.first { $0.number == 17 })
    #expect(check.passed == false)
    #expect(check.input == "899.00 CNY; to allow it: renewalctl approve aig-1 --price '899.00 CNY'")
    let price = try #require(explained.group.price)
    #expect(price == Money(minorUnits: 89_900, currency: .cny))
    #expect(
      try daemon.refusal(of: ApproveCall(group: "studio"), on: ControlInterface.readersSocket)?
        .name == "org.varlink.service.PermissionDenied")
    #expect(
      try daemon.refusal(of: ApproveCall(group: "studio"))?.name
        == "org.varlink.service.InvalidParameter")
    let other = Money(minorUnits: 89_901, currency: .cny)
    #expect(
      try daemon.refusal(of: ApproveCall(group: "studio", price: other))?.name
        == "io.renewald.Control.NotNow")
    _ = try daemon.call(ApproveCall(group: "studio", reason: "agreed", price: price))
    daemon.handle()
    #expect(daemon.payments.count == 1)
    let history = try daemon.call(HistoryCall(group: "studio"))
    let event = try #require(history.events.first { $0.kind == "renewal-approved" })
    #expect(event.actor?.hasPrefix("control uid ") == true)
    #expect(event.sentence.contains("agreed"))
    #expect(
      try daemon.refusal(of: ApproveCall(group: "studio", price: price))?.name
        == "io.renewald.Control.NotNow")
  }

  @Test func `refuse a renewal that was announced, until it is released`() throws {
    let daemon = try daemon { $0.rules[0].notice = .hours(12) }
    #expect(try daemon.call(DescribeCall(group: "studio")).group.state == .noticed)
    let vetoed = try daemon.call(VetoCall(group: "studio", reason: "it closes"))
    #expect(vetoed.group.state == .held)
    #expect(vetoed.group.reason.contains("it closes"))
    daemon.advance(by: .hours(13))
    #expect(daemon.payments.isEmpty)
    _ = try daemon.call(ReleaseCall(group: "studio"))
    daemon.handle()
    #expect(daemon.payments.count == 1)
  }

  @Test func `lift the fuse that is blown, and no other`() throws {
    let daemon = try daemon { $0.fuses.groupsPerSweep = 0 }
    #expect(daemon.payments.isEmpty)
    let status = try daemon.call(StatusCall()).status
    let fuse = try #require(status.fuses?.first { $0.blownAt != nil })
    #expect(fuse.name == "groups-per-sweep")
    #expect(status.accounts[0].obstacles.contains { $0.kind == .fuse })
    #expect(status.alerts.contains { $0.kind == "FUSE" })
    _ = try daemon.call(ResumeCall())
    #expect(
      try daemon.refusal(of: LiftFuseCall(fuse: "storm-per-day", reason: "no"))?.name
        == "io.renewald.Control.NotNow")
    #expect(
      try daemon.refusal(of: LiftFuseCall(fuse: "fuse", reason: "no"))?.name
        == "org.varlink.service.InvalidParameter")
    #expect(try daemon.call(StatusCall()).status.fuses?.contains { $0.blownAt != nil } == true)
    _ = try daemon.call(LiftFuseCall(fuse: "groups-per-sweep", reason: "looked at"))
    let lifted = try daemon.call(HistoryCall(group: "studio"))
    #expect(lifted.group.state != .unknown)
  }

  @Test func `come with what the budgets hold`() throws {
    let daemon = try daemon {
      $0.budgets = [
        Budget(
          name: "month", per: .month, limit: Money(minorUnits: 200_000, currency: .cny)),
        Budget(name: "rolling", per: .rolling(.days(30)), limit: nil),
      ]
    }
    #expect(daemon.payments.count == 1)
    let budgets = try #require(try daemon.call(StatusCall()).status.budgets)
    #expect(budgets.map(\.name) == ["month", "rolling"])
    // The answer was lost: the money is held in reserve.
    #expect(budgets[0].spent == Money(minorUnits: 0, currency: .cny))
    #expect(budgets[0].reserved == Money(minorUnits: 89_900, currency: .cny))
    #expect(budgets[0].periodEnd?.instant == Instant(year: 2027, month: 2, day: 1))
    #expect(budgets[1].periodEnd == nil)
    #expect(budgets[1].limit == nil)
  }
}
