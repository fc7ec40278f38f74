/// A request in the one form over which both sides compute the signature
/// ACS3-HMAC-SHA256 (API reference, section 4.1).
package struct CanonicalRequest: Hashable, Sendable {
  package static let algorithm = "ACS3-HMAC-SHA256"

  package let text: String
  /// The names of the headers that take part, in order, joined by `;`.
  package let signedHeaders: String

  /// - Parameters:
  ///   - query: decoded names and values, in any order.
  ///   - headers: exactly those that are to be signed, names in lower case,
  ///     each name once.
  ///   - payloadHash: lower-case hex SHA-256 of the body.
  package init(
    method: String, path: String = "/", query: [Parameter], headers: [Parameter],
    payloadHash: String
  ) {
    let headers = headers.sortedByName
    signedHeaders = headers.map(\.name).joined(separator: ";")
    let headerLines = headers.map { "\($0.name):\(trimmed($0.value))\n" }.joined()
    text = [
      method, path, query.sortedByName.urlEncoded, headerLines, signedHeaders, payloadHash,
    ].joined(separator: "\n")
  }

  /// Lower-case hex SHA-256 of the text: names these bytes wherever they are recorded.
  package var hash: String { sha256Hex(text.utf8) }

  package var stringToSign: String { "\(Self.algorithm)\n\(hash)" }

  /// The value of the `Authorization` header.
  package func authorization(by key: AccessKey) -> String {
    let stringToSign = self.stringToSign
    let signature = key.secret.withBytes { Digest.hmacSHA256(stringToSign, key: $0).hexText }
    return
      "\(Self.algorithm) Credential=\(key.id),SignedHeaders=\(signedHeaders),Signature=\(signature)"
  }
}

/// Lower-case hex SHA-256.
package func sha256Hex(_ bytes: some Sequence<UInt8>) -> String { Digest.sha256(bytes).hexText }

/// Without blanks at both ends; those inside stay.
private func trimmed(_ value: String) -> Substring {
  let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
  var rest = value[...].drop(while: isBlank)
  while let last = rest.last, isBlank(last) { rest.removeLast() }
  return rest
}
