/// What has to hold before money is spent, in the order in which it is asked.
/// People see these numbers in `explain`: new checks go to the end of their block.
package enum PolicyCheck: Int, CaseIterable, Hashable, Sendable {
  // The group.
  case coveredByRule = 1
  case ruleRenews = 2
  case isSubscription = 3
  case stillListed = 4
  case statusPayable = 5
  case expiryReadable = 6
  case notExpired = 7
  case expiryIsHighest = 8
  case notHeld = 9
  case nothingOpen = 10
  case attemptsLeft = 11
  case isDue = 12
  case turnHasCome = 13
  case withinHours = 14
  case notVetoed = 15
  case noticeIsOver = 16
  case approved = 17
  // The daemon and the account.
  case modePays = 20
  case notPaused = 21
  case noAlertStops = 22
  case storageSound = 23
  case clockTrusted = 24
  case startHoldOver = 25
  case payerPresent = 26
  case slotFree = 27
  case fusesWhole = 28
  case accountSame = 29
  // The moment of paying.
  case readFresh = 40
  case quoteFresh = 41
  case priceAllowed = 42
  case billingClean = 43
  case driftAllowed = 44
  case priceApproved = 45
  case budgetsAllow = 46
  case balanceSuffices = 47
  case notRenewedNatively = 48
  case withinFuses = 49
}

/// One check with what it saw.
package struct CheckResult: Hashable, Sendable {
  package var check: PolicyCheck
  package var passed: Bool
  /// What the check was decided on, for instance `7d 0h before expiry`.
  package var input: String
  /// For a person.
  package var sentence: String

  package init(_ check: PolicyCheck, _ passed: Bool, input: String, _ sentence: String) {
    self.check = check
    self.passed = passed
    self.input = input
    self.sentence = sentence
  }

  /// What it asks for and, in brackets, what it found.
  package var reason: String { "\(sentence) (\(input))" }
}

extension GroupSituation {
  /// Checks 1 to 17: does this group want renewing now?
  ///
  /// - Parameter now: the cloud's time where it is known, else the machine's.
  package func groupChecks(at now: Instant, parameters: ProtocolParameters) -> [CheckResult] {
    let group = record.latest
    let remaining = expiry.map { $0 - now }
    var results: [CheckResult] = [
      CheckResult(
        .coveredByRule, rule != nil, input: rule?.name ?? "none",
        rule.map { "rule '\($0.name)' covers the group" } ?? "no rule covers the group"),
      CheckResult(
        .ruleRenews, rule?.action.buys ?? false, input: rule?.action.rawValue ?? "none",
        "the rule must say renew or approve"),
      CheckResult(
        .isSubscription, isSubscription, input: group.chargeType.text,
        "only a subscription can be renewed"),
      CheckResult(
        .stillListed, !isGone, input: "\(record.absences) sweeps without it",
        "the cloud must still list the group"),
      CheckResult(
        .statusPayable, group.status.known?.isPayable ?? false, input: group.status.text,
        "the status must be one that is known to be renewable"),
      CheckResult(
        .expiryReadable, expiry != nil, input: group.expiryText,
        "the expiry must be an instant that can be read"),
      CheckResult(
        .notExpired, remaining.map { $0 > .zero } ?? false,
        input: remaining?.description ?? "unknown", "an expired group is for a person"),
      CheckResult(
        .expiryIsHighest, expiry != nil && expiry == record.maximumExpiry,
        input: "\(text(expiry)), highest seen \(text(record.maximumExpiry))",
        "the expiry must be the highest ever seen: an older one may already be paid for"),
      CheckResult(
        .notHeld, !(record.hold?.applies(at: now) ?? false),
        input: record.hold?.reason ?? "not held", "no operator holds the group"),
      CheckResult(
        .nothingOpen, open == nil, input: open.map { "renewal \($0.id) \($0.state)" } ?? "none",
        "no renewal of the group may be open"),
    ]
    results.append(attemptsLeft(at: now, parameters))
    results.append(
      CheckResult(
        .isDue, dueAt.map { now >= $0 } ?? false, input: "due \(text(dueAt))",
        "the lead time must have begun"))
    return results + timeChecks(at: now, parameters) + [vetoCheck] + [
      noticeCheck(at: now, parameters), approvalCheck(at: now),
    ]
  }

