import InventoryStore
import RenewalCore

/// Where money is spent: intent, one more free answer, one transmission, then
/// what the answer proves.
extension RenewalEngine {
  /// Signs, records the intent and asks the last free question.
  ///
  /// The bytes are final before the intent is recorded, so that the date and
  /// the nonce that bound their life are in the ledger. If recording fails in
  /// any way nothing is sent: a failed commit may still be on the disk.
  func pay(
    _ preparation: Preparation, _ situation: GroupSituation, _ group: DeliveryGroup, quote: Quote
  ) {
    let (key, rule) = (preparation.key, preparation.rule)
    let subject = key.subject
    guard let account = accounts[subject.account], let date = account.clock.now(at: reading)
    else { return }
    let request = RenewalRequest(
      group: subject.group, period: rule.period, autoPay: rule.autoPay,
      promotionID: rule.promotionID)
    let nonce = makeNonce()
    let payment: SignedPayment
    do throws(CloudFault) {
      payment = try signer.sign(request, for: subject.account, nonce: nonce, date: date)
    } catch {
      obstruct(
        subject,
        CheckResult(.payerPresent, false, input: error.summary, "the payment must be signed"))
      raiseAccountAlert(error, subject.account)
      return
    }
    let intent = RenewalIntent(
      key: key, attempt: situation.nextAttempt, period: rule.period, autoPay: rule.autoPay,
      promotionID: rule.promotionID, quote: quote.price, date: date, nonce: nonce,
      requestHash: payment.hash, rule: rule.name, bootID: bootID)
    // Budgets, fuses and the balance are asked once more inside the transaction that
    // takes the money out of them.
    let recorded = record(spending: true) { transaction -> Result<Renewal, RefusedByCheck> in
      let checks = try priceChecks(
        of: quote.price, for: situation, at: date, with: preparation.available,
        transaction.reader)
      if let failed = checks.first(where: { !$0.passed }) { return .failure(.init(check: failed)) }
      let renewal = try transaction.open(intent, at: date)
      if let row = try transaction.reader.group(subject) { try judge([row], in: transaction) }
      return .success(renewal)
    }
    let renewal: Renewal
    switch recorded {
    case nil: return
    case .failure(let refused):
      refuse(situation, quote.price, refused.check)
      return
    case .success(let opened): renewal = opened
    }
    obstacles[subject] = nil
    watches[renewal.id] = Watch(renewal: renewal)
    pendingPayments[renewal.id] = PendingPayment(
      account: subject.account, payment: payment, rule: rule, group: group,
      sendBefore: boot(after: account.parameters.sendWindow))
    ask(.group(subject.group), of: subject.account, for: .confirmation(renewal: renewal.id))
  }

  /// Sends, if nothing moved since the decision, no gate was closed and no time
  /// was lost: a machine that was resumed from a snapshot taken between
  /// the deciding read and the intent learns of it here, before it pays for
  /// what its other life has paid for already.
  func confirmationReplied(_ id: Int64, _ reply: ReadReply, isTrusted: Bool) {
    guard let pending = pendingPayments.removeValue(forKey: id),
      let intent = watches[id]?.renewal.intent
    else { return }
    let subject = intent.key.subject
    guard isTrusted, case .success(.group(let group)) = reply.result, group.id == subject.group,
      group.expiry == intent.key.expiry, reading.boot < pending.sendBefore, !isStopping,
      let account = accounts[subject.account],
      let row = try? store.read({ try $0.group(subject) }),
      let situation = try? store.read({ try self.situation(of: row, $0) }),
      let priceChecks = try? store.read({
        try self.priceChecks(
          of: intent.quote, for: situation, at: now(in: subject.account), without: id, $0)
      })
    else {
      withdraw(id, "what was decided could not be confirmed in time")
      return
    }
    guard group.costs(asMuchAs: pending.group), group.status == pending.group.status else {
      withdraw(id, "the group was changed since its price was asked")
      return
    }
    // The operator, the configuration or an alert may have spoken meanwhile.
    // Only what this very intent changed may differ from when it was decided.
    let own: [PolicyCheck] = [.nothingOpen, .attemptsLeft, .slotFree]
    let checks =
      situation.groupChecks(at: now(in: subject.account), parameters: account.parameters)
      + gate(of: account).checks + priceChecks
    if let closed = checks.first(where: { !$0.passed && !own.contains($0.check) }) {
      withdraw(id, closed.reason)
      return
    }
    guard situation.rule == pending.rule, situation.open?.id == id else {
      withdraw(id, "the rule for the group was changed")
      return
    }
    effects.append(
      .pay(
        renewal: id, subject.account, pending.payment, sendBefore: pending.sendBefore,
        deadline: account.parameters.paymentDeadline))
  }

  /// What was decided is refused by a check that was asked again.
  private struct RefusedByCheck: Error { var check: CheckResult }

