import CloudSigning
import RenewalCore
import Testing

@testable import AppStreaming

@Suite struct `Answers to reads` {
  func answer(
    _ read: CloudRead, _ json: String, status: Int = 200, headers: [Parameter] = []
  ) throws -> ReadReply {
    try AppStreamingClient.forTest(
      FakeTransport(.success(.json(json, status: status, headers: headers)))
    ).answer(read)
  }

  @Test func `a page of groups keeps what it does not know`() throws {
    let reply = try answer(
      .groups(page: 2),
      """
      {"RequestId":"R-1","PageNumber":2,"PageSize":100,"TotalCount":"102","Novelty":{"a":[1,{}]},
       "AppInstanceGroupModels":[
        {"AppInstanceGroupId":"aig-1","AppInstanceGroupName":"办公\\u0041","RegionId":"cn-hangzhou",
         "ChargeType":"PrePaid","Status":"PUBLISHED","ResourceStatus":"AVAILABLE",
         "ExpiredTime":"2022-04-27T16:00:00.000+00:00","SessionTimeout":"15",
         "NodePool":[{"NodeInstanceType":"appstreaming.general.4c8g","NodeAmount":2},{"NodeAmount":"3"}],
         "Tags":[{"Key":"env","Value":"prod","Scope":"Custom"}],"ResourceTags":[{"Key":"x","Value":"y"}]},
        {"AppInstanceGroupId":"aig-2","ChargeType":"Yearly","Status":"SLEEPING",
         "ExpiredTime":"soon","AppInstanceType":"old.type","NodePool":null}]}
      """, headers: [Parameter("Date", "Wed, 02 Jan 2030 03:04:05 GMT")])
    guard case .success(.groups(let page)) = reply.result else {
      Issue.record("\(reply)")
      return
    }
    #expect(reply.serverTime == capturedDate)
    #expect(reply.requestID == "R-1")
    #expect(page.page == 2 && page.total == 102)
    #expect(
      page.groups[0]
        == DeliveryGroup(
          id: "aig-1", name: "办公A", region: "cn-hangzhou",
          instanceType: "appstreaming.general.4c8g", nodeAmount: 5,
          expiry: Instant(1_651_075_200), expiryText: "2022-04-27T16:00:00.000+00:00",
          tags: ["env": "prod", "x": "y"]))
    #expect(page.groups[1].status.text == "SLEEPING" && page.groups[1].status.known == nil)
    #expect(page.groups[1].chargeType.known == nil)
    #expect(page.groups[1].expiry == nil && page.groups[1].expiryText == "soon")
    #expect(page.groups[1].instanceType == "old.type")
  }

  @Test(arguments: [
    #"{"AppInstanceGroupModels":[{"AppInstanceGroupName":"x"}],"TotalCount":1}"#,
    #"{"AppInstanceGroupModels":[]}"#, "[]", "", "<html></html>",
    #"{"AppInstanceGroupModels":[],"TotalCount":0} extra"#,
    #"{"TotalCount":0,"TotalCount":1,"AppInstanceGroupModels":[]}"#,
  ])
  func `half a page is no page`(body: String) throws {
    guard case .failure(.unreadable) = try answer(.groups(page: 1), body).result else {
      Issue.record("\(body) was read")
      return
    }
  }

  @Test func `one group comes as an object under the plural name`() throws {
    let reply = try answer(
      .group("aig-1"),
      #"{"AppInstanceGroupModels":{"AppInstanceGroupId":"aig-1","ExpiredTime":"2030-01-02T11:04:05+0800"}}"#
    )
    guard case .success(.group(let group)) = reply.result else {
      Issue.record("\(reply)")
      return
    }
    #expect(group.expiry == capturedDate)
  }

  @Test func `a price is exact or none`() throws {
    func price(_ trade: String) throws -> ReadReply {
      try answer(
        .renewalPrice("aig-1", .oneMonth),
        """
        {"Data":{"Price":{"Currency":"CNY","OriginalPrice":"1,250.00","TradePrice":\(trade),
         "Promotions":[{"PromotionId":"p1"},{"PromotionId":17}]}}}
        """)
    }
    let quote = Quote(
      price: Money(minorUnits: 100_050, currency: .cny),
      listPrice: Money(minorUnits: 125_000, currency: .cny), promotions: ["p1", "17"])
    #expect(try price(#""1000.5""#).result == .success(.renewalPrice(quote)))
    #expect(try price("1000.50").result == .success(.renewalPrice(quote)))
    for text in [#""1000.505""#, #""-1.00""#, "1e3", "null", #""""#, "true"] {
      guard case .failure(.unreadable) = try price(text).result else {
        Issue.record("\(text) was taken for a price")
        continue
      }
    }
  }

  @Test func `billing's answers are read, and its refusals in a 200`() throws {
    #expect(
      try answer(
        .balance,
        """
        {"Code":"200","Success":true,"Data":{"AvailableAmount":"10,000.00","AvailableCashAmount":"9000.00",
         "CreditAmount":"1000.00","Currency":"USD"}}
        """
      ).result
        == .success(
          .balance(
            AccountBalance(
              available: Money(minorUnits: 1_000_000, currency: .usd),
              cash: Money(minorUnits: 900_000, currency: .usd),
              credit: Money(minorUnits: 100_000, currency: .usd)))))
    #expect(
      try answer(
        .balance, #"{"Code":"NotApplicable","Success":false,"Message":"m","RequestId":"r"}"#
      )
      .result
        == .failure(
          .refused(
            CloudRefusal(code: "NotApplicable", message: "m", httpStatus: 200, requestID: "r"))))
  }

  @Test func `orders lie in an object inside an object`() throws {
    let orders = try answer(
      .renewalOrders(from: Instant(0), to: Instant(1), page: 1),
      """
      {"Code":"Success","Success":true,"Data":{"TotalCount":1,"OrderList":{"Order":[
       {"OrderId":200000000000001,"PaymentStatus":"Unpaid","CreateTime":"2030-01-02T03:04:05Z",
        "PretaxAmount":"12.00","Currency":"CNY"}]}}}
      """)
    #expect(
      orders.result
        == .success(
          .renewalOrders(
            OrderPage(
              orders: [
                OrderSummary(
                  id: "200000000000001", status: CloudWord(.unpaid), created: capturedDate,
                  amount: Money(minorUnits: 1200, currency: .cny))
              ], page: 1, total: 1))))
    for instances in [#""aig-1,aig-2""#, #""[\"aig-1\",\"aig-2\"]""#, #"["aig-1","aig-2"]"#] {
      let lines = try answer(
        .order("1"),
        """
        {"Success":true,"Data":{"OrderList":{"Order":[{"OrderId":"1","PaymentStatus":"Paid",
         "InstanceIDs":\(instances),"UsageEndTime":"2030-01-02T03:04:05Z","Operator":"someone"}]}}}
        """)
      #expect(
        lines.result
          == .success(
            .order([
              OrderLine(
                id: "1", status: CloudWord(.paid), instances: ["aig-1", "aig-2"],
                usageEnd: capturedDate, operatorName: "someone")
            ])))
    }
  }

  @Test func `native renewal is told by its word`() throws {
    let reply = try answer(
      .nativeRenewal(["aig-1"]),
      """
      {"Success":true,"Data":{"InstanceList":[
       {"InstanceID":"aig-1","RenewStatus":"AutoRenewal","EndTime":"2030-01-02T03:04:05Z"}]}}
      """)
    #expect(
      reply.result
        == .success(
          .nativeRenewal([
            NativeRenewal(instance: "aig-1", status: CloudWord(.automatic), end: capturedDate)
          ])))
  }

  @Test func `a refusal keeps its words, in either spelling, and the hint in milliseconds`() throws
  {
    for body in [
      #"{"Code":"Throttling.User","Message":"m","RequestId":"r"}"#,
      #"{"code":"Throttling.User","message":"m","requestId":"r"}"#,
    ] {
      let reply = try answer(
        .group("aig-1"), body, status: 400, headers: [Parameter("X-Acs-Retry-After", "1001")])
      #expect(
        reply.result
          == .failure(
            .refused(
              CloudRefusal(
                code: "Throttling.User", message: "m", httpStatus: 400, requestID: "r",
                retryAfter: .seconds(2)))))
    }
  }

  @Test func `other bodies are told apart by status`() throws {
    let xml = "<?xml version='1.0'?><Error><Code>Forbidden</Code></Error>"
    #expect(
      try answer(.balance, xml, status: 403).result
        == .failure(.unreadable("status 403 with a body that is no JSON object")))
    #expect(
      try answer(.balance, "<html>", status: 503).result
        == .failure(.refused(CloudRefusal(code: "", httpStatus: 503))))
    #expect(
      try answer(.balance, "{}", status: 302).result
        == .failure(.unreadable("status 302 is no answer that the reference knows")))
  }

  @Test func `no connection is unreachable, and has no time`() throws {
    let client = try AppStreamingClient.forTest(FakeTransport(.failure(.notSent("refused"))))
    #expect(
      try client.answer(.balance) == ReadReply(.failure(.unreachable("refused")), serverTime: nil))
  }

  @Test func `a session that ended early is renewed once, not twice`() throws {
    let expired = HTTPResponse.json(#"{"Code":"InvalidSecurityToken.Expired"}"#, status: 403)
    let reader = FixedCredentials()
    let transport = FakeTransport(.success(expired))
    let reply = try AppStreamingClient.forTest(transport, reader: reader).answer(.balance)
    #expect(transport.requests.count == 2)
    #expect(reader.renewals == 1)
    guard case .failure(.refused(let refusal)) = reply.result else {
      Issue.record("\(reply)")
      return
    }
    #expect(refusal.code == "InvalidSecurityToken.Expired")
  }
}

