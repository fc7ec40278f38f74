import InventoryStore
import RenewalCore

/// The alerts that stand, by what they are about.
struct AlertBoard {
  struct Subject: Hashable, Comparable {
    var kind: AlertKind
    var account: AccountName
    var group: GroupID

    static func < (left: Subject, right: Subject) -> Bool {
      (left.account, left.group, left.kind.rawValue) < (
        right.account, right.group, right.kind.rawValue
      )
    }
  }

  private(set) var standing: [Subject: Alert] = [:]
  /// Each judgement of a group asks for these, and a large fleet has many others.
  private var stopping: Set<Subject> = []

  init(_ alerts: [Alert] = []) {
    for alert in alerts { put(alert) }
  }

  mutating func put(_ alert: Alert) {
    let subject = Subject(kind: alert.kind, account: alert.account, group: alert.group)
    standing[subject] = alert
    if alert.kind.stopsPayments && !alert.acknowledged {
      stopping.insert(subject)
    } else {
      stopping.remove(subject)
    }
  }

  mutating func remove(_ subject: Subject) {
    standing[subject] = nil
    stopping.remove(subject)
  }

  var stoppingPayments: [AlertKind] {
    stopping.map(\.kind).sorted { $0.rawValue < $1.rawValue }
  }

  /// Those that are to be told again, in a fixed order.
  func repetitions(at now: Instant) -> [Alert] {
    standing.filter { _, alert in
      guard !alert.acknowledged, !alert.kind.followsExpiryLadder,
        let interval = alert.kind.severity.repetition
      else { return false }
      // Told in the future: by a clock that was wrong then.
      return now >= alert.lastTold + interval || now < alert.lastTold
    }
    .sorted { $0.key < $1.key }.map(\.value)
  }
}

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
      alerts.remove(
        AlertBoard.Subject(kind: alert.kind, account: alert.account, group: alert.group))
    } else {
      try transaction.save(acknowledged)
      alerts.put(acknowledged)
    }
  }

  /// Tells what still stands once more, so that a missed line is not the last.
  func repeatAlerts() {
    let due = alerts.repetitions(at: now)
    guard !due.isEmpty, canRecord else { return }
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
      || alerts.standing.values.contains { alert in
        alert.kind == .sweepFailing || (alert.kind.severity == .page && !alert.acknowledged)
      }
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
        try repeatOnLadder(kind, key, expiry, reason: reason, in: transaction)
      } else {
        try clear(kind, account: key.account, group: key.group, in: transaction)
      }
    }
  }

  /// Tells what stands once more where the expiry has come a step nearer.
  private func repeatOnLadder(
    _ kind: AlertKind, _ key: GroupKey, _ expiry: Instant?, reason: String,
    in transaction: StoreTransaction
  ) throws {
    let subject = AlertBoard.Subject(kind: kind, account: key.account, group: key.group)
    let now = now(in: key.account)
    guard kind.followsExpiryLadder, let expiry, var alert = alerts.standing[subject],
      !alert.acknowledged,
      settings.policy.expiryLadder.isReached(before: expiry, after: alert.lastTold, at: now)
    else { return }
    alert.lastTold = now
    alert.reason = reason
    try transaction.save(alert)
    try transaction.append(entry(.alertRepeated, alert, at: now))
    alerts.put(alert)
  }

  private func entry(_ kind: LedgerKind, _ alert: Alert, at: Instant) -> LedgerEntry {
    LedgerEntry(
      kind, at: at, account: alert.account.text.isEmpty ? nil : alert.account,
      group: alert.group.text.isEmpty ? nil : alert.group, subject: alert.kind.rawValue,
      reason: alert.reason)
  }
}
