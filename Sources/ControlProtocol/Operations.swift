import RenewalCore

/// Keeps a group from being renewed.
package struct HoldCall: ControlCall {
  package static let method = "Hold"

  package var group: String
  package var account: AccountName?
  /// Null: until it is released.
  package var until: Timestamp?
  package var reason: String

  package init(
    group: String, account: AccountName? = nil, until: Timestamp? = nil, reason: String
  ) {
    self.group = group
    self.account = account
    self.until = until
    self.reason = reason
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport

    package init(group: GroupReport) {
      self.group = group
    }
  }
}

package struct ReleaseCall: ControlCall {
  package static let method = "Release"

  package var group: String
  package var account: AccountName?

  package init(group: String, account: AccountName? = nil) {
    self.group = group
    self.account = account
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport

    package init(group: GroupReport) {
      self.group = group
    }
  }
}

/// Stops all payments. Requests on their way are followed to their end.
package struct PauseCall: ControlCall {
  package static let method = "Pause"

  package var reason: String

  package init(reason: String) {
    self.reason = reason
  }

  package typealias Reply = NoReply
}

package struct ResumeCall: ControlCall {
  package static let method = "Resume"

  package init() {}

  package typealias Reply = NoReply
}

/// Tries a renewal that is due without waiting for the next try. No check is
/// skipped, and nothing is bought before its time.
package struct RenewNowCall: ControlCall {
  package static let method = "RenewNow"

  package var group: String
  package var account: AccountName?

  package init(group: String, account: AccountName? = nil) {
    self.group = group
    self.account = account
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport
    package var outcome: Term<Outcome>
    /// For people: what stands before it, or what was begun.
    package var reason: String

    package init(group: GroupReport, outcome: Term<Outcome>, reason: String) {
      self.group = group
      self.outcome = outcome
      self.reason = reason
    }
  }

  /// Started: the rest is told by the group's state. All others changed nothing.
  package enum Outcome: String, Codable, CaseIterable, Hashable, Sendable {
    case started
    case nothingDue
    case deferred
    case outcomeUnknown
    case refused
  }
}

/// Allows a renewal that waits for a person, up to the price that was asked
/// about, for this expiry and a time. Refused where the price is not the one that
/// the caller has seen.
package struct ApproveCall: ControlCall {
  package static let method = "Approve"

  package var group: String
  package var account: AccountName?
  package var reason: String?
  /// As the group's report shows it. An approval without one is refused.
  package var price: Money?

  package init(
    group: String, account: AccountName? = nil, reason: String? = nil, price: Money? = nil
  ) {
    self.group = group
    self.account = account
    self.reason = reason
    self.price = price
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport

    package init(group: GroupReport) {
      self.group = group
    }
  }
}

/// Lets payments go on that a blown fuse has stopped. The name says which.
package struct LiftFuseCall: ControlCall {
  package static let method = "LiftFuse"

  package var fuse: String
  package var reason: String

  package init(fuse: String, reason: String) {
    self.fuse = fuse
    self.reason = reason
  }

  package typealias Reply = NoReply
}

/// Refuses a renewal that was announced or waits for a person, and every further
/// attempt for the present expiry.
package struct VetoCall: ControlCall {
  package static let method = "Veto"

  package var group: String
  package var account: AccountName?
  package var reason: String

  package init(group: String, account: AccountName? = nil, reason: String) {
    self.group = group
    self.account = account
    self.reason = reason
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport
    /// What the veto comes too late for: a request that has left.
    package var note: String?

    package init(group: GroupReport, note: String? = nil) {
      self.group = group
      self.note = note
    }
  }
}

/// First of two steps out of a held renewal: says what would be recorded.
package struct PrepareOverrideCall: ControlCall {
  package static let method = "PrepareOverride"

  package var group: String
  package var account: AccountName?
  package var override: Override

  package init(
    group: String, account: AccountName? = nil, override: Override
  ) {
    self.group = group
    self.account = account
    self.override = override
  }

  package struct Reply: Codable, Hashable, Sendable {
    /// Good once, for this group, expiry and attempt.
    package var token: String
    package var expiresAt: Timestamp
    /// Null where none is in doubt: an expiry that moved back is accepted.
    package var renewal: RenewalReport?
    package var group: GroupReport
    /// What will be recorded, and what may follow from it.
    package var sentence: String

    package init(
      token: String, expiresAt: Timestamp, renewal: RenewalReport?, group: GroupReport,
      sentence: String
    ) {
      self.token = token
      self.expiresAt = expiresAt
      self.renewal = renewal
      self.group = group
      self.sentence = sentence
    }
  }
}

extension PrepareOverrideCall {
  /// What an operator can say about a renewal whose outcome nobody can see.
  package enum Override: String, Codable, CaseIterable, Hashable, Sendable {
    case confirmPaid
    case confirmNotPaid
    case retryOnce
    case acceptExpiry
  }
}

/// Second step.
package struct ConfirmOverrideCall: ControlCall {
  package static let method = "ConfirmOverride"

  package var token: String
  /// The order that was found paid.
  package var order: OrderID?
  /// For those who come after; an accepted expiry needs one.
  package var reason: String?

  package init(token: String, order: OrderID? = nil, reason: String? = nil) {
    self.token = token
    self.order = order
    self.reason = reason
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport

    package init(group: GroupReport) {
      self.group = group
    }
  }
}

/// Reads the configuration again. A broken one changes nothing.
package struct ReloadCall: ControlCall {
  package static let method = "Reload"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var configuration: ConfigurationReport
    /// Whether the service manager passed newer keys; `nil` where it passes none.
    package var credentials: String?

    package init(configuration: ConfigurationReport, credentials: String? = nil) {
      self.configuration = configuration
      self.credentials = credentials
    }
  }
}
