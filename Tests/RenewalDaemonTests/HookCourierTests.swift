import AppStreaming
import CloudSigning
import Configuration
import Dispatch
import Foundation
import InventoryStore
import RenewalCore
import Synchronization
import Testing

@testable import RenewalDaemon

/// A ledger in memory, another side that answers by a script, and a clock that
/// only moves when a wait is let go.
private final class Post: HTTPTransport, @unchecked Sendable {
  private struct State {
    var rows: [LedgerRow] = []
    var requests: [HTTPRequest] = []
    var answers: [Result<HTTPResponse, HTTPFailure>] = []
    var arrived: [Int64] = []
    var givenUp = 0
    var outcomes: [HookOutcome] = []
    var waits: [(Span, @Sendable () -> Void)] = []
  }
  private let state = Mutex(State())

  func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation {
    let answer = state.withLock { state in
      state.requests.append(request)
      return state.answers.isEmpty
        ? .success(HTTPResponse(status: 200)) : state.answers.removeFirst()
    }
    completion(answer)
    return HTTPCancellation()
  }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }
  var arrived: [Int64] { state.withLock { $0.arrived } }
  var givenUp: Int { state.withLock { $0.givenUp } }
  var waits: [Span] { state.withLock { $0.waits.map(\.0) } }

  func answer(_ answers: Result<HTTPResponse, HTTPFailure>...) {
    state.withLock { $0.answers += answers }
  }

  func record(_ entries: LedgerEntry...) {
    state.withLock { state in
      for entry in entries {
        state.rows.append(LedgerRow(sequence: Int64(state.rows.count + 1), entry: entry))
      }
    }
  }

  func courier(
    _ kind: WebhookConfiguration.Kind = .generic, secret: String? = nil, after position: Int64 = 0,
    severity: WebhookConfiguration.Severity = .warning
  ) throws -> HookCourier {
    HookCourier(
      WebhookConfiguration(
        name: "ops", kind: kind, address: .credential("ops"), severity: severity),
      url: try SecretURL("https://hooks.example/in?token=hidden"),
      secret: secret.flatMap { AccessKeySecret($0) }, host: "pay-1", position: position,
      transport: self,
      errands: HookCourier.Errands(
        rows: { [self] after, reply in
          reply(state.withLock { Array($0.rows.filter { $0.sequence > after }.prefix(50)) })
        },
        arrived: { [self] row in state.withLock { $0.arrived.append(row) } },
        ended: { [self] outcome, isGivenUp in
          state.withLock {
            $0.outcomes.append(outcome)
            if isGivenUp { $0.givenUp += 1 }
          }
        },
        later: { [self] span, body in state.withLock { $0.waits.append((span, body)) } },
        now: { Instant(1_800_000_000) }))
  }

  /// Lets the courier do all that it can do by itself.
  func settle(_ courier: HookCourier) {
    for _ in 0..<40 { courier.finishTurn() }
  }

  func letWaitPass(_ courier: HookCourier) {
    let body = state.withLock { $0.waits.popLast()?.1 }
    body?()
    settle(courier)
  }

  func text(_ index: Int) -> String { String(decoding: requests[index].body, as: UTF8.self) }
}

private func alert(
  _ event: LedgerKind, _ kind: AlertKind, group: GroupID? = "aig-1", reason: String = "why"
) -> LedgerEntry {
  LedgerEntry(
    event, at: Instant(1_800_000_000), account: "main", group: group, subject: kind.rawValue,
    reason: reason)
}

private let down = Result<HTTPResponse, HTTPFailure>.failure(.notSent("refused"))

