import CloudSigning
import RenewalCore

/// `~/.aliyun/config.json`, the profiles of the vendor's command-line tool
/// (API reference, section 9.2).
///
/// Its secrets pass through ordinary memory while it is read. For the daemon
/// the credentials directory is the better place.
struct ProfileFile {
  private let path: String
  private let tokens: TokenService
  private let root: JSONValue

  init(path: String, tokens: TokenService) throws(CredentialsError) {
    guard let file = SecretFile(path: path) else { throw .absent("there is no profile in \(path)") }
    guard let root = file.json(), root["profiles"]?.isArray == true else {
      throw .unusable("\(path) is no JSON with profiles")
    }
    self.path = path
    self.tokens = tokens
    self.root = root
  }

  /// - Parameter profile: by its name; else the file's `current`.
  func provider(profile: String?) throws(CredentialsError) -> any CredentialsProvider {
    try provider(profile ?? root["current"]?.string ?? "default", seen: [])
  }

  /// - Parameter seen: the profiles that led here; going round in a circle is an error.
  private func provider(
    _ name: String, seen: Set<String>
  ) throws(CredentialsError) -> any CredentialsProvider {
    let place = "\(path), profile '\(name)'"
    guard !seen.contains(name) else { throw .unusable("\(place) leads back to itself") }
    guard let profile = root["profiles"]?.elements.first(where: { $0["name"]?.string == name })
    else { throw .unusable("\(place) does not exist") }

    func setting(_ names: String...) throws(CredentialsError) -> String {
      for name in names {
        if let value = profile[name]?.string, !value.isEmpty { return value }
      }
      throw .unusable("\(place) lacks \(names[0])")
    }
    func key(withToken: Bool = false) throws(CredentialsError) -> KeptKey {
      guard let secret = AccessKeySecret(try setting("access_key_secret")) else {
        throw .unavailable("no memory for a secret")
      }
      let token = withToken ? AccessKeySecret(try setting("sts_token")) : nil
      return KeptKey(
        name: place,
        key: AccessKey(id: try setting("access_key_id"), secret: secret, securityToken: token))
    }
    func role() throws(CredentialsError) -> TokenService.Role {
      var role = TokenService.Role(arn: try setting("ram_role_arn"))
      role.sessionName =
        (try? setting("ram_session_name", "role_session_name")) ?? role.sessionName
      role.seconds =
        profile["expired_seconds"]?.integer.flatMap { $0 > 0 ? $0 : nil } ?? role.seconds
      role.policy = try? setting("policy")
      role.externalID = try? setting("external_id")
      return role
    }
    func service() throws(CredentialsError) -> TokenService {
      try tokens.regional(
        profile["sts_region"]?.string, vpc: profile["enable_vpc"]?.boolean == true)
    }

    switch try setting("mode") {
    case "AK": return try key()
    case "StsToken": return try key(withToken: true)
    case "RamRoleArn": return try service().assuming(role(), from: key())
    case "ChainableRamRoleArn":
      let source = try provider(setting("source_profile"), seen: seen.union([name]))
      return try service().assuming(role(), from: source)
    case "EcsRamRole":
      return ServedCredentials.instanceRole(
        profile["ram_role_name"]?.string ?? "", isExpected: true, transport: tokens.transport)
    case "OIDC":
      return try service().assuming(
        role(), providerARN: setting("oidc_provider_arn"),
        tokenFile: setting("oidc_token_file"))
    case "CredentialsURI":
      return try credentialsURI(setting("credentials_uri"), transport: tokens.transport)
    case "External":
      return ProcessCredentials.session(command: try setting("process_command"))
    case let mode:
      // CloudSSO and OAuth need a person at a browser, and write the file back.
      throw .unusable("\(place) has mode '\(mode)', which a daemon cannot use")
    }
  }
}
