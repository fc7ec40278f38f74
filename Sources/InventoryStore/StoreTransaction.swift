import FoundationEssentials
import GRDB
import RenewalCore

/// One transaction of the inventory: everything in it becomes durable
/// together, or none of it. Lives as long as the `write` that made it.
package final class StoreTransaction {
  let database: Database
  package private(set) var head: LedgerHead
  private(set) var sidecarLines: [SidecarLine] = []

  init(database: Database, head: LedgerHead) {
    self.database = database
    self.head = head
  }

  package var reader: StoreReader { StoreReader(database: database) }

  package func append(_ entry: LedgerEntry) throws {
    head = try LedgerQueries.append(entry, after: head, database)
  }

  /// Records the decision to spend.
  ///
  /// - Throws: `StoreError.refused` if a renewal of the group is open, or the
  ///   attempt or its nonce was used before.
  package func open(_ intent: RenewalIntent, at now: Instant) throws -> Renewal {
    let renewal = try RenewalQueries.insert(intent, at: now, database)
    try append(
      LedgerEntry(
        .renewalIntended, at: now, account: intent.key.subject.account,
        group: intent.key.subject.group, renewal: renewal.id,
        subject: RenewalState.submitted.rawValue, oldExpiry: intent.key.expiry,
        amount: intent.quote, reason: "rule '\(intent.rule)', attempt \(intent.attempt)",
        detail: try ledgerText(intent)))
    note(renewal, .submitted, intent: intent)
    return renewal
  }

  /// Records the decision to order a group.
  ///
  /// - Throws: `StoreError.refused` if an order of the name is open, or its
  ///   attempt or nonce was used before.
  package func open(_ intent: CreationIntent, at now: Instant) throws -> Creation {
    let text = try ledgerText(intent)
    let creation = try CreationQueries.insert(intent, text: text, at: now, database)
    try append(
      LedgerEntry(
        .creationIntended, at: now, account: intent.account,
        subject: RenewalState.submitted.rawValue, amount: intent.quote, actor: intent.actor,
        reason: "'\(intent.name)', order \(intent.attempt) of the name", detail: text))
    note(creation, intent: intent)
    return creation
  }

  /// Moves an order of a new group to another state.
  ///
  /// - Throws: `StoreError.refused` if it is no longer in the state that
  ///   `creation` says.
  package func apply(
    _ transition: CreationTransition, to creation: Creation, at now: Instant,
    requestID: String? = nil, actor: String = "daemon"
  ) throws -> Creation {
    try CreationQueries.change(creation, by: transition, at: now, database)
    try append(
      LedgerEntry(
        .creationChanged, at: now, account: creation.intent.account, group: transition.group,
        subject: transition.state.rawValue, order: transition.order,
        amount: creation.intent.quote, requestID: requestID, actor: actor,
        reason: "'\(creation.intent.name)': \(transition.reason)", detail: creation.intent.nonce))
    var changed = creation
    changed.state = transition.state
    changed.order = transition.order
    changed.group = transition.group
    changed.since = now
    changed.reason = transition.reason
    note(changed)
    return changed
  }

  private func ledgerText(_ intent: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(intent), as: UTF8.self)
  }

  /// Moves a renewal to another state.
  ///
  /// - Throws: `StoreError.refused` if it is no longer in the state that
  ///   `renewal` says.
  package func apply(
    _ transition: RenewalTransition, to renewal: Renewal, at now: Instant,
    requestID: String? = nil, actor: String = "daemon"
  ) throws -> Renewal {
    try RenewalQueries.change(
      renewal, to: transition.state, order: transition.order, newExpiry: transition.newExpiry,
      charged: transition.charged, at: now, database)
    let key = renewal.intent.key
    try append(
      LedgerEntry(
        .renewalChanged, at: now, account: key.subject.account, group: key.subject.group,
        renewal: renewal.id, subject: transition.state.rawValue, oldExpiry: key.expiry,
        newExpiry: transition.newExpiry, order: transition.order,
        amount: transition.charged ?? renewal.intent.quote, requestID: requestID, actor: actor,
        reason: transition.reason))
    var changed = renewal
    changed.state = transition.state
    changed.order = transition.order
    changed.since = now
    note(changed, transition.state, newExpiry: transition.newExpiry)
    return changed
  }

  package func save(_ row: GroupRow) throws { try GroupQueries.save(row, database) }

  /// Saves what a judgement changes of a row: standing, reason, and when it is due and
  /// to be judged again.
  package func saveJudgement(_ row: GroupRow) throws {
    try GroupQueries.saveJudgement(row, database)
  }

  /// Notes that a group was listed, if all that is known of it is just so.
  ///
  /// - Returns: whether it is.
  package func markListed(
    _ group: DeliveryGroup, in account: AccountName, sweep: Int64, at: Instant
  ) throws -> Bool {
    try GroupQueries.markListed(group, in: account, sweep: sweep, at: at, database)
  }

  package func save(_ words: Deliberation, of key: GroupKey) throws {
    try DeliberationQueries.save(words, of: key, database)
  }

  package func save(_ alert: Alert) throws { try AlertQueries.save(alert, database) }
  package func remove(_ alert: Alert) throws { try AlertQueries.remove(alert, database) }

  package func set(_ setting: StoreSetting, _ value: String?) throws {
    guard let value else {
      try database.cachedStatement(sql: "DELETE FROM settings WHERE name = ?")
        .execute(arguments: [setting.name])
      return
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO settings (name, value) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """
    ).execute(arguments: [setting.name, value])
  }

  /// Raises an alert of the whole daemon, once: what opening finds out has to
  /// stand even if the process ends before anything else is done.
  func raise(_ kind: AlertKind, _ reason: String, at now: Instant) throws {
    guard try AlertQueries.of("", "", database).allSatisfy({ $0.kind != kind }) else { return }
    try append(LedgerEntry(.alertRaised, at: now, subject: kind.rawValue, reason: reason))
    try save(
      Alert(id: head.sequence, kind: kind, raised: now, lastTold: now, reason: reason))
  }

  private func note(
    _ renewal: Renewal, _ state: RenewalState, newExpiry: Instant? = nil,
    intent: RenewalIntent? = nil
  ) {
    sidecarLines.append(
      SidecarLine(
        sequence: head.sequence, hash: head.hash, nonce: renewal.intent.nonce, state: state,
        order: renewal.order, newExpiry: newExpiry, intent: intent))
  }

  private func note(_ creation: Creation, intent: CreationIntent? = nil) {
    sidecarLines.append(
      SidecarLine(
        sequence: head.sequence, hash: head.hash, nonce: creation.intent.nonce,
        state: creation.state, order: creation.order, creation: intent))
  }

  /// Takes over what was recorded beside a ledger that has lost it. Each
  /// renewal gets the last state that was recorded; one that was open becomes
  /// unknown, for its answer is lost with the rest.
  func takeOver(_ lines: [SidecarLine], at now: Instant) throws {
    for line in lines {
      if let intent = line.intent {
        guard try RenewalQueries.renewal(nonce: intent.nonce, database) == nil else { continue }
        try restoreGroup(of: intent, at: now)
        // Refused where an older renewal of the group is still open in this
        // ledger: that one blocks the group as well, and the alert that comes
        // with a rollback stops all payments.
        do { _ = try open(intent, at: now) } catch let error as DatabaseError
          where error.resultCode == .SQLITE_CONSTRAINT
        {}
      } else if let intent = line.creation {
        guard try CreationQueries.creation(nonce: intent.nonce, database) == nil else { continue }
        // Refused where an older order of the name is open: as above.
        do { _ = try open(intent, at: now) } catch let error as DatabaseError
          where error.resultCode == .SQLITE_CONSTRAINT
        {}
      } else if let creation = try CreationQueries.creation(nonce: line.nonce, database) {
        guard creation.state.isOpen, creation.state != line.state else { continue }
        _ = try apply(
          CreationTransition(
            state: line.state, order: line.order ?? creation.order, group: creation.group,
            reason: "taken over from the sidecar"),
          to: creation, at: now)
      } else if let renewal = try RenewalQueries.renewal(nonce: line.nonce, database),
        renewal.state.isOpen, renewal.state != line.state
      {
        _ = try apply(
          RenewalTransition(
            state: line.state, order: line.order ?? renewal.order, newExpiry: line.newExpiry,
            reason: "taken over from the sidecar"),
          to: renewal, at: now)
      }
    }
  }

  /// A group that the older ledger has not seen yet needs a row to hang its
  /// renewals on; the expiry of the intent is the highest that is known.
  private func restoreGroup(of intent: RenewalIntent, at now: Instant) throws {
    let key = intent.key.subject
    if var row = try GroupQueries.group(key, database) {
      if row.record.maximumExpiry ?? Instant(.min) < intent.key.expiry {
        row.record.maximumExpiry = intent.key.expiry
        try save(row)
      }
      return
    }
    let group = DeliveryGroup(id: key.group, expiry: intent.key.expiry)
    try save(
      GroupRow(
        record: GroupRecord(
          account: key.account, latest: group, maximumExpiry: intent.key.expiry, firstSeen: now,
          lastSeen: now),
        attentionAt: now))
  }
}
