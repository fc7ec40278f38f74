/// One call of an operation in the cloud's RPC style, before it is signed
/// (API reference, section 3).
package struct OperationRequest: Hashable, Sendable {
  package var action: String
  package var version: String
  /// With the port where it is not the scheme's own, as in the `host` header.
  package var host: String
  package var query: [Parameter]
  /// `nil` for an operation without form parameters. An empty form is another
  /// thing: it still names its content type.
  package var form: [Parameter]?

  package init(
    action: String, version: String, host: String, query: [Parameter] = [],
    form: [Parameter]? = nil
  ) {
    self.action = action
    self.version = version
    self.host = host
    self.query = query
    self.form = form
  }

  /// Signs the call with ACS3-HMAC-SHA256.
  ///
  /// Signed are `host`, `content-type` and every `x-acs-*` header; `accept` and
  /// the user agent may be rewritten on the way and prove nothing (API
  /// reference, section 4.2).
  ///
  /// - Parameters:
  ///   - date: UTC without a fraction, `2030-01-02T03:04:05Z`; the cloud
  ///     refuses one that is more than 15 minutes off.
  ///   - nonce: 32 hex digits, never used before.
  package func signed(
    by key: AccessKey, date: String, nonce: String, userAgent: String
  ) -> SignedRequest {
    let body = Array((form ?? []).sortedByName.urlEncoded.utf8)
    let payloadHash = sha256Hex(body)
    var headers = [
      Parameter("host", host),
      Parameter("x-acs-action", action),
      Parameter("x-acs-content-sha256", payloadHash),
      Parameter("x-acs-date", date),
      Parameter("x-acs-signature-nonce", nonce),
      Parameter("x-acs-version", version),
    ]
    if form != nil {
      headers.append(Parameter("content-type", "application/x-www-form-urlencoded"))
    }
    if let token = key.securityToken {
      headers.append(Parameter("x-acs-accesskey-id", key.id))
      headers.append(
        Parameter(
          "x-acs-security-token", token.withBytes { String(decoding: $0, as: UTF8.self) }))
    }
    let canonical = CanonicalRequest(
      method: "POST", query: query, headers: headers, payloadHash: payloadHash)
    headers.append(Parameter("accept", "application/json"))
    headers.append(Parameter("user-agent", userAgent))
    headers.append(Parameter("Authorization", canonical.authorization(by: key)))
    return SignedRequest(
      target: query.isEmpty ? "/" : "/?\(query.sortedByName.urlEncoded)", headers: headers,
      body: body, hash: canonical.hash)
  }
}

/// The final bytes of a request. Its method is POST.
package struct SignedRequest: Hashable, Sendable {
  /// Path and query.
  package let target: String
  package let headers: [Parameter]
  package let body: [UInt8]
  /// Of the canonical request.
  package let hash: String
}

extension SignedRequest: CustomStringConvertible {
  /// Names the bytes without showing them: the headers may hold a session's token.
  package var description: String { "signed request \(hash)" }
}
