import InventoryStore
import RenewalCore

/// What an operator says of an order whose end nobody could see.
package enum CreationWord: String, Hashable, Sendable, CaseIterable {
  case created
  /// The console shows no group, and no order that could still be paid.
  case notCreated
}

/// An order of a new group, as a renewal: intent, free answers once more, one
/// transmission, then what the answer proves.
extension RenewalEngine {
  /// Signs, records the intent and asks the last free questions.
  ///
  /// The bytes are final before the intent is recorded. If recording fails in
  /// any way nothing is sent: a failed commit may still be on the disk.
  func order(token: String, actor: String) throws(OperatorRefusal) {
    guard let offer = creating.offers.removeValue(forKey: token) else {
      throw .tokenRefused("it is unknown or was used")
    }
    guard reading.boot < offer.expires else { throw .tokenRefused("its price is too old") }
    let name = offer.creation.name
    if let open = creating.open(named: name) {
      throw .guarded("an order of '\(name)' is \(open.state.rawValue) already")
    }
    guard let account = accounts[offer.account], !isStopping,
      let date = account.clock.now(at: reading)
    else { throw .guarded("the cloud's time is not known") }
    if let failed = obstacleToOrdering(in: account) {
      throw .guarded(failed.reason)
    }
    let nonce = makeNonce()
    let signed: SignedCreation
    do throws(CloudFault) {
      signed = try signer.sign(offer.creation, for: offer.account, nonce: nonce, date: date)
    } catch { throw .guarded("the order cannot be signed: \(error.summary)") }
    // Budgets are asked inside the transaction that takes the money out of them.
    let recorded = record(spending: true) {
      transaction -> (order: Creation?, budgets: CheckResult) in
      let check = try budgetCheck(
        ofOrdering: offer.creation, for: offer.quote.price, in: offer.account, transaction.reader)
      guard check.passed else { return (nil, check) }
      let creation = try transaction.open(
        CreationIntent(
          account: offer.account, creation: offer.creation,
          attempt: try transaction.reader.creationAttempts(named: name) + 1,
          quote: offer.quote.price,
          rule: settings.policy.rule(for: offer.creation.foreseen, of: offer.account)?.name,
          namesakes: offer.namesakes, date: date, nonce: nonce, requestHash: signed.hash,
          actor: actor, bootID: bootID), at: date)
      return (creation, check)
    }
    guard let recorded else { throw .notNow("the ledger could not be written") }
    guard let creation = recorded.order else {
      throw .guarded(recorded.budgets.reason)
    }
    creating.watches[creation.id] = CreationWatch(creation)
    creating.pending[creation.id] = PendingCreation(
      signed: signed, search: NameSearch(name),
      sendBefore: boot(after: account.parameters.sendWindow))
    ask(.newGroupPrice(offer.order), of: offer.account, for: .creationConfirmation(creation.id))
  }

  /// Takes in an answer about a group that is to be created.
  func creationAnswered(_ purpose: ReadPurpose, _ reply: ReadReply) {
    switch purpose {
    case .draft(let number):
      guard let account = creating.drafts[number]?.request.account else { return }
      _ = hear(reply.serverTime, in: account)
      draftAnswered(number, reply)
    case .creationConfirmation(let id):
      guard let account = creating.watches[id]?.creation.intent.account else { return }
      let isTrusted = hear(reply.serverTime, in: account)
      orderConfirmed(id, reply, isTrusted: isTrusted)
    case .creationWatch(let id):
      guard let account = creating.watches[id]?.creation.intent.account else { return }
      let isTrusted = hear(reply.serverTime, in: account)
      creationWatched(id, reply, isTrusted: isTrusted)
    case .sweep, .preparation, .watch, .confirmation: break
    }
  }

