import CloudSigning
import RenewalCore
import Synchronization

/// A key of limited life that is fetched from somewhere, kept, and fetched anew
/// before it ends.
///
/// A fetch that fails leaves the old key in use while it is valid. Many callers
/// at the same time cause one fetch.
package final class SessionCredentials: CredentialsProvider {
  package struct Session: Sendable {
    package var key: AccessKey
    package var end: Instant

    package init(key: AccessKey, end: Instant) {
      self.key = key
      self.end = end
    }
  }

  package typealias Completion<Value> = @Sendable (Result<Value, CredentialsError>) -> Void
  package typealias Fetch = @Sendable (Instant, @escaping Completion<Session>) -> Void

  /// The vendor's libraries fetch anew 15 minutes before the end (API reference,
  /// section 9.5); a session of 15 minutes would then always be too old, so
  /// that never more than a third of a life is given away.
  private static let margin = Span.minutes(15)
  /// Between two fetches that fail, or that a refused key asks for.
  private static let pause = Span.seconds(60)

  package let name: String
  private let fetch: Fetch
  private let state = Mutex(State())

  private struct State {
    var session: Session?
    var fetchedAt = Instant(.min)
    var failedAt = Instant(.min)
    var error: CredentialsError?
    /// Not `nil` while a fetch is on its way.
    var waiting: [Completion<Void>]?

    func valid(at now: Instant) -> Session? { session.flatMap { $0.end > now ? $0 : nil } }

    func isDue(at now: Instant, renewing: Bool) -> Bool {
      guard let session = valid(at: now) else { return true }
      // A key that is younger than the pause and refused all the same is not
      // going to be better the next time.
      if renewing { return now - fetchedAt >= SessionCredentials.pause }
      let margin = min(SessionCredentials.margin, (session.end - fetchedAt) / 3)
      return session.end - now <= margin && now - failedAt >= SessionCredentials.pause
    }
  }

  package init(name: String, fetch: @escaping Fetch) {
    self.name = name
    self.fetch = fetch
  }

  package func key(at now: Instant) throws(CredentialsError) -> AccessKey {
    let (session, error) = state.withLock { ($0.valid(at: now), $0.error) }
    guard let session else { throw error ?? .unavailable("\(name): no session was fetched yet") }
    return session.key
  }

  package func end(at now: Instant) -> Instant? { state.withLock { $0.valid(at: now)?.end } }

  package func refresh(
    at now: Instant, renewing: Bool, completion: @escaping Completion<Void>
  ) {
    enum Step { case done, wait, fetch }
    let step = state.withLock { state -> Step in
      guard state.waiting != nil || state.isDue(at: now, renewing: renewing) else { return .done }
      defer { state.waiting = (state.waiting ?? []) + [completion] }
      return state.waiting == nil ? .fetch : .wait
    }
    switch step {
    case .done: completion(.success(()))
    case .wait: break
    case .fetch: fetch(now) { [self] in finish($0, at: now) }
    }
  }

  private func finish(_ result: Result<Session, CredentialsError>, at now: Instant) {
    let (waiting, outcome) = state.withLock {
      state -> ([Completion<Void>], Result<Void, CredentialsError>) in
      switch result {
      case .success(let session) where session.end > now:
        state.session = session
        state.fetchedAt = now
        state.error = nil
      case .success:
        state.error = .unavailable("\(name): the session that was fetched is over already")
        state.failedAt = now
      case .failure(let error):
        state.error = error
        state.failedAt = now
      }
      defer { state.waiting = nil }
      let isUsable = state.valid(at: now) != nil
      return (
        state.waiting ?? [], isUsable ? .success(()) : .failure(state.error ?? .unavailable(name))
      )
    }
    for completion in waiting { completion(outcome) }
  }
}

extension SessionCredentials.Session {
  /// The members that the token service, the metadata service and a credentials
  /// URI all use (API reference, section 9.4).
  init?(_ value: JSONValue?) {
    guard let value, let id = value["AccessKeyId"]?.string, !id.isEmpty,
      let secret = AccessKeySecret(value["AccessKeySecret"]?.string ?? ""),
      let token = AccessKeySecret(value["SecurityToken"]?.string ?? ""),
      let end = Instant(iso8601: value["Expiration"]?.string ?? "")
    else { return nil }
    self.init(key: AccessKey(id: id, secret: secret, securityToken: token), end: end)
  }
}