  /// Closes a recorded payment of which no byte was given out.
  private func withdraw(_ id: Int64, _ reason: String) {
    guard let key = watches[id]?.renewal.intent.key.subject else { return }
    apply(.replied(.notSent(reason)), toRenewal: id)
    if watches[id]?.renewal.state == .submitted {
      lateEvents[id] = .replied(.notSent(reason))
    }
    obstruct(key, CheckResult(.readFresh, false, input: reason, "nothing was sent"))
  }

  /// What waits is not sent any more.
  ///
  /// - Parameter concerned: `nil`: all accounts.
  func withdrawPendingPayments(_ reason: String, of concerned: Set<AccountName>? = nil) {
    for (id, pending) in pendingPayments.sorted(by: { $0.key < $1.key })
    where concerned?.contains(pending.account) ?? true {
      pendingPayments[id] = nil
      withdraw(id, reason)
    }
  }

  func paymentReplied(_ id: Int64, _ reply: PaymentReply) {
    guard let watch = watches[id], watch.renewal.state == .submitted else { return }
    let key = watch.renewal.intent.key.subject
    _ = hear(reply.serverTime, in: key.account)
    let outcome = reply.outcome
    apply(.replied(outcome), toRenewal: id, requestID: reply.requestID)
    if watches[id]?.renewal.state == .submitted {
      // Not recorded: tried again as soon as anything can be.
      lateEvents[id] = .replied(outcome)
      return
    }
    backOff(key, after: outcome)
  }

  /// When the group may be tried again, after nothing was bought.
  private func backOff(_ key: GroupKey, after outcome: PaymentOutcome) {
    switch outcome {
    case .refused(let cause, let refusal): refused(key, cause, refusal)
    case .notSent(let reason):
      obstruct(key, CheckResult(.readFresh, false, input: reason, "nothing could be sent"))
    case .accepted:
      // The key may pay, whatever was refused to it before.
      let stands = alerts.standing[.init(kind: .permission, account: key.account, group: "")]
      if stands != nil { _ = record { try clear(.permission, account: key.account, in: $0) } }
    case .unknown: break
    }
  }

  /// What could not be written down when it came.
  func recordLateOutcomes() {
    guard canRecord else { return }
    for (id, event) in lateEvents.sorted(by: { $0.key < $1.key }) {
      let key = watches[id]?.renewal.intent.key.subject
      apply(event, toRenewal: id)
      guard watches[id]?.renewal.state != .submitted else { continue }
      lateEvents[id] = nil
      // The wait that a refusal asked for begins when it is known to all.
      if let key, case .replied(let outcome) = event { backOff(key, after: outcome) }
    }
  }

  /// A definite refusal: nothing was bought, and the same request would be
  /// refused again until something changes.
  private func refused(_ key: GroupKey, _ cause: RefusalCause, _ refusal: CloudRefusal) {
    let check = CheckResult(
      .payerPresent, false, input: "\(refusal.code) (HTTP \(refusal.httpStatus))",
      "the cloud must accept the payment")
    switch cause {
    case .throttled, .clock:
      obstruct(key, check, wait: refusal.retryAfter.map { min($0, .hours(1)) })
    case .parameter:
      // About this group alone; the next try comes with other facts, if any.
      obstruct(key, check, wait: .hours(6))
    case .credentials, .permission:
      accounts[key.account]?.blockingRefusal = refusal
      obstruct(key, check)
    }
    raiseAccountAlert(.refused(refusal), key.account)
  }

  /// Records what an event makes of an open renewal.
  func apply(
    _ event: RenewalEvent, toRenewal id: Int64, requestID: String? = nil, actor: String = "daemon"
  ) {
    guard let watch = watches[id] else { return }
    let key = watch.renewal.intent.key.subject
    let parameters = bounds(of: key.account)
    guard var transition = try? watch.renewal.applying(event, parameters: parameters)
    else { return }
    var latency: Span?
    if case .observed(let seen) = event, transition.state == .settled {
      latency = watch.renewal.latency(until: seen)
      if let latency { transition.reason += ", \(latency) after its order was accepted" }
    }
    let changed: Renewal? = record { transaction in
      let at = now(in: key.account)
      let changed = try transaction.apply(
        transition, to: watch.renewal, at: at, requestID: requestID, actor: actor)
      for alert in transition.alerts {
        try raise(
          alert, account: key.account, group: key.group, reason: transition.reason,
          in: transaction)
      }
      if let latency { try noteVisibility(of: latency, in: key.account, parameters, transaction) }
      // Every account that lists the group is kept from paying by what is open.
      try judge(try transaction.reader.groups(of: key.group), in: transaction)
      return changed
    }
    // Not recorded: the state on disk is still the old one, and a new process
    // will find it open and unknown.
    guard let changed else { return }
    if changed.state.isOpen {
      watches[id] = Watch(renewal: changed, nextLook: reading.boot)
    } else {
      watches[id] = nil
      if changed.state == .settled { accounts[key.account]?.lastSettled = changed.since }
    }
  }
}
