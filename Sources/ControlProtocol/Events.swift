import RenewalCore

/// What was recorded, the newest first. All conditions have to hold.
package struct EventsCall: ControlCall {
  package static let method = "Events"

  package var account: AccountName?
  package var group: String?
  /// Recorded at or after.
  package var since: Timestamp?
  /// Only what was raised, repeated, acknowledged or cleared.
  package var alerts: Bool?
  /// Only rows of the ledger before this one: the next of the page before.
  package var before: Int?
  /// How many rows are looked at for this page: 1 to 1000, 100 unless given.
  package var limit: Int?

  package init(
    account: AccountName? = nil, group: String? = nil, since: Timestamp? = nil,
    alerts: Bool? = nil, before: Int? = nil, limit: Int? = nil
  ) {
    self.account = account
    self.group = group
    self.since = since
    self.alerts = alerts
    self.before = before
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var events: [EventReport]
    /// Null on the last page. A page without events may have one after it.
    package var next: Int?

    package init(events: [EventReport], next: Int? = nil) {
      self.events = events
      self.next = next
    }
  }
}
