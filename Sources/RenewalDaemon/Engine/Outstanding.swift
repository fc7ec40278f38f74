import RenewalCore

/// What a process that does not stay may still bring to an end.
extension RenewalEngine {
  /// Failed walks of an account after which a run gives it up: by then the
  /// alert stands.
  private static let walks = 3

  /// Whether waiting is worth it: a question is out, an account was not walked,
  /// a payment has no answer, or an open renewal is looked at again in time.
  ///
  /// - Parameter deadline: boot clock in milliseconds; what comes later is for
  ///   the next run.
  func canFinishMore(before deadline: Int64) -> Bool {
    guard canRecord, reading.boot < deadline else { return false }
    return !questions.isEmpty || review != .done || isBehindInTelling
      || accounts.values.contains { isUnseen($0) && $0.sweepFailures < Self.walks }
      || accounts.keys.contains { name in
        nextAttention(in: name).map { $0 <= now(in: name) } ?? false
      } || watches.values.contains { isWorthAwaiting($0, until: deadline) }
  }

  private func isWorthAwaiting(_ watch: Watch, until deadline: Int64) -> Bool {
    switch watch.renewal.state {
    case .submitted: true
    case .accepted, .unknown: watch.nextLook.map { $0 < deadline } ?? true
    // A person has to act first: one look tells whether he did.
    default: watch.looks == 0
    }
  }

  /// Not walked by this process. The walk after the first is a sweep's interval
  /// away, a repeated one is near.
  private func isUnseen(_ account: AccountState) -> Bool {
    account.sweep != nil || account.sweepFailures > 0 || account.walks == 0
  }

  /// How a run stands that ends here, the gravest first.
  var runOutcome: RunOutcome {
    if let fault = storageFault { return .init(.inputOutput, "\(fault)") }
    let unseen = accounts.values.filter(isUnseen).map(\.name).sorted()
    if !unseen.isEmpty {
      return .init(
        .unavailable, "not seen: account \(unseen.map(\.text).joined(separator: ", "))")
    }
    let pages = alerts.standing.values.filter { $0.kind.severity == .page && !$0.acknowledged }
    if let first = pages.min(by: { ($0.raised, $0.id) < ($1.raised, $1.id) }) {
      return .init(
        .needsPerson,
        pages.count == 1
          ? "\(first.kind.rawValue) stands" : "\(pages.count) alerts call for a person")
    }
    if !watches.isEmpty {
      return .init(.outcomeOpen, "\(watches.count) renewals are open; the next run goes on")
    }
    let held = accounts.values.compactMap { account in
      account.clock.now(at: reading).flatMap { account.hold.isOver(at: $0) ? nil : account.hold.end }
    }
    if settings.mode == .pay, let end = held.max() {
      return .init(
        .deferred,
        "only looked: earlier requests may take effect until \(end), no payment before it")
    }
    let standings = (try? store.read { try $0.standings() }) ?? [:]
    let waiting = (standings[.due] ?? 0) + (standings[.held] ?? 0)
    if waiting > 0 { return .init(.deferred, "\(waiting) groups wait; renewalctl explain tells why") }
    return .init(.success, "all is seen and settled")
  }
}

/// How one run of a process that does not stay ended.
struct RunOutcome: Hashable, Sendable {
  var code: ExitCode
  /// For a person.
  var reason: String

  init(_ code: ExitCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}
