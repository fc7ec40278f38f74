import InventoryStore
import RenewalCore

extension RenewalEngine {
  /// What a person should know of, in a fixed order.
  package var standingAlerts: [Alert] {
    alerts.standing.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Raises an alert, or keeps one that stands already.
  func raise(
    _ kind: AlertKind, account: AccountName = "", group: GroupID = "", reason: String,
    in transaction: StoreTransaction
  ) throws {
    let subject = AlertBoard.Subject(kind: kind, account: account, group: group)
    guard alerts.standing[subject] == nil else { return }
    let at = account.text.isEmpty ? now : now(in: account)
    var alert = Alert(
      id: 0, kind: kind, account: account, group: group, raised: at, lastTold: at, reason: reason)
    try transaction.append(entry(.alertRaised, alert, at: at))
    alert.id = transaction.head.sequence
    try transaction.save(alert)
    alerts.put(alert)
  }

  func clear(
    _ kind: AlertKind, account: AccountName = "", group: GroupID = "",
    in transaction: StoreTransaction
  ) throws {
    let subject = AlertBoard.Subject(kind: kind, account: account, group: group)
    guard let alert = alerts.standing[subject] else { return }
    try transaction.remove(alert)
    try transaction.append(
      entry(.alertCleared, alert, at: account.text.isEmpty ? now : now(in: account)))
    alerts.remove(subject)
  }

  func acknowledge(
    _ alert: Alert, actor: String, note: String?, in transaction: StoreTransaction
  ) throws {
    var row = entry(.alertAcknowledged, alert, at: now)
    row.actor = actor
    if let note { row.reason = note }
    try transaction.append(row)
    var acknowledged = alert
    acknowledged.acknowledged = true
    if alert.kind.needsAcknowledgement {
      try transaction.remove(alert)
      alerts.remove(AlertBoard.Subject(alert))
    } else {
      try transaction.save(acknowledged)
      alerts.put(acknowledged)
    }
  }

  /// Tells what still stands once more, so that a missed line is not the last.
  func repeatAlerts() {
    let due = canRecord ? alerts.repetitions(at: now, limit: Self.batch) : []
    isBehindInRepeating = due.count == Self.batch
    guard !due.isEmpty else { return }
    _ = record { transaction in
      for alert in due {
        var told = alert
        told.lastTold = now
        try transaction.save(told)
        try transaction.append(entry(.alertRepeated, told, at: now))
        alerts.put(told)
      }
    }
  }

  /// Something is wrong that whoever waits for a sign of life has to know of.
  var isDegraded: Bool {
    storageFault != nil
      || alerts.unheardPages > 0
      || alerts.standing.values.contains { $0.kind == .sweepFailing }
  }

  /// Keeps the place of a webhook in the ledger, so that a restart neither repeats
  /// nor forgets.
  func delivered(_ hook: String, upTo row: Int64) {
    guard canRecord else { return }
    _ = record { try $0.set(.hookPosition(hook), String(row)) }
  }

  /// An alert that is found out outside of the engine and stands as long as there is a
  /// problem; told again, it has the newest word of it.
  func stands(_ kind: AlertKind, _ account: AccountName, _ problem: String?) {
    let standing = alerts.standing[.init(kind: kind, account: account, group: "")]
    guard canRecord, standing?.reason != problem else { return }
    _ = record { transaction in
      guard let problem else { return try clear(kind, account: account, in: transaction) }
      guard var alert = standing else {
        return try raise(kind, account: account, reason: problem, in: transaction)
      }
      alert.reason = problem
      try transaction.save(alert)
      alerts.put(alert)
    }
  }

  /// Makes the alerts of a group those that its judgement asks for.
  func align(
    _ wanted: [AlertKind: String], for key: GroupKey, expiry: Instant?,
    in transaction: StoreTransaction
  ) throws {
    for kind in AlertKind.allCases where !kind.needsAcknowledgement && kind.isAboutGroup {
      if let reason = wanted[kind] {
        try raise(kind, account: key.account, group: key.group, reason: reason, in: transaction)
        try keep(kind, key, expiry, reason: reason, in: transaction)
      } else {
        try clear(kind, account: key.account, group: key.group, in: transaction)
      }
    }
  }

  /// Keeps the newest reason of what stands, so that it is what is told again, and tells
  /// it now where the expiry has come a step nearer.
  private func keep(
    _ kind: AlertKind, _ key: GroupKey, _ expiry: Instant?, reason: String,
    in transaction: StoreTransaction
  ) throws {
    let subject = AlertBoard.Subject(kind: kind, account: key.account, group: key.group)
    guard var alert = alerts.standing[subject] else { return }
    let now = now(in: key.account)
    let isCloser =
      kind.followsExpiryLadder && !alert.acknowledged
      && expiry.map {
        settings.policy.expiryLadder.isReached(before: $0, after: alert.lastTold, at: now)
      } ?? false
    guard isCloser || alert.reason != reason else { return }
    alert.reason = reason
    if isCloser { alert.lastTold = now }
    try transaction.save(alert)
    if isCloser { try transaction.append(entry(.alertRepeated, alert, at: now)) }
    alerts.put(alert)
  }

  private func entry(_ kind: LedgerKind, _ alert: Alert, at: Instant) -> LedgerEntry {
    LedgerEntry(
      kind, at: at, account: alert.account.text.isEmpty ? nil : alert.account,
      group: alert.group.text.isEmpty ? nil : alert.group, subject: alert.kind.rawValue,
      reason: alert.reason)
  }
}
