import CCrypto

/// SHA-256 and the two keyed digests, by libcrypto.
enum Digest {
  static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let input = Array(bytes)
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { output, count in
      SHA256(input, input.count, output.baseAddress)
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }

  static func hmacSHA256(_ text: String, key: UnsafeRawBufferPointer) -> [UInt8] {
    hmac(EVP_sha256(), text, key: key)
  }

  static func hmacSHA1(_ text: String, key: UnsafeRawBufferPointer) -> [UInt8] {
    hmac(EVP_sha1(), text, key: key)
  }

  private static func hmac(
    _ digest: OpaquePointer?, _ text: String, key: UnsafeRawBufferPointer
  ) -> [UInt8] {
    let input = Array(text.utf8)
    return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { output, count in
      var length: UInt32 = 0
      HMAC(
        digest, key.baseAddress, Int32(key.count), input, input.count, output.baseAddress,
        &length)
      count = Int(length)
    }
  }
}

extension Sequence<UInt8> {
  /// Two lower-case digits a byte.
  var hexText: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// RFC 4648, section 4, with padding.
  var base64Text: String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var bitCount = 0
    for byte in self {
      bits = bits << 8 | UInt32(byte)
      bitCount += 8
      while bitCount >= 6 {
        bitCount -= 6
        text.append(alphabet[Int(bits >> UInt32(bitCount) & 63)])
      }
    }
    if bitCount > 0 { text.append(alphabet[Int(bits << UInt32(6 - bitCount) & 63)]) }
    while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
    return String(decoding: text, as: UTF8.self)
  }
}