@Suite struct `Answers to payments` {
  func reply(_ body: String, status: Int = 200) -> PaymentReply {
    PaymentReply(.success(.json(body, status: status)))
  }

  @Test func `code and order id are both reported, judged by nobody here`() {
    let reply = reply(
      #"{"Code":"InvalidParameter.ProductType","OrderId":"123456789012345","Message":"m","RequestId":"r"}"#
    )
    #expect(reply.isReadable)
    #expect(reply.delivery == .answered(status: 200))
    #expect(reply.code == "InvalidParameter.ProductType")
    #expect(reply.orderID == "123456789012345")
    #expect(reply.requestID == "r" && reply.message == "m")
  }

  @Test func `an order id may come as a number or be empty`() {
    #expect(reply(#"{"OrderId":123456789012345678}"#).orderID == "123456789012345678")
    #expect(reply(#"{"OrderId":""}"#).orderID == nil)
    #expect(reply(#"{"OrderId":null}"#).isReadable)
    #expect(!reply(#"{"OrderId":["1"]}"#).isReadable)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "<html>", #"{"OrderId":"1","OrderId":"2"}"#,
    #"{"OrderId":"1","\u004frderId":"2"}"#, #"{"OrderId":"1"}{"#, #"{"OrderId":"1",}"#,
    #"{"OrderId":"\ud800"}"#, #"{"OrderId":01}"#, "{\"OrderId\":\"a\nb\"}",
    String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33),
  ])
  func `what two readers could read differently is not readable`(body: String) {
    let reply = reply(body)
    #expect(!reply.isReadable)
    #expect(reply.delivery == .answered(status: 200))
    #expect(reply.orderID == nil)
  }

  @Test func `bad UTF-8 is not readable`() {
    let body = Array(#"{"OrderId":"1","Message":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
    #expect(!PaymentReply(.success(HTTPResponse(status: 200, body: body))).isReadable)
  }

  @Test func `what the transport knows is passed on`() {
    #expect(PaymentReply(.failure(.notSent("x"))).delivery == .notSent("x"))
    #expect(PaymentReply(.failure(.interrupted("x"))).delivery == .interrupted("x"))
  }
}
