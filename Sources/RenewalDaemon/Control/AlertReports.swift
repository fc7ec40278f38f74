import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// What stands, page by page.
extension ControlService {
  func alerts(_ call: AlertsCall) throws -> AlertsCall.Reply {
    let limit = try call.limit.within(1...500, else: 500)
    let last = try call.after.map { text in
      guard let subject = AlertBoard.Subject(text: text) else {
        throw VarlinkError.invalidParameter("after")
      }
      return subject
    }
    // One more than asked for tells whether there is another page.
    let found = engine.alerts.list(after: last, limit: limit + 1)
    let page = found.prefix(limit)
    return AlertsCall.Reply(
      alerts: try page.map { try report($0) },
      next: found.count > limit ? page.last.map { AlertBoard.Subject($0).text } : nil)
  }

  func report(_ alert: Alert) throws -> AlertReport {
    let account = alert.account.text.isEmpty ? nil : alert.account
    let group = alert.group.text.isEmpty ? nil : alert.group
    let acknowledgement =
      alert.acknowledged
      ? try word(.alertAcknowledged, account: account, group: group, subject: alert.kind.rawValue)
      : nil
    return AlertReport(
      id: Int(alert.id), severity: Term(AlertReport.Severity(alert.kind.severity)),
      kind: alert.kind.rawValue,
      account: account, group: group, raisedAt: alert.raised.timestamp,
      repeatedAt: alert.lastTold > alert.raised ? alert.lastTold.timestamp : nil,
      acknowledgedAt: acknowledgement?.at.timestamp, acknowledgedBy: acknowledgement?.actor,
      text: alert.reason, remedy: alert.kind.remedy)
  }
}
