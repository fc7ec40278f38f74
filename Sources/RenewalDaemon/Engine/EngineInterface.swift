import InventoryStore
import RenewalCore

/// What the engine works by; all of it may change on a reload.
package struct EngineSettings: Hashable, Sendable {
  package var mode: Mode
  package var policy: RenewalPolicy
  package var accounts: [AccountSettings]
  package var sweepInterval: Span
  /// The loop looks again at least this often, whatever the state says: a
  /// stepped clock or a wrong deadline costs one interval, never a renewal.
  package var longestSleep: Span

  package init(
    mode: Mode, policy: RenewalPolicy, accounts: [AccountSettings],
    sweepInterval: Span = .hours(1), longestSleep: Span = .minutes(2)
  ) {
    self.longestSleep = longestSleep
    self.mode = mode
    self.policy = policy
    self.accounts = accounts
    self.sweepInterval = sweepInterval
  }
}

package struct AccountSettings: Hashable, Sendable {
  package var name: AccountName
  package var parameters: ProtocolParameters
  package var readsBilling: Bool
  package var hasPayer: Bool
  /// Another number where the account's endpoints or keys are others, and nothing
  /// else about them. `nil`: cannot be told, so that any reload may bring others.
  package var identity: Int?

  package init(
    name: AccountName, parameters: ProtocolParameters, readsBilling: Bool, hasPayer: Bool,
    identity: Int? = 0
  ) {
    self.identity = identity
    self.name = name
    self.parameters = parameters
    self.readsBilling = readsBilling
    self.hasPayer = hasPayer
  }
}

/// Something that happened outside. The engine sees the world only through these.
package enum EngineEvent: Hashable, Sendable {
  case started
  /// The time that was asked for has come, or any other reason to look.
  case woke
  case readReplied(ReadID, ReadReply)
  case paymentReplied(renewal: Int64, PaymentReply)
  case creationReplied(Int64, PaymentReply)
  case reconfigured(EngineSettings)
  /// The accounts of the cloud's, by their numbers, to which the keys of a configured
  /// account belong, as far as the cloud said it.
  case identified(AccountName, Set<String>)
  /// A new configuration could not be used; the old one stays.
  case configurationRejected(String)
  /// A webhook was told of everything up to this row of the ledger.
  case delivered(hook: String, upTo: Int64)
  /// What tells the outside fails, with the reason, or works again.
  case outletChanged(AlertKind, problem: String?)
  /// The balance of an account will not cover what is planned, with how far it reaches,
  /// or it will.
  case balanceForeseen(AccountName, problem: String?)
  /// The daily copy of the ledger was made, or why it was not.
  case backupEnded(problem: String?)
  case stopping
}

/// Something to be done outside, in the order given.
package enum EngineEffect: Hashable, Sendable {
  /// Rows of the ledger that nobody was told yet.
  case announce([LedgerRow])
  /// A walk over all groups ended.
  case sweepEnded(AccountName, groups: Int, isComplete: Bool)
  /// A due group was kept from being paid for, by the check that failed first.
  case heldBack(PolicyCheck)
  /// A failure of the ledger itself, which can be no row of it.
  case storageFailed(StoreError)
  case read(ReadID, AccountName, CloudRead)
  /// Send once, unless the boot clock has passed `sendBefore`: then the bytes
  /// are too old and are never sent.
  case pay(renewal: Int64, AccountName, SignedPayment, sendBefore: Int64, deadline: Span)
  /// The same for an order of a new group.
  case create(Int64, AccountName, SignedCreation, sendBefore: Int64, deadline: Span)
  /// What became of the question with this number whether a group may be created.
  case drafted(Int64, Result<CreationOffer, CreationRefusal>)
  /// Look again when the boot clock reads this, in milliseconds.
  case wake(atBoot: Int64)
}

/// Matches a reply to its question.
package struct ReadID: Hashable, Comparable, Sendable {
  package var number: Int64

  package init(_ number: Int64) { self.number = number }

  package static func < (left: ReadID, right: ReadID) -> Bool { left.number < right.number }
}

/// Builds the final bytes of a paid call.
package protocol PaymentSigning: AnyObject {
  /// - Throws: `CloudFault.noCredentials` where nothing can be signed.
  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedPayment

  func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedCreation
}

extension PaymentSigning {
  /// Where groups are only renewed.
  package func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedCreation { throw .noCredentials("no group is ordered here") }
}
