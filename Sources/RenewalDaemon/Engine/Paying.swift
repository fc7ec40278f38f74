import InventoryStore
import RenewalCore

/// Where money is spent: intent, then one transmission, then what the answer
/// proves.
extension RenewalEngine {
  /// Records the intent and returns the paid call as an effect.
  ///
  /// The bytes are final before the intent is recorded, so that the date and
  /// the nonce that bound their life are in the ledger. If recording fails in
  /// any way nothing is sent: a failed commit may still be on the disk.
  func pay(_ key: RenewalKey, _ situation: GroupSituation, quote: Quote) {
    let subject = key.subject
    guard let account = accounts[subject.account], let rule = situation.rule,
      let date = account.clock.now(at: reading)
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
    let renewal = record(spending: true) { transaction in
      let renewal = try transaction.open(intent, at: date)
      if let row = try transaction.reader.group(subject) { try judge([row], in: transaction) }
      return renewal
    }
    guard let renewal else { return }
    obstacles[subject] = nil
    watches[renewal.id] = Watch(renewal: renewal)
    effects.append(
      .pay(
        renewal: renewal.id, subject.account, payment,
        sendBefore: boot(after: account.parameters.sendWindow),
        deadline: account.parameters.paymentDeadline))
  }

  func paymentReplied(_ id: Int64, _ reply: PaymentReply) {
    guard let watch = watches[id], watch.renewal.state == .submitted else { return }
    let key = watch.renewal.intent.key.subject
    _ = hear(reply.serverTime, in: key.account)
    let outcome = reply.outcome
    apply(.replied(outcome), toRenewal: id, requestID: reply.requestID)
    switch outcome {
    case .refused(let cause, let refusal): refused(key, cause, refusal)
    case .notSent(let reason):
      obstruct(key, CheckResult(.readFresh, false, input: reason, "nothing could be sent"))
    case .accepted, .unknown: break
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
      obstruct(key, check, wait: refusal.retryAfter)
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
    guard let parameters = accounts[key.account]?.parameters,
      let transition = try? watch.renewal.applying(event, parameters: parameters)
    else { return }
    let changed: Renewal? = record { transaction in
      let at = now(in: key.account)
      let changed = try transaction.apply(
        transition, to: watch.renewal, at: at, requestID: requestID, actor: actor)
      for alert in transition.alerts {
        try raise(
          alert, account: key.account, group: key.group, reason: transition.reason,
          in: transaction)
      }
      if var row = try transaction.reader.group(key) {
        row.attentionAt = earlier(row.attentionAt, at)
        try judge([row], in: transaction)
      }
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
