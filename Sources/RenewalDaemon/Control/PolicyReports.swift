import ControlProtocol
import RenewalCore

/// The rules in the words of the interface.
extension RuleReport {
  init(_ rule: RenewalRule) {
    self.init(
      name: rule.name, accounts: rule.match.accounts.map(\.text), ids: rule.match.ids.map(\.text),
      names: rule.match.names.map(\.pattern), regions: rule.match.regions,
      instanceTypes: rule.match.instanceTypes, statuses: rule.match.statuses,
      tags: rule.match.tags, action: Term(GroupReport.Action(rule.action)),
      period: rule.period.rawValue, leadTimeSeconds: Int(rule.leadTime.seconds),
      maximumPrice: rule.action.buys ? rule.maximumPrice : nil,
      approveOver: rule.action.buys ? rule.approveOver : nil,
      noticeSeconds: Int(rule.notice.seconds), hasHours: !rule.hours.areUnlimited,
      spreadSeconds: Int(rule.spread.seconds))
  }
}
