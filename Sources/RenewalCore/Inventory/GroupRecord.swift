/// What the inventory knows of one group, over all that was ever read of it.
package struct GroupRecord: Hashable, Sendable {
  package var account: AccountName
  /// The latest answer.
  package var latest: DeliveryGroup
  /// The highest expiry ever seen: two replicas may disagree, and a payment on
  /// the older one would be the second.
  package var maximumExpiry: Instant?
  package var firstSeen: Instant
  package var lastSeen: Instant
  /// Whether it was ever a subscription.
  package var wasSubscription: Bool
  /// Complete sweeps in a row that did not list it.
  package var absences: Int
  package var hold: Hold?

  package init(
    account: AccountName, latest: DeliveryGroup, maximumExpiry: Instant?, firstSeen: Instant,
    lastSeen: Instant, wasSubscription: Bool = true, absences: Int = 0, hold: Hold? = nil
  ) {
    self.account = account
    self.latest = latest
    self.maximumExpiry = maximumExpiry
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.wasSubscription = wasSubscription
    self.absences = absences
    self.hold = hold
  }

  package var key: GroupKey { GroupKey(account: account, group: latest.id) }

  /// Two complete sweeps without the group, which are at least ten minutes
  /// apart: a page walk is not a snapshot and may miss a row once.
  package var isGone: Bool { absences >= 2 }

  /// The key under which a renewal would be paid now. `nil` without an expiry.
  package var renewalKey: RenewalKey? {
    latest.expiry.map { RenewalKey(subject: key, expiry: $0) }
  }
}

/// An operator's word that a group is not to be paid for.
package struct Hold: Hashable, Sendable {
  /// `nil`: until released.
  package var until: Instant?
  package var reason: String

  package init(until: Instant? = nil, reason: String) {
    self.until = until
    self.reason = reason
  }

  package func applies(at now: Instant) -> Bool { until.map { now < $0 } ?? true }
}
