import CloudSigning
import RenewalCore
import SandboxCloud
import Synchronization
import Testing

@testable import AppStreaming

/// This client against the sandbox, which verifies signatures, dates, nonces
/// and parameters by its own reading of the same rules.
@Suite struct `The client and the sandbox` {
  let server: SandboxServer
  let transport: CurlTransport

  init() throws {
    server = SandboxServer()
    _ = try server.start()
    transport = try CurlTransport()
  }

  struct Key: CredentialsProvider {
    let name = "test"
    var id = "testAccessKeyId"
    var secret = "testAccessKeySecret"

    func key(at now: Instant) throws(CredentialsError) -> AccessKey {
      guard let secret = AccessKeySecret(secret) else { throw .absent("no secret") }
      return AccessKey(id: id, secret: secret)
    }
  }

  func nonce() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

  func client(key: any CredentialsProvider = Key(), late: Span = .zero) throws -> AppStreamingClient
  {
    let endpoint = try Endpoint(server.endpoint)
    return AppStreamingClient(
      endpoints: .init(appStreaming: endpoint, billing: endpoint, tokens: endpoint), reader: key,
      payer: key, transport: transport, version: "0.1",
      now: { [server] in Instant(Int64(server.now.seconds)) - late },
      nonce: { String(UInt64.random(in: .min ... .max), radix: 16) }, deliver: { $0() })
  }

  func answer(_ client: AppStreamingClient, _ read: CloudRead) async -> ReadReply {
    await withCheckedContinuation { continuation in
      client.read(read) { continuation.resume(returning: $0) }
    }
  }

  func answer<Answer>(
    _ client: AppStreamingClient, _ question: CloudQuestion<Answer>
  ) async -> CloudResult<Answer> {
    await withCheckedContinuation { continuation in
      client.ask(question) { continuation.resume(returning: $0) }
    }
  }

  /// Signs and sends one renewal of a group that may be renewed.
  func pay(_ client: AppStreamingClient, deadline: Span = .seconds(20)) async throws -> PaymentReply
  {
    let request = RenewalRequest(group: try renewable(), period: .oneMonth)
    let payment = try client.sign(
      request, nonce: nonce(), date: Instant(Int64(server.now.seconds)))
    return await withCheckedContinuation { continuation in
      client.send(payment, deadline: deadline) { continuation.resume(returning: $0) }
    }
  }

