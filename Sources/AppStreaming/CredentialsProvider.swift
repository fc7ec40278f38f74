import CloudSigning
import RenewalCore

/// Where a key comes from.
///
/// `key` answers at once with what is at hand. What has to be fetched from
/// elsewhere, a session of limited life, is fetched by `refresh`.
package protocol CredentialsProvider: Sendable {
  /// What a person knows it by, for instance `credentials directory: payer`.
  var name: String { get }

  /// The key that is valid now. The caller keeps it no longer than the one call.
  func key(at now: Instant) throws(CredentialsError) -> AccessKey

  /// When what `key` gives now ends; `nil` where it does not.
  func end(at now: Instant) -> Instant?

  /// Makes `key` succeed, where that takes time; at once where it takes none.
  ///
  /// - Parameter renewing: also where the key at hand looks valid, because the
  ///   cloud refused it.
  func refresh(
    at now: Instant, renewing: Bool,
    completion: @escaping @Sendable (Result<Void, CredentialsError>) -> Void)
}

extension CredentialsProvider {
  package func end(at now: Instant) -> Instant? { nil }

  package func refresh(
    at now: Instant, renewing: Bool,
    completion: @escaping @Sendable (Result<Void, CredentialsError>) -> Void
  ) {
    completion(.success(()))
  }
}

/// Why there is no key. The text names the place and the remedy, never a secret.
package enum CredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nothing is there: not an error for a chain that has other places to look.
  case absent(String)
  /// Something is there that cannot be used. The operator has to change it.
  case unusable(String)
  /// What would give a session did not answer, or said no. Ask again later.
  case unavailable(String)

  package var description: String {
    switch self {
    case .absent(let text), .unusable(let text), .unavailable(let text): text
    }
  }
}
