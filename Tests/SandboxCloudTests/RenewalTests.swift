import Testing

@testable import SandboxCloud

@Suite struct `Renewal in the sandbox` {
  let caller = Caller()

  @Test func `a paid renewal adds calendar months to the old expiry and takes the price`() throws {
    let before = caller.dueGroup
    let expiry = try #require(before.expiry)
    let balance = caller.server.balance
    let reply = caller.renew(before.id)
    let order = try #require(caller.server.orders.first)
    #expect(reply.status == 200)
    #expect(reply.code == nil)
    #expect(reply.json["OrderId"]?.text == order.id)
    #expect(order.status == .paid)
    #expect(order.expiryBefore == expiry)
    #expect(order.expiryAfter == expiry.adding(months: 1))
    #expect(caller.group(before.id)?.expiry == expiry.adding(months: 1))
    #expect(order.amount > .zero)
    #expect(caller.server.balance == balance - order.amount)
  }

  @Test func `the price charged is the one that was quoted`() throws {
    let reply = caller.call(
      "GetResourceRenewPrice",
      ["AppInstanceGroupId": caller.dueGroup.id, "Period": "1", "PeriodUnit": "Year"])
    let price = try #require(reply.json["Data"]?["Price"])
    caller.renew(caller.dueGroup.id, 1, "Year")
    let order = try #require(caller.server.orders.first)
    #expect(price["TradePrice"]?.text == order.amount.text(currency: "CNY"))
    #expect(price["Currency"]?.text == "CNY")
    #expect(price["DiscountPrice"]?.text != "0.00")
  }

  @Test func `a promotion makes it cheaper, an unknown one is refused`() {
    #expect(caller.renew(caller.dueGroup.id, promotion: "1").code == "InvalidParameter.PromotionId")
    caller.renew(caller.dueGroup.id)
    caller.renew(caller.dueGroup.id, promotion: Catalogue.promotion)
    let amounts = caller.server.orders.map(\.amount.minorUnits)
    #expect(amounts.count == 2)
    #expect(amounts.last.map { $0 * 10 } == amounts.first.map { $0 * 9 })
  }

  @Test(arguments: [nil, "false", "False"])
  func `without automatic payment an unpaid order is left and nothing moves`(_ autoPay: String?) {
    let before = caller.dueGroup
    let reply = caller.renew(before.id, autoPay: autoPay)
    #expect(reply.json["OrderId"]?.text != nil)
    #expect(caller.server.orders.map(\.status) == [.unpaid])
    #expect(caller.group(before.id)?.expiry == before.expiry)
    #expect(caller.server.balance == Amount(minorUnits: 100_000_00))
  }

  @Test func `an unpaid order can be paid later, once, and counts from the expiry of then`() {
    let group = caller.dueGroup
    caller.renew(group.id, autoPay: nil)
    caller.renew(group.id)
    let id = caller.server.orders[0].id
    #expect(caller.server.payInConsole(id)?.expiryAfter == group.expiry?.adding(months: 2))
    #expect(caller.server.payInConsole(id) == nil)
  }

  @Test func `a second call renews and pays a second time`() {
    let group = caller.dueGroup
    caller.renew(group.id)
    caller.renew(group.id)
    #expect(caller.server.orders.map(\.status) == [.paid, .paid])
    #expect(caller.group(group.id)?.expiry == group.expiry?.adding(months: 2))
  }

  @Test(arguments: [(2, "Week"), (4, "Month"), (12, "Month"), (4, "Year")])
  func `a pair that is not sold is answered by code and order together`(
    _ count: Int, _ unit: String
  ) {
    let before = caller.dueGroup
    let reply = caller.renew(before.id, count, unit)
    #expect(reply.status == 200)
    #expect(reply.code == "COMMODITY.INVALID_COMPONENT")
    #expect(reply.json["OrderId"]?.text == caller.server.orders.first?.id)
    #expect(caller.server.orders.map(\.status) == [.failed])
    #expect(caller.group(before.id)?.expiry == before.expiry)
  }

