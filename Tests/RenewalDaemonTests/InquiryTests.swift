import ControlProtocol
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

@Suite struct `Asking the cloud for a caller` {
  let daemon: SteeredDaemon

  init() throws { daemon = try SteeredDaemon() }

  private func readBilling() throws {
    var configuration = daemon.configuration()
    configuration.accounts[0].readsBilling = true
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
  }

  private func order(_ id: OrderID, after span: Span) -> OrderSummary {
    OrderSummary(
      id: id, status: CloudWord(.paid), created: Sample.now + span,
      amount: Money(minorUnits: 89_900, currency: .cny))
  }

  @Test func `tells the orders of a month with their groups, and stops where it ends`() throws {
    try readBilling()
    // The sample's now is 2027-01-15T08:00:00Z.
    let february = try #require(Instant(year: 2027, month: 2, day: 1)) - Sample.now
    daemon.change { [order] in
      $0.orders = [order("2", .hours(2)), order("1", .hours(1)), order("3", february)]
    }
    let reply = try daemon.call(OrdersCall(month: "2027-01"))
    #expect(reply.orders.map(\.order) == ["1", "2"])
    #expect(reply.orders.map(\.groups) == [["group of 1"], ["group of 2"]])
    #expect(reply.month.zone == "UTC" && reply.account == "main")
  }

  @Test func `is for operators, of accounts that read billing, and of real months`() throws {
    #expect(
      try daemon.refusal(of: OrdersCall(), on: ControlInterface.readersSocket)?.name
        == "org.varlink.service.PermissionDenied")
    #expect(try daemon.refusal(of: OrdersCall())?.name == "io.renewald.Control.NotNow")
    try readBilling()
    #expect(
      try daemon.refusal(of: OrdersCall(account: "other"))?.name
        == "io.renewald.Control.NoSuchAccount")
    #expect(
      try daemon.refusal(of: OrdersCall(month: "2027-13"))?.parameters["parameter"]
        == .string("month"))
    daemon.change { $0.readFault = .unreachable("gone") }
    let refusal = try daemon.refusal(of: OrdersCall())
    #expect(refusal?.name == "io.renewald.Control.NotNow")
    // And the next caller is not refused for the sake of the one that failed.
    daemon.change { $0.readFault = nil }
    for _ in 0..<3 { #expect(try daemon.call(OrdersCall()).orders == []) }
  }

  @Test func `gives up a month with more orders than it can ask for`() throws {
    try readBilling()
    daemon.change { [order] in
      $0.orders = (0...OrderInquiry.limit).map { order(OrderID("\($0)"), .hours(1)) }
    }
    let refusal = try daemon.refusal(of: OrdersCall())
    #expect(refusal?.parameters.text.contains("more than 500 renewal orders") == true)
  }

  @Test func `brings the prices that the plan lacks, once an hour, and pays nothing`() throws {
    let paid = daemon.payments.count
    let call = AskPricesCall(until: (Sample.now + .days(60)).timestamp)
    let plan = PlanCall(until: call.until)
    func later() throws -> PlanEntry? {
      try daemon.call(plan).entries.first { $0.group == "aig-2" }
    }
    #expect(try later()?.price == nil)
    #expect(try daemon.call(call) == AskPricesCall.Reply(asked: 1, remaining: 0))
    #expect(try later()?.price == Money(minorUnits: 89_900, currency: .cny))
    #expect(try later()?.priceSeenAt?.instant == daemon.now)
    #expect(try daemon.call(call).asked == 0)
    daemon.advance(by: .hours(1) + .seconds(1))
    #expect(try daemon.call(call).asked >= 1)
    #expect(daemon.payments.count == paid)
  }
}
