import CloudSigning
import RenewalCore
import Synchronization
import Testing

@testable import AppStreaming

@Suite struct `A session` {
  /// Hands out sessions on demand, or keeps those who ask waiting.
  final class Source: Sendable {
    typealias Session = SessionCredentials.Session
    struct State {
      var fetches = 0
      var waiting: [SessionCredentials.Completion<Session>] = []
    }
    let state = Mutex(State())

    var fetches: Int { state.withLock { $0.fetches } }

    func provider() -> SessionCredentials {
      SessionCredentials(name: "test") { [self] _, completion in
        state.withLock {
          $0.fetches += 1
          $0.waiting.append(completion)
        }
      }
    }

    func give(_ id: String, until end: Instant) throws {
      let secret = try #require(AccessKeySecret("s"))
      answer(.success(Session(key: AccessKey(id: id, secret: secret), end: end)))
    }

    func answer(_ result: Result<Session, CredentialsError>) {
      let waiting = state.withLock { state in
        defer { state.waiting = [] }
        return state.waiting
      }
      for completion in waiting { completion(result) }
    }
  }

  let source = Source()
  let start = Instant(1_000_000)

  func outcomes(
    of provider: SessionCredentials, at now: Instant, renewing: Bool = false
  ) -> Outcomes {
    let outcomes = Outcomes()
    provider.refresh(at: now, renewing: renewing) { result in
      outcomes.append((try? result.get()) != nil)
    }
    return outcomes
  }

  @Test func `there is no key before the first fetch, and many askers cause one`() throws {
    let provider = source.provider()
    #expect(throws: CredentialsError.self) { try provider.key(at: start) }
    let askers = (0..<3).map { _ in outcomes(of: provider, at: start) }
    #expect(source.fetches == 1)
    #expect(askers.allSatisfy { $0.values.isEmpty })
    try source.give("A", until: start + .hours(1))
    #expect(askers.allSatisfy { $0.values == [true] })
    #expect(try provider.key(at: start).id == "A")
  }

  @Test func `it is fetched anew a quarter of an hour before its end`() throws {
    let provider = source.provider()
    _ = outcomes(of: provider, at: start)
    try source.give("A", until: start + .hours(1))
    #expect(outcomes(of: provider, at: start + .seconds(2699)).values == [true])
    #expect(source.fetches == 1)
    _ = outcomes(of: provider, at: start + .seconds(2700))
    #expect(source.fetches == 2)
  }

  @Test func `its end is told, through a chain as well`() throws {
    let provider = source.provider()
    let chain = CredentialsChain([provider])
    #expect(chain.end(at: start) == nil)
    chain.refresh(at: start, renewing: false) { _ in }
    try source.give("a", until: start + .hours(1))
    #expect(chain.end(at: start) == start + .hours(1))
    #expect(provider.end(at: start + .hours(1)) == nil)
  }

  @Test func `a short session is not too old from the start`() throws {
    let provider = source.provider()
    _ = outcomes(of: provider, at: start)
    try source.give("A", until: start + .minutes(15))
    _ = outcomes(of: provider, at: start + .seconds(599))
    #expect(source.fetches == 1)
    _ = outcomes(of: provider, at: start + .seconds(600))
    #expect(source.fetches == 2)
  }

  @Test func `a fetch that fails keeps the old key while it is valid, and pauses`() throws {
    let provider = source.provider()
    _ = outcomes(of: provider, at: start)
    try source.give("A", until: start + .hours(1))
    let late = start + .minutes(50)
    let asker = outcomes(of: provider, at: late)
    source.answer(.failure(.unavailable("down")))
    #expect(asker.values == [true])
    #expect(try provider.key(at: late).id == "A")
    _ = outcomes(of: provider, at: late + .seconds(59))
    #expect(source.fetches == 2)
    _ = outcomes(of: provider, at: late + .seconds(60))
    #expect(source.fetches == 3)

    let over = start + .hours(1)
    source.answer(.failure(.unavailable("still down")))
    #expect(throws: CredentialsError.unavailable("still down")) { try provider.key(at: over) }
    let last = outcomes(of: provider, at: over)
    source.answer(.failure(.unavailable("still down")))
    #expect(last.values == [false])
  }

  @Test func `an answer that is over already is no session`() throws {
    let provider = source.provider()
    let asker = outcomes(of: provider, at: start)
    try source.give("A", until: start)
    #expect(asker.values == [false])
    #expect(throws: CredentialsError.self) { try provider.key(at: start) }
  }

  @Test func `a refused key is renewed, but not one that is brand new`() throws {
    let provider = source.provider()
    _ = outcomes(of: provider, at: start)
    try source.give("A", until: start + .hours(1))
    _ = outcomes(of: provider, at: start + .seconds(59), renewing: true)
    #expect(source.fetches == 1)
    _ = outcomes(of: provider, at: start + .seconds(60), renewing: true)
    #expect(source.fetches == 2)
  }
}

/// How the refreshes that were asked for ended, so far.
final class Outcomes: Sendable {
  private let list = Mutex<[Bool]>([])
  func append(_ value: Bool) { list.withLock { $0.append(value) } }
  var values: [Bool] { list.withLock { $0 } }
}

@Suite struct `Requests for sessions` {
  let answer = HTTPResponse.json(
    """
    {"RequestId":"r","Credentials":{"AccessKeyId":"STS.X","AccessKeySecret":"xs","SecurityToken":"xt",
     "Expiration":"2030-01-02T04:04:05Z"},"AssumedRoleUser":{}}
    """)
  let metadata = HTTPResponse.json(
    """
    {"Code":"Success","AccessKeyId":"STS.M","AccessKeySecret":"ms","SecurityToken":"mt",
     "Expiration":"2030-01-02T09:04:05Z","LastUpdated":"2030-01-02T03:04:05Z"}
    """)

