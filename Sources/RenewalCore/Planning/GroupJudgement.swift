/// What follows for one group: where it stands, which alerts must stand with
/// it, and when to look again.
package struct GroupJudgement: Hashable, Sendable {
  package var standing: GroupStanding
  /// For a person: why.
  package var reason: String
  /// Alerts that follow from the state. They are raised when they appear here
  /// and cleared when they no longer do.
  package var alerts: [AlertKind: String]
  /// When the group has to be judged again if nothing happens before.
  package var attentionAt: Instant?
  /// The gate's check that keeps it from being paid for, though it is due.
  package var closed: CheckResult?
}

extension GroupSituation {
  /// Judges the group.
  ///
  /// - Parameters:
  ///   - now: the cloud's time where it is known, else the machine's.
  ///   - refusal: the check that stopped the last try to pay for the present
  ///     key, if one did.
  ///   - mayTryAgain: whether the wait after that try is over. Its alerts stand
  ///     until a try succeeds.
  ///   - gate: the check of the account's gate that fails, if one does. Asked for only
  ///     where the group is due.
  ///   - ladder: how early alerts about the expiry begin, and when they are told again.
  package func judged(
    at now: Instant, parameters: ProtocolParameters, refusal: CheckResult? = nil,
    mayTryAgain: Bool = false, gate: @autoclosure () -> CheckResult? = nil,
    ladder: ExpiryLadder = .standard
  ) -> GroupJudgement {
    let checks = groupChecks(at: now, parameters: parameters)
    var (standing, reason) = standing(at: now, checks, mayTryAgain ? nil : refusal)
    let closed = standing == .due ? gate() : nil
    if let closed { (standing, reason) = (.held, closed.reason) }
    let isExhausted =
      open == nil && !attempts.isEmpty && (dueAt.map { $0 <= now } ?? false)
      && checks.contains { $0.check == .attemptsLeft && !$0.passed }
    return GroupJudgement(
      standing: standing, reason: reason,
      alerts: alerts(
        standing: standing, reason: reason, why: (closed ?? refusal)?.reason ?? reason,
        isExhausted: isExhausted, at: now, refusal, checks, timing(parameters), ladder),
      attentionAt: nextMilestone(after: now, parameters, ladder), closed: closed)
  }

  private func standing(
    at now: Instant, _ checks: [CheckResult], _ refusal: CheckResult?
  ) -> (GroupStanding, String) {
    if let open {
      let doubtful = open.state == .unknown || open.state == .stuck || open.state == .unpaid
      return (
        doubtful ? .unknown : .inFlight,
        "renewal \(open.id) is \(open.state.rawValue) since \(open.since)"
      )
    }
    if isGone { return (.gone, "not listed in \(record.absences) complete sweeps") }
    guard isSubscription else {
      return (.payAsYouGo, "charged as \(record.latest.chargeType.text)")
    }
    guard let expiry else {
      return (.held, "the expiry '\(record.latest.expiryText)' cannot be read")
    }
    guard expiry > now else { return (.expired, "expired at \(expiry)") }
    guard let rule else { return (.unmanaged, "no rule covers it") }
    switch rule.action {
    case .lapse: return (.lapsing, "rule '\(rule.name)' lets it expire")
    case .verify: return (.verifying, "rule '\(rule.name)' leaves paying to somebody else")
    case .renew, .approve: break
    }
    // What only waits for its time says less than a word that stands against it.
    let failed = checks.filter { !$0.passed }
    let waiting: Set<PolicyCheck> = [.turnHasCome, .withinHours]
    guard let first = failed.first(where: { !waiting.contains($0.check) }) ?? failed.first else {
      guard let refusal else { return (.due, "in its lead time of \(rule.leadTime)") }
      return (refusal.check == .notRenewedNatively ? .verifying : .held, refusal.reason)
    }
    switch first.check {
    case .isDue: return (.ok, first.input)
    case .turnHasCome, .withinHours: return (.ok, first.reason)
    case .noticeIsOver:
      guard deliberation?.noticedAt != nil else {
        return (.due, "in its lead time of \(rule.leadTime), to be announced")
      }
      return (.noticed, first.input)
    default: return (.held, first.reason)
    }
  }

