/// The end of the ledger's chain: how many rows, and the hash of the last.
package struct LedgerHead: Hashable, Sendable, Codable {
  package var sequence: Int64
  /// Lower-case hex SHA-256; empty before the first row.
  package var hash: String

  package init(sequence: Int64, hash: String) {
    self.sequence = sequence
    self.hash = hash
  }

  package static let empty = LedgerHead(sequence: 0, hash: "")
}

/// What a ledger row tells. The words are stored and hashed: never renamed.
package enum LedgerKind: String, Hashable, Sendable, CaseIterable, Codable {
  case started
  case stopped
  /// A group was seen for the first time, or with another expiry.
  case expiryObserved = "expiry-observed"
  /// A renewal was decided: the row that comes before any byte leaves.
  case renewalIntended = "renewal-intended"
  /// A renewal entered another state.
  case renewalChanged = "renewal-changed"
  /// An order of a new group was decided: the row that comes before any byte leaves.
  case creationIntended = "creation-intended"
  /// An order of a new group entered another state.
  case creationChanged = "creation-changed"
  case alertRaised = "alert-raised"
  case alertRepeated = "alert-repeated"
  case alertCleared = "alert-cleared"
  case alertAcknowledged = "alert-acknowledged"
  case groupHeld = "group-held"
  case groupReleased = "group-released"
  /// An operator said that an expiry which moved back is the true one.
  case expiryAccepted = "expiry-accepted"
  /// An operator asked for a renewal at once.
  case renewalRequested = "renewal-requested"
  case renewalNoticed = "renewal-noticed"
  /// A price waits for a person.
  case approvalAsked = "approval-asked"
  case renewalApproved = "renewal-approved"
  case renewalVetoed = "renewal-vetoed"
  /// All payments are stopped.
  case fuseBlown = "fuse-blown"
  case fuseLifted = "fuse-lifted"
  case paymentsPaused = "payments-paused"
  case paymentsResumed = "payments-resumed"
  case configurationLoaded = "configuration-loaded"
}

/// One row of the ledger before it has a place in the chain. Fields that do
/// not apply are `nil`.
package struct LedgerEntry: Hashable, Sendable {
  package var kind: LedgerKind
  /// The cloud's time where it is known, else the machine's.
  package var at: Instant
  package var account: AccountName?
  package var group: GroupID?
  package var renewal: Int64?
  /// A state of a renewal, an alert's name, or a mode: what the kind is about.
  package var subject: String?
  package var oldExpiry: Instant?
  package var newExpiry: Instant?
  package var order: OrderID?
  package var amount: Money?
  package var requestID: String?
  /// Who asked: `daemon`, or the peer of a socket.
  package var actor: String
  package var reason: String
  /// The intent in full, as JSON with sorted keys, so that the row alone can
  /// rebuild it; for a later row of a creation its nonce.
  package var detail: String?

  package init(
    _ kind: LedgerKind, at: Instant, account: AccountName? = nil, group: GroupID? = nil,
    renewal: Int64? = nil, subject: String? = nil, oldExpiry: Instant? = nil,
    newExpiry: Instant? = nil, order: OrderID? = nil, amount: Money? = nil,
    requestID: String? = nil, actor: String = "daemon", reason: String, detail: String? = nil
  ) {
    self.kind = kind
    self.at = at
    self.account = account
    self.group = group
    self.renewal = renewal
    self.subject = subject
    self.oldExpiry = oldExpiry
    self.newExpiry = newExpiry
    self.order = order
    self.amount = amount
    self.requestID = requestID
    self.actor = actor
    self.reason = reason
    self.detail = detail
  }
}

/// A row in its place.
package struct LedgerRow: Hashable, Sendable {
  package var sequence: Int64
  package var entry: LedgerEntry

  package init(sequence: Int64, entry: LedgerEntry) {
    self.sequence = sequence
    self.entry = entry
  }
}
