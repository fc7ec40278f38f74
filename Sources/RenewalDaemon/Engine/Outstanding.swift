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
    return !questions.isEmpty || review != .done || isBehindInTelling || isBehindInRepeating
      || accounts.values.contains { isUnseen($0) && $0.sweepFailures < Self.walks }
      || accounts.keys.contains { name in
        nextAttention(in: name).map { $0 <= now(in: name) } ?? false
      }
      || watches.values.contains {
        isWorthAwaiting($0.renewal.state, looks: $0.looks, $0.nextLook, until: deadline)
      }
      || creating.watches.values.contains {
        isWorthAwaiting($0.creation.state, looks: $0.looks, $0.nextLook, until: deadline)
      }
  }

  private func isWorthAwaiting(
    _ state: RenewalState, looks: Int, _ nextLook: Int64?, until deadline: Int64
  ) -> Bool {
    switch state {
    case .submitted: true
    case .accepted, .unknown: nextLook.map { $0 < deadline } ?? true
    // A person has to act first: one look tells whether he did.
    default: looks == 0
    }
  }

  /// Not walked by this process. The walk after the first is a sweep's interval
  /// away, a repeated one is near.
  private func isUnseen(_ account: AccountState) -> Bool {
    account.sweep != nil || account.sweepFailures > 0 || account.walks == 0
  }

  /// How a run stands that ends here: the code of the gravest, the words of all.
  var runOutcome: RunOutcome {
    if let fault = storageFault { return RunOutcome(code: .inputOutput, reason: "\(fault)") }
    var findings: [RunOutcome] = []
    let unseen = accounts.values.filter(isUnseen).map(\.name.text).sorted()
    if !unseen.isEmpty {
      findings.append(
        .init(code: .unavailable, reason: "not seen: account \(unseen.joined(separator: ", "))"))
    }
    // Without words: alerts are told by themselves, each as often as it should be.
    let calls = alerts.unheardPages > 0
    if calls { findings.append(.init(code: .needsPerson, reason: "")) }
    if !watches.isEmpty {
      findings.append(
        .init(code: .outcomeOpen, reason: "\(watches.count) renewals are open, for the next run"))
    }
    if !creating.watches.isEmpty {
      let count = creating.watches.count
      findings.append(
        .init(
          code: .outcomeOpen, reason: "\(count) orders of new groups are open, for the next run"))
    }
    if settings.mode == .pay { findings += waiting.map { .init(code: .deferred, reason: $0) } }
    return RunOutcome(
      code: findings.first?.code ?? .success,
      reason: findings.map(\.reason).filter { !$0.isEmpty }.joined(separator: "; "))
  }

  /// What is not paid for yet.
  private var waiting: [String] {
    let holds = accounts.values.compactMap { account in
      account.clock.now(at: reading).flatMap {
        account.hold.isOver(at: $0) ? nil : account.hold.end
      }
    }
    if let end = holds.max() {
      return ["only looked, for older requests may take effect: no payment before \(end)"]
    }
    let standings = (try? store.read { try $0.standings() }) ?? [:]
    let count = (standings[.due] ?? 0) + (standings[.held] ?? 0)
    return count > 0 ? ["\(count) groups are due and wait"] : []
  }
}

/// How one run of a process that does not stay ended.
struct RunOutcome: Hashable, Sendable {
  var code: ExitCode
  /// For a person; empty where the line of the sweep says it all.
  var reason: String
}
