/// The whole state of the fake cloud: one account with its groups, its order book
/// and its money. A value; `SandboxServer` guards it with a lock.
struct Cloud: Sendable {
  var settings: SandboxSettings
  let currency: String
  var balance: Amount
  var credit: Amount
  /// Of the account that all keys belong to.
  var accountNumber = "1234567890123456"
  var keys: [String: AccessKey]
  /// Oldest first. Deleted and released ones stay, so that their orders can be told.
  var groups: [SandboxGroup]
  var orders: [SandboxOrder] = []
  /// What has been asked for, oldest first; the oldest are dropped beyond `requestLogLimit`.
  var requests: [SandboxRequest] = []
  var faults: [SandboxFault] = []
  /// Nonces seen, with the time of their use.
  var nonces: [String: CloudTime] = [:]
  /// How many nonces there may be before old ones are dropped.
  var nonceLimit = 1024
  /// Calls that were answered without effect and take effect later, by a fault.
  var lateCalls: [(due: CloudTime, call: Call)] = []
  /// Metadata tokens and when they end.
  var metadataTokens: [String: CloudTime] = [:]
  var generator: SeededGenerator
  /// Reads so far; decides which replica answers the next one.
  var readCount = 0

  static let requestLogLimit = 100_000

  init(_ configuration: SandboxConfiguration, at now: CloudTime) {
    settings = configuration.settings
    currency = configuration.currency
    balance = configuration.balance
    credit = configuration.credit
    keys = configuration.accessKeys.mapValues { AccessKey(secret: $0) }
    generator = SeededGenerator(seed: configuration.seed)
    groups = SeededFleet.groups(configuration.groups, at: now, using: &generator)
  }

  func groupIndex(_ id: String) -> Int? { groups.firstIndex { $0.id == id } }

  /// Where a group of this expiry stands; readers may see an older expiry than the true one.
  func stage(expiry: CloudTime?, at now: CloudTime) -> LifeStage {
    guard let expiry, now >= expiry else { return .running }
    if now >= expiry + settings.releaseAfter { return .released }
    return now >= expiry + settings.recyclingAfter ? .recycling : .expired
  }

  func stage(of group: SandboxGroup, at now: CloudTime) -> LifeStage {
    stage(expiry: group.expiry, at: now)
  }

  /// The lag of the replica whose turn it is.
  mutating func nextReplicaLag() -> Int {
    defer { readCount += 1 }
    let lags = settings.replicaLags
    return lags.isEmpty ? 0 : lags[readCount % lags.count]
  }

  func quote(_ group: SandboxGroup, _ term: Term, promotion: String? = nil) -> Quote {
    Quote(
      monthly: monthlyPrice(of: group.nodeType), nodes: group.nodeAmount, term: term,
      promotion: promotion)
  }

  func monthlyPrice(of nodeType: String) -> Amount {
    Amount(major: Catalogue.nodeType(nodeType)?.monthlyPrice ?? 0, currency: currency)
  }
}

/// One request as the log keeps it.
package struct SandboxRequest: Hashable, Sendable {
  package var at: CloudTime
  package var requestID: String
  package var operation: String
  package var nonce: String?
  /// The group it named.
  package var group: String?
  package var keyID: String?
  package var status: Int
  /// The error code of the answer, if it had one.
  package var code: String?
  /// The order that the answer named.
  package var orderID: String?
  /// The fault that shaped the answer.
  package var fault: SandboxFault.Kind?
}
