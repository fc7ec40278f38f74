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

  /// A description of a group as `renewalctl create` sends it.
  private let room = """
    app_center_image_id = "img-1"
    app_instance_group_name = "new-room"
    biz_region_id = "cn-hangzhou"
    charge_type = "PrePaid"
    period = 1
    period_unit = "Month"
    [node_pool]
    strategy_type = "NODE_FIXED"
    node_instance_type = "appstreaming.general.4c8g"
    node_amount = 1
    """

  @Test func `tells the order of a group that was created here, and no other purchase`() throws {
    daemon.change {
      $0.groups[0].expiry = Sample.now + .days(36)
      $0.creationReply = PaymentReply(
        delivery: .answered(status: 200), isReadable: true, orderID: "new-1", newGroup: "aig-3")
    }
    daemon.advance(by: .minutes(2))
    let offer = try daemon.call(PrepareCreationCall(file: "room.toml", text: room))
    let token = try #require(offer.token)
    let creation = try daemon.call(ConfirmCreationCall(token: token)).creation
    #expect(creation.paid == nil)
    try readBilling()
    let ordered = creation.openedAt.instant - Sample.now
    daemon.change { [order] in
      $0.orders = [order("1", .hours(1))]
      $0.newOrders = [order("new-1", ordered), order("somebody's", ordered + .minutes(1))]
    }
    let reply = try daemon.call(OrdersCall(month: "2027-01"))
    #expect(reply.orders.map(\.order) == ["new-1", "1"])
    #expect(reply.orders.map(\.type) == ["New", "Renew"])
    #expect(reply.orders[0].groups == ["group of new-1"])
    #expect(try daemon.call(OrdersCall(month: "2027-02")).orders == [])
  }

  @Test func `tells of a lost order of a new group what was bought in its hour`() throws {
    daemon.change {
      $0.groups[0].expiry = Sample.now + .days(36)
      $0.creationReply = PaymentReply(delivery: .interrupted("cut"))
    }
    daemon.advance(by: .minutes(2))
    let offer = try daemon.call(PrepareCreationCall(file: "room.toml", text: room))
    let token = try #require(offer.token)
    let creation = try daemon.call(ConfirmCreationCall(token: token)).creation
    try readBilling()
    let ordered = creation.openedAt.instant - Sample.now
    daemon.change { [order] in
      $0.newOrders = [order("1", ordered + .minutes(59)), order("2", ordered + .hours(2))]
    }
    #expect(try daemon.call(OrdersCall(month: "2027-01")).orders.map(\.order) == ["1"])
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
