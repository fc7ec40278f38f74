import InventoryStore
import RenewalCore

/// Decide: what each group whose time has come needs.
extension RenewalEngine {
  /// Groups judged in one transaction; more wait for the next cycle, which
  /// follows at once.
  static let batch = 200

  func judgeWaiting() {
    for account in knownAccounts where canRecord {
      let now = now(in: account)
      guard nextAttention(in: account).map({ $0 <= now }) ?? false else { continue }
      do throws(StoreError) {
        let rows = try store.read {
          try $0.groupsWaiting(in: account, at: now, limit: Self.batch)
        }
        if !rows.isEmpty { _ = record { try judge(rows, in: $0) } }
      } catch { storageFailed(error) }
    }
  }

  /// After a start or a reload everything may stand differently: all groups are
  /// judged again, beginning in this cycle.
  func judgeAll() { review = .after(nil) }

  /// Goes on with the walk over all groups, a batch in each cycle: the rest of a
  /// large fleet must not hold up what is due meanwhile. Money waits for none of
  /// it, since every payment judges its own group anew.
  func continueReview() {
    guard case .after(let last) = review, canRecord else { return }
    guard let rows = try? store.read({ try $0.groups(after: last, limit: Self.batch) }),
      let end = rows.last
    else {
      review = .done
      return
    }
    let judged: Void? = record { try judge(rows, in: $0) }
    // A fault that heals finds the walk where it was. A refused change is a
    // defect that may not keep the groups behind it from being judged.
    if judged != nil || canRecord { review = .after(end.record.key) }
  }

  /// Judges rows, saves what changed and queues what is to be paid for.
  func judge(_ rows: [GroupRow], in transaction: StoreTransaction) throws {
    for row in rows {
      let judged = try judge(row, in: transaction)
      if judged != row { try transaction.saveJudgement(judged) }
    }
    try rememberAnnounced(transaction)
  }

  private func judge(_ row: GroupRow, in transaction: StoreTransaction) throws -> GroupRow {
    let key = row.record.key
    let account = accounts[key.account]
    let parameters = bounds(of: key.account)
    let now = now(in: key.account)
    let situation = try announcing(
      try situation(of: row, transaction.reader), at: now, in: transaction)
    let obstacle = obstacles[key].flatMap { $0.expiry == situation.expiry ? $0 : nil }
    if obstacle == nil { obstacles[key] = nil }
    let isObstructed = obstacle.map { reading.boot < $0.until } ?? false
    var judgement = situation.judged(
      at: now, parameters: parameters, refusal: obstacle?.check, mayTryAgain: !isObstructed,
      // Slots are waited for in the queue, everything else by looking again.
      gate: account.flatMap {
        gate(of: $0).checks.first { !$0.passed && $0.check != .slotFree }
      },
      ladder: settings.policy.expiryLadder)
    var attention = judgement.attentionAt
    if isObstructed, let obstacle {
      attention = earlier(attention, now + .seconds((obstacle.until - reading.boot) / 1000 + 1))
    }
    if judgement.standing == .due { enqueue(key, expiry: situation.expiry ?? now) }
    if let closed = judgement.closed { effects.append(.heldBack(closed.check)) }
    if judgement.standing == .due || judgement.closed != nil {
      // A hold ends at a known instant. The other obstacles end by an event
      // that judges again; looking at the poll interval is the safety net.
      let end = judgement.closed?.check == .startHoldOver ? account?.hold.end : nil
      attention = earlier(attention, end ?? now + parameters.pollInterval)
    }
    if let open = situation.open, account == nil, open.intent.key.subject == key {
      // Whether somebody can look at it changes with what others list.
      attention = earlier(attention, now + parameters.pollInterval)
      if let blindness = try blindness(of: open, transaction.reader) {
        judgement.alerts[.stuckOrder] = blindness
      }
    }
    try align(
      judgement.alerts, for: key, expiry: situation.expiry ?? situation.record.maximumExpiry,
      in: transaction)
    var judged = row
    judged.standing = judgement.standing
    judged.reason = judgement.reason
    judged.dueAt = situation.dueAt
    judged.attentionAt = attention
    return judged
  }

