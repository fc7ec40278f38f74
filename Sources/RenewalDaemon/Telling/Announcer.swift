import InventoryStore
import RenewalCore
import Systemd

/// Turns what the ledger tells into journal records. The ledger's rows are the
/// only source: a line in the journal is never ahead of the disk.
enum Announcer {
  static func record(of row: LedgerRow, head: LedgerHead) -> JournalRecord {
    let entry = row.entry
    let alert = entry.subject.flatMap { AlertKind(rawValue: $0) }
    var fields = fields(of: row)
    switch entry.kind {
    case .alertRaised, .alertRepeated:
      let kind = alert ?? .renewalHeld
      fields["RENEWAL_REMEDY"] = kind.remedy
      let again = entry.kind == .alertRepeated ? " still" : ""
      return JournalRecord(
        messageID: MessageID.of(kind), priority: priority(kind),
        message: "\(kind.rawValue)\(again)\(about(entry)): \(entry.reason). \(kind.remedy)",
        fields: fields)
    case .alertCleared:
      return JournalRecord(
        messageID: MessageID.of(.alertCleared), priority: .notice,
        message: "\(entry.subject ?? "an alert")\(about(entry)) is over", fields: fields)
    case .renewalChanged:
      let state = entry.subject.flatMap { RenewalState(rawValue: $0) } ?? .unknown
      return JournalRecord(
        messageID: MessageID.of(state), priority: priority(state),
        message: "renewal\(about(entry)) is \(state.rawValue): \(entry.reason)", fields: fields)
    case .renewalIntended:
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .notice,
        message: "paying \(entry.amount?.description ?? "")\(about(entry)): \(entry.reason)",
        fields: fields)
    case .creationIntended:
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .notice,
        message: "ordering a group for \(entry.amount?.description ?? ""): \(entry.reason)",
        fields: fields)
    case .creationChanged:
      let state = entry.subject.flatMap { RenewalState(rawValue: $0) } ?? .unknown
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: priority(state),
        message: "the order of a group is \(state.rawValue): \(entry.reason)", fields: fields)
    case .expiryObserved:
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .info,
        message: "expiry\(about(entry)) is \(entry.newExpiry?.description ?? "none")",
        fields: fields)
    case .started:
      // An anchor outside the file: a ledger put back from an older copy ends
      // before the head that the journal remembers.
      fields["RENEWAL_AUDIT_HEAD"] = "\(head.sequence):\(head.hash)"
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .notice,
        message: "started in mode \(entry.subject ?? "")", fields: fields)
    case .fuseBlown:
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .error,
        message: "fuse \(entry.subject ?? "") is blown, all payments are stopped: \(entry.reason)",
        fields: fields)
    case .stopped, .alertAcknowledged, .groupHeld, .groupReleased, .renewalRequested,
      .expiryAccepted, .renewalNoticed, .approvalAsked, .renewalApproved, .renewalVetoed,
      .fuseLifted, .paymentsPaused, .paymentsResumed, .configurationLoaded:
      let amount = entry.amount.map { " of \($0)" } ?? ""
      return JournalRecord(
        messageID: MessageID.of(entry.kind), priority: .notice,
        message: "\(entry.kind.rawValue)\(amount)\(about(entry)): \(entry.reason)", fields: fields)
    }
  }

  /// The one line of a sweep in which nothing happened.
  static func sweepEnded(_ account: AccountName, groups: Int, isComplete: Bool) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.sweepEnded, priority: isComplete ? .info : .warning,
      message: isComplete
        ? "account \(account): all \(groups) groups seen"
        : "account \(account): only \(groups) groups seen, the sweep is partial",
      fields: ["RENEWAL_ACCOUNT": account.text, "RENEWAL_GROUPS": String(groups)])
  }

  /// How one run ended, where the line of its sweep does not say it all.
  static func runEnded(_ outcome: RunOutcome, head: LedgerHead) -> JournalRecord? {
    guard !outcome.reason.isEmpty else { return nil }
    let isFault = outcome.code.rawValue >= ExitCode.usage.rawValue
    return JournalRecord(
      messageID: MessageID.runEnded, priority: isFault ? .error : .info,
      message: "run ended: \(outcome.reason)",
      fields: [
        "RENEWAL_REASON": outcome.reason, "RENEWAL_SUBJECT": String(outcome.code.rawValue),
        "RENEWAL_AUDIT_HEAD": "\(head.sequence):\(head.hash)",
      ])
  }

  static func storageFailed(_ error: StoreError) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.storageFailed, priority: .error,
      message: "payments are off: \(error). \(error.remedy)")
  }

  static func startFailed(_ failure: DaemonFailure) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.startFailed, priority: .error, message: failure.description,
      fields: ["RENEWAL_REASON": failure.message, "RENEWAL_REMEDY": failure.remedy])
  }

  static func payerMissing(_ account: AccountName, _ problem: String) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.payerMissing, priority: .error,
      message: "account \(account) cannot pay: \(problem)",
      fields: ["RENEWAL_ACCOUNT": account.text, "RENEWAL_REASON": problem])
  }

  static func credentialsReloaded(_ note: String) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.credentialsReloaded, priority: .notice, message: note,
      fields: ["RENEWAL_REASON": note])
  }

  static func ledgerCopied(to path: String, upTo row: Int64) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.ledgerCopied, priority: .info,
      message: "ledger copied to \(path), up to row \(row)",
      fields: ["RENEWAL_SUBJECT": path, "RENEWAL_SEQUENCE": String(row)])
  }

  static func metricsUnavailable(_ error: MetricsServerError) -> JournalRecord {
    JournalRecord(
      messageID: MessageID.metricsUnavailable, priority: .error, message: error.description,
      fields: ["RENEWAL_REASON": error.description])
  }

  private static func about(_ entry: LedgerEntry) -> String {
    if let group = entry.group { return " for \(group)" }
    return entry.account.map { " in account \($0)" } ?? ""
  }

  private static func fields(of row: LedgerRow) -> [String: String] {
    let entry = row.entry
    let all: [String: String?] = [
      "RENEWAL_SEQUENCE": String(row.sequence),
      "RENEWAL_KIND": entry.kind.rawValue,
      "RENEWAL_SUBJECT": entry.subject,
      "RENEWAL_ACCOUNT": entry.account?.text,
      "RENEWAL_GROUP_ID": entry.group?.text,
      "RENEWAL_INTENT_ID": entry.renewal.map { String($0) },
      "RENEWAL_ORDER_ID": entry.order?.text,
      "RENEWAL_REQUEST_ID": entry.requestID,
      "RENEWAL_OLD_EXPIRY": entry.oldExpiry?.description,
      "RENEWAL_NEW_EXPIRY": entry.newExpiry?.description,
      "RENEWAL_AMOUNT": entry.amount?.decimalText,
      "RENEWAL_CURRENCY": entry.amount?.currency.code,
      "RENEWAL_ACTOR": entry.actor,
      "RENEWAL_REASON": entry.reason,
    ]
    return all.compactMapValues { $0 }
  }

  private static func priority(_ kind: AlertKind) -> JournalPriority {
    switch kind.severity {
    case .page: .error
    case .sameDay: .warning
    case .journal: .notice
    }
  }

  private static func priority(_ state: RenewalState) -> JournalPriority {
    switch state {
    case .unknown, .stuck, .unpaid: .error
    case .refused, .notSent, .notEffected, .foreign: .warning
    case .submitted, .accepted, .settled: .notice
    }
  }
}