@Suite struct `A webhook` {
  @Test func `is told of each alert once, in the order of the ledger`() throws {
    let post = Post()
    let courier = try post.courier()
    post.record(
      alert(.alertRaised, .stuckOrder), alert(.alertRaised, .renewalHeld),
      LedgerEntry(.started, at: Instant(0), subject: "pay", reason: "boot"),
      alert(.alertRepeated, .clock), alert(.alertRepeated, .stuckOrder),
      alert(.alertCleared, .stuckOrder))
    courier.wake()
    post.settle(courier)
    courier.wake()
    post.settle(courier)
    #expect(post.requests.count == 1)
    #expect(post.arrived == [6])
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(post.requests[0].body)) as? [String: Any])
    let events = try #require(body["events"] as? [[String: Any]])
    #expect(events.map { $0["sequence"] as? Int } == [1, 5, 6])
    #expect(events.map { $0["event"] as? String } == ["raised", "repeated", "cleared"])
    #expect(events[0]["severity"] as? String == "page")
    #expect(events[0]["remedy"] as? String == AlertKind.stuckOrder.remedy)
    #expect(body["host"] as? String == "pay-1")

    post.record(alert(.alertRaised, .clock))
    courier.wake()
    post.settle(courier)
    #expect(post.requests.count == 2)
    #expect(post.arrived == [6, 7])
  }

  @Test func `goes on where the other side was told last`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .stuckOrder), alert(.alertRaised, .clock))
    let courier = try post.courier(after: 1)
    courier.wake()
    post.settle(courier)
    #expect(post.requests.count == 1)
    #expect(!post.text(0).contains("STUCK_ORDER"))
    #expect(post.text(0).contains("CLOCK"))
  }

  @Test
  func `that does not answer is tried again after longer and longer waits, and loses nothing`()
    throws
  {
    let post = Post()
    let courier = try post.courier()
    post.record(alert(.alertRaised, .stuckOrder))
    post.answer(down, down, down, .success(HTTPResponse(status: 503)), down, down, down)
    courier.wake()
    post.settle(courier)
    var waits: [Span] = []
    while let wait = post.waits.last {
      waits.append(wait)
      post.letWaitPass(courier)
    }
    #expect(
      waits == [
        .seconds(10), .seconds(30), .minutes(1), .minutes(2), .minutes(5), .minutes(5),
        .minutes(5),
      ])
    #expect(post.requests.count == 8)
    #expect(post.arrived == [1])
    #expect(post.givenUp == 0)
    #expect(
      Set(post.requests.compactMap { $0.headers.first { $0.name == "x-renewald-delivery" }?.value })
        == ["ops-1"])
  }

  @Test func `that asks for time gets it, up to an hour`() throws {
    let post = Post()
    let courier = try post.courier()
    post.record(alert(.alertRaised, .stuckOrder))
    post.answer(
      .success(HTTPResponse(status: 429, headers: [Parameter("Retry-After", "120")])),
      .success(HTTPResponse(status: 503, headers: [Parameter("Retry-After", "999999")])))
    courier.wake()
    post.settle(courier)
    #expect(post.waits == [.seconds(120)])
    post.letWaitPass(courier)
    #expect(post.waits == [.hours(1)])
  }

  @Test func `that refuses a message eight times is told the next one instead`() throws {
    let post = Post()
    let courier = try post.courier()
    post.record(alert(.alertRaised, .stuckOrder))
    for _ in 0..<HookCourier.refusalLimit {
      post.answer(.success(HTTPResponse(status: 400)))
    }
    courier.wake()
    post.settle(courier)
    while !post.waits.isEmpty { post.letWaitPass(courier) }
    #expect(post.requests.count == HookCourier.refusalLimit)
    #expect(post.givenUp == 1)
    #expect(post.arrived == [1])
    post.record(alert(.alertRaised, .clock))
    courier.wake()
    post.settle(courier)
    #expect(post.requests.count == HookCourier.refusalLimit + 1)
  }

  @Test func `gets one message after a long silence, with the gravest told and the rest counted`()
    throws
  {
    let post = Post()
    for number in 0..<300 {
      post.record(
        alert(.alertRaised, number == 7 ? .lapsed : .clock, group: GroupID("aig-\(number)")))
    }
    let courier = try post.courier()
    courier.wake()
    post.settle(courier)
    #expect(post.requests.count == 1)
    #expect(post.arrived == [300])
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(post.requests[0].body)) as? [String: Any])
    let events = try #require(body["events"] as? [[String: Any]])
    #expect(events.count == HookMessage.limit)
    #expect(events[0]["alert"] as? String == "LAPSED")
    #expect(events.last?["sequence"] as? Int == 300)
    #expect(body["omitted"] as? Int == 290)
    #expect(body["title"] as? String == "renewald: LAPSED and 299 more")
  }

  @Test func `is told only what is grave enough for it`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .clock))
    let courier = try post.courier(severity: .page)
    courier.wake()
    post.settle(courier)
    #expect(post.requests.isEmpty)
    #expect(post.arrived.isEmpty)
  }

  // MARK: The forms

  /// With `printf '1800000000.BODY' | openssl dgst -sha256 -hmac s3cret`: the same
  /// by another program is in Tests/Monitoring.
  @Test func `signs a generic message over its time and its bytes`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .stuckOrder))
    let courier = try post.courier(secret: "s3cret")
    courier.wake()
    post.settle(courier)
    let request = try #require(post.requests.first)
    let header = request.headers.first { $0.name == "x-renewald-signature" }?.value
    let key = try #require(AccessKeySecret("s3cret"))
    let expected = MessageSignature("1800000000.\(post.text(0))", by: key).hex
    #expect(header == "t=1800000000,v1=\(expected)")
    #expect(request.target == "/in?token=hidden")
  }

  /// The signature is that of the vendor's own recipe in Python: `hmac.new(b"SECx",
  /// b"1800000000000\nSECx", sha256)`, in base64 and percent-encoded.
  @Test func `signs for DingTalk as its robots want it`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .stuckOrder, reason: "an order waits"))
    post.answer(
      .success(HTTPResponse(status: 200, body: Array(#"{"errcode":0,"errmsg":"ok"}"#.utf8))))
    let courier = try post.courier(.dingtalk, secret: "SECx")
    courier.wake()
    post.settle(courier)
    let request = try #require(post.requests.first)
    #expect(
      request.target
        == "/in?token=hidden&timestamp=1800000000000&sign=TJKCe2qLrTMZQtR%2BMC4gYOrG1X1xrzPi9vufGkFxH8I%3D"
    )
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
    #expect(body["msgtype"] as? String == "markdown")
    let markdown = try #require(body["markdown"] as? [String: String])
    #expect(markdown["title"] == "renewald: STUCK_ORDER")
    #expect(markdown["text"]?.contains("STUCK_ORDER for aig-1: an order waits. ") == true)
    #expect(post.arrived == [1])
  }

  @Test func `takes DingTalk's refusal inside an HTTP 200 for a refusal`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .stuckOrder))
    post.answer(
      .success(HTTPResponse(status: 200, body: Array(#"{"errcode":310000}"#.utf8))),
      .success(HTTPResponse(status: 200, body: Array("<html>".utf8))))
    let courier = try post.courier(.dingtalk)
    courier.wake()
    post.settle(courier)
    #expect(post.arrived.isEmpty)
    post.letWaitPass(courier)
    #expect(post.arrived.isEmpty)
  }

  @Test func `writes for Slack in its markup, in which no name can write`() throws {
    let post = Post()
    post.record(alert(.alertRaised, .stuckOrder, reason: "<!channel> & <b>"))
    let courier = try post.courier(.slack)
    courier.wake()
    post.settle(courier)
    let body = try #require(
      try JSONSerialization.jsonObject(with: Data(post.requests[0].body)) as? [String: String])
    #expect(body.keys.sorted() == ["text"])
    #expect(body["text"]?.contains("&lt;!channel&gt; &amp; &lt;b&gt;") == true)
    #expect(body["text"]?.hasPrefix("*renewald: STUCK_ORDER* (pay-1)\n") == true)
  }
}

