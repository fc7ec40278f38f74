import Glibc

/// The directory in which systemd leaves a service its secrets
/// (systemd.exec(5), "Credentials").
package struct CredentialsDirectory: Hashable, Sendable {
  package let path: String

  /// `nil` where the manager passed none in `$CREDENTIALS_DIRECTORY`.
  package init?(environment: [String: String]) {
    guard let path = environment["CREDENTIALS_DIRECTORY"], path.hasPrefix("/") else { return nil }
    self.path = path
  }

  /// The largest credential that systemd passes on.
  private static let limit = 1 << 20

  /// The bytes of one credential. They are a secret: the caller moves them into
  /// a redacted type at once.
  package func contents(of name: String) throws(CredentialError) -> [UInt8] {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0)
    else { throw .init(name: name, reason: "is not a plain name") }
    func failure(_ what: String) -> CredentialError {
      CredentialError(name: name, reason: "\(what): \(String(cString: strerror(errno)))")
    }
    let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("cannot be opened in \(path)") }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw failure("cannot be examined") }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw CredentialError(name: name, reason: "is not a regular file")
    }
    // The group's read bit is set where systemd grants access by an ACL.
    guard facts.st_mode & 0o027 == 0 else {
      throw CredentialError(
        name: name, reason: "may be read by everybody or written by its group; chmod 0400")
    }
    guard facts.st_size <= Self.limit else {
      throw CredentialError(name: name, reason: "is larger than 1 MiB")
    }
    var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot be read") }
      if count == 0 { break }
      filled += count
    }
    return Array(bytes[..<filled])
  }
}

/// Why a credential could not be had. The operator's to mend: the unit's
/// `LoadCredential=` and the names in the configuration have to agree.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
  package var name: String
  /// Never holds any of its bytes.
  package var reason: String

  package var description: String { "credential '\(name)' \(reason)" }
}
