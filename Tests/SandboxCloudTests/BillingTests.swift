import Testing

@testable import SandboxCloud

@Suite struct `Billing in the sandbox` {
  private let caller = Caller()

  private func orders(_ query: [String: String] = [:]) -> [String] {
    caller.bill("QueryOrders", query).json["Data"]?["OrderList"]?["Order"]?.elements?
      .compactMap { $0["OrderId"]?.text } ?? []
  }

  @Test func `orders are shown newest first, and of the last hour unless asked`() {
    caller.renew(caller.dueGroup.id)
    caller.renew(caller.dueGroup.id, autoPay: nil)
    let ids = caller.server.orders.map(\.id)
    #expect(orders() == ids.reversed())
    #expect(orders(["PaymentStatus": "Unpaid"]) == [ids[1]])
    #expect(orders(["OrderType": "New"]).isEmpty)
    caller.server.advanceClock(bySeconds: 3601)
    #expect(orders().isEmpty)
    #expect(orders(["CreateTimeStart": "2030-01-02T03:04:05Z"]).count == 2)
    #expect(
      orders([
        "CreateTimeStart": "2030-01-02T00:00:00Z", "CreateTimeEnd": "2030-01-02T03:04:04Z",
      ]).isEmpty)
  }

  @Test func `an order's detail names the group, the payment and the time bought`() throws {
    let group = caller.dueGroup
    let id = try #require(caller.renew(group.id).json["OrderId"]?.text)
    let row = caller.bill("GetOrderDetail", ["OrderId": id]).json["Data"]?["OrderList"]?["Order"]?
      .elements?.first
    #expect(row?["InstanceIDs"]?.text == group.id)
    #expect(row?["PaymentStatus"]?.text == "Paid")
    #expect(row?["UsageStartTime"]?.text == group.expiry?.description)
    #expect(row?["UsageEndTime"]?.text == group.expiry?.adding(months: 1).description)
  }

  @Test func `what billing refuses comes with status 200`() {
    for reply in [
      caller.bill("GetOrderDetail", ["OrderId": "1"]), caller.bill("CancelOrder", ["OrderId": "1"]),
    ] {
      #expect(reply.status == 200)
      #expect(reply.json["Success"]?.bool == false)
      #expect(reply.code == "OrderNotExist")
    }
  }

  @Test func `only an unpaid order can be cancelled`() {
    caller.renew(caller.dueGroup.id, autoPay: nil)
    let id = caller.server.orders[0].id
    #expect(caller.bill("CancelOrder", ["OrderId": id]).json["Success"]?.bool == true)
    #expect(caller.bill("CancelOrder", ["OrderId": id]).json["Success"]?.bool == false)
    #expect(caller.server.orders[0].status == .cancelled)
  }

  @Test func `the balance is written with separators and the credit counts`() {
    caller.control("POST", "/account", #"{"balance":"1234567.80","credit":"10.00"}"#)
    let data = caller.bill("QueryAccountBalance").json["Data"]
    #expect(data?["AvailableAmount"]?.text == "1,234,577.80")
    #expect(data?["AvailableCashAmount"]?.text == "1,234,567.80")
  }

  @Test func `instances are found by expiry and paged`() {
    func found(_ query: [String: String]) -> Int {
      caller.bill("QueryAvailableInstances", query).json["Data"]?["InstanceList"]?.elements?.count
        ?? -1
    }
    #expect(found([:]) == 12)
    #expect(found(["PageSize": "5", "PageNum": "3"]) == 2)
    #expect(found(["SubscriptionType": "PayAsYouGo"]) == 1)
    #expect(
      found(["EndTimeStart": "2030-01-02T00:00:00Z", "EndTimeEnd": "2030-01-09T00:00:00Z"]) == 5)
    #expect(found(["InstanceIDs": "\(caller.dueGroup.id),aig-none"]) == 1)
    #expect(
      caller.bill("QueryAvailableInstances", ["Region": "cn-hangzhou"]).code == "MissingProductCode"
    )
  }
}
