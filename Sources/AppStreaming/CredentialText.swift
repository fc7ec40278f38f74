import CloudSigning

/// A secret that is no key of the cloud, from systemd's credentials directory.
package struct CredentialText: Sendable {
  package let secret: AccessKeySecret

  /// - Parameters:
  ///   - name: of the file, without a slash.
  ///   - directory: `$CREDENTIALS_DIRECTORY`.
  /// - Throws: `CredentialsError.absent` where there is none or it is empty.
  package init(_ name: String, in directory: String?) throws(CredentialsError) {
    guard let directory else {
      throw .absent("credential '\(name)' is named and CREDENTIALS_DIRECTORY is not set")
    }
    guard
      let secret = SecretFile(path: "\(directory)/\(name)").flatMap({ AccessKeySecret($0.text()) })
    else { throw .absent("there is no credential '\(name)'") }
    self.secret = secret
  }

  /// For what is sent, and never printed.
  package var text: String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }
}
