import AppStreaming
import CloudSigning
import RenewalCore

/// How a message to the outside ended. Texts hold no part of a URL but its host.
enum HookOutcome: Hashable, Sendable {
  case delivered
  /// The other side has read it and does not want it; the same message again
  /// will most likely fare no better.
  case refused(String)
  /// Perhaps later.
  case failed(String, retryAfter: Span? = nil)

  init(_ result: Result<HTTPResponse, HTTPFailure>) {
    switch result {
    case .failure(let failure): self = .failed(failure.text)
    case .success(let response):
      let text = "HTTP \(response.status)"
      switch response.status {
      case 200..<300: self = .delivered
      case 408, 425, 429, 500...:
        let seconds = response.header("retry-after").flatMap { Int64($0) }
        self = .failed(text, retryAfter: seconds.map { min(.seconds(max(0, $0)), .hours(1)) })
      default: self = .refused(text)
      }
    }
  }

  var problem: String? {
    switch self {
    case .delivered: nil
    case .refused(let text): "refused, \(text)"
    case .failed(let text, _): text
    }
  }

  /// As the metrics count it.
  var word: String {
    switch self {
    case .delivered: "delivered"
    case .refused: "refused"
    case .failed: "failed"
    }
  }

  static let words = ["delivered", "refused", "failed", "given_up"]
}

extension HTTPTransport {
  /// Sends one message: short deadlines, small answers, nothing of it in a log.
  func post(
    _ body: String = "", to url: SecretURL, method: HTTPRequest.Method = .post,
    headers: [Parameter] = [],
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) {
    start(
      HTTPRequest(
        method: method, endpoint: url.endpoint, target: url.target,
        headers: [Parameter("user-agent", "renewald/\(Daemon.version)")] + headers,
        body: Array(body.utf8), deadline: .seconds(10), connectDeadline: .seconds(5),
        bodyLimit: 64 << 10),
      completion: completion)
  }
}
