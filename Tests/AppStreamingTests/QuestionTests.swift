import RenewalCore
import Testing

@testable import AppStreaming

@Suite struct `Questions beside the daemon's round` {
  @Test func `a price of a new group lies in its model`() throws {
    let order = GroupOrder(
      region: "cn-hangzhou", instanceType: "t", amount: 2, chargeType: .prePaid, period: .oneMonth)
    let client = try AppStreamingClient.forTest(
      FakeTransport(
        .success(
          .json(
            #"{"PriceModel":{"Price":{"Currency":"CNY","TradePrice":"10.00","OriginalPrice":"12.00"}}}"#
          )), .success(.json(#"{"Code":"InvalidParameter.X","Message":"m","RequestId":"r"}"#))))
    #expect(
      try client.answer(.price(of: order))
        == .success(
          Quote(
            price: Money(minorUnits: 1000, currency: .cny),
            listPrice: Money(minorUnits: 1200, currency: .cny))))
    guard case .failure(.refused(let refusal)) = try client.answer(.price(of: order)) else {
      Issue.record("a code in a 200 was taken for a price")
      return
    }
    #expect(refusal.code == "InvalidParameter.X")
  }

  @Test func `types and regions are read as they come`() throws {
    let types = try AppStreamingClient.forTest(
      FakeTransport(
        json: """
          {"NodeInstanceTypeModels":[{"NodeInstanceType":"a.b","NodeTypeName":"A","Cpu":"4","Gpu":"0.5",
           "Memory":"8192","MaxCapacity":10,"NodeInstanceTypeFamily":"f","GpuMemory":4096}]}
          """)
    ).answer(.instanceTypes(region: "cn-hangzhou")).get()
    #expect(types.count == 1)
    #expect(types[0].id == "a.b" && types[0].gpu == "0.5" && types[0].memoryMegabytes == 8192)
    #expect(types[0].maximumCapacity == 10)
    let regions = try AppStreamingClient.forTest(
      FakeTransport(json: #"{"RegionModels":[{"regionId":"cn-hangzhou"},{"RegionId":"x"},{}]}"#)
    ).answer(.regions).get()
    #expect(regions == ["cn-hangzhou", "x"])
  }

  @Test func `an identity is asked of either key`() throws {
    let reader = FixedCredentials()
    let payer = FixedCredentials()
    let json = #"{"AccountId":123456,"Arn":"acs:ram::123456:user/x","IdentityType":"RAMUser"}"#
    let transport = FakeTransport(json: json)
    let client = try AppStreamingClient.forTest(transport, reader: reader, payer: payer)
    let identity = CallerIdentity(
      account: "123456", arn: "acs:ram::123456:user/x", kind: "RAMUser")
    #expect(try client.answer(.callerIdentity) == .success(identity))
    #expect(reader.loads == 1 && payer.loads == 0)
    #expect(try client.answer(.callerIdentity, as: .payer) == .success(identity))
    #expect(reader.loads == 1 && payer.loads == 1)
  }

  @Test func `what a key was let do is kept by role, and a fault of the cloud's says nothing`()
    throws
  {
    let denied = HTTPResponse.json(#"{"Code":"Forbidden.RAM","Message":"no"}"#, status: 403)
    let down = HTTPResponse.json(#"{"Code":"InternalError"}"#, status: 500)
    let inside = HTTPResponse.json(#"{"Success":false,"Code":"NoPermission"}"#)
    let client = try AppStreamingClient.forTest(
      FakeTransport(.success(.json("{}")), .success(denied), .success(down), .success(inside)))
    for read in [CloudRead.groups(page: 1), .balance, .balance, .order("1")] {
      _ = try client.answer(read)
    }
    #expect(
      client.permissions(of: .reader) == [
        .listAppInstanceGroup: .granted, .queryAccountBalance: .denied("Forbidden.RAM"),
        .getOrderDetail: .denied("NoPermission"),
      ])
    #expect(client.permissions(of: .payer) == [:])
  }

  @Test func `withdrawing an order is the payer's, sent once and never repeated`() throws {
    let payer = FixedCredentials()
    let stale = HTTPResponse.json(#"{"Code":"InvalidSecurityToken.Expired"}"#, status: 403)
    let transport = FakeTransport(.success(stale))
    let client = try AppStreamingClient.forTest(transport, payer: payer)
    _ = try client.answer(.cancel("1"))
    #expect(transport.requests.map(\.transmission) == [.once])
    #expect(payer.loads == 1)
    let nobody = try AppStreamingClient.forTest(transport, payer: nil)
    guard case .failure(.noCredentials) = try nobody.answer(.cancel("1")) else {
      Issue.record("an order was withdrawn without a payer")
      return
    }
    #expect(transport.requests.count == 1)
  }
}
