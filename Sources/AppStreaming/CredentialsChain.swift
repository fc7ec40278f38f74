import CloudSigning
import RenewalCore
import Synchronization

/// Asks several places in order and stays with the first that delivers, even
/// if that one fails later: a daemon must not change who it is on the way.
///
/// A place that has nothing is passed over. One that has something unusable
/// ends the walk, since a different identity further down is not what the
/// operator meant. (The vendor's libraries walk on.)
package final class CredentialsChain: CredentialsProvider {
  private let places: [any CredentialsProvider]
  private let chosen = Mutex<(any CredentialsProvider)?>(nil)

  package init(_ places: [any CredentialsProvider]) { self.places = places }

  package var name: String { choice?.name ?? "no credentials found yet" }

  package func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    if let choice { return try choice.key(at: now) }
    var reasons: [String] = []
    for place in places {
      do throws(CredentialsError) {
        let key = try place.key(at: now)
        chosen.withLock { $0 = place }
        return key
      } catch .absent(let reason) {
        reasons.append(reason)
      } catch {
        throw error
      }
    }
    throw nothing(reasons)
  }

  package func end(at now: Instant) -> Instant? { choice?.end(at: now) }

  package func refresh(
    at now: Instant, renewing: Bool,
    completion: @escaping @Sendable (Result<Void, CredentialsError>) -> Void
  ) {
    if let choice {
      choice.refresh(at: now, renewing: renewing, completion: completion)
    } else {
      walk(places[...], reasons: [], at: now, completion: completion)
    }
  }

  private func walk(
    _ rest: ArraySlice<any CredentialsProvider>, reasons: [String], at now: Instant,
    completion: @escaping @Sendable (Result<Void, CredentialsError>) -> Void
  ) {
    guard let place = rest.first else { return completion(.failure(nothing(reasons))) }
    place.refresh(at: now, renewing: false) { [self] result in
      do throws(CredentialsError) {
        try result.get()
        _ = try place.key(at: now)
        chosen.withLock { $0 = place }
        completion(.success(()))
      } catch .absent(let reason) {
        walk(rest.dropFirst(), reasons: reasons + [reason], at: now, completion: completion)
      } catch {
        completion(.failure(error))
      }
    }
  }

  private var choice: (any CredentialsProvider)? { chosen.withLock { $0 } }

  private func nothing(_ reasons: [String]) -> CredentialsError {
    .absent("no credentials: " + reasons.joined(separator: "; "))
  }
}

extension CredentialsChain {
  /// The places where this program looks: systemd's credentials directory,
  /// then those of the vendor's own chain in its order (API reference, section 9.1).
  ///
  /// - Parameters:
  ///   - credential: the name of a file in the credentials directory.
  ///   - variable: the environment.
  package static func standard(
    credential: String?, tokens: TokenService,
    variable: @escaping @Sendable (String) -> String?
  ) -> CredentialsChain {
    var places: [any CredentialsProvider] = []
    if let credential, let directory = variable("CREDENTIALS_DIRECTORY") {
      places.append(CredentialsDirectory(directory: directory, credential: credential))
    }
    places.append(EnvironmentCredentials(environment: variable))

    /// A setting of the vendor's; empty is as good as not set.
    func setting(_ name: String) -> String? {
      variable("ALIBABA_CLOUD_" + name).flatMap { $0.isEmpty ? nil : $0 }
    }
    func isOn(_ name: String) -> Bool { setting(name)?.lowercased() == "true" }
    func add(_ place: String, _ make: () throws(CredentialsError) -> any CredentialsProvider) {
      do throws(CredentialsError) { places.append(try make()) } catch {
        places.append(NoCredentials(name: place, error: error))
      }
    }

    let home = variable("HOME") ?? "/"
    let profile = setting("PROFILE")
    add("OIDC") { () throws(CredentialsError) in
      guard let arn = setting("ROLE_ARN"), let provider = setting("OIDC_PROVIDER_ARN"),
        let file = setting("OIDC_TOKEN_FILE")
      else { throw .absent("ALIBABA_CLOUD_ROLE_ARN and two others for OIDC are not all set") }
      var role = TokenService.Role(arn: arn)
      if let name = setting("ROLE_SESSION_NAME") { role.sessionName = name }
      return try tokens.regional(
        setting("STS_REGION"), vpc: isOn("VPC_ENDPOINT_ENABLED")
      ).assuming(role, providerARN: provider, tokenFile: file)
    }
    if !isOn("CLI_PROFILE_DISABLED") {
      add("command-line profile") { () throws(CredentialsError) in
        try ProfileFile(
          path: setting("CONFIG_FILE") ?? "\(home)/.aliyun/config.json", tokens: tokens
        ).provider(profile: profile)
      }
    }
    add("credentials file") { () throws(CredentialsError) in
      let paths =
        setting("CREDENTIALS_FILE").map { [$0] } ?? [
          "\(home)/.alibabacloud/credentials", "\(home)/.alibabacloud/credentials.ini",
        ]
      return try CredentialsFile(paths: paths, tokens: tokens).provider(
        section: profile ?? "default")
    }
    if !isOn("ECS_METADATA_DISABLED") {
      let role = setting("ECS_METADATA")
      places.append(
        ServedCredentials.instanceRole(
          role ?? "", isExpected: role != nil, transport: tokens.transport))
    }
    add("credentials URI") { () throws(CredentialsError) in
      guard let uri = setting("CREDENTIALS_URI") else {
        throw .absent("ALIBABA_CLOUD_CREDENTIALS_URI is not set")
      }
      return try credentialsURI(uri, transport: tokens.transport)
    }
    return CredentialsChain(places)
  }
}

/// A place that has nothing, or nothing usable.
package struct NoCredentials: CredentialsProvider {
  package let name: String
  let error: CredentialsError

  package init(name: String, error: CredentialsError) {
    self.name = name
    self.error = error
  }

  package func key(at now: Instant) throws(CredentialsError) -> AccessKey { throw error }
}

/// A key that stands in one of the vendor's files, read when the chain is made.
struct KeptKey: CredentialsProvider {
  let name: String
  let key: AccessKey

  func key(at now: Instant) throws(CredentialsError) -> AccessKey { key }
}

func credentialsURI(
  _ text: String, transport: any HTTPTransport
) throws(CredentialsError) -> SessionCredentials {
  do { return try ServedCredentials.uri(text, transport: transport) } catch {
    throw .unusable("credentials URI: \(error)")
  }
}

extension TokenService {
  /// The service of one region, where one is named (API reference, section 9.5).
  func regional(_ region: String?, vpc: Bool) throws(CredentialsError) -> TokenService {
    guard let region, !region.isEmpty else { return self }
    do {
      let host = "https://\(vpc ? "sts-vpc" : "sts").\(region).aliyuncs.com"
      return TokenService(transport: transport, endpoint: try Endpoint(host), nonce: nonce)
    } catch {
      throw .unusable("the token service's region: \(error)")
    }
  }
}
