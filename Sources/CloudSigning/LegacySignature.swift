/// The query signature HMAC-SHA1 of the older RPC style, which the token
/// service still expects from those who ask for a role (API reference,
/// section 4.3).
package struct LegacySignature: Hashable, Sendable {
  package let stringToSign: String

  /// - Parameter parameters: all of query and form, decoded, without `Signature`.
  package init(method: String, parameters: [Parameter]) {
    stringToSign = "\(method)&%2F&\(percentEncoded(parameters.sortedByName.urlEncoded))"
  }

  /// Base64, not yet encoded for a query.
  package func signature(by secret: AccessKeySecret) -> String {
    secret.withBytes { bytes in
      // The key is the secret with an ampersand behind it: a secret too.
      let key = AccessKeySecret(count: bytes.count + 1) { key in
        key.copyMemory(from: bytes)
        key[bytes.count] = UInt8(ascii: "&")
      }
      return key?.withBytes { Digest.hmacSHA1(stringToSign, key: $0).base64Text } ?? ""
    }
  }
}
