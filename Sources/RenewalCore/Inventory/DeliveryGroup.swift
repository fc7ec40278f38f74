/// The id of a delivery group, `aig-...`, as the cloud names it.
package struct GroupID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  package var text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral value: String) { text = value }

  package init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  package static func < (left: GroupID, right: GroupID) -> Bool { left.text < right.text }
  package var description: String { text }
}

/// The operator's name for one set of credentials at one endpoint, as in the
/// configuration; not the account number of the cloud.
package struct AccountName: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  package var text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral value: String) { text = value }

  package init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  package static func < (left: AccountName, right: AccountName) -> Bool { left.text < right.text }
  package var description: String { text }
}

/// One delivery group of one configured account.
package struct GroupKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  package var account: AccountName
  package var group: GroupID

  package init(account: AccountName, group: GroupID) {
    self.account = account
    self.group = group
  }

  package static func < (left: GroupKey, right: GroupKey) -> Bool {
    (left.account, left.group) < (right.account, right.group)
  }

  package var description: String { "\(account)/\(group)" }
}

/// A word of the cloud's that may be one we know. An unknown word is kept and
/// shown, and nothing is ever paid on it.
package struct CloudWord<Known: RawRepresentable<String> & Sendable & Hashable>: Hashable, Sendable
{
  package var text: String

  package init(_ text: String) { self.text = text }
  package init(_ known: Known) { text = known.rawValue }

  /// `nil` for a word that is not in the published list.
  package var known: Known? { Known(rawValue: text) }
}

/// How a group is paid for (API reference, section 5.5).
package enum ChargeType: String, Hashable, Sendable, CaseIterable {
  /// A subscription with an expiry: the only kind that can be renewed.
  case prePaid = "PrePaid"
  /// Pay as you go: never renewed.
  case postPaid = "PostPaid"
}

/// Where a group stands in its life (API reference, section 5.5).
package enum GroupStatus: String, Hashable, Sendable, CaseIterable {
  case published = "PUBLISHED"
  case failed = "FAILED"
  case maintainFailed = "MAINTAIN_FAILED"
  case expired = "EXPIRED"
  case maintaining = "MAINTAINING"
  /// Stopped for arrears.
  case ceased = "CEASED"
  case expiredRecycling = "EXPIRED_RECYCLING"
  case deploying = "DEPLOYING"

  /// Whether a payment for a group of this status buys what it should.
  ///
  /// Failed and ceased groups need a person first; one being recycled may be
  /// beyond renewal (API reference, section 11).
  package var isPayable: Bool {
    switch self {
    case .published, .maintaining, .deploying: true
    case .failed, .maintainFailed, .expired, .ceased, .expiredRecycling: false
    }
  }
}

/// What the cloud said of one group in one answer.
package struct DeliveryGroup: Hashable, Sendable {
  package var id: GroupID
  /// Not unique.
  package var name: String
  /// The group's own region, not the endpoint's.
  package var region: String
  package var chargeType: CloudWord<ChargeType>
  package var status: CloudWord<GroupStatus>
  package var resourceStatus: String
  /// The type of its nodes or instances; empty where the cloud names none.
  package var instanceType: String
  /// Subscription nodes; 0 where the cloud gives no number.
  package var nodeAmount: Int
  /// `nil` where the cloud gave none, or a text that is no instant.
  package var expiry: Instant?
  /// What the cloud wrote, kept when it cannot be read.
  package var expiryText: String
  package var tags: [String: String]

  package init(
    id: GroupID, name: String = "", region: String = "",
    chargeType: CloudWord<ChargeType> = CloudWord(.prePaid),
    status: CloudWord<GroupStatus> = CloudWord(.published), resourceStatus: String = "AVAILABLE",
    instanceType: String = "", nodeAmount: Int = 0, expiry: Instant?, expiryText: String? = nil,
    tags: [String: String] = [:]
  ) {
    self.id = id
    self.name = name
    self.region = region
    self.chargeType = chargeType
    self.status = status
    self.resourceStatus = resourceStatus
    self.instanceType = instanceType
    self.nodeAmount = nodeAmount
    self.expiry = expiry
    self.expiryText = expiryText ?? expiry?.description ?? ""
    self.tags = tags
  }

  /// Whether a price that was asked for the other is one for this: what is paid
  /// for is every node of a kind.
  package func costs(asMuchAs other: DeliveryGroup) -> Bool {
    chargeType == other.chargeType && instanceType == other.instanceType
      && nodeAmount == other.nodeAmount
  }
}
