import Glibc

/// The directory in which systemd leaves a service its secrets
/// (`$CREDENTIALS_DIRECTORY`, systemd.exec(5), "Credentials").
package struct CredentialsDirectory: Hashable, Sendable {
  package let path: String

  /// `nil` where the manager passed none.
  package init?(environment: [String: String]) {
    guard let path = environment["CREDENTIALS_DIRECTORY"], path.hasPrefix("/") else { return nil }
    self.path = path
  }
}