  func tokens(_ transport: FakeTransport) throws -> TokenService {
    TokenService(
      transport: transport, endpoint: try Endpoint("http://127.0.0.1:18080"),
      nonce: { "00000000-0000-0000-0000-000000000001" })
  }

  func role() -> TokenService.Role {
    var role = TokenService.Role(arn: "acs:ram::123456789012:role/renewer")
    role.sessionName = "renewal"
    return role
  }

  func key(of provider: any CredentialsProvider) throws -> AccessKey {
    let result = Mutex<Result<Void, CredentialsError>?>(nil)
    provider.refresh(at: capturedDate, renewing: false) { outcome in
      result.withLock { $0 = outcome }
    }
    try #require(result.withLock { $0 }).get()
    return try provider.key(at: capturedDate)
  }

  @Test func `a role is asked for as by the vendor's provider, signature included`() throws {
    let transport = FakeTransport(.success(answer))
    let key = try key(of: tokens(transport).assuming(role(), from: FixedCredentials()))
    #expect(key.id == "STS.X" && key.secretText == "xs" && key.tokenText == "xt")
    let captured = try CapturedRequest.named("Credentials/AssumeRole")
    #expect(SentParameters(transport.requests[0]) == captured.parameters)
    #expect(transport.requests[0].method.rawValue == captured.method)

    var chained = role()
    chained.seconds = 900
    chained.policy = #"{"Version":"1"}"#
    chained.externalID = "ext-1"
    let request = try tokens(transport).assumeRole(
      chained, by: FixedCredentials(token: "testSecurityToken").key(at: capturedDate),
      at: capturedDate)
    #expect(
      SentParameters(request)
        == (try CapturedRequest.named("Credentials/AssumeRole-chained")).parameters)
  }

  @Test func `an identity token is read anew and travels in the body`() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("eyJ.fake.token\n", to: "token")
    let transport = FakeTransport(.success(answer))
    let provider = try tokens(transport).assuming(
      role(), providerARN: "acs:ram::123456789012:oidc-provider/ack", tokenFile: file)
    #expect(try key(of: provider).id == "STS.X")
    let request = transport.requests[0]
    let sent = SentParameters(request)
    let captured = try CapturedRequest.named("Credentials/AssumeRoleWithOIDC")
    #expect(sent.query.merging(sent.form) { first, _ in first } == captured.parameters.query)
    #expect(!request.target.contains("eyJ"))
    #expect(sent.form["OIDCToken"] == "eyJ.fake.token")
  }

  @Test func `a refusal of the token service names its code`() throws {
    let refusal = HTTPResponse.json(#"{"Code":"NoPermission","RequestId":"r9"}"#, status: 403)
    let provider = try tokens(FakeTransport(.success(refusal)))
      .assuming(role(), from: FixedCredentials())
    #expect(
      throws: CredentialsError.unavailable("AssumeRole was refused: NoPermission, request r9")
    ) { try key(of: provider) }
  }

  @Test func `the metadata service is asked in its guarded form, a token a read`() throws {
    let token = HTTPResponse.json("testMetadataToken")
    let transport = FakeTransport(
      .success(token), .success(.json("renewal-role")), .success(token), .success(metadata))
    let provider = ServedCredentials.instanceRole("", isExpected: true, transport: transport)
    #expect(try key(of: provider).id == "STS.M")
    for (index, request) in transport.requests.enumerated() {
      let captured = try CapturedRequest.named("Credentials/EcsMetadata/\(index + 1)")
      #expect(request.method.rawValue == captured.method)
      #expect(request.target == captured.path)
      #expect(request.endpoint == .metadata)
      let headers = HTTPResponse(status: 0, headers: request.headers)
      for name in ["x-aliyun-ecs-metadata-token", "x-aliyun-ecs-metadata-token-ttl-seconds"] {
        #expect(headers.header(name) == captured.header(name))
      }
    }
    let named = FakeTransport(.success(token), .success(metadata))
    _ = try key(
      of: ServedCredentials.instanceRole("renewal-role", isExpected: true, transport: named))
    #expect(named.requests.map(\.target).last?.hasSuffix("/renewal-role") == true)
  }

  @Test func `silence of the metadata service means another machine, unless it was named`() throws {
    for isExpected in [true, false] {
      let provider = ServedCredentials.instanceRole(
        "", isExpected: isExpected, transport: FakeTransport(.failure(.notSent("x"))))
      let error = #expect(throws: CredentialsError.self) { try key(of: provider) }
      if case .absent = error { #expect(!isExpected) } else { #expect(isExpected) }
    }
  }

  @Test func `a credentials URI keeps its path and query`() throws {
    let transport = FakeTransport(.success(metadata))
    let provider = try ServedCredentials.uri("http://localhost/uri/creds?x=1", transport: transport)
    #expect(try key(of: provider).id == "STS.M")
    #expect(transport.requests[0].target == "/uri/creds?x=1")
    #expect(throws: EndpointError.plainHTTP) {
      try ServedCredentials.uri("http://example.com/x", transport: transport)
    }
    let noCode = HTTPResponse.json(
      String(decoding: metadata.body, as: UTF8.self).replacing(#""Code":"Success","#, with: ""))
    let broken = try ServedCredentials.uri(
      "http://localhost", transport: FakeTransport(.success(noCode)))
    #expect(throws: CredentialsError.self) { try key(of: broken) }
  }
}
