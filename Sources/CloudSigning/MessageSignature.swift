/// HMAC-SHA256 over a message to somebody who has the same secret.
package struct MessageSignature: Hashable, Sendable {
  private let bytes: [UInt8]

  package init(_ message: String, by secret: AccessKeySecret) {
    bytes = secret.withBytes { Digest.hmacSHA256(message, key: $0) }
  }

  /// Lower case.
  package var hex: String { bytes.hexText }
  /// With padding, not encoded for a query.
  package var base64: String { bytes.base64Text }
}
