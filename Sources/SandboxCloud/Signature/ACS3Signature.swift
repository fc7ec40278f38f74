/// The signature of a request by ACS3-HMAC-SHA256, as a server reads it (API
/// reference, section 4.1).
struct ACS3Signature {
  static let algorithm = "ACS3-HMAC-SHA256"

  var keyID: String
  /// Lower case, as listed by the client: some sign every header, some only those
  /// that they have to, so the list is the client's to say (section 4.2).
  var signedHeaders: [String]
  var signature: String

  /// Reads an `Authorization` header; `nil` if a part is missing.
  init?(authorization: String) {
    guard authorization.hasPrefix(Self.algorithm + " ") else { return nil }
    var parts: [Substring: String] = [:]
    for part in authorization.dropFirst(Self.algorithm.count + 1).split(separator: ",") {
      let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { return nil }
      parts[pair[0]] = String(pair[1])
    }
    guard let keyID = parts["Credential"], let headers = parts["SignedHeaders"],
      let signature = parts["Signature"]
    else { return nil }
    self.keyID = keyID
    signedHeaders = headers.split(separator: ";").map { $0.lowercased() }
    self.signature = signature
  }

  /// The text that is signed. `nil` when a listed header is absent or the query
  /// cannot be read.
  ///
  /// The query is decoded first and encoded again, since clients send `+` or
  /// `%20` for a blank and sign `%20` (section 3.3).
  func canonicalRequest(of request: WireRequest) -> String? {
    guard let pairs = Percent.pairs(request.rawQuery) else { return nil }
    let query =
      pairs
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { "\(Percent.encode($0.name))=\(Percent.encode($0.value))" }
      .joined(separator: "&")
    var headers = ""
    for name in signedHeaders.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let values = request.headers.filter { $0.name == name }.map { $0.value.trimmed }.sorted()
      guard !values.isEmpty else { return nil }
      headers += "\(name):\(values.joined(separator: ","))\n"
    }
    return [
      request.method, request.path, query, headers, signedHeaders.joined(separator: ";"),
      Digest.sha256(request.body),
    ].joined(separator: "\n")
  }

  func isValid(for request: WireRequest, secret: String) -> Bool {
    guard let canonical = canonicalRequest(of: request) else { return false }
    let digest = Digest.sha256(Array(canonical.utf8))
    return signature == Digest.hmacSHA256(key: secret, "\(Self.algorithm)\n\(digest)")
  }
}

/// The older signature, HMAC-SHA1 in the query, which credential providers still
/// use towards the token service (API reference, section 4.3).
struct LegacySignature {
  /// All parameters of query and form, the signature itself included.
  var parameters: [(name: String, value: String)]

  func isValid(method: String, secret: String) -> Bool {
    let canonical =
      parameters
      .filter { $0.name != "Signature" }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .map { "\(Percent.encode($0.name))=\(Percent.encode($0.value))" }
      .joined(separator: "&")
    let text = "\(method)&%2F&\(Percent.encode(canonical))"
    return parameters.first { $0.name == "Signature" }?.value
      == Digest.hmacSHA1(key: secret + "&", text)
  }
}

extension String {
  fileprivate var trimmed: Substring {
    let start = self[...].drop { $0 == " " || $0 == "\t" }
    guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
    return start[...last]
  }
}
