/// Everything a person may have to know. Names are those of the journal's
/// catalog; each says what it means and what to do about it.
package enum AlertKind: String, Hashable, Sendable, CaseIterable, Codable {
  // About one group.
  case outcomeUnknown = "OUTCOME_UNKNOWN"
  case stuckOrder = "STUCK_ORDER"
  case unpaidOrder = "UNPAID_ORDER"
  case attemptsExhausted = "ATTEMPTS_EXHAUSTED"
  case expiryNear = "EXPIRY_NEAR"
  case renewalHeld = "RENEWAL_HELD"
  case lapsed = "LAPSED"
  case gone = "GONE"
  case converted = "CONVERTED"
  case doubleExtension = "DOUBLE_EXTENSION"
  case orderMismatch = "ORDER_MISMATCH"
  case priceRefused = "PRICE_CHANGED"
  case schemaDrift = "SCHEMA_DRIFT"
  case expiryRegressed = "EXPIRY_REGRESSED"
  case foreignRenewal = "FOREIGN_RENEWAL"
  case nativeAutoRenew = "NATIVE_AUTO_RENEW"
  case unmanagedExpiring = "UNMANAGED_EXPIRING"
  case lapsing = "LAPSING"
  case renewalNoticed = "NOTICE"
  case approvalNeeded = "APPROVAL_NEEDED"
  case approvalOverdue = "APPROVAL_OVERDUE"
  case hoursGaveWay = "HOURS_GAVE_WAY"
  case budgetExhausted = "BUDGET"
  case balanceLow = "BALANCE_LOW"
  case amountMismatch = "AMOUNT_MISMATCH"
  // About an account.
  case authentication = "AUTH"
  case permission = "PERMISSION"
  case clock = "CLOCK"
  case sweepFailing = "SWEEP_FAILING"
  case balanceEnding = "BALANCE_ENDING"
  case accountChanged = "ACCOUNT_CHANGED"
  case visibilitySlow = "VISIBILITY_SLOW"
  case creationUnknown = "CREATION_UNKNOWN"
  case creationStuck = "CREATION_STUCK"
  case createdTwice = "CREATED_TWICE"
  // About this daemon.
  case rollback = "ROLLBACK"
  case ledgerTamper = "LEDGER_TAMPER"
  case machineChanged = "MACHINE_CHANGED"
  case storageFault = "STORAGE_FAULT"
  case backupFailed = "BACKUP_FAILED"
  case configurationRejected = "CONFIG_REJECTED"
  case fuse = "FUSE"
  case heartbeatFailing = "HEARTBEAT_FAILING"
  case notifierFailing = "NOTIFIER_FAILING"

  package enum Severity: Int, Comparable, Sendable {
    /// P3: for whoever reads the journal.
    case journal = 3
    /// P2: to be dealt with the same day.
    case sameDay = 2
    /// P1: calls a person.
    case page = 1

    package static func < (left: Severity, right: Severity) -> Bool {
      left.rawValue > right.rawValue
    }

    /// How often an alert that stands is told again.
    package var repetition: Span? {
      switch self {
      case .page: .hours(1)
      case .sameDay: .days(1)
      case .journal: nil
      }
    }
  }

  package var severity: Severity {
    switch self {
    case .stuckOrder, .unpaidOrder, .attemptsExhausted, .expiryNear, .lapsed, .gone, .converted,
      .doubleExtension, .orderMismatch, .authentication, .permission, .rollback, .ledgerTamper,
      .accountChanged, .machineChanged, .storageFault, .approvalOverdue, .amountMismatch, .fuse,
      .creationStuck, .createdTwice:
      .page
    case .outcomeUnknown, .priceRefused, .schemaDrift, .expiryRegressed, .clock, .sweepFailing,
      .visibilitySlow, .unmanagedExpiring, .configurationRejected, .backupFailed,
      .heartbeatFailing, .notifierFailing, .approvalNeeded, .budgetExhausted, .balanceLow,
      .balanceEnding, .creationUnknown:
      .sameDay
    case .renewalHeld, .foreignRenewal, .nativeAutoRenew, .lapsing, .renewalNoticed, .hoursGaveWay:
      .journal
    }
  }

  /// Told again at the steps towards the group's expiry, in place of at fixed intervals.
  package var followsExpiryLadder: Bool {
    switch self {
    case .renewalHeld, .unmanagedExpiring, .lapsing: true
    default: false
    }
  }

  /// Whether no paid call leaves, for any group, while it stands: the ledger
  /// and the bill disagree, or the ledger itself is in doubt.
  package var stopsPayments: Bool {
    switch self {
    case .doubleExtension, .orderMismatch, .amountMismatch, .rollback, .ledgerTamper,
      .machineChanged, .createdTwice:
      true
    default: false
    }
  }

  /// Told by an event, and standing until a person acknowledges it; the others
  /// follow from the state and clear by themselves.
  package var needsAcknowledgement: Bool {
    switch self {
    case .doubleExtension, .orderMismatch, .amountMismatch, .rollback, .ledgerTamper,
      .accountChanged, .machineChanged, .createdTwice, .storageFault:
      true
    default: false
    }
  }

  /// What the operator does next, in one sentence.
  package var remedy: String {
    switch self {
    case .outcomeUnknown:
      "Nothing to do yet: the daemon watches the expiry and pays again only after proof."
    case .stuckOrder:
      "Look at the order in the console; pay or cancel it, then renewalctl confirm-paid or "
        + "confirm-not-paid."
    case .unpaidOrder: "Pay or cancel the order in the console; the daemon will see which."
    case .attemptsExhausted:
      "Renew the group by hand in the console; the daemon will see it and go on."
    case .expiryNear:
      "Less than a day is left: hold the group with renewalctl hold, then renew it by hand."
    case .renewalHeld: "See renewalctl explain for the check that holds it."
    case .lapsed: "The service is or will be lost: renew or retire the group in the console."
    case .gone: "The group is no longer listed: find out whether it was released."
    case .converted: "The group is no longer a subscription: retire it or change the rule."
    case .doubleExtension:
      "The expiry moved by more than one period; payments are stopped. Check the bill, ask for a "
        + "refund, then acknowledge."
    case .orderMismatch:
      "The order belongs to something else; payments are stopped. Check the bill, then acknowledge."
    case .priceRefused: "Raise maximum_price or maximum_drift in the rule, or renew by hand."
    case .schemaDrift:
      "The cloud answers in a form this version does not know: update, and renew by hand meanwhile."
    case .expiryRegressed:
      "The expiry moved back, as after a refund: find out why, then renewalctl accept-expiry, or "
        + "renew by hand."
    case .foreignRenewal: "Somebody else renewed the group: choose one payer."
    case .nativeAutoRenew: "The cloud renews the group by itself: choose one payer."
    case .unmanagedExpiring: "No rule covers the group: write one, or let it lapse by a rule."
    case .renewalNoticed: "Nothing to do if that is right; renewalctl veto stops it."
    case .approvalNeeded: "Approve the renewal with renewalctl approve, or renewalctl veto it."
    case .approvalOverdue:
      "It is not renewed without a person's word: renewalctl approve, or renewalctl veto."
    case .hoursGaveWay:
      "Nothing to do: the expiry came too near to wait for the rule's hours any longer."
    case .budgetExhausted: "Raise the budget and reload, or wait until it starts anew."
    case .balanceLow: "Top up the account before the expiry is near."
    case .balanceEnding: "Top up the account before then; renewalctl plan lists what is to be paid."
    case .amountMismatch:
      "The order cost more than was quoted; payments are stopped. Check the bill, then acknowledge."
    case .fuse:
      "All payments are stopped. Find out why so much was to be paid, then renewalctl lift-fuse."
    case .lapsing: "The rule lets this group expire: change the rule if that is wrong."
    case .authentication:
      "The key is unknown, disabled or its secret is wrong: replace it, then restart the service."
    case .permission:
      "Grant the key what config/ram-policy lists; where a payment was refused, renewalctl renew a "
        + "due group --now then."
    case .clock: "Set this machine's clock; payments wait until it agrees with the cloud's."
    case .accountChanged:
      "The account pays nothing. Mend the credentials and reload; renewalctl ack takes the other "
        + "account for the right one."
    case .sweepFailing: "The cloud cannot be read: check network, DNS and credentials."
    case .visibilitySlow: "Orders take long to show: raise visibility_bound if it stays so."
    case .creationUnknown:
      "Nothing to do yet: the daemon looks for the group by its name and orders nothing more."
    case .creationStuck:
      "Look for the order and the group in the console, then renewalctl settle-creation."
    case .createdTwice:
      "More groups appeared than were ordered; payments are stopped. Check the bill, then "
        + "acknowledge."
    case .rollback:
      "The ledger is older than what was recorded beside it; payments are stopped. Compare "
        + "renewalctl ledger with the orders in the console, then acknowledge."
    case .machineChanged:
      "Make sure that the other machine does not pay any more, then renewalctl ack --note 'why'."
    case .ledgerTamper:
      "The ledger is not what was recorded beside it; payments are stopped. See renewalctl verify; "
        + "stop the daemon and renewalctl restore a copy that verifies, or acknowledge."
    case .backupFailed:
      "Make room in the state directory or check the disk, then renewalctl backup; it is tried "
        + "again every hour."
    case .storageFault:
      "A write to disk failed earlier, and payments were off meanwhile: check the disk, then "
        + "acknowledge."
    case .configurationRejected: "Mend the file and reload; the old configuration stays in force."
    case .heartbeatFailing:
      "Whoever waits for the heartbeat may call: check its URL and the network."
    case .notifierFailing:
      "Alerts wait in the ledger: check the webhook's URL, its key and the network."
    }
  }
}

/// One alert that stands.
package struct Alert: Hashable, Sendable {
  /// The ledger row that raised it.
  package var id: Int64
  package var kind: AlertKind
  /// Empty for the daemon's own alerts.
  package var account: AccountName
  /// Empty for an account's alerts.
  package var group: GroupID
  package var raised: Instant
  package var acknowledged: Bool
  package var lastTold: Instant
  package var reason: String

  package init(
    id: Int64, kind: AlertKind, account: AccountName = "", group: GroupID = "", raised: Instant,
    acknowledged: Bool = false, lastTold: Instant, reason: String
  ) {
    self.id = id
    self.kind = kind
    self.account = account
    self.group = group
    self.raised = raised
    self.acknowledged = acknowledged
    self.lastTold = lastTold
    self.reason = reason
  }
}
