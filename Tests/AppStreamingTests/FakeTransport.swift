import CloudSigning
import RenewalCore
import Synchronization

@testable import AppStreaming

/// Records every request and answers it from a script, at once; the last
/// answer is repeated.
final class FakeTransport: HTTPTransport {
  private struct Script {
    var requests: [HTTPRequest] = []
    var answers: [Result<HTTPResponse, HTTPFailure>]
  }
  private let script: Mutex<Script>

  init(_ answers: Result<HTTPResponse, HTTPFailure>...) {
    script = Mutex(Script(answers: answers))
  }

  /// Answers 200 with that text.
  convenience init(json: String, headers: [Parameter] = []) {
    self.init(.success(.json(json, headers: headers)))
  }

  var requests: [HTTPRequest] { script.withLock { $0.requests } }

  func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation {
    completion(
      script.withLock { script in
        script.requests.append(request)
        return script.answers.count > 1 ? script.answers.removeFirst() : script.answers[0]
      })
    return HTTPCancellation()
  }
}

extension HTTPResponse {
  static func json(_ text: String, status: Int = 200, headers: [Parameter] = []) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
  }
}

/// The vendor's fake key of the captured requests, counting its uses.
final class FixedCredentials: CredentialsProvider {
  let name = "fixed"
  private let state: Mutex<(loads: Int, refreshes: Int)> = Mutex((0, 0))
  private let token: String?

  init(token: String? = nil) { self.token = token }

  var loads: Int { state.withLock { $0.loads } }
  var renewals: Int { state.withLock { $0.refreshes } }

  func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    state.withLock { $0.loads += 1 }
    guard let secret = AccessKeySecret("testAccessKeySecret") else { throw .absent("no memory") }
    return AccessKey(
      id: "testAccessKeyId", secret: secret, securityToken: token.flatMap { AccessKeySecret($0) })
  }

  func refresh(
    at now: Instant, renewing: Bool,
    completion: @escaping @Sendable (Result<Void, CredentialsError>) -> Void
  ) {
    if renewing { state.withLock { $0.refreshes += 1 } }
    completion(.success(()))
  }
}

/// 2030-01-02T03:04:05Z, the pinned date of the captured requests.
let capturedDate = Instant(1_893_553_445)

extension AppStreamingClient {
  /// A client that answers on the spot.
  static func forTest(
    _ transport: any HTTPTransport, reader: any CredentialsProvider = FixedCredentials(),
    payer: (any CredentialsProvider)? = FixedCredentials(), port: Int = 18080,
    pacing: ReadPacing = ReadPacing(now: { .zero }, after: { _, call in call() })
  ) throws -> AppStreamingClient {
    let endpoint = try Endpoint("http://127.0.0.1:\(port)")
    return AppStreamingClient(
      endpoints: Endpoints(appStreaming: endpoint, billing: endpoint, tokens: endpoint),
      reader: reader,
      payer: payer, transport: transport, pacing: pacing, version: "0.1", now: { capturedDate },
      nonce: { "0123456789abcdef0123456789abcdef" }, deliver: { $0() })
  }

  /// What a fake transport makes of a read.
  func answer(_ read: CloudRead) throws -> ReadReply {
    let box = Mutex<ReadReply?>(nil)
    self.read(read) { reply in box.withLock { $0 = reply } }
    guard let reply = box.withLock({ $0 }) else { throw NoReply() }
    return reply
  }
}

struct NoReply: Error {}

extension AppStreamingClient {
  func answer<Answer>(
    _ question: CloudQuestion<Answer>, as role: Role = .reader
  ) throws -> Result<Answer, CloudFault> {
    let box = Mutex<Result<Answer, CloudFault>?>(nil)
    ask(question, as: role) { answer in box.withLock { $0 = answer.result } }
    guard let answer = box.withLock({ $0 }) else { throw NoReply() }
    return answer
  }
}
