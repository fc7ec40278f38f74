import ControlProtocol
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

@Suite struct `The ledger of a month` {
  let daemon: SteeredDaemon

  init() throws { daemon = try SteeredDaemon() }

  /// The sample's now is 2027-01-15; the renewal is signed after the start hold.
  @Test func `is that of the schedule's zone`() throws {
    daemon.change { $0.groups[0].expiry = Sample.now + .days(5 + 31) }
    daemon.advance(by: .minutes(2))
    let all = try daemon.call(LedgerCall())
    let renewal = try #require(all.renewals.first)
    #expect(renewal.state == .settled)
    #expect(renewal.newExpiry == (Sample.now + .days(5 + 31)).timestamp)
    let opened = renewal.openedAt.instant
    #expect(all.month == nil)
    #expect(try daemon.call(LedgerCall(month: "2027-01")).totals == all.totals)

    // A zone in which the renewal was opened in the first second of February.
    let offset = try #require(Instant(year: 2027, month: 2, day: 1)) - opened
    var configuration = daemon.configuration()
    configuration.policy.zone = NamedZone(name: "Test/Ahead", firstOffset: offset)
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    let february = try daemon.call(LedgerCall(month: "2027-02"))
    #expect(february.renewals == all.renewals)
    #expect(february.totals == [Money(minorUnits: 89_900, currency: .cny)])
    #expect(
      february.month
        == MonthReport(
          name: "2027-02", from: opened.timestamp, to: (opened + .days(28)).timestamp,
          zone: "Test/Ahead"))
    let january = try daemon.call(LedgerCall(month: "2027-01"))
    #expect(january.renewals == [] && january.totals == [])
  }

  @Test func `is one that the calendar has, and no other time beside it`() throws {
    for call in [
      LedgerCall(month: "2027-13"), LedgerCall(month: "January"),
      LedgerCall(from: daemon.now.timestamp, month: "2027-01"),
    ] {
      let refusal = try daemon.refusal(of: call)
      #expect(refusal?.name == "org.varlink.service.InvalidParameter")
      #expect(refusal?.parameters["parameter"] == .string("month"))
    }
  }
}
