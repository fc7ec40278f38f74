import CloudSigning
import RenewalCore

/// What carries requests to the cloud. Its real form is `CurlTransport`.
package protocol HTTPTransport: Sendable {
  /// Starts one request. `completion` is called exactly once, on a thread of
  /// the transport's or on the caller's own, and must not block it.
  @discardableResult
  func start(
    _ request: HTTPRequest,
    completion: @escaping @Sendable (Result<HTTPResponse, HTTPFailure>) -> Void
  ) -> HTTPCancellation
}

package struct HTTPRequest: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
  }

  package enum Transmission: Hashable, Sendable {
    /// May travel on a connection that was used before, and so may be sent
    /// again by the library when that connection turns out to be dead.
    case repeatable
    /// A new connection that carries nothing else, and one transmission at most.
    case once
  }

  package var method: Method
  package var endpoint: Endpoint
  /// Path and query, sent as they are.
  package var target: String
  package var headers: [Parameter]
  package var body: [UInt8]
  package var transmission: Transmission
  /// From the start to the last byte of the answer, name resolution included.
  package var deadline: Span
  /// The part of it that may pass before the connection stands.
  package var connectDeadline: Span
  /// Answers with a longer body are given up, in bytes.
  package var bodyLimit: Int

  package init(
    method: Method = .post, endpoint: Endpoint, target: String, headers: [Parameter] = [],
    body: [UInt8] = [], transmission: Transmission = .repeatable, deadline: Span = .seconds(30),
    connectDeadline: Span = .seconds(10), bodyLimit: Int = 1 << 20
  ) {
    self.method = method
    self.endpoint = endpoint
    self.target = target
    self.headers = headers
    self.body = body
    self.transmission = transmission
    self.deadline = deadline
    self.connectDeadline = connectDeadline
    self.bodyLimit = bodyLimit
  }
}

/// A complete answer, whatever its status.
package struct HTTPResponse: Hashable, Sendable {
  package var status: Int
  package var headers: [Parameter]
  package var body: [UInt8]

  package init(status: Int, headers: [Parameter] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of that name, whatever its case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }
}

/// Why there is no complete answer. The text is for people and holds no secret.
package enum HTTPFailure: Error, Hashable, Sendable {
  /// Proven: no byte of the request was written.
  case notSent(String)
  /// Bytes may have left.
  case interrupted(String)

  package var text: String {
    switch self {
    case .notSent(let text), .interrupted(let text): text
    }
  }
}

/// Gives a request up. Its completion is still called, with a failure.
package struct HTTPCancellation: Sendable {
  private let action: @Sendable () -> Void

  package init(_ action: @escaping @Sendable () -> Void = {}) { self.action = action }

  package func cancel() { action() }
}