  @Test(arguments: [
    (["Period": "0"], "InvalidParameter.Period"), (["Period": "x"], "InvalidParameter.Period"),
    (["Period": ""], "MissingPeriod"), (["PeriodUnit": "month"], "InvalidParameter.PeriodUnit"),
    (["PeriodUnit": ""], "MissingPeriodUnit"), (["AutoPay": "1"], "InvalidParameter.AutoPay"),
    (["ProductType": "Other"], "InvalidParameter.ProductType"),
    (["ProductType": ""], "MissingProductType"),
    (["AppInstanceGroupId": ""], "MissingAppInstanceGroupId"),
    (["AppInstanceGroupId": "aig-x"], "InvalidAppInstanceGroup.NotFound"),
  ])
  func `a wrong parameter is named and nothing is ordered`(
    _ change: [String: String], _ code: String
  ) {
    let query = [
      "ProductType": "CloudApp", "AppInstanceGroupId": caller.dueGroup.id, "Period": "1",
      "PeriodUnit": "Month", "AutoPay": "true",
    ]
    let reply = caller.send(
      caller.signed("RenewAppInstanceGroup", query.merging(change) { $1 }))
    #expect(reply.code == code)
    #expect((400..<500).contains(reply.status))
    #expect(caller.server.orders.isEmpty)
  }

  @Test func `neither pay as you go nor an expired group can be renewed`() {
    #expect(caller.renew(caller.payAsYouGoGroup.id).code == "InvalidAppInstanceGroup.ChargeType")
    #expect(caller.renew(caller.expiredGroup.id).code == "InvalidAppInstanceGroup.Expired")
    #expect(caller.server.orders.isEmpty)
  }

  @Test func `where late renewals are allowed they count from the old expiry`() {
    caller.server.settings.renewsExpired = true
    let group = caller.expiredGroup
    #expect(caller.renew(group.id).status == 200)
    #expect(caller.group(group.id)?.expiry == group.expiry?.adding(months: 1))
  }

  @Test func `too little money leaves the order unpaid`() {
    caller.server.balance = Amount(minorUnits: 1)
    let group = caller.dueGroup
    let reply = caller.renew(group.id)
    #expect(reply.code == "PAY.INSUFFICIENT_BALANCE")
    #expect(caller.server.orders.map(\.status) == [.unpaid])
    #expect(caller.group(group.id)?.expiry == group.expiry)
    #expect(caller.server.balance == Amount(minorUnits: 1))
  }

  @Test func `credit pays what the balance does not`() {
    caller.control("POST", "/account", #"{"balance":"0.00","credit":"100000.00"}"#)
    #expect(caller.renew(caller.dueGroup.id).status == 200)
    #expect(caller.server.balance < .zero)
  }

  @Test func `a new expiry becomes visible after the lag and not before`() {
    caller.server.settings.replicaLags = [90]
    let group = caller.dueGroup
    caller.renew(group.id)
    #expect(caller.visibleExpiry(group.id) == group.expiry)
    caller.server.advanceClock(bySeconds: 89)
    #expect(caller.visibleExpiry(group.id) == group.expiry)
    caller.server.advanceClock(bySeconds: 1)
    #expect(caller.visibleExpiry(group.id) == group.expiry?.adding(months: 1))
  }

  @Test func `replicas take turns and may disagree`() {
    caller.server.settings.replicaLags = [0, 3600]
    let group = caller.dueGroup
    caller.renew(group.id)
    let seen = (0..<4).map { _ in caller.visibleExpiry(group.id) }
    let new = group.expiry?.adding(months: 1)
    #expect(seen == [new, group.expiry, new, group.expiry])
  }

  @Test func `months end in Beijing, not in Greenwich`() {
    // 31 January 00:00 in Beijing; a month later is 28 February there.
    #expect(Term(1, .month).end(from: time("2030-01-30T16:00:00Z")) == time("2030-02-27T16:00:00Z"))
    #expect(Term(1, .year).end(from: time("2028-02-28T16:00:00Z")) == time("2029-02-27T16:00:00Z"))
    #expect(Term(1, .week).end(from: time("2030-01-30T16:00:00Z")) == time("2030-02-06T16:00:00Z"))
    // 1 March 00:30 in Beijing is still February in Greenwich.
    #expect(Term(1, .month).end(from: time("2030-02-28T16:30:00Z")) == time("2030-03-31T16:30:00Z"))
  }
}

@Suite struct `Life of a group` {
  let caller = Caller()

