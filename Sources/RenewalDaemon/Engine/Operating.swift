import InventoryStore
import RenewalCore

/// What an operator may ask of a running daemon.
package enum OperatorCommand: Hashable, Sendable {
  /// Pays for nothing in this group until released.
  case hold(GroupKey, Hold)
  case release(GroupKey)
  /// Stops all payments.
  case pause(String)
  case resume
  /// A yes to the price that a renewal waits with and that the operator has seen.
  case approve(GroupKey, seen: Money, reason: String)
  /// A no to the renewal past the present expiry.
  case veto(GroupKey, reason: String)
  case liftFuse(FuseName, reason: String)
  /// Tries a due group again at once, whatever stopped the last try. Every
  /// check is asked again; none is skipped.
  case renewNow(GroupKey)
  /// The ledger row that raised the alert.
  case acknowledge(Int64, note: String? = nil)
  /// Ends a doubt by an operator's word, with the token of `prepareOverride`.
  case override(OverrideDecision, token: String, reason: String)
  /// Orders the group that was offered with the token.
  case createGroup(token: String)
  /// Ends a doubt about an order of a new group, whose state the operator saw.
  case settleCreation(Int64, seen: RenewalState, CreationWord)
}

/// What the operator says of a renewal in doubt.
package enum OverrideDecision: String, Hashable, Sendable, CaseIterable {
  /// The console shows that it was paid.
  case confirmPaid
  /// The console shows no payment, and no order that could still be paid.
  case confirmNotPaid
  /// As `confirmNotPaid`, and one more attempt beyond the limits.
  case retryOnce
  /// The console shows the expiry that is read now: it moved back for good, as
  /// after a refund.
  case acceptExpiry
}

/// What an override will be about, and the word that allows it once.
package struct OverrideOffer: Hashable, Sendable {
  package var token: String
  package var key: RenewalKey
  package var attempt: Int
  /// `nil` where nothing is open and only another attempt can be granted.
  package var renewal: Renewal?
  /// Boot clock, in milliseconds.
  package var expires: Int64
}

/// Why an operator's command was not carried out.
package enum OperatorRefusal: Error, Hashable, Sendable {
  case noSuchGroup(GroupKey)
  case noSuchAlert(Int64)
  /// The token is unknown, used, too old, or the renewal has moved on since.
  case tokenRefused(String)
  case notNow(String)
  /// A check that guards money said no.
  case guarded(String)
}

extension RenewalEngine {
  /// How long an override may be thought about.
  private static let tokenLife = Span.minutes(10)

  /// Carries out a command, durably, before it returns.
  ///
  /// - Returns: the effects of the whole cycle, which have to be performed even
  ///   where the command itself was refused: questions that were asked in it
  ///   wait for their answers.
  package func operate(
    _ command: OperatorCommand, actor: String, at reading: ClockReading
  ) -> (effects: [EngineEffect], refusal: OperatorRefusal?) {
    var refusal: OperatorRefusal?
    let effects = cycle(at: reading) {
      do throws(OperatorRefusal) { try carryOut(command, actor: actor) } catch { refusal = error }
    }
    return (effects, refusal)
  }

  /// The first of two steps: says what is open for a group and offers a token
  /// that is bound to it.
  package func prepareOverride(
    of key: GroupKey, at reading: ClockReading
  ) throws(OperatorRefusal) -> OverrideOffer {
    guard let row = try? store.read({ try $0.group(key) }),
      let situation = try? store.read({ try self.situation(of: row, $0) })
    else { throw .noSuchGroup(key) }
    let renewal = situation.open
    if renewal?.state == .submitted { throw .notNow("the paid call is being made") }
    guard let renewalKey = renewal?.intent.key ?? row.record.renewalKey else {
      throw .notNow("the group's expiry is unknown")
    }
    let offer = OverrideOffer(
      token: makeNonce(), key: renewalKey,
      attempt: renewal?.intent.attempt ?? situation.nextAttempt, renewal: renewal,
      expires: reading.boot + Self.tokenLife.seconds * 1000)
    offers = offers.filter { reading.boot < $0.value.expires }
    offers[offer.token] = offer
    return offer
  }

  private func carryOut(_ command: OperatorCommand, actor: String) throws(OperatorRefusal) {
    switch command {
    case .hold(let key, let hold):
      try change(key, .groupHeld, reason: hold.reason, actor: actor) { row, _ in
        row.record.hold = hold
      }
      dropPreparations(of: key.group)
    case .release(let key):
      try release(key, actor: actor)
    case .approve(let key, let price, let reason):
      try approve(key, seen: price, reason: reason, actor: actor)
    case .veto(let key, let reason): try veto(key, reason: reason, actor: actor)
    case .liftFuse(let name, let reason): try lift(name, reason: reason, actor: actor)
    case .pause(let reason):
      pauseReason = reason
      preparations = [:]
      try setPause(reason, .paymentsPaused, reason: reason, actor: actor)
    case .resume:
      try setPause(nil, .paymentsResumed, reason: "resumed", actor: actor)
    case .renewNow(let key):
      obstacles[key] = nil
      // A grant is made in the cloud: nothing here changes with it but this word.
      accounts[key.account]?.blockingRefusal = nil
      try change(key, .renewalRequested, reason: "asked for at once", actor: actor)
    case .acknowledge(let id, let note):
      guard let alert = alerts.standing.values.first(where: { $0.id == id }) else {
        throw .noSuchAlert(id)
      }
      if alert.kind == .machineChanged, note == nil {
        throw .notNow("a note has to say why this machine may pay: renewalctl ack --note")
      }
      try orRefuse(
        record { transaction in
          try acknowledge(alert, actor: actor, note: note, in: transaction)
          if alert.kind == .machineChanged { try adoptMachine(in: transaction) }
          // The account that the cloud names next is the right one.
          if alert.kind == .accountChanged {
            try transaction.set(.cloudAccount(alert.account), nil)
          }
        })
      if alert.kind.stopsPayments || alert.kind == .accountChanged { judgeAll() }
    case .override(let decision, let token, let reason):
      try override(decision, token: token, reason: reason, actor: actor)
    case .createGroup(let token): try order(token: token, actor: actor)
    case .settleCreation(let id, let seen, let word):
      try settle(id, seen: seen, word, actor: actor)
    }
  }

