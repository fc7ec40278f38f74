import RenewalCore

/// The known groups, in order of account and id. All conditions have to hold.
package struct ListCall: ControlCall {
  package static let method = "List"

  package var account: AccountName?
  package var region: String?
  /// With * for any characters and ? for one.
  package var name: String?
  package var rule: String?
  package var states: [GroupReport.State]?
  package var expiresBefore: Timestamp?
  /// The next of the page before.
  package var after: String?
  /// Groups on this page: 1 to 500, 500 unless given.
  package var limit: Int?

  package init(
    account: AccountName? = nil, region: String? = nil, name: String? = nil, rule: String? = nil,
    states: [GroupReport.State]? = nil, expiresBefore: Timestamp? = nil, after: String? = nil,
    limit: Int? = nil
  ) {
    self.account = account
    self.region = region
    self.name = name
    self.rule = rule
    self.states = states
    self.expiresBefore = expiresBefore
    self.after = after
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var groups: [GroupReport]
    /// Over all pages.
    package var total: Int
    /// Null on the last page.
    package var next: String?

    package init(groups: [GroupReport], total: Int, next: String? = nil) {
      self.groups = groups
      self.total = total
      self.next = next
    }
  }
}

/// Everything about one group, named by its id or by a name that only it has.
package struct DescribeCall: ControlCall {
  package static let method = "Describe"

  package var group: String
  package var account: AccountName?

  package init(group: String, account: AccountName? = nil) {
    self.group = group
    self.account = account
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var group: GroupReport
    /// The newest first.
    package var observations: [ObservationReport]
    package var renewals: [RenewalReport]
    package var checks: [CheckReport]
    package var alerts: [AlertReport]

    package init(
      group: GroupReport, observations: [ObservationReport], renewals: [RenewalReport],
      checks: [CheckReport], alerts: [AlertReport]
    ) {
      self.group = group
      self.observations = observations
      self.renewals = renewals
      self.checks = checks
      self.alerts = alerts
    }
  }
}

/// A delivery group: what the cloud says of it and what is done about it.
package struct GroupReport: Codable, Hashable, Sendable {
  package var account: AccountName
  package var id: GroupID
  /// Not unique.
  package var name: String
  package var region: String
  /// In the cloud's words, as is status.
  package var chargeType: String
  package var status: String
  package var instanceType: String?
  package var tags: [String: String]
  /// Null where the cloud shows none that can be read.
  package var expiry: Timestamp?
  /// The highest expiry ever seen. A lower one is not paid on.
  package var maximumExpirySeen: Timestamp?
  /// When the renewal is due: the expiry less the lead time.
  package var dueAt: Timestamp?
  /// When a person has to be called if it is not renewed.
  package var floorAt: Timestamp?
  /// The rule that covers the group; null for an unmanaged one.
  package var rule: String?
  package var action: Term<Action>?
  /// What would be bought, such as 1 Month.
  package var period: String?
  /// The newest quote for that period: where a person is asked, what about.
  package var price: Money?
  package var state: Term<State>
  /// Why it is in this state, for people.
  package var reason: String
  /// When it is looked at again.
  package var nextCheckAt: Timestamp?
  package var lastSeenAt: Timestamp?
  package var hold: HoldReport?

  package init(
    account: AccountName, id: GroupID, name: String, region: String, chargeType: String,
    status: String, instanceType: String? = nil, tags: [String: String], expiry: Timestamp? = nil,
    maximumExpirySeen: Timestamp? = nil, dueAt: Timestamp? = nil, floorAt: Timestamp? = nil,
    rule: String? = nil, action: Term<Action>? = nil, period: String? = nil,
    price: Money? = nil, state: Term<State>, reason: String,
    nextCheckAt: Timestamp? = nil, lastSeenAt: Timestamp? = nil, hold: HoldReport? = nil
  ) {
    self.account = account
    self.id = id
    self.name = name
    self.region = region
    self.chargeType = chargeType
    self.status = status
    self.instanceType = instanceType
    self.tags = tags
    self.expiry = expiry
    self.maximumExpirySeen = maximumExpirySeen
    self.dueAt = dueAt
    self.floorAt = floorAt
    self.rule = rule
    self.action = action
    self.period = period
    self.price = price
    self.state = state
    self.reason = reason
    self.nextCheckAt = nextCheckAt
    self.lastSeenAt = lastSeenAt
    self.hold = hold
  }
}

extension GroupReport {
  package enum State: String, Codable, CaseIterable, Hashable, Sendable {
    case ok
    case due
    case noticed
    case inFlight
    case unknown
    case held
    case lapsing
    case unmanaged
    case expired
    case payAsYouGo
    case gone
  }
}

extension GroupReport {
  package enum Action: String, Codable, CaseIterable, Hashable, Sendable {
    case renew
    case approve
    case verify
    case lapse
  }
}

/// An operator's word that a group is not renewed for now.
package struct HoldReport: Codable, Hashable, Sendable {
  package var since: Timestamp
  /// Null: until it is released.
  package var until: Timestamp?
  package var reason: String
  package var actor: String

  package init(since: Timestamp, until: Timestamp? = nil, reason: String, actor: String) {
    self.since = since
    self.until = until
    self.reason = reason
    self.actor = actor
  }
}

/// An expiry as it was seen, when it was seen first.
package struct ObservationReport: Codable, Hashable, Sendable {
  package var at: Timestamp
  package var oldExpiry: Timestamp?
  package var newExpiry: Timestamp?
  /// The read that showed it.
  package var source: String
  /// What the cloud's support asks for.
  package var requestId: String?

  package init(
    at: Timestamp, oldExpiry: Timestamp? = nil, newExpiry: Timestamp? = nil, source: String,
    requestId: String? = nil
  ) {
    self.at = at
    self.oldExpiry = oldExpiry
    self.newExpiry = newExpiry
    self.source = source
    self.requestId = requestId
  }
}
