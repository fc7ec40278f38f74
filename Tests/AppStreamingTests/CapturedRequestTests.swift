import CloudSigning
import RenewalCore
import Synchronization
import Testing

@testable import AppStreaming

@Suite struct `Requests beside the vendor's own client` {
  /// Sends one call as the client would and hands back what left.
  func sent(_ call: OperationCall) throws -> HTTPRequest {
    let signed = OperationRequest(
      action: call.operation.rawValue, version: call.operation.service.version,
      host: "127.0.0.1:18080", query: call.query, form: call.form
    ).signed(
      by: try FixedCredentials().key(at: capturedDate), date: capturedDate.description,
      nonce: "0123456789abcdef0123456789abcdef", userAgent: "renewald/0.1")
    return HTTPRequest(
      endpoint: try Endpoint("http://127.0.0.1:18080"), target: signed.target,
      headers: signed.headers, body: signed.body)
  }

  /// The same parameters in the same places, for the same operation, version and content type.
  func expectSame(
    _ call: OperationCall, _ name: String, leavingOut undocumented: Set<String> = [],
    adding: [String: String] = [:]
  ) throws {
    let captured = try CapturedRequest.named(name)
    let request = try sent(call)
    var expected = captured.parameters
    expected.query = expected.query.filter { !undocumented.contains($0.key) }
    expected.query.merge(adding) { $1 }
    #expect(SentParameters(request) == expected)
    #expect(request.method.rawValue == captured.method)
    #expect(request.target.hasPrefix(captured.path))
    let response = HTTPResponse(status: 0, headers: request.headers)
    for header in ["host", "x-acs-action", "x-acs-version", "x-acs-date", "accept", "content-type"]
    {
      #expect(response.header(header) == captured.header(header), "\(header)")
    }
    if request.body.isEmpty {
      #expect(
        response.header("x-acs-content-sha256") == captured.header("x-acs-content-sha256"))
    }
  }

  @Test func `renewals carry the same parameters in the query`() throws {
    let group: GroupID = "aig-test0001"
    try expectSame(
      .renew(RenewalRequest(group: group, period: .oneMonth)), "RenewAppInstanceGroup/autopay-true")
    try expectSame(
      .renew(
        RenewalRequest(
          group: group, period: .threeMonths, autoPay: false, promotionID: "17440009 *~+/")),
      "RenewAppInstanceGroup/autopay-false")
    // Left out by the vendor, and then false by default: this program always says it.
    try expectSame(
      .renew(RenewalRequest(group: group, period: .oneMonth, autoPay: false)),
      "RenewAppInstanceGroup/minimal", adding: ["AutoPay": "false"])
    try expectSame(
      .renew(RenewalRequest(group: group, period: .oneYear, promotionID: "174400091234")),
      "RenewAppInstanceGroup/all", leavingOut: ["RenewAmount", "RenewMode", "RenewNodes"])
    try expectSame(
      .renew(RenewalRequest(group: group, period: .oneWeek)), "RenewAppInstanceGroup/sts")
  }

  @Test func `no renewal names what is undocumented`() throws {
    for period in BillingPeriod.allCases {
      let call = OperationCall.renew(
        RenewalRequest(group: "aig-1", period: period, promotionID: "p"))
      #expect(
        Set(call.query.map(\.name)) == [
          "AppInstanceGroupId", "AutoPay", "Period", "PeriodUnit", "ProductType", "PromotionId",
        ])
    }
  }

  @Test func `reads of groups and prices are the same`() throws {
    let paging = ["PageNumber": "1", "PageSize": "100"]
    try expectSame(.groups(page: 1), "ListAppInstanceGroup/minimal", adding: paging)
    try expectSame(.group("aig-test0001"), "GetAppInstanceGroup")
    try expectSame(.renewalPrice("aig-test0001", .oneMonth), "GetResourceRenewPrice")
  }

  @Test func `a listing takes every documented filter, in query and form`() throws {
    var filter = GroupFilter()
    filter.imageID = "img-test0001"
    filter.id = "aig-test0001"
    filter.nameFragment = "办公"
    filter.region = "cn-hangzhou"
    filter.instanceType = "appstreaming.general.4c8g"
    filter.officeSiteID = "cn-hongkong+dir-1"
    filter.tags = ["env": "prod", "team": "a b"]
    filter.statuses = ["PUBLISHED", "EXPIRED"]
    filter.userGroups = ["ug-1"]
    filter.excludedUserGroups = ["ug-9"]
    // `RegionId` is deprecated in favour of `BizRegionId`.
    try expectSame(
      .groups(filter, page: 2), "ListAppInstanceGroup/all", leavingOut: ["RegionId"])
  }

  @Test func `reads of billing are the same`() throws {
    try expectSame(.balance(), "BSS/QueryAccountBalance")
    try expectSame(.order("200000000000001"), "BSS/GetOrderDetail")
    try expectSame(
      .orders(
        .renewal, from: Instant(1_893_456_000), to: Instant(1_893_542_400), page: 1,
        status: .unpaid,
        productCode: "exampleProduct"), "BSS/QueryOrders", leavingOut: ["SubscriptionType"])
    // Which end and product is asked for is the caller's choice, not ours.
    try expectSame(
      .nativeRenewal(["aig-test0001", "aig-test0002"]), "BSS/QueryAvailableInstances",
      leavingOut: [
        "EndTimeEnd", "EndTimeStart", "ProductCode", "RenewStatus", "SubscriptionType",
      ])
  }

  @Test func `what is asked before buying is the same`() throws {
    try expectSame(
      .price(
        of: GroupOrder(
          region: "cn-hangzhou", instanceType: "appstreaming.general.4c8g", amount: 1,
          chargeType: .prePaid, period: .oneMonth)), "GetResourcePrice")
    try expectSame(
      .instanceTypes(region: "cn-hangzhou", chargeType: nil, instanceType: nil, page: 1),
      "ListNodeInstanceType", leavingOut: ["Cpu", "Gpu", "Language", "Memory", "OsType"])
    try expectSame(.regions(), "ListRegions")
    try expectSame(.cancel("200000000000001"), "BSS/CancelOrder")
    try expectSame(.callerIdentity(), "STS/GetCallerIdentity")
  }

  @Test func `temporary credentials travel in the vendor's headers`() throws {
    let captured = try CapturedRequest.named("RenewAppInstanceGroup/sts")
    let token = try #require(captured.header("x-acs-security-token"))
    let client = try AppStreamingClient.forTest(
      FakeTransport(json: "{}"), payer: FixedCredentials(token: token))
    let payment = try client.sign(
      RenewalRequest(group: "aig-test0001", period: .oneWeek),
      nonce: String(repeating: "0", count: 32),
      date: capturedDate)
    let headers = Dictionary(
      uniqueKeysWithValues: payment.headers.map { ($0.name.lowercased(), $0.value) })
    #expect(headers["x-acs-security-token"] == token)
    #expect(headers["x-acs-accesskey-id"] == captured.header("x-acs-accesskey-id"))
    #expect(headers["authorization"]?.contains("x-acs-security-token") == true)
  }
}

