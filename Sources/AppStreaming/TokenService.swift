import CloudSigning
import RenewalCore

/// Asks the cloud's token service for sessions (API reference, section 9.4).
package struct TokenService: Sendable {
  let transport: any HTTPTransport
  let endpoint: Endpoint
  let nonce: @Sendable () -> String

  package init(
    transport: any HTTPTransport, endpoint: Endpoint = .tokens,
    nonce: @escaping @Sendable () -> String
  ) {
    self.transport = transport
    self.endpoint = endpoint
    self.nonce = nonce
  }

  /// A role to take on.
  package struct Role: Hashable, Sendable {
    package var arn: String
    package var sessionName = "renewald"
    /// The default of the vendor's libraries; at least 900 (section 9.5).
    package var seconds = 3600
    package var policy: String?
    package var externalID: String?

    package init(arn: String) { self.arn = arn }
  }

  /// A session in a role, for one who has a key.
  package func assuming(_ role: Role, from base: any CredentialsProvider) -> SessionCredentials {
    SessionCredentials(name: "role \(role.arn) from \(base.name)") { now, completion in
      base.refresh(at: now, renewing: false) { refreshed in
        let key: AccessKey
        do throws(CredentialsError) { key = try base.key(at: now) } catch {
          completion(.failure(error))
          return
        }
        start(assumeRole(role, by: key, at: now), what: "AssumeRole", completion: completion)
      }
    }
  }

  /// A session in a role, for one whom an identity provider vouches for.
  ///
  /// - Parameter tokenFile: read anew each time, because the provider replaces it.
  package func assuming(
    _ role: Role, providerARN: String, tokenFile: String
  ) -> SessionCredentials {
    SessionCredentials(name: "role \(role.arn) by OIDC") { now, completion in
      guard let token = SecretFile(path: tokenFile)?.text() else {
        completion(.failure(.unavailable("there is no OIDC token in \(tokenFile)")))
        return
      }
      let request = assumeRoleWithOIDC(role, providerARN: providerARN, token: token, at: now)
      start(request, what: "AssumeRoleWithOIDC", completion: completion)
    }
  }

  /// Signed in the legacy way, which the vendor's providers use here.
  func assumeRole(_ role: Role, by key: AccessKey, at now: Instant) -> HTTPRequest {
    let token = key.securityToken?.withBytes { String(decoding: $0, as: UTF8.self) }
    var query =
      parameters("AssumeRole", role, at: now)
      + optional("Policy", role.policy) + optional("ExternalId", role.externalID)
      + optional("SecurityToken", token)
      + [
        Parameter("SignatureMethod", "HMAC-SHA1"), Parameter("SignatureVersion", "1.0"),
        Parameter("SignatureNonce", nonce()), Parameter("AccessKeyId", key.id),
      ]
    let signature = LegacySignature(method: "GET", parameters: query)
    query.append(Parameter("Signature", signature.signature(by: key.secret)))
    return request(.get, target: "/?\(query.urlEncoded)")
  }

  /// Nothing is signed: the token itself is the proof. It travels in the body,
  /// as the vendor's Go client sends it, since addresses end up in logs.
  func assumeRoleWithOIDC(
    _ role: Role, providerARN: String, token: String, at now: Instant
  ) -> HTTPRequest {
    let query = [
      Parameter("Action", "AssumeRoleWithOIDC"), Parameter("Format", "JSON"),
      Parameter("Version", CloudService.tokens.version), Parameter("Timestamp", now.description),
    ]
    let form =
      [
        Parameter("RoleArn", role.arn), Parameter("OIDCProviderArn", providerARN),
        Parameter("OIDCToken", token), Parameter("RoleSessionName", role.sessionName),
        Parameter("DurationSeconds", String(role.seconds)),
      ] + optional("Policy", role.policy)
    var request = request(.post, target: "/?\(query.urlEncoded)")
    request.headers.append(Parameter("content-type", "application/x-www-form-urlencoded"))
    request.body = Array(form.urlEncoded.utf8)
    return request
  }

  private func parameters(_ action: String, _ role: Role, at now: Instant) -> [Parameter] {
    [
      Parameter("Action", action), Parameter("Format", "JSON"),
      Parameter("Version", CloudService.tokens.version),
      Parameter("DurationSeconds", String(role.seconds)), Parameter("RoleArn", role.arn),
      Parameter("RoleSessionName", role.sessionName), Parameter("Timestamp", now.description),
    ]
  }

  /// The vendor's own limits: 5 s to connect, 10 s to answer (section 9.5).
  private func request(_ method: HTTPRequest.Method, target: String) -> HTTPRequest {
    HTTPRequest(
      method: method, endpoint: endpoint, target: target,
      headers: [Parameter("host", endpoint.authority), Parameter("accept", "application/json")],
      deadline: .seconds(15), connectDeadline: .seconds(5))
  }

  private func start(
    _ request: HTTPRequest, what: String,
    completion: @escaping SessionCredentials.Completion<SessionCredentials.Session>
  ) {
    transport.start(request) { result in
      switch result {
      case .failure(let failure): completion(.failure(.unavailable("\(what): \(failure.text)")))
      case .success(let response):
        let reply = CloudReply(response)
        // Success is 200 with credentials, whatever else the answer says.
        guard response.status == 200,
          let session = SessionCredentials.Session(reply.content?["Credentials"])
        else {
          let code = reply.code.isEmpty ? "status \(reply.status)" : reply.code
          completion(
            .failure(.unavailable("\(what) was refused: \(code), request \(reply.requestID)")))
          return
        }
        completion(.success(session))
      }
    }
  }
}