  private func words(_ id: String) -> [String?] {
    let row = caller.call("GetAppInstanceGroup", ["AppInstanceGroupId": id])
      .json["AppInstanceGroupModels"]
    return [row?["Status"]?.text, row?["ResourceStatus"]?.text]
  }

  @Test func `expiry is followed by recycling and release`() throws {
    let group = caller.server.groups[1]
    let expiry = try #require(group.expiry)
    #expect(words(group.id) == ["PUBLISHED", "AVAILABLE"])
    caller.server.setClock(to: expiry + -7 * CloudTime.day)
    #expect(words(group.id) == ["PUBLISHED", "EXPIRED_IN_7_DAYS"])
    caller.server.setClock(to: expiry)
    #expect(words(group.id) == ["EXPIRED", "UNAVAILABLE"])
    caller.server.advanceClock(bySeconds: 7 * CloudTime.day)
    #expect(words(group.id) == ["EXPIRED_RECYCLING", "UNAVAILABLE"])
    caller.server.advanceClock(bySeconds: 8 * CloudTime.day)
    #expect(words(group.id) == [nil, nil])
    #expect(caller.renew(group.id).code == "InvalidAppInstanceGroup.NotFound")
  }

  @Test func `an unpaid order lapses after seven days`() {
    caller.renew(caller.server.groups[1].id, autoPay: nil)
    caller.server.advanceClock(bySeconds: 7 * CloudTime.day - 1)
    #expect(caller.server.orders[0].status == .unpaid)
    caller.server.advanceClock(bySeconds: 1)
    #expect(caller.server.orders[0].status == .cancelled)
    #expect(caller.server.payInConsole(caller.server.orders[0].id) == nil)
  }

  private func switchOn(_ group: SandboxGroup) {
    let reply = caller.bill(
      "SetRenewal",
      [
        "InstanceIDs": group.id, "ProductCode": Cloud.productCode, "RenewalStatus": "AutoRenewal",
        "RenewalPeriod": "1", "RenewalPeriodUnit": "M",
      ])
    #expect(reply.json["Success"]?.bool == true)
  }

  @Test func `native auto-renewal pays nine days before, at eight in Beijing`() throws {
    let group = caller.server.groups[1]
    let expiry = try #require(group.expiry)
    switchOn(group)
    // The expiry is midnight in Beijing, so 08:00 of the ninth day before it is eight
    // hours after the full nine days.
    let attempt = expiry + (-9 * 24 + 8) * 3600
    caller.server.setClock(to: attempt + -1)
    #expect(caller.server.orders.isEmpty)
    caller.server.setClock(to: attempt)
    #expect(caller.server.orders.map(\.origin) == [.autoRenewal])
    #expect(caller.server.orders.map(\.paid) == [attempt])
    #expect(caller.group(group.id)?.expiry == expiry.adding(months: 1))
  }

  @Test func `native auto-renewal tries daily until there is money`() throws {
    let group = caller.server.groups[1]
    let expiry = try #require(group.expiry)
    switchOn(group)
    caller.server.balance = .zero
    caller.server.setClock(to: expiry + -6 * CloudTime.day)
    #expect(caller.server.orders.isEmpty)
    caller.server.balance = Amount(minorUnits: 100_000_00)
    caller.server.advanceClock(bySeconds: CloudTime.day)
    #expect(caller.server.orders.count == 1)
  }

  @Test func `a long jump of the clock renews as often as the calendar says`() throws {
    let group = caller.dueGroup
    let expiry = try #require(group.expiry)
    switchOn(group)
    caller.server.setClock(to: expiry.adding(months: 12))
    let orders = caller.server.orders
    #expect(orders.count == 13)
    #expect(zip(orders, orders.dropFirst()).allSatisfy { $0.expiryAfter == $1.expiryBefore })
    #expect(Set(orders.map(\.expiryBefore)).count == orders.count)
  }
}
