/// One delivery group as the cloud itself knows it.
package struct SandboxGroup: Sendable {
  package enum ChargeType: String, Sendable, CaseIterable {
    case prePaid = "PrePaid"
    case postPaid = "PostPaid"
  }

  /// What billing does by itself before the expiry (API reference, section 11.1).
  package enum RenewStatus: String, Sendable, CaseIterable {
    case auto = "AutoRenewal"
    case manual = "ManualRenewal"
    case off = "NotRenewal"
  }

  /// An expiry and since when it has been true.
  package struct ExpiryChange: Hashable, Sendable {
    package var at: CloudTime
    package var expiry: CloudTime
  }

  package var id: String
  package var name: String
  package var region: String
  package var chargeType: ChargeType
  package var nodeType: String
  package var nodeAmount: Int
  package var created: CloudTime
  /// Oldest first; empty for pay as you go. Readers see a change only after a lag.
  package var expiries: [ExpiryChange]
  package var renewStatus = RenewStatus.manual
  /// What auto-renewal buys.
  package var renewTerm = Term(1, .month)
  package var tags: [String: String] = [:]
  /// Words shown instead of those that follow from the expiry; set by hand only.
  package var shownStatus: String?
  package var shownResourceStatus: String?
  /// Deleted by a call, or by hand.
  package var isDeleted = false
  /// False until the order that creates it is paid.
  var isDelivered = true
  /// When billing was told to renew by itself, and when it last tried.
  var autoRenewalSince = CloudTime(0)
  var lastAutoRenewal = CloudTime(0)

  /// Settings that are stored and shown and have no further effect here.
  var imageID = "img-sandbox0001"
  var officeSiteID = ""
  var policyID = "pg-sandbox0001"
  var authMode = "App"
  var sessionTimeout = 15
  var userGroups: [String] = []
  var chargeResourceMode = "Node"
  /// The node pool's settings beyond type and amount, by their wire names.
  var nodePool: [String: WireJSON] = ["NodeCapacity": 2, "StrategyType": "NODE_FIXED"]

  package init(
    id: String, name: String, region: String, chargeType: ChargeType, nodeType: String,
    nodeAmount: Int, created: CloudTime, expiry: CloudTime?
  ) {
    self.id = id
    self.name = name
    self.region = region
    self.chargeType = chargeType
    self.nodeType = nodeType
    self.nodeAmount = nodeAmount
    self.created = created
    expiries = expiry.map { [ExpiryChange(at: created, expiry: $0)] } ?? []
  }

  /// The true expiry.
  package var expiry: CloudTime? { expiries.last?.expiry }

  package mutating func setExpiry(_ expiry: CloudTime, at now: CloudTime) {
    expiries.append(ExpiryChange(at: now, expiry: expiry))
  }

  /// The expiry that a reader sees who is this many seconds behind; the first one
  /// where the reader is behind them all.
  func expiry(asSeenAt now: CloudTime, lag: Int) -> CloudTime? {
    (expiries.last { $0.at + lag <= now } ?? expiries.first)?.expiry
  }

  var exists: Bool { isDelivered && !isDeleted }

  /// Billing and the node pool name it by these.
  var suffix: Substring { id.dropFirst("aig-".count) }
  var nodePoolID: String { "rg-\(suffix)" }
  var specID: String { "spec-\(suffix)" }
}

/// Where a group stands after its expiry (API reference, section 11: the stages
/// are documented, their lengths are not).
enum LifeStage {
  case running
  case expired
  case recycling
  case released
}
