import RenewalCore

package struct AccountReport: Codable, Hashable, Sendable {
  /// As in the configuration.
  package var name: String
  package var region: String
  package var endpoint: String
  package var credentials: Term<Credentials>
  /// Whether billing can be read as a second witness.
  package var billing: Bool
  /// How many groups are known.
  package var groups: Int
  /// The local clock less the cloud's; null until the cloud has answered.
  package var clockSkewSeconds: Int?
  package var lastSweep: SweepReport?
  package var nextSweepAt: Timestamp?
  package var paymentsAllowed: Bool
  /// Empty where payments are allowed.
  package var obstacles: [Obstacle]
  /// What the account can still spend.
  package var balance: Money?
  /// The first planned payment for which it does not suffice; null where it lasts for 92
  /// days, and where it is not known.
  package var balanceEndsAt: Timestamp?
  /// Null until an accepted order was seen to settle.
  package var visibility: VisibilityReport?

  package init(
    name: String, region: String, endpoint: String, credentials: Term<Credentials>,
    billing: Bool, groups: Int, clockSkewSeconds: Int? = nil, lastSweep: SweepReport? = nil,
    nextSweepAt: Timestamp? = nil, paymentsAllowed: Bool, obstacles: [Obstacle],
    balance: Money? = nil, balanceEndsAt: Timestamp? = nil, visibility: VisibilityReport? = nil
  ) {
    self.name = name
    self.region = region
    self.endpoint = endpoint
    self.credentials = credentials
    self.billing = billing
    self.groups = groups
    self.clockSkewSeconds = clockSkewSeconds
    self.lastSweep = lastSweep
    self.nextSweepAt = nextSweepAt
    self.paymentsAllowed = paymentsAllowed
    self.obstacles = obstacles
    self.balance = balance
    self.balanceEndsAt = balanceEndsAt
    self.visibility = visibility
  }
}

/// How long orders took from their acceptance to a new expiry that shows.
package struct VisibilityReport: Codable, Hashable, Sendable {
  package var lastSeconds: Int
  package var longestSeconds: Int
  /// Over how many orders.
  package var orders: Int
  /// What does not show within it counts as unpaid.
  package var boundSeconds: Int

  package init(lastSeconds: Int, longestSeconds: Int, orders: Int, boundSeconds: Int) {
    self.lastSeconds = lastSeconds
    self.longestSeconds = longestSeconds
    self.orders = orders
    self.boundSeconds = boundSeconds
  }
}

extension AccountReport {
  package enum Credentials: String, Codable, CaseIterable, Hashable, Sendable {
    case loaded
    case missing
    case refused
    case expired
    case unknown
  }
}

/// The newest walk over all groups of an account.
package struct SweepReport: Codable, Hashable, Sendable {
  package var finishedAt: Timestamp
  /// Only a complete sweep can show that a group is gone.
  package var result: Term<Result>
  /// How many groups it saw.
  package var groups: Int
  /// Why it is not complete.
  package var problem: String?

  package init(
    finishedAt: Timestamp, result: Term<Result>, groups: Int, problem: String? = nil
  ) {
    self.finishedAt = finishedAt
    self.result = result
    self.groups = groups
    self.problem = problem
  }
}

extension SweepReport {
  package enum Result: String, Codable, CaseIterable, Hashable, Sendable {
    case complete
    case partial
    case failed
  }
}

/// Why nothing is paid at present.
package struct Obstacle: Codable, Hashable, Sendable {
  package var kind: Term<Kind>
  /// For people, with the way out.
  package var sentence: String
  /// When it goes by itself.
  package var until: Timestamp?

  package init(kind: Term<Kind>, sentence: String, until: Timestamp? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.until = until
  }
}

extension Obstacle {
  package enum Kind: String, Codable, CaseIterable, Hashable, Sendable {
    case mode
    case paused
    case startHold
    case clock
    case storage
    case ledger
    case credentials
    case account
    case alert
    case fuse
    case budget
    case balance
    case notRunning
  }
}

/// Who the caller is here, and with which keys the daemon works.
package struct WhoAmICall: ControlCall {
  package static let method = "WhoAmI"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var socket: String
    package var userId: Int
    package var identities: [IdentityReport]

    package init(socket: String, userId: Int, identities: [IdentityReport]) {
      self.socket = socket
      self.userId = userId
      self.identities = identities
    }
  }
}

/// A key without its secret.
package struct IdentityReport: Codable, Hashable, Sendable {
  package var account: AccountName
  /// Whether the key reads or pays.
  package var purpose: Term<Purpose>
  /// Where it came from.
  package var provider: String
  /// The last four characters; empty where there is none.
  package var keyId: String
  /// Why there is none.
  package var problem: String?
  /// The cloud's number of the account.
  package var cloudAccount: String?
  package var expiresAt: Timestamp?
  /// The operations that the cloud let the key do since the configuration was
  /// read, and those that it did not. What is in neither was not tried.
  package var may: [String]?
  package var mayNot: [String]?

  package init(
    account: AccountName, purpose: Term<Purpose>, provider: String, keyId: String,
    problem: String? = nil, cloudAccount: String? = nil, expiresAt: Timestamp? = nil
  ) {
    self.account = account
    self.purpose = purpose
    self.provider = provider
    self.keyId = keyId
    self.problem = problem
    self.cloudAccount = cloudAccount
    self.expiresAt = expiresAt
  }
}

extension IdentityReport {
  package enum Purpose: String, Codable, CaseIterable, Hashable, Sendable {
    case read
    case pay
  }
}