  func renewable() throws -> GroupID {
    let group = try #require(
      server.groups.first { group in
        group.chargeType == .prePaid && group.expiry.map { $0 > server.now } == true
      })
    return GroupID(group.id)
  }

  @Test func `a renewal is listed, priced, paid, and found in the books`() async throws {
    let client = try client()
    let id = try renewable()
    let listed = try await answer(client, .groups(page: 1)).result.get()
    guard case .groups(let page) = listed, page.total == 12, page.groups.count == 12,
      let before = page.groups.first(where: { $0.id == id })?.expiry
    else {
      Issue.record("\(listed)")
      return
    }
    let priced = try await answer(client, .renewalPrice(id, .oneMonth)).result.get()
    guard case .renewalPrice(let quote) = priced else { return }

    let reply = try await pay(client)
    let order = try #require(reply.orderID)
    #expect(reply.delivery == .answered(status: 200) && reply.code.isEmpty && reply.isReadable)
    #expect(reply.serverTime != nil && !reply.requestID.isEmpty)

    guard case .group(let after) = try await answer(client, .group(id)).result.get() else { return }
    #expect(after.expiry == BillingPeriod.oneMonth.forecast(from: before))
    guard case .order(let lines) = try await answer(client, .order(order)).result.get() else {
      return
    }
    #expect(lines.map(\.amount) == [quote.price] && lines[0].instances == [id.text])
    #expect(lines[0].status.known == .paid)
    let now = Instant(Int64(server.now.seconds))
    let window = CloudRead.renewalOrders(from: now - .hours(1), to: now + .hours(1), page: 1)
    guard case .renewalOrders(let orders) = try await answer(client, window).result.get() else {
      return
    }
    #expect(orders.orders.map(\.id) == [order])
    guard case .balance(let balance) = try await answer(client, .balance).result.get() else {
      return
    }
    #expect(balance.available.minorUnits == 100_000_00 - quote.price.minorUnits)
    guard
      case .nativeRenewal(let native) = try await answer(client, .nativeRenewal([id])).result.get()
    else { return }
    #expect(native.map(\.status.known) == [.manual])
  }

  @Test func `each odd answer to a payment is told as it is, and asked for once`() async throws {
    let client = try client()
    typealias Expected = (PaymentReply) -> Bool
    func interrupted(_ reply: PaymentReply) -> Bool {
      if case .interrupted = reply.delivery { true } else { false }
    }
    let faults: [(SandboxFault.Kind, SandboxFault.Effect?, Expected)] = [
      (.hang, .done, { interrupted($0) }), (.cut, SandboxFault.Effect.none, { interrupted($0) }),
      (.cut, .done, { interrupted($0) }), (.reset, .done, { interrupted($0) }),
      (.short, nil, { interrupted($0) }), (.huge, nil, { interrupted($0) }),
      (.status, .done, { $0.delivery == .answered(status: 503) && $0.isReadable }),
      (.html, nil, { $0.delivery == .answered(status: 503) && !$0.isReadable }),
      (.empty, nil, { $0.delivery == .answered(status: 503) && !$0.isReadable }),
      (.truncated, nil, { $0.delivery == .answered(status: 200) && !$0.isReadable }),
      (.redirect, nil, { $0.delivery == .answered(status: 302) }),
      (.code, nil, { $0.code == "SYSTEM.CONCURRENT_OPERATE" && $0.orderID == nil }),
      (.codeWithOrder, nil, { $0.code == "InvalidParameter.ProductType" && $0.orderID != nil }),
      (.throttle, nil, { $0.code == "Throttling.User" && $0.retryAfter == .seconds(1) }),
    ]
    for (kind, effect, isExpected) in faults {
      server.inject(SandboxFault(kind, operation: "RenewAppInstanceGroup", effect: effect))
      let sent = server.requests.count
      let ordered = server.orders.count
      let reply = try await pay(client, deadline: .seconds(kind == .hang ? 1 : 20))
      #expect(isExpected(reply), "\(kind): \(reply)")
      #expect(server.requests.count == sent + 1, "\(kind)")
      #expect(server.orders.count <= ordered + 1, "\(kind)")
    }
  }

  @Test func `each odd answer to a read is a fault, never a smaller fleet`() async throws {
    let client = try client()
    for kind in [SandboxFault.Kind.cut, .html, .truncated, .short, .code, .redirect, .throttle] {
      // A cut read is sent again by the library, on another connection.
      server.inject(SandboxFault(kind, operation: "ListAppInstanceGroup", count: 2))
      let reply = await answer(client, .groups(page: 1))
      guard case .failure = reply.result else {
        Issue.record("\(kind): \(reply)")
        return
      }
      server.clearFaults()
    }
    var missing = SandboxFault(.missingField, operation: "ListAppInstanceGroup")
    missing.field = "TotalCount"
    server.inject(missing)
    guard case .failure(.unreadable) = await answer(client, .groups(page: 1)).result else {
      Issue.record("a page without its total was taken")
      return
    }
  }

  @Test func `wrong keys, old dates and repeated bytes get their documented codes`() async throws {
    func code(_ client: AppStreamingClient) async -> String {
      guard case .failure(.refused(let refusal)) = await answer(client, .balance).result else {
        return ""
      }
      return refusal.code
    }
    #expect(try await code(client(key: Key(secret: "wrong"))) == "SignatureDoesNotMatch")
    #expect(try await code(client(key: Key(id: "nobody"))) == "InvalidAccessKeyId.NotFound")
    #expect(try await code(client(late: .minutes(16))) == "InvalidTimeStamp.Expired")

    let client = try client()
    let payment = try client.sign(
      RenewalRequest(group: try renewable(), period: .oneMonth), nonce: nonce(),
      date: Instant(Int64(server.now.seconds)))
    var codes: [String] = []
    for _ in 1...2 {
      let reply = await withCheckedContinuation { continuation in
        client.send(payment, deadline: .seconds(20)) { continuation.resume(returning: $0) }
      }
      codes.append(reply.code)
    }
    #expect(codes == ["", "SignatureNonceUsed"])
    #expect(server.orders.count == 1)
  }

  @Test func `a group with every kind of setting is ordered and appears`() async throws {
    let client = try client()
    let today = Instant(Int64(server.now.seconds)).civil(offset: .hours(8)).date
    func day(_ offset: Int) -> SettingValue {
      let date = CivilDate(daysSinceEpoch: today.daysSinceEpoch + offset)
      return .text(
        "\(Instant(Int64(date.daysSinceEpoch) * 86400).description.prefix { $0 != "T" })")
    }
    let period: [String: SettingValue] = [
      "start_time": .text("09:00"), "end_time": .text("12:00"), "amount": .integer(2),
    ]
    let creation = try GroupCreation(
      checking: [
        "app_center_image_id": .text("img-1"), "app_instance_group_name": .text("课堂 +1"),
        "biz_region_id": .text("cn-hangzhou"), "charge_type": .text("PostPaid"),
        "period": .integer(1), "period_unit": .text("Month"), "session_timeout": .integer(-1),
        "users": .list([.text("alice"), .text("bob 李")]),
        "user_info": .table(["type": .text("Simple")]),
        "user_group_ids": .list([.text("ug-1")]),
        "node_pool": .table([
          "node_instance_type": .text("appstreaming.general.4c8g"), "node_capacity": .integer(2),
          "strategy_type": .text("NODE_SCALING_BY_SCHEDULE"), "warm_up": .boolean(true),
          "strategy_enable_date": day(1), "strategy_disable_date": day(30),
          "recurrence_schedules": .list([
            .table([
              "recurrence_type": .text("weekly"), "recurrence_values": .list([.integer(1)]),
              "timer_periods": .list([.table(period)]),
            ])
          ]),
        ]),
        "video_policy": .table([
          "frame_rate": .integer(60), "webrtc": .boolean(true), "streaming_mode": .text("video"),
          "terminal_resolution_adaptive": .boolean(false),
          "session_resolution_width": .integer(1920), "session_resolution_height": .integer(1080),
        ]),
        "runtime_policy": .table([
          "session_pre_open": .boolean(false), "session_user_generation_mode": .text("wyid"),
        ]),
        "security_policy": .table(["reset_after_unbind": .boolean(true)]),
        "user_define_policy": .table(["custom_config": .text(#"[{"target":"a b"}]"#)]),
      ], today: today)
    let signed = try client.sign(
      creation, nonce: nonce(), date: Instant(Int64(server.now.seconds)))
    let reply = await withCheckedContinuation { continuation in
      client.send(signed, deadline: .seconds(20)) { continuation.resume(returning: $0) }
    }
    let group = try #require(reply.newGroup, "\(reply)")
    #expect(reply.orderID != nil)
    var filter = GroupFilter()
    filter.nameFragment = "课堂 +"
    let found = try await answer(client, CloudQuestion<GroupPage>.groups(filter, page: 1)).result
      .get()
    #expect(found.groups.map(\.id) == [group])
  }

  @Test func `a role is taken on, and its session signs`() async throws {
    let tokens = TokenService(
      transport: transport, endpoint: try Endpoint(server.endpoint),
      nonce: { String(UInt64.random(in: .min ... .max), radix: 16) })
    let session = tokens.assuming(
      TokenService.Role(arn: "acs:ram::1234567890123456:role/renewer"), from: Key())
    let client = try client(key: session)
    let identity = try await answer(client, .callerIdentity).result.get()
    #expect(!identity.account.isEmpty)
    guard case .success = await answer(client, .balance).result else {
      Issue.record("the session cannot read")
      return
    }
    #expect(try await pay(client).orderID != nil)
  }

  @Test func `what is on sale can be asked for`() async throws {
    let client = try client()
    let types = try await answer(client, .instanceTypes()).result.get()
    #expect(types.contains { $0.id == "appstreaming.general.4c8g" && $0.maximumCapacity != nil })
    #expect(try await answer(client, .regions).result.get().contains("cn-hangzhou"))
    let order = GroupOrder(
      region: "cn-hangzhou", instanceType: "appstreaming.general.4c8g", amount: 2,
      chargeType: .prePaid, period: .oneMonth)
    let quote = try await answer(client, .price(of: order)).result.get()
    #expect(quote.price.minorUnits > 0 && quote.price.currency == .cny)
  }
}
