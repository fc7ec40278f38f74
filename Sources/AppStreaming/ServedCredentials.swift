import CloudSigning
import RenewalCore

/// Sessions that a service hands out to whoever can reach it.
package enum ServedCredentials {
  /// The role of the ECS instance this runs on, by the metadata service in its
  /// guarded form only: each read with a token that a forwarded request cannot
  /// get (API reference, section 9.4).
  ///
  /// - Parameters:
  ///   - role: asked for where it is empty.
  ///   - isExpected: whether the operator said that there is such a service. If
  ///     not, its silence means that this is another kind of machine.
  package static func instanceRole(
    _ role: String, isExpected: Bool, transport: any HTTPTransport
  ) -> SessionCredentials {
    let service = MetadataService(transport: transport, isExpected: isExpected)
    return SessionCredentials(name: "ECS instance role") { _, completion in
      if role.isEmpty {
        service.read("") { result in
          switch result {
          case .failure(let error): completion(.failure(error))
          case .success(let response):
            // One name a line; an instance has one role.
            let name = String(decoding: response.body, as: UTF8.self)
              .prefix { !$0.isNewline && !$0.isWhitespace }
            service.readSession(String(name), completion: completion)
          }
        }
      } else {
        service.readSession(role, completion: completion)
      }
    }
  }

  /// What answers at a credentials URI. Plain HTTP only to loopback, as for
  /// everything else.
  ///
  /// - Throws: `EndpointError`.
  package static func uri(
    _ text: String, transport: any HTTPTransport
  ) throws(EndpointError) -> SessionCredentials {
    let authority = text.firstRange(of: "://")?.upperBound ?? text.startIndex
    let end = text[authority...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    let endpoint = try Endpoint(String(text[..<end]))
    let rest = text[end...]
    guard rest.utf8.allSatisfy({ (33...126).contains($0) }) else { throw .surplus }
    let request = HTTPRequest(
      method: .get, endpoint: endpoint, target: rest.first == "/" ? String(rest) : "/\(rest)",
      headers: [Parameter("host", endpoint.authority)], deadline: .seconds(15),
      connectDeadline: .seconds(5))
    return SessionCredentials(name: "credentials URI") { _, completion in
      transport.start(request) { completion(session(in: $0, from: "credentials URI")) }
    }
  }
}

private struct MetadataService: Sendable {
  let transport: any HTTPTransport
  let isExpected: Bool

  func readSession(
    _ role: String,
    completion: @escaping SessionCredentials.Completion<SessionCredentials.Session>
  ) {
    // The name came over plain HTTP and goes into a request line.
    guard !role.isEmpty, role.utf8.allSatisfy({ (33...126).contains($0) && $0 != 47 }) else {
      completion(.failure(silence("it names no role")))
      return
    }
    read(percentEncoded(role)) { result in
      completion(result.flatMap { session(in: .success($0), from: "metadata service") })
    }
  }

  /// Fetches a token and with it one page below `security-credentials/`.
  func read(_ page: String, completion: @escaping SessionCredentials.Completion<HTTPResponse>) {
    let tokenRequest = request(
      .put, "/latest/api/token", Parameter("X-aliyun-ecs-metadata-token-ttl-seconds", "21600"))
    transport.start(tokenRequest) { result in
      guard case .success(let response) = result, response.status == 200 else {
        completion(.failure(silence("it gives no token")))
        return
      }
      let token = String(decoding: response.body, as: UTF8.self).filter { !$0.isWhitespace }
      let pageRequest = request(
        .get, "/latest/meta-data/ram/security-credentials/\(page)",
        Parameter("X-aliyun-ecs-metadata-token", token))
      transport.start(pageRequest) { result in
        guard case .success(let response) = result, response.status == 200 else {
          completion(.failure(silence("it has no role for this instance")))
          return
        }
        completion(.success(response))
      }
    }
  }

  private func request(
    _ method: HTTPRequest.Method, _ target: String, _ header: Parameter
  ) -> HTTPRequest {
    HTTPRequest(
      method: method, endpoint: .metadata, target: target,
      headers: [Parameter("host", Endpoint.metadata.authority), header],
      deadline: .seconds(2), connectDeadline: .seconds(1), bodyLimit: 64 << 10)
  }

  private func silence(_ text: String) -> CredentialsError {
    isExpected
      ? .unavailable("ECS metadata service: \(text)") : .absent("no ECS metadata service: \(text)")
  }
}

/// `Code` has to be `Success` (section 9.4).
private func session(
  in result: Result<HTTPResponse, HTTPFailure>, from source: String
) -> Result<SessionCredentials.Session, CredentialsError> {
  switch result {
  case .failure(let failure): return .failure(.unavailable("\(source): \(failure.text)"))
  case .success(let response):
    let reply = CloudReply(response)
    guard response.status == 200, reply.code == "Success",
      let session = SessionCredentials.Session(reply.content)
    else {
      return .failure(.unavailable("\(source): status \(response.status) without credentials"))
    }
    return .success(session)
  }
}