  private func timeChecks(at now: Instant, _ parameters: ProtocolParameters) -> [CheckResult] {
    guard let rule, let timing = timing(parameters) else {
      let unknown = "no rule that buys, or no expiry"
      return [
        CheckResult(.turnHasCome, false, input: unknown, "its turn cannot be known"),
        CheckResult(.withinHours, false, input: unknown, "its hours cannot be known"),
      ]
    }
    let givesWay = now >= timing.givesWayAt
    let isOpen = rule.hours.closure(at: now) == nil
    let opening =
      isOpen
      ? "open"
      : "closed until \(rule.hours.opening(from: now, limit: timing.givesWayAt))"
    return [
      CheckResult(
        .turnHasCome, now >= timing.turnAt || timing.turnAt == timing.dueAt,
        input: timing.turnAt == timing.dueAt ? "no spread" : "turn at \(timing.turnAt)",
        "groups that are due at once take turns, and its own must have come"),
      CheckResult(
        .withinHours, isOpen || givesWay, input: opening,
        !isOpen && givesWay
          ? "it is outside its hours, which give way since \(timing.givesWayAt): later not every "
            + "attempt and a person's time would fit before the expiry"
          : "it must be within the rule's hours and outside its blackouts"),
    ]
  }

  private var vetoCheck: CheckResult {
    let veto = deliberation?.veto
    return CheckResult(
      .notVetoed, veto == nil, input: veto.map { "\($0.actor): \($0.reason)" } ?? "no veto",
      "nobody vetoed the renewal past this expiry")
  }

  private func noticeCheck(at now: Instant, _ parameters: ProtocolParameters) -> CheckResult {
    let sentence = "a renewal with a notice is paid for after the notice"
    guard let rule, rule.notice > .zero else {
      return CheckResult(.noticeIsOver, true, input: "no notice", sentence)
    }
    guard let noticedAt = deliberation?.noticedAt, let end = timing(parameters)?.noticeEndsAt
    else {
      return CheckResult(.noticeIsOver, false, input: "not announced yet", sentence)
    }
    return CheckResult(
      .noticeIsOver, now >= end, input: "announced \(noticedAt), over \(end)",
      end < noticedAt + rule.notice
        ? "the notice is cut short, because later not every attempt would fit before the expiry"
        : sentence)
  }

  /// A renewal that a person was asked about.
  private func approvalCheck(at now: Instant) -> CheckResult {
    guard let asked = deliberation?.asked else {
      return CheckResult(.approved, true, input: "not asked", "nobody has to be asked so far")
    }
    return approval(of: asked.price, .approved, at: now)
  }

  /// Whether a price may be paid as far as people have a say in it.
  func approval(of price: Money, _ check: PolicyCheck, at now: Instant) -> CheckResult {
    guard rule?.needsApproval(of: price) ?? true else {
      return CheckResult(check, true, input: "\(price)", "no person has to approve this price")
    }
    let way = "to allow it: renewalctl approve \(record.latest.id) --price '\(price)'"
    guard let approval = deliberation?.approval else {
      return CheckResult(
        check, false, input: "\(price); \(way)",
        "a person must approve the renewal")
    }
    let given = "up to \(approval.ceiling) by \(approval.actor) until \(approval.until)"
    guard approval.covers(price, at: now) else {
      return CheckResult(
        check, false, input: "\(price), approved \(given); \(way)",
        "a person's approval must be good for this price and still last")
    }
    return CheckResult(check, true, input: "\(price), approved \(given)", "a person approved it")
  }

  private func attemptsLeft(at now: Instant, _ parameters: ProtocolParameters) -> CheckResult {
    let spent = attempts.filter(\.state.spendsAttempt).count
    let harmless = attempts.count - spent
    let input = "\(spent) of \(parameters.attemptCap) attempts, \(harmless) without effect"
    // A settled renewal whose expiry never moved was confirmed by a person:
    // paying for the same key again would be the second payment.
    if attempts.contains(where: { $0.state == .settled }) {
      return CheckResult(
        .attemptsLeft, false, input: input, "this expiry was already paid for")
    }
    // A grant is used up by an attempt that may have paid, not by one that was
    // refused or never left.
    if let grantedAttempt,
      !attempts.contains(where: { $0.state.spendsAttempt && $0.intent.attempt >= grantedAttempt })
    {
      return CheckResult(.attemptsLeft, true, input: input, "an operator granted one more attempt")
    }
    if spent >= parameters.attemptCap || harmless >= parameters.refusalCap {
      return CheckResult(
        .attemptsLeft, false, input: input, "the automatic attempts for this expiry are used up")
    }
    if spent > 0, let floorAt, now >= floorAt {
      return CheckResult(
        .attemptsLeft, false, input: input,
        "a second attempt on the last day would race the person who was called")
    }
    return CheckResult(.attemptsLeft, true, input: input, "an automatic attempt is left")
  }
}

private func text(_ instant: Instant?) -> String { instant?.description ?? "unknown" }
