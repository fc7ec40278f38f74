import CloudSigning
import RenewalCore

/// `~/.alibabacloud/credentials`, an INI file (API reference, section 9.3).
struct CredentialsFile {
  private let path: String
  private let tokens: TokenService
  private var sections: [String: [String: String]] = [:]

  /// - Parameter paths: the first that exists is read.
  init(paths: [String], tokens: TokenService) throws(CredentialsError) {
    self.tokens = tokens
    for path in paths {
      guard let file = SecretFile(path: path) else { continue }
      self.path = path
      var section = ""
      for (number, line) in zip(1..., file.lines()) {
        if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
        if line.hasPrefix("["), line.hasSuffix("]") {
          section = String(line.dropFirst().dropLast())
          sections[section] = [:]
        } else if let equals = line.firstIndex(of: "=") {
          // A # begins a comment wherever it stands, as in the vendor's reader.
          let value = line[line.index(after: equals)...].prefix { $0 != "#" }
          sections[section, default: [:]][line[..<equals].trimmed] = value.trimmed
        } else {
          throw .unusable("\(path), line \(number): not NAME = VALUE")
        }
      }
      return
    }
    throw .absent("there is no credentials file \(paths[0])")
  }

  func provider(section: String) throws(CredentialsError) -> any CredentialsProvider {
    let place = "\(path), section [\(section)]"
    guard let settings = sections[section] else { throw .absent("there is no \(place)") }

    func setting(_ name: String) throws(CredentialsError) -> String {
      guard let value = settings[name], !value.isEmpty else {
        throw .unusable("\(place) lacks \(name)")
      }
      return value
    }
    func key() throws(CredentialsError) -> KeptKey {
      guard let secret = AccessKeySecret(try setting("access_key_secret")) else {
        throw .unavailable("no memory for a secret")
      }
      return KeptKey(name: place, key: AccessKey(id: try setting("access_key_id"), secret: secret))
    }
    func role() throws(CredentialsError) -> TokenService.Role {
      var role = TokenService.Role(arn: try setting("role_arn"))
      role.sessionName = (try? setting("role_session_name")) ?? role.sessionName
      role.policy = try? setting("policy")
      return role
    }

    switch try setting("type") {
    case "access_key": return try key()
    case "ram_role_arn": return try tokens.assuming(role(), from: key())
    case "oidc_role_arn":
      return try tokens.assuming(
        role(), providerARN: setting("oidc_provider_arn"),
        tokenFile: setting("oidc_token_file_path"))
    case "ecs_ram_role":
      return ServedCredentials.instanceRole(
        settings["role_name"] ?? "", isExpected: true, transport: tokens.transport)
    case let type: throw .unusable("\(place) has type '\(type)', which is not supported")
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var rest = drop { $0.isWhitespace }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