@Suite struct `The heartbeat` {
  @Test func `calls the URL, and its fail when something is wrong`() throws {
    let transport = Beats()
    let heartbeat = Heartbeat(
      try SecretURL("https://hc.example/uuid?x=1"), transport: transport
    ) { _ in }
    heartbeat.beat(isDegraded: false)
    heartbeat.beat(isDegraded: true)
    #expect(transport.targets(2) == ["/uuid?x=1", "/uuid/fail?x=1"])
  }

  @Test func `has one call out and one waiting, and the newest wins`() throws {
    let transport = Beats(isSilent: true)
    let heartbeat = Heartbeat(try SecretURL("https://hc.example/u"), transport: transport) { _ in }
    for isDegraded in [false, true, true, false, true] { heartbeat.beat(isDegraded: isDegraded) }
    #expect(transport.targets(1) == ["/u"])
    transport.answerAll()
    #expect(transport.targets(2) == ["/u", "/u/fail"])
  }
}

private final class Beats: HTTPTransport, Sendable {
  private let isSilent: Bool
  private let state = Mutex<
    (targets: [String], open: [@Sendable (Result<HTTPResponse, HTTPFailure>) -> Void])
  >(([], []))
  private let arrived = DispatchSemaphore(value: 0)

  init(isSilent: Bool = false) { self.isSilent = isSilent }

  func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation {
    state.withLock { state in
      state.targets.append(request.target)
      if isSilent { state.open.append(completion) }
    }
    if !isSilent { completion(.success(HTTPResponse(status: 200))) }
    arrived.signal()
    return HTTPCancellation()
  }

  /// All so far, once there are so many.
  func targets(_ count: Int) -> [String] {
    while state.withLock({ $0.targets.count }) < count {
      guard arrived.wait(timeout: .now() + 20) == .success else { break }
    }
    return state.withLock { $0.targets }
  }

  func answerAll() {
    let open = state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for completion in open { completion(.success(HTTPResponse(status: 200))) }
  }
}