  /// Sends, if the price is still the confirmed one or less, no group of the
  /// name came meanwhile, no gate was closed and no time was lost.
  private func orderConfirmed(_ id: Int64, _ reply: ReadReply, isTrusted: Bool) {
    guard var pending = creating.pending[id], let intent = creating.watches[id]?.creation.intent
    else { return }
    guard isTrusted, case .success(let answer) = reply.result, reading.boot < pending.sendBefore
    else { return withdraw(id, "what was decided could not be confirmed in time") }
    if case .newGroupPrice(let quote) = answer {
      guard quote.price.currency == intent.quote.currency,
        quote.price.minorUnits <= intent.quote.minorUnits
      else { return withdraw(id, "the price is \(quote.price) now") }
    } else {
      pending.search.consume(answer)
      creating.pending[id] = pending
    }
    if let failure = pending.search.failure { return withdraw(id, failure) }
    if let question = pending.search.question {
      return ask(question, of: intent.account, for: .creationConfirmation(id))
    }
    if let new = pending.search.matches(beside: intent.namesakes).first {
      return withdraw(id, "group \(new.id) has the name by now")
    }
    guard let account = accounts[intent.account], !isStopping else {
      return withdraw(id, "the account is not configured any more")
    }
    // The operator, the configuration or an alert may have spoken meanwhile;
    // the slot is this order's own.
    if let closed = gate(of: account).checks.first(where: { !$0.passed && $0.check != .slotFree }) {
      return withdraw(id, closed.reason)
    }
    let budgets = try? store.read {
      try budgetCheck(
        ofOrdering: pending.signed.creation, for: intent.quote, in: intent.account, without: id, $0)
    }
    guard let budgets else { return withdraw(id, "the budgets cannot be read") }
    guard budgets.passed else { return withdraw(id, budgets.reason) }
    creating.pending[id] = nil
    effects.append(
      .create(
        id, intent.account, pending.signed, sendBefore: pending.sendBefore,
        deadline: account.parameters.paymentDeadline))
  }

  /// Closes a recorded order of which no byte was given out.
  private func withdraw(_ id: Int64, _ reason: String) {
    creating.pending[id] = nil
    applyOrKeep(.replied(.notSent(reason), nil), toCreation: id)
  }

  /// What waits, is asked or was offered is not ordered any more.
  ///
  /// - Parameter concerned: `nil`: all accounts.
  func withdrawPendingCreations(_ reason: String, of concerned: Set<AccountName>? = nil) {
    func isConcerned(_ account: AccountName?) -> Bool {
      account.map { concerned?.contains($0) ?? true } ?? true
    }
    for id in creating.pending.keys.sorted()
    where isConcerned(creating.watches[id]?.creation.intent.account) {
      withdraw(id, reason)
    }
    for (number, draft) in creating.drafts.sorted(by: { $0.key < $1.key })
    where isConcerned(draft.request.account) {
      creating.drafts[number] = nil
      effects.append(.drafted(number, .failure(.unanswered(reason))))
    }
    creating.offers = creating.offers.filter { !isConcerned($0.value.account) }
  }

  func creationReplied(_ id: Int64, _ reply: PaymentReply) {
    guard let creation = creating.watches[id]?.creation, creation.state == .submitted else {
      return
    }
    _ = hear(reply.serverTime, in: creation.intent.account)
    applyOrKeep(
      .replied(reply.outcome, reply.newGroup), toCreation: id, requestID: reply.requestID)
  }

  /// What a new process found open may have been sent.
  func resumeCreations() {
    for id in creating.watches.keys.sorted() { applyOrKeep(.restarted, toCreation: id) }
  }

  /// What cannot be recorded now is, as soon as anything can be.
  private func applyOrKeep(
    _ event: CreationEvent, toCreation id: Int64, requestID: String? = nil
  ) {
    apply(event, toCreation: id, requestID: requestID)
    if creating.watches[id]?.creation.state == .submitted { creating.lateEvents[id] = event }
  }

  func recordLateCreations() {
    guard canRecord else { return }
    for (id, event) in creating.lateEvents.sorted(by: { $0.key < $1.key }) {
      apply(event, toCreation: id)
      if creating.watches[id]?.creation.state != .submitted { creating.lateEvents[id] = nil }
    }
  }

  // MARK: By an operator

  /// - Parameter seen: the state that the operator spoke of.
  func settle(
    _ id: Int64, seen: RenewalState, _ word: CreationWord, actor: String
  ) throws(OperatorRefusal) {
    guard let creation = creating.watches[id]?.creation, creation.state == seen else {
      throw .tokenRefused("the order has changed since")
    }
    guard creation.state != .submitted else { throw .notNow("the order is being sent") }
    if word == .notCreated {
      try refuseBeforeProof(
        in: creation.intent.account, until: { creation.intent.provableFrom($0) })
    }
    apply(
      word == .created ? .confirmedCreated : .confirmedNotCreated, toCreation: id, actor: actor)
    guard creating.watches[id] == nil else { throw .notNow("the ledger could not be written") }
  }
}
