/// A key that may sign requests.
struct AccessKey: Sendable {
  var secret: String
  var isActive = true
  /// Operations that the key's policy denies, for instance `RenewAppInstanceGroup`.
  var deniedOperations: Set<String> = []
  /// Set for temporary credentials only.
  var session: Session?

  struct Session: Sendable {
    var token: String
    var expires: CloudTime
    var roleARN: String
    var sessionName: String
  }
}

extension Cloud {
  /// Headers that a request has to carry: the six of the published example. They
  /// and every other `x-acs-` header have to be signed (API reference, section 4.2).
  private static let requiredHeaders = [
    "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-version",
  ]

  /// Checks who sent a request, and that it was not changed, not old and not sent before.
  ///
  /// - Returns: the id of the key that signed; `nil` for the one call that is
  ///   never signed, because its token is the proof (API reference, section 9.4).
  mutating func authenticate(
    _ request: WireRequest, operation: String, parameters: Parameters, at now: CloudTime
  ) throws(Refusal) -> String? {
    let keyID: String
    if let authorization = request.header("authorization") {
      keyID = try verify(request, authorization: authorization, at: now)
    } else if parameters["Signature"] != nil {
      keyID = try verifyLegacy(request, parameters: parameters, at: now)
    } else if operation == "AssumeRoleWithOIDC" {
      return nil
    } else {
      throw Refusal(400, "IncompleteSignature", "The request carries no signature.")
    }
    guard keys[keyID]?.deniedOperations.contains(operation) != true else {
      throw Refusal(
        403, "Forbidden.RAM", "The key is not authorized to call \(operation).",
        extra: [
          "AccessDeniedDetail": ["AuthAction": "\(operation)", "NoPermissionType": "ImplicitDeny"]
        ]
      )
    }
    return keyID
  }

  private mutating func verify(
    _ request: WireRequest, authorization: String, at now: CloudTime
  ) throws(Refusal) -> String {
    guard authorization.hasPrefix(ACS3Signature.algorithm) else {
      throw Refusal(
        400, "InvalidSignatureMethod", "The signature method is not \(ACS3Signature.algorithm).")
    }
    guard let signature = ACS3Signature(authorization: authorization) else {
      throw Refusal(400, "IncompleteSignature", "The Authorization header lacks a part.")
    }
    for name in Self.requiredHeaders where request.header(name)?.isEmpty ?? true {
      throw Refusal(400, "IncompleteSignature", "The header \(name) is missing.")
    }
    for (name, _) in request.headers where name == "host" || name.hasPrefix("x-acs-") {
      guard signature.signedHeaders.contains(name) else {
        throw Refusal(400, "IncompleteSignature", "The header \(name) is not signed.")
      }
    }
    let key = try activeKey(signature.keyID)
    try checkDate(request.header("x-acs-date"), at: now)
    try checkToken(request.header("x-acs-security-token"), of: key, at: now)
    guard request.header("x-acs-content-sha256") == Digest.sha256(request.body) else {
      throw Refusal(
        400, "SignatureDoesNotMatch", "x-acs-content-sha256 is not the digest of the body.")
    }
    guard signature.isValid(for: request, secret: key.secret) else {
      let canonical = signature.canonicalRequest(of: request) ?? "(a signed header is absent)"
      throw Refusal(
        400, "SignatureDoesNotMatch",
        "Specified signature does not match our calculation. Server canonical request: \(canonical)"
      )
    }
    try useNonce(request.header("x-acs-signature-nonce"), at: now)
    return signature.keyID
  }

  private mutating func verifyLegacy(
    _ request: WireRequest, parameters: Parameters, at now: CloudTime
  ) throws(Refusal) -> String {
    guard parameters["SignatureMethod"] == "HMAC-SHA1" else {
      throw Refusal(400, "InvalidSignatureMethod", "SignatureMethod must be HMAC-SHA1.")
    }
    guard let keyID = parameters["AccessKeyId"] else {
      throw Refusal(400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    }
    let key = try activeKey(keyID)
    try checkDate(parameters["Timestamp"], at: now)
    try checkToken(parameters["SecurityToken"], of: key, at: now)
    let signature = LegacySignature(parameters: parameters.pairs)
    guard signature.isValid(method: request.method, secret: key.secret) else {
      throw Refusal(
        400, "SignatureDoesNotMatch", "Specified signature does not match our calculation.")
    }
    try useNonce(parameters["SignatureNonce"], at: now)
    return keyID
  }

  private func activeKey(_ id: String) throws(Refusal) -> AccessKey {
    guard let key = keys[id] else {
      throw Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    }
    guard key.isActive else {
      throw Refusal(403, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    }
    return key
  }

  private func checkDate(_ text: String?, at now: CloudTime) throws(Refusal) {
    guard let text, text.utf8.count == 20, text.hasSuffix("Z"), let date = CloudTime(text) else {
      throw Refusal(
        400, "InvalidTimeStamp.Format", "The date must look like 2030-01-02T03:04:05Z.")
    }
    guard abs(date - now) <= settings.dateTolerance else {
      throw Refusal(
        400, "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired. Server time is \(now).")
    }
  }

  private func checkToken(_ token: String?, of key: AccessKey, at now: CloudTime) throws(Refusal) {
    switch (key.session, token) {
    case (nil, nil):
      return
    case (nil, _), (_, nil):
      throw Refusal(
        403, "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.")
    case (let session?, let token?):
      guard token == session.token else {
        throw Refusal(
          400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
      }
      guard now < session.expires else {
        throw Refusal(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
      }
    }
  }

  /// Takes a nonce once. It is kept until its request would be too old anyway.
  private mutating func useNonce(_ nonce: String?, at now: CloudTime) throws(Refusal) {
    guard let nonce, !nonce.isEmpty else {
      throw Refusal(400, "MissingSignatureNonce", "A signature nonce is mandatory.")
    }
    guard nonces[nonce] == nil else {
      throw Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
    }
    nonces[nonce] = now
  }
}
