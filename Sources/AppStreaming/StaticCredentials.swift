import CloudSigning
import RenewalCore

/// A key in a file of systemd's credentials directory (`LoadCredential=` or
/// `LoadCredentialEncrypted=`), read anew for every call, so that no secret
/// stays in memory and a new one is used as soon as it is there.
///
/// The file has one setting a line, and nothing but these three:
///
///     access_key_id     = LTAI...
///     access_key_secret = ...
///     security_token    = ...        (only with a session of limited life)
///
/// Blank lines and lines that begin with `#` are skipped. Id and secret are one
/// credential, because two files cannot be replaced at the same moment.
package struct CredentialsDirectory: CredentialsProvider {
  package let name: String
  private let path: String

  /// - Parameters:
  ///   - directory: what `$CREDENTIALS_DIRECTORY` names.
  ///   - credential: the name of the file in it.
  package init(directory: String, credential: String) {
    name = "credentials directory: \(credential)"
    path = "\(directory)/\(credential)"
  }

  package func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    // Named by the operator and not there: a key from elsewhere in a chain
    // would be another identity.
    guard let file = SecretFile(path: path) else {
      throw .unusable("there is no credential \(path); add LoadCredential= to the unit")
    }
    guard !file.isOpenToAll else {
      throw .unusable(
        "\(path) may be read by everybody; take that away with chmod o= and a new key")
    }
    return try file.accessKey()
  }
}

/// The vendor's environment variables (API reference, section 9.1).
package struct EnvironmentCredentials: CredentialsProvider {
  package let name = "environment"
  private let environment: @Sendable (String) -> String?

  package init(environment: @escaping @Sendable (String) -> String?) {
    self.environment = environment
  }

  package func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    let prefix = "ALIBABA_CLOUD_"
    guard let id = environment(prefix + "ACCESS_KEY_ID"), !id.isEmpty,
      let secret = AccessKeySecret(environment(prefix + "ACCESS_KEY_SECRET") ?? "")
    else {
      throw .absent("ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set")
    }
    return AccessKey(
      id: id, secret: secret,
      securityToken: AccessKeySecret(environment(prefix + "SECURITY_TOKEN") ?? ""))
  }
}
