import CloudSigning
import Glibc

/// A small file with a secret in it, read into memory that is locked, left out
/// of core dumps and wiped; never into a `String` as a whole.
struct SecretFile {
  /// More than any key or token needs.
  private static let limit = 64 << 10

  /// Whether users who are neither the owner nor of the group may read or write it.
  let isOpenToAll: Bool
  private let path: String
  private let bytes: AccessKeySecret

  /// `nil` where there is no such file, it cannot be read, or it is empty.
  init?(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      (1...Self.limit).contains(Int(status.st_size))
    else { return nil }
    var isComplete = false
    let bytes = AccessKeySecret(count: Int(status.st_size)) { buffer in
      var filled = 0
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = read(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        filled += count
      }
      isComplete = true
    }
    guard isComplete, let bytes else { return nil }
    isOpenToAll = status.st_mode & 0o006 != 0
    self.path = path
    self.bytes = bytes
  }

  /// The whole as text without its last line end, for a token that is only
  /// passed on.
  func text() -> String {
    bytes.withBytes { String(decoding: trimmed($0[...]), as: UTF8.self) }
  }

  /// Its lines without blanks at either end.
  func lines() -> [String] {
    bytes.withBytes { content in
      content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: trimmed($0), as: UTF8.self) }
    }
  }

  func json() -> JSONValue? { JSONText(bytes.withBytes { Array($0) })?.root }

  /// Reads the three settings of a key.
  func accessKey() throws(CredentialsError) -> AccessKey {
    try bytes.withBytes { (content) throws(CredentialsError) -> AccessKey in
      var id: String?
      var secret: AccessKeySecret?
      var token: AccessKeySecret?
      // What stands in a line is never repeated in an error: a line that cannot
      // be read may be the secret itself.
      let lines = content.split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      for (number, line) in zip(1..., lines) {
        let line = trimmed(line)
        if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
          throw .unusable("\(path), line \(number): not NAME = VALUE")
        }
        let value = trimmed(line[line.index(after: equals)...])
        switch String(decoding: trimmed(line[..<equals]), as: UTF8.self) {
        case "access_key_id" where id == nil: id = String(decoding: value, as: UTF8.self)
        case "access_key_secret" where secret == nil: secret = AccessKeySecret(value)
        case "security_token" where token == nil: token = AccessKeySecret(value)
        default:
          throw .unusable(
            "\(path), line \(number): unknown or repeated; "
              + "known are access_key_id, access_key_secret and security_token")
        }
      }
      guard let id, !id.isEmpty, let secret else {
        throw .unusable("\(path): access_key_id and access_key_secret are both needed")
      }
      return AccessKey(id: id, secret: secret, securityToken: token)
    }
  }
}

private typealias Bytes = Slice<UnsafeRawBufferPointer>

private func trimmed(_ bytes: Bytes) -> Bytes {
  let isBlank: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
  var rest = bytes.drop(while: isBlank)
  while let last = rest.last, isBlank(last) { rest.removeLast() }
  return rest
}