@Suite struct `Payments` {
  let request = RenewalRequest(group: "aig-test0001", period: .oneMonth)
  let nonce = "fedcba9876543210fedcba9876543210"

  @Test func `signing sends nothing, and sending changes no byte`() throws {
    let transport = FakeTransport(json: #"{"OrderId":"1","RequestId":"r"}"#)
    let payer = FixedCredentials()
    let client = try AppStreamingClient.forTest(transport, payer: payer)
    let payment = try client.sign(request, nonce: nonce, date: Instant(1_893_553_000))
    #expect(transport.requests.isEmpty)
    #expect(payer.loads == 1)

    let box = Mutex<[PaymentReply]>([])
    client.send(payment, deadline: .seconds(60)) { reply in box.withLock { $0.append(reply) } }
    let sent = try #require(transport.requests.first)
    #expect(transport.requests.count == 1)
    #expect(sent.transmission == .once)
    #expect(sent.deadline == .seconds(60))
    #expect(sent.target == payment.target && sent.body.isEmpty)
    #expect(sent.headers == payment.headers.map { Parameter($0.name, $0.value) })
    let response = HTTPResponse(status: 0, headers: sent.headers)
    #expect(response.header("x-acs-date") == "2030-01-02T02:56:40Z")
    #expect(response.header("x-acs-signature-nonce") == nonce)
    // The secret is read for the signature alone.
    #expect(payer.loads == 1)
    #expect(box.withLock { $0.map(\.orderID) } == ["1"])
  }

  @Test func `the same inputs give the same bytes and hash, another nonce others`() throws {
    let client = try AppStreamingClient.forTest(FakeTransport(json: "{}"))
    let first = try client.sign(request, nonce: nonce, date: capturedDate)
    #expect(try client.sign(request, nonce: nonce, date: capturedDate) == first)
    let other = String(repeating: "1", count: 32)
    #expect(try client.sign(request, nonce: other, date: capturedDate).hash != first.hash)
    #expect(first.hash.count == 64)
  }

  @Test func `without a paying credential nothing is signed`() throws {
    let client = try AppStreamingClient.forTest(FakeTransport(json: "{}"), payer: nil)
    #expect(throws: CredentialsError.self) {
      try client.sign(request, nonce: nonce, date: capturedDate)
    }
  }

  @Test func `a payment is never repeated, whatever is answered`() throws {
    let answers: [Result<HTTPResponse, HTTPFailure>] = [
      .success(.json(#"{"Code":"InvalidSecurityToken.Expired"}"#, status: 403)),
      .success(.json(#"{"Code":"Throttling"}"#, status: 429)), .success(.json("", status: 503)),
      .failure(.notSent("refused")), .failure(.interrupted("reset")),
    ]
    for answer in answers {
      let transport = FakeTransport(answer)
      let client = try AppStreamingClient.forTest(transport)
      client.send(
        try client.sign(request, nonce: nonce, date: capturedDate), deadline: .seconds(60)
      ) { _ in }
      #expect(transport.requests.count == 1)
    }
  }

  @Test func `a stale session of the payer is renewed for the next payment`() throws {
    let payer = FixedCredentials()
    let stale = HTTPResponse.json(#"{"Code":"InvalidSecurityToken.Expired"}"#, status: 403)
    let client = try AppStreamingClient.forTest(FakeTransport(.success(stale)), payer: payer)
    let payment = try client.sign(request, nonce: nonce, date: capturedDate)
    client.send(payment, deadline: .seconds(60)) { _ in }
    #expect(payer.renewals == 1)
  }

  @Test func `a quote prepares the payer, so that signing need not wait`() throws {
    let fetches = Mutex(0)
    let payer = SessionCredentials(name: "payer") { now, completion in
      fetches.withLock { $0 += 1 }
      guard let secret = AccessKeySecret("s") else { return }
      completion(
        .success(.init(key: AccessKey(id: "STS.1", secret: secret), end: now + .hours(1))))
    }
    let client = try AppStreamingClient.forTest(FakeTransport(json: "{}"), payer: payer)
    _ = try client.answer(.group("aig-1"))
    #expect(fetches.withLock { $0 } == 0)
    _ = try client.answer(.renewalPrice("aig-1", .oneMonth))
    #expect(fetches.withLock { $0 } == 1)
    #expect(try !client.sign(request, nonce: nonce, date: capturedDate).hash.isEmpty)
  }
}
