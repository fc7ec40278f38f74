import Configuration
import ControlProtocol
import Dispatch
import InventoryStore
import RenewalCore
import Varlink

/// Answers `io.renewald.Control`. Calls arrive on the server's queue and are
/// answered on the queue that owns the state, between two events.
final class ControlService: @unchecked Sendable {
  let engine: RenewalEngine
  let version: String
  let path: String
  let startedAt: Instant
  private(set) var configuration: DaemonConfiguration
  private(set) var loadedAt: Instant
  var configurationProblem: String?

  init(
    engine: RenewalEngine, configuration: DaemonConfiguration, version: String, path: String,
    startedAt: Instant
  ) {
    self.engine = engine
    self.configuration = configuration
    self.version = version
    self.path = path
    self.startedAt = startedAt
    loadedAt = startedAt
  }

  func configurationLoaded(_ configuration: DaemonConfiguration, at now: Instant) {
    self.configuration = configuration
    loadedAt = now
    configurationProblem = nil
  }

  /// - Parameter queue: owns the engine.
  func service(on queue: DispatchQueue) throws(InterfaceSyntaxError) -> VarlinkService {
    let interface = try VarlinkInterface(
      ControlInterface.text,
      permits: { method, caller in
        ControlInterface.isRead(method) || caller.socket == ControlInterface.operatorsSocket
      },
      handler: { [self] call, replier in
        queue.async { self.answer(call, replier) }
      })
    return VarlinkService(
      vendor: "renewald", product: "renewald", version: version,
      url: "https://renewald.invalid", interfaces: [interface])
  }

  private func answer(_ call: VarlinkCall, _ replier: VarlinkReplier) {
    let method = call.method.split(separator: ".").last.map(String.init) ?? ""
    do {
      switch method {
      case StatusCall.method: replier.reply(StatusCall.Reply(status: try status()))
      case ListCall.method: replier.reply(try list(try call.decode()))
      case DescribeCall.method: replier.reply(try describe(try call.decode()))
      case PlanCall.method: replier.reply(try plan(try call.decode()))
      case ExplainCall.method: replier.reply(try explain(try call.decode()))
      case HistoryCall.method: replier.reply(try history(try call.decode()))
      case AlertsCall.method: replier.reply(AlertsCall.Reply(alerts: alertReports()))
      default: replier.fail(.methodNotImplemented(call.method))
      }
    } catch let error as VarlinkError {
      replier.fail(error)
    } catch let error as ControlError {
      replier.fail(error.varlinkError)
    } catch {
      let failure = ControlError.notNow(
        reason: String(describing: error), remedy: "See the journal of renewald.")
      replier.fail(failure.varlinkError)
    }
  }

  // MARK: Groups

  /// Finds a group by id, or by a name that only one has.
  func find(_ text: String, in account: AccountName?) throws -> GroupRow {
    var matches: [GroupRow] = []
    try forEachGroup { row in
      guard account == nil || row.record.account == account else { return }
      if row.record.latest.id.text == text || row.record.latest.name == text { matches.append(row) }
    }
    if let exact = matches.first(where: { $0.record.latest.id.text == text }), matches.count > 1,
      matches.filter({ $0.record.latest.id.text == text }).count == 1
    {
      return exact
    }
    guard let first = matches.first else { throw ControlError.noSuchGroup(text) }
    guard matches.count == 1 else {
      throw ControlError.ambiguousGroup(text, matches: matches.map(\.record.key.description))
    }
    return first
  }

  func forEachGroup(_ body: (GroupRow) throws -> Void) throws {
    var last: GroupKey?
    while true {
      let rows = try engine.store.read { try $0.groups(after: last, limit: 500) }
      guard let end = rows.last else { return }
      try rows.forEach(body)
      last = end.record.key
    }
  }

  private func list(_ call: ListCall) throws -> ListCall.Reply {
    var reports: [GroupReport] = []
    var total = 0
    var next: String?
    let limit = min(max(call.limit ?? 500, 1), 500)
    let name = call.name.map { Glob($0) }
    try forEachGroup { row in
      let report = report(row)
      guard call.account.map({ $0 == report.account }) ?? true,
        call.region.map({ $0 == report.region }) ?? true,
        name.map({ $0.matches(report.name) }) ?? true,
        call.rule.map({ $0 == report.rule }) ?? true,
        call.states.map({ states in states.contains { report.state == $0 } }) ?? true,
        call.expiresBefore.map({ limit in report.expiry.map { $0 < limit } ?? false }) ?? true
      else { return }
      total += 1
      let cursor = row.record.key.description
      guard call.after.map({ cursor > $0 }) ?? true else { return }
      if reports.count < limit {
        reports.append(report)
      } else if next == nil, let last = reports.last {
        next = "\(last.account)/\(last.id)"
      }
    }
    return ListCall.Reply(groups: reports, total: total, next: next)
  }