  private func alerts(
    standing: GroupStanding, reason: String, why: String, isExhausted: Bool, at now: Instant,
    _ refusal: CheckResult?, _ checks: [CheckResult], _ timing: RenewalTiming?,
    _ ladder: ExpiryLadder
  ) -> [AlertKind: String] {
    var alerts: [AlertKind: String] = [:]
    // An expiry that cannot be read now was read before: people are called by
    // the last one that is known.
    let end = expiry ?? record.maximumExpiry
    let remaining = end.map { $0 - now }
    // An instant, for it is told again and read for hours.
    let expires = end.map { "expires at \($0)" } ?? ""
    if let open {
      switch open.state {
      case .unknown: alerts[.outcomeUnknown] = reason
      case .stuck: alerts[.stuckOrder] = reason
      case .unpaid: alerts[.unpaidOrder] = reason
      default: break
      }
      // Stands while the renewal is open: what only might be paid for so is no news.
      if rule?.hours.closure(at: open.intent.date) != nil {
        alerts[.hoursGaveWay] =
          "renewal \(open.id) was ordered at \(open.intent.date), outside the hours of its rule: "
          + "the expiry was too near to wait for them"
      }
    }
    if let expiry, let highest = record.maximumExpiry, expiry < highest {
      alerts[.expiryRegressed] = "\(expiry), highest seen \(highest)"
    }
    if isSubscription, expiry == nil { alerts[.schemaDrift] = reason }
    if !isSubscription, record.wasSubscription { alerts[.converted] = reason }
    if isGone { alerts[.gone] = reason }
    guard isSubscription, !isGone, let remaining, let rule else {
      if standing == .unmanaged, let remaining, ladder.covers(remaining) {
        alerts[.unmanagedExpiring] = expires
      }
      return alerts
    }
    switch rule.action {
    case .lapse:
      if ladder.covers(remaining) { alerts[.lapsing] = expires }
    case .verify:
      if remaining <= .zero {
        alerts[.lapsed] = reason
      } else if remaining <= GroupSituation.lastDay {
        alerts[.expiryNear] = "\(expires) and nobody renewed it"
      }
    case .renew, .approve:
      let unapproved = checks.first { !$0.passed && $0.check == .approved }
      if remaining <= .zero {
        alerts[.lapsed] = reason
      } else if remaining <= GroupSituation.lastDay {
        alerts[.expiryNear] = "\(expires): \(why)"
      } else if remaining <= rule.leadTime, unapproved == nil,
        standing == .held
          || (standing == .due && refusal.map { $0.check != .notRenewedNatively } ?? false)
      {
        alerts[.renewalHeld] = why
      }
      if isExhausted { alerts[.attemptsExhausted] = reason }
      if let kind = refusal?.kindOfAlert { alerts[kind] = refusal?.input }
      guard remaining > .zero, open == nil, standing != .ok else { return alerts }
      if standing == .noticed {
        alerts[.renewalNoticed] = "\(reason); to stop it: renewalctl veto \(record.latest.id)"
      }
      let givesWay = timing.map { now >= $0.givesWayAt } ?? false
      if let unapproved {
        alerts[givesWay ? .approvalOverdue : .approvalNeeded] = unapproved.input
      }
    }
    return alerts
  }

  /// The next instant at which time alone changes the judgement.
  private func nextMilestone(
    after now: Instant, _ parameters: ProtocolParameters, _ ladder: ExpiryLadder
  ) -> Instant? {
    guard isSubscription, let expiry = expiry ?? record.maximumExpiry else { return nil }
    var milestones =
      [
        dueAt, expiry - GroupSituation.lastDay, expiry, record.hold?.until,
        deliberation?.approval?.until,
      ] + ladder.instants(before: expiry)
    if let rule, let timing = timing(parameters) {
      milestones += [timing.turnAt, timing.noticeEndsAt, timing.givesWayAt, timing.payableAt]
      // Closed again after its first opening: the next one.
      if now > timing.payableAt, now < timing.givesWayAt {
        milestones.append(rule.hours.opening(from: now, limit: timing.givesWayAt))
      }
    }
    return milestones.compactMap { $0 }.filter { $0 > now }.min()
  }
}

extension CheckResult {
  /// The alert that a refusal by this check stands for, beside that the renewal
  /// is held.
  fileprivate var kindOfAlert: AlertKind? {
    switch check {
    case .priceAllowed, .driftAllowed: .priceRefused
    case .budgetsAllow: .budgetExhausted
    case .balanceSuffices: .balanceLow
    case .notRenewedNatively: .nativeAutoRenew
    default: nil
    }
  }
}