  func situation(of row: GroupRow, _ reader: StoreReader) throws -> GroupSituation {
    var record = row.record
    var words = try deliberation(of: record.key, at: record.latest.expiry, reader)
    let mentions = try reader.mentions(of: record.latest.id, besides: record.account)
    // The fence and a person's no are the group's, not the account's: another one
    // may have seen it renewed, or have had another name when somebody spoke.
    let others =
      mentions.contains(.otherAccounts)
      ? try reader.groups(of: record.latest.id, besides: record.account) : []
    for other in others {
      if let highest = other.record.maximumExpiry {
        record.maximumExpiry = max(record.maximumExpiry ?? highest, highest)
      }
      record.hold = record.hold.lasting(other.record.hold, as: other.record.account)
      if let expiry = record.latest.expiry, words?.veto == nil,
        let veto = try deliberation(of: other.record.key, at: expiry, reader)?.veto
      {
        words = words ?? Deliberation(expiry: expiry)
        words?.veto = veto
      }
    }
    let isConfigured = accounts[record.account] != nil
    let isRenewed = mentions.contains(.renewals)
    let attempts =
      isRenewed ? try record.renewalKey.map { try reader.attempts(for: $0) } ?? [] : []
    return GroupSituation(
      record: record,
      // Of an account that is no longer configured nothing can be paid.
      rule: isConfigured ? settings.policy.rule(for: record.latest, of: record.account) : nil,
      open: isRenewed ? try reader.openRenewal(of: record.key) : nil, attempts: attempts,
      grantedAttempt: row.granted?.expiry == record.latest.expiry ? row.granted?.attempt : nil,
      deliberation: words)
  }

  private func deliberation(
    of key: GroupKey, at expiry: Instant?, _ reader: StoreReader
  ) throws -> Deliberation? {
    try reader.deliberation(of: key).flatMap { $0.expiry == expiry ? $0 : nil }
  }

  /// What decides, beside the group itself, whether an account may pay.
  func gate(of account: AccountState) -> PaymentGate {
    let serverNow = account.clock.now(at: reading)
    let midnight = serverNow.map { Instant($0.seconds - $0.seconds % 86400) } ?? now
    let hasSettled = account.lastSettled.map { $0 >= midnight } ?? false
    // One whose proof is overdue, because the group is gone or cannot be read,
    // blocks its own group and no others.
    let open = watches.values.map(\.renewal).filter { renewal in
      renewal.intent.key.subject.account == account.name
        && serverNow.map { $0 < renewal.intent.provableFrom(account.parameters) + .hours(1) }
          ?? true
    }
    // Until the first of the day has settled, an order that is not visible yet
    // counts too. Stuck and unpaid orders wait for a person and block no others.
    let counted: [RenewalState] =
      hasSettled ? [.submitted, .unknown] : [.submitted, .unknown, .accepted]
    var paused = pauseReason
    if let refusal = account.blockingRefusal {
      let remedy = "mend it, then reload with another key or renewalctl renew a due group --now"
      paused = paused ?? "the last payment was refused: \(refusal.code); \(remedy)"
    }
    return PaymentGate(
      mode: settings.mode, paused: paused, stoppingAlerts: alerts.stoppingPayments,
      storageFault: storageFault?.description, clockDoubt: account.clockDoubt,
      serverNow: serverNow, startHold: account.hold, hasPayer: account.settings.hasPayer,
      openCalls: open.filter { counted.contains($0.state) }.count
        + creating.callsOut(in: account.name),
      callLimit: min(hasSettled ? 4 : 1, settings.policy.fuses.callsAtOnce),
      blownFuse: blownFuse,
      foreignKey: alerts.standing[
        .init(kind: .accountChanged, account: account.name, group: "")]?.reason)
  }

  private func enqueue(_ key: GroupKey, expiry: Instant) {
    guard preparations[key] == nil else { return }
    let entry = QueuedGroup(expiry: expiry, key: key)
    guard var queue = accounts[key.account]?.queue, !queue.contains(entry) else { return }
    queue.insert(entry, at: queue.firstIndex { entry < $0 } ?? queue.endIndex)
    accounts[key.account]?.queue = queue
  }
}

func earlier(_ one: Instant?, _ other: Instant) -> Instant { one.map { min($0, other) } ?? other }

extension Hold? {
  /// This hold, or the one of another account where that lasts longer.
  fileprivate func lasting(_ other: Hold?, as account: AccountName) -> Hold? {
    guard var other else { return self }
    if let own = self, own.until ?? Instant(.max) >= other.until ?? Instant(.max) { return own }
    other.reason = "\(other.reason) (held as \(account))"
    return other
  }
}
