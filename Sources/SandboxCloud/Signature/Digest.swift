import CCrypto

/// One-shot digests of OpenSSL's libcrypto.
enum Digest {
  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(bytes, bytes.count, &digest)
    return hex(digest)
  }

  static func hmacSHA256(key: String, _ text: String) -> String {
    hex(hmac(EVP_sha256(), key: key, text))
  }

  /// In Base64, as the older signature carries it.
  static func hmacSHA1(key: String, _ text: String) -> String {
    let digest = hmac(EVP_sha1(), key: key, text)
    // Four characters for each three bytes begun, and the zero that C adds.
    var encoded = [UInt8](repeating: 0, count: (digest.count + 2) / 3 * 4 + 1)
    let length = EVP_EncodeBlock(&encoded, digest, Int32(digest.count))
    return String(decoding: encoded.prefix(Int(length)), as: UTF8.self)
  }

  private static func hmac(_ algorithm: OpaquePointer?, key: String, _ text: String) -> [UInt8] {
    let key = Array(key.utf8)
    let message = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    HMAC(algorithm, key, Int32(key.count), message, message.count, &digest, &length)
    return Array(digest.prefix(Int(length)))
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
