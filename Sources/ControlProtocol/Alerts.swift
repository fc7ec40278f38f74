import RenewalCore

/// Alerts that are not cleared, the most pressing first.
package struct AlertsCall: ControlCall {
  package static let method = "Alerts"

  /// The next of the page before.
  package var after: String?
  /// 1 to 500.
  package var limit: Int?

  package init(after: String? = nil, limit: Int? = nil) {
    self.after = after
    self.limit = limit
  }

  package struct Reply: Codable, Hashable, Sendable {
    package var alerts: [AlertReport]
    /// Null on the last page.
    package var next: String?

    package init(alerts: [AlertReport], next: String? = nil) {
      self.alerts = alerts
      self.next = next
    }
  }
}

package struct AlertReport: Codable, Hashable, Sendable {
  package var id: Int
  package var severity: Term<Severity>
  /// Such as OUTCOME_UNKNOWN.
  package var kind: String
  package var account: AccountName?
  package var group: GroupID?
  package var raisedAt: Timestamp
  package var repeatedAt: Timestamp?
  package var acknowledgedAt: Timestamp?
  package var acknowledgedBy: String?
  package var text: String
  /// What to do next.
  package var remedy: String

  package init(
    id: Int, severity: Term<Severity>, kind: String, account: AccountName? = nil,
    group: GroupID? = nil, raisedAt: Timestamp, repeatedAt: Timestamp? = nil,
    acknowledgedAt: Timestamp? = nil, acknowledgedBy: String? = nil, text: String, remedy: String
  ) {
    self.id = id
    self.severity = severity
    self.kind = kind
    self.account = account
    self.group = group
    self.raisedAt = raisedAt
    self.repeatedAt = repeatedAt
    self.acknowledgedAt = acknowledgedAt
    self.acknowledgedBy = acknowledgedBy
    self.text = text
    self.remedy = remedy
  }
}

extension AlertReport {
  package enum Severity: String, Codable, CaseIterable, Hashable, Sendable {
    case page
    case warning
    case notice
  }
}

/// Stops the repetition of an alert.
package struct AcknowledgeCall: ControlCall {
  package static let method = "Acknowledge"

  package var alert: Int
  package var note: String?

  package init(alert: Int, note: String? = nil) {
    self.alert = alert
    self.note = note
  }

  package typealias Reply = NoReply
}