  /// Ends a hold, and a veto with it, whichever account they were spoken in.
  private func release(_ key: GroupKey, actor: String) throws(OperatorRefusal) {
    try change(key, .groupReleased, reason: "released", actor: actor) { row, transaction in
      for var other in try transaction.reader.groups(of: key.group) {
        if var words = try transaction.reader.deliberation(of: other.record.key),
          words.veto != nil
        {
          words.veto = nil
          try transaction.save(words, of: other.record.key)
        }
        guard other.record.hold != nil else { continue }
        other.record.hold = nil
        try transaction.save(other)
      }
      row.record.hold = nil
    }
  }

  private func change(
    _ key: GroupKey, _ kind: LedgerKind, reason: String, actor: String,
    _ body: (inout GroupRow, StoreTransaction) throws -> Void = { _, _ in }
  ) throws(OperatorRefusal) {
    guard var row = try? store.read({ try $0.group(key) }) else { throw .noSuchGroup(key) }
    try orRefuse(
      record { transaction in
        try transaction.append(
          LedgerEntry(
            kind, at: now(in: key.account), account: key.account, group: key.group, actor: actor,
            reason: reason))
        try body(&row, transaction)
        try transaction.save(row)
        try judge(try transaction.reader.groups(of: key.group), in: transaction)
      })
  }

  private func setPause(
    _ value: String?, _ kind: LedgerKind, reason: String, actor: String
  ) throws(OperatorRefusal) {
    try orRefuse(
      record { transaction in
        try transaction.append(LedgerEntry(kind, at: now, actor: actor, reason: reason))
        try transaction.set(.pauseReason, value)
      })
    // Only now: a resume that was not recorded must not open anything.
    pauseReason = value
    judgeAll()
  }

  private func override(
    _ decision: OverrideDecision, token: String, reason: String, actor: String
  ) throws(OperatorRefusal) {
    guard let offer = offers.removeValue(forKey: token) else {
      throw .tokenRefused("it is unknown or was used")
    }
    guard reading.boot < offer.expires else { throw .tokenRefused("it is older than ten minutes") }
    let key = offer.key.subject
    guard let row = try? store.read({ try $0.group(key) }),
      let situation = try? store.read({ try self.situation(of: row, $0) })
    else { throw .noSuchGroup(key) }
    guard situation.open == offer.renewal else {
      throw .tokenRefused("the renewal has changed since")
    }
    if decision == .acceptExpiry {
      guard row.record.renewalKey == offer.key else {
        throw .tokenRefused("the expiry has changed since")
      }
      return try acceptExpiry(row, reason: reason, actor: actor)
    }
    if let renewal = offer.renewal {
      if decision != .confirmPaid {
        try refuseBeforeProof(
          in: key.account, until: { renewal.intent.provableFrom($0) })
      }
      apply(
        decision == .confirmPaid ? .confirmedPaid : .confirmedNotPaid, toRenewal: renewal.id,
        actor: "\(actor): \(reason)")
      guard watches[renewal.id] == nil else { throw .notNow("the ledger could not be written") }
    } else if decision != .retryOnce {
      throw .notNow("no renewal of the group is open")
    }
    guard decision == .retryOnce, row.record.renewalKey == offer.key else { return }
    let attempt = offer.renewal == nil ? situation.nextAttempt : offer.attempt + 1
    obstacles[key] = nil
    try change(
      key, .groupReleased, reason: "one more attempt (number \(attempt)): \(reason)", actor: actor
    ) { row, _ in row.granted = (offer.key.expiry, attempt) }
  }

  /// What the console does not show yet may still come: until the request's life
  /// and its visibility are over nobody can say that nothing was paid.
  func refuseBeforeProof(
    in account: AccountName, until proof: (ProtocolParameters) -> Instant
  ) throws(OperatorRefusal) {
    let proof = proof(bounds(of: account))
    // The cloud's time is one. For an account that is no longer configured the
    // others tell it, the earliest of them.
    let clocks = accounts[account].map { [$0] } ?? Array(accounts.values)
    let times = clocks.filter { $0.clockDoubt == nil }.compactMap { $0.clock.now(at: reading) }
    guard let server = times.min() else { throw .notNow("the cloud's time is not known") }
    guard server >= proof else {
      throw .notNow("the request may still take effect until \(proof)")
    }
  }

  private func orRefuse(_ recorded: Void?) throws(OperatorRefusal) {
    if recorded == nil { throw .notNow("the ledger could not be written") }
  }
}