  private func describe(_ call: DescribeCall) throws -> DescribeCall.Reply {
    let row = try find(call.group, in: call.account)
    let key = row.record.key
    let (renewals, entries, alerts) = try engine.store.read { reader in
      (
        try reader.renewals(of: key, limit: 50), try reader.ledger(of: key, limit: 200),
        try reader.alerts(of: key.account, key.group)
      )
    }
    return DescribeCall.Reply(
      group: report(row),
      observations: entries.filter { $0.entry.kind == .expiryObserved }.prefix(50).map {
        ObservationReport($0.entry)
      },
      renewals: renewals.map { report($0, entries) }, checks: try checks(row),
      alerts: alerts.map { report($0) })
  }

  private func history(_ call: HistoryCall) throws -> HistoryCall.Reply {
    let row = try find(call.group, in: call.account)
    let limit = min(max(call.limit ?? 100, 1), 500)
    let rows = try engine.store.read { try $0.ledger(of: row.record.key, limit: limit) }
    return HistoryCall.Reply(group: report(row), events: rows.map { EventReport($0) })
  }

  // MARK: Decisions

  /// All numbered checks that can be answered without asking the cloud.
  private func checks(_ row: GroupRow) throws -> [CheckReport] {
    let key = row.record.key
    guard let account = engine.accounts[key.account] else { return [] }
    let situation = try engine.store.read { try engine.situation(of: row, $0) }
    var results =
      situation.groupChecks(at: engine.now(in: key.account), parameters: account.parameters)
      + engine.gate(of: account).checks
    // What stopped the last try is known; the rest is asked at the moment of paying.
    if let obstacle = engine.obstacles[key], obstacle.expiry == situation.expiry,
      !results.contains(where: { $0.check == obstacle.check.check })
    {
      results.append(obstacle.check)
    }
    let known = Set(results.map(\.check))
    let open = PolicyCheck.allCases.filter { !known.contains($0) }.map {
      CheckReport(
        number: $0.rawValue, name: $0.name, input: "",
        sentence: "asked of the cloud at the moment of paying")
    }
    return results.map { CheckReport($0) } + open
  }

  private func explain(_ call: ExplainCall) throws -> ExplainCall.Reply {
    let row = try find(call.group, in: call.account)
    let checks = try checks(row)
    let failed = checks.contains { $0.passed == false }
    let decision: ExplainCall.Decision =
      switch row.standing {
      case .due where !failed: .renew
      case .due, .held: .hold
      default: .none
      }
    return ExplainCall.Reply(group: report(row), decision: Term(decision), checks: checks)
  }

  private func plan(_ call: PlanCall) throws -> PlanCall.Reply {
    let from = engine.now
    let until = call.until?.instant ?? from + .days(30)
    var entries: [PlanEntry] = []
    try forEachGroup { row in
      guard let entry = planEntry(row, from: from), entry.at.instant <= until else { return }
      entries.append(entry)
    }
    entries.sort { ($0.at, $0.account, $0.group) < ($1.at, $1.account, $1.group) }
    return PlanCall.Reply(
      from: from.timestamp, until: until.timestamp, entries: entries, totals: [],
      unpriced: entries.filter { $0.step == .renew && $0.price == nil }.count)
  }

  private func planEntry(_ row: GroupRow, from now: Instant) -> PlanEntry? {
    let group = row.record.latest
    guard let expiry = group.expiry, group.chargeType.known == .prePaid, row.standing != .gone,
      let rule = engine.settings.policy.rule(for: group, of: row.record.account)
    else { return nil }
    let step: PlanEntry.Step
    let at: Instant
    switch rule.action {
    case .lapse: (step, at) = (.lapse, expiry)
    case .verify: (step, at) = (.verify, expiry)
    case .renew:
      let dueAt = max(expiry - rule.leadTime, now)
      switch row.standing {
      case .held, .expired, .unknown: (step, at) = (.hold, dueAt)
      default: (step, at) = (.renew, dueAt)
      }
    }
    return PlanEntry(
      account: row.record.account, group: group.id, name: group.name, at: at.timestamp,
      step: Term(step), rule: rule.name, period: rule.period.rawValue, expiry: expiry.timestamp,
      expectedExpiry: step == .renew ? rule.period.forecast(from: expiry).timestamp : nil,
      reason: row.reason)
  }
}

extension ControlError {
  var varlinkError: VarlinkError {
    VarlinkError(
      name: qualifiedName, parameters: (try? JSON(encoding: parameters)) ?? [:])
  }
}
