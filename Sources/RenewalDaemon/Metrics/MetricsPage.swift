import ControlProtocol
import Exposition
import Glibc
import InventoryStore
import RenewalCore
import Varlink

/// What monitoring reads: the metrics of the daemon, then those of its groups,
/// family by family, in pages that each fit into one answer and hold up the
/// queue that owns the state for as long as one page takes.
extension ControlService {
  /// Bytes after which a page ends, of the megabyte that a connection grants.
  private static let pageSize = 256 << 10

  /// - Parameter cursor: the `next` of the page before; `nil` for the first.
  /// - Throws: `VarlinkError.invalidParameter` for any other text.
  func metrics(after cursor: String?) throws -> MetricsCall.Reply {
    var page = Exposition()
    var rest = Metric.ofGroups[...]
    var last: GroupKey?
    if let cursor {
      let words = cursor.split(separator: " ", maxSplits: 1)
      guard words.count == 2, let key = GroupKey(description: String(words[1])),
        let place = rest.firstIndex(where: { $0.rawValue == words[0] })
      else { throw VarlinkError.invalidParameter("after") }
      rest = rest[place...]
      last = key
    } else {
      try writeDaemon(into: &page)
    }
    for metric in rest {
      if last == nil { page.begin(metric.family) }
      while case let rows = try engine.store.read({ try $0.groups(after: last, limit: 100) }),
        let end = rows.last
      {
        for row in rows { write(metric, of: row, into: &page) }
        last = end.record.key
        if page.text.utf8.count > Self.pageSize {
          return MetricsCall.Reply(text: page.text, next: "\(metric.rawValue) \(end.record.key)")
        }
      }
      last = nil
    }
    return MetricsCall.Reply(text: page.text)
  }

  // MARK: Groups

  private func write(_ metric: Metric, of row: GroupRow, into page: inout Exposition) {
    let group = row.record.latest
    let account = row.record.account.text
    let isSubscription = group.chargeType.known == .prePaid
    func time(_ instant: Instant?) {
      guard let instant, row.standing != .gone else { return }
      page.sample(
        metric.family, [account, group.region, group.id.text], .whole(instant.seconds))
    }
    switch metric {
    case .groupExpiration: time(isSubscription ? group.expiry : nil)
    case .groupDue: time(row.dueAt)
    case .groupFloor: time(isSubscription ? group.expiry.map { $0 - GroupSituation.lastDay } : nil)
    case .groupInfo:
      let rule = engine.settings.policy.rule(for: group, of: row.record.account)
      page.sample(
        metric.family,
        [
          account, group.id.text, group.name, rule?.name ?? "", group.chargeType.text,
          group.status.text,
        ], .whole(1))
    case .groupState:
      for standing in GroupStanding.allCases {
        page.sample(
          metric.family, [account, group.id.text, standing.rawValue],
          MetricValue(standing == row.standing))
      }
    default: break
    }
  }

  // MARK: The daemon

  private func writeDaemon(into page: inout Exposition) throws {
    let (counts, open) = try engine.store.read { reader in
      try tally.count(upTo: engine.store.head.sequence, reader)
      return (try reader.standings(), try reader.openRenewals())
    }
    for metric in Metric.allCases where !Metric.ofGroups.contains(metric) {
      let family = metric.family
      page.begin(family)
      switch metric {
      case .up: page.sample(family, .whole(1))
      case .buildInfo: page.sample(family, [version], .whole(1))
      case .startTime: page.sample(family, .whole(startedAt.seconds))
      case .modeInfo:
        for mode in Mode.allCases {
          page.sample(family, [mode.rawValue], MetricValue(mode == engine.settings.mode))
        }
      case .paused: page.sample(family, MetricValue(engine.pauseReason != nil))
      case .pausedSince:
        guard engine.pauseReason != nil else { continue }
        page.sample(family, .whole(try word(.paymentsPaused).at.seconds))
      case .configurationValid: page.sample(family, MetricValue(configurationProblem == nil))
      case .configurationLoaded: page.sample(family, .whole(loadedAt.seconds))
      case .storageFault: page.sample(family, MetricValue(engine.storageFault != nil))
      case .ledgerVerified:
        let instant = keeper.verifiedAt ?? engine.store.verifiedAt
        if let instant { page.sample(family, .whole(instant.seconds)) }
      case .ledgerHead: page.sample(family, .whole(engine.store.head.sequence))
      case .databaseSize:
        if let size = databaseSize { page.sample(family, .whole(size)) }
      case .stateFree:
        if let free = stateFree { page.sample(family, .whole(free)) }
      case .sweepInterval: page.sample(family, .whole(engine.settings.sweepInterval.seconds))
      case .attempts: page.sample(family, MetricValue(tally.attempts))
      case .renewals:
        for (state, result) in RenewalState.results {
          page.sample(family, [result], MetricValue(tally.renewals[state] ?? 0))
        }
      case .refusals:
        for check in PolicyCheck.allCases {
          page.sample(family, [check.name], MetricValue(host.counters.refusals[check] ?? 0))
        }
      case .spend: writeSpend(family, into: &page)
      case .budgetLimit, .budgetUsed: try writeBudgets(metric, into: &page)
      case .openRenewals:
        for state in RenewalState.allCases where state.isOpen {
          page.sample(family, [state.rawValue], MetricValue(open.count { $0.state == state }))
        }
      case .unknownOutcomes:
        page.sample(family, MetricValue(open.count { $0.state == .unknown }))
      case .alerts:
        let standing = engine.alerts.standing.values.filter { !$0.acknowledged }
        for kind in AlertKind.allCases {
          page.sample(
            family, [kind.rawValue, AlertReport.Severity(kind.severity).rawValue],
            MetricValue(standing.count { $0.kind == kind }))
        }
      case .alertsRaised:
        for kind in AlertKind.allCases {
          page.sample(family, [kind.rawValue], MetricValue(tally.alertsRaised[kind] ?? 0))
        }
      case .heartbeats, .heartbeatLastSuccess, .notifications: writeOutlets(metric, into: &page)
      case .groups:
        for standing in GroupStanding.allCases {
          page.sample(family, [standing.rawValue], MetricValue(counts[standing] ?? 0))
        }
      case .requests, .requestDuration: write(metric, host.counters, into: &page)
      case .paymentsAllowed, .paymentObstacle, .clockTrusted, .clockSkew, .sweepLastStart,
        .sweepLastSuccess, .sweeps, .sweepDuration, .accountBalance, .balanceEnd,
        .forecastSpend, .forecastUnpriced:
        for account in engine.settings.accounts.compactMap({ engine.accounts[$0.name] }) {
          write(metric, of: account, into: &page)
        }
      case .groupExpiration, .groupDue, .groupFloor, .groupInfo, .groupState: break
      }
    }
  }

  private func write(_ metric: Metric, of account: AccountState, into page: inout Exposition) {
    let family = metric.family
    let name = account.name.text
    let sweeps = host.counters.sweeps[account.name] ?? .init()
    switch metric {
    case .paymentsAllowed:
      page.sample(family, [name], MetricValue(obstacles(of: account).allSatisfy(\.passed)))
    case .paymentObstacle:
      for check in obstacles(of: account) {
        page.sample(family, [name, check.check.name], MetricValue(!check.passed))
      }
    case .clockTrusted:
      guard account.clock.last != nil else { return }
      page.sample(family, [name], MetricValue(account.clockDoubt == nil))
    case .clockSkew:
      guard let server = account.clock.now(at: engine.reading) else { return }
      page.sample(family, [name], .whole((engine.reading.wall - server).seconds))
    case .sweepLastStart:
      if let start = sweeps.lastStart { page.sample(family, [name], .whole(start.seconds)) }
    case .sweepLastSuccess:
      if let end = account.lastComplete { page.sample(family, [name], .whole(end.seconds)) }
    case .sweeps:
      page.sample(family, [name, "complete"], MetricValue(sweeps.complete))
      page.sample(family, [name, "partial"], MetricValue(sweeps.partial))
    case .sweepDuration: page.samples(family, [name], sweeps.duration)
    case .accountBalance:
      guard let balance = account.balance else { return }
      page.sample(family, [name, balance.currency.code], .decimal(balance.decimalText))
    case .balanceEnd:
      guard let end = foresight.outlooks[account.name]?.balanceEnd else { return }
      page.sample(family, [name], .whole(end.seconds))
    case .forecastSpend:
      guard let outlook = foresight.outlooks[account.name] else { return }
      let known = Set(outlook.planned.map(\.currency))
      let zeros = policyCurrencies.subtracting(known).map { Money(minorUnits: 0, currency: $0) }
      for money in (outlook.planned + zeros).sorted(by: { $0.currency.code < $1.currency.code }) {
        page.sample(
          family, [name, money.currency.code, "\(Foresight.days)"],
          .decimal(money.decimalText))
      }
    case .forecastUnpriced:
      guard let outlook = foresight.outlooks[account.name] else { return }
      page.sample(
        family, [name, "\(Foresight.days)"], MetricValue(outlook.unpriced))
    default: break
    }
  }

  /// A slot that is taken is no obstacle: it is free again in a moment.
  private func obstacles(of account: AccountState) -> [CheckResult] {
    engine.gate(of: account).checks.filter { $0.check != .slotFree }
  }

  private func write(
    _ metric: Metric, _ counters: ProcessCounters, into page: inout Exposition
  ) {
    for api in ProcessCounters.API.allCases {
      guard metric == .requests else {
        page.samples(metric.family, [api.rawValue], counters.durations[api] ?? Histogram())
        continue
      }
      for answer in ProcessCounters.Answer.allCases {
        let request = ProcessCounters.Request(api: api, answer: answer)
        page.sample(
          metric.family, [api.rawValue, answer.rawValue],
          MetricValue(counters.requests[request] ?? 0))
      }
    }
  }

  /// From zero for every currency in which the policy lets an account pay, so
  /// that the first payment is an increase.
  private func writeSpend(_ family: MetricFamily, into page: inout Exposition) {
    let possible = engine.settings.accounts.flatMap { account in
      policyCurrencies.map { LedgerTally.Spender(account.name, $0) }
    }
    let spenders = Set(tally.spend.keys).union(possible)
      .sorted { ($0.account, $0.currency.code) < ($1.account, $1.currency.code) }
    for spender in spenders {
      let money = tally.spend[spender] ?? Money(minorUnits: 0, currency: spender.currency)
      page.sample(
        family, [spender.account.text, spender.currency.code], .decimal(money.decimalText))
    }
  }

  private var policyCurrencies: Set<Currency> {
    Set(engine.settings.policy.rules.compactMap { $0.maximumPrice?.currency })
  }

  private func writeBudgets(_ metric: Metric, into page: inout Exposition) throws {
    for standing in try engine.budgetStandings() {
      let budget = standing.budget
      let held = standing.use
      let amount = metric == .budgetLimit ? budget.limit : try? held.spent.adding(held.reserved)
      guard let amount else { continue }
      page.sample(
        metric.family, [budget.name, amount.currency.code, budget.per.word],
        .decimal(amount.decimalText))
    }
  }

  private func writeOutlets(_ metric: Metric, into page: inout Exposition) {
    let counters = host.counters
    let monitoring = configuration.monitoring
    switch metric {
    case .heartbeats where monitoring.heartbeat != nil:
      for result in HookOutcome.words where result != "given_up" {
        page.sample(metric.family, [result], MetricValue(counters.heartbeats[result] ?? 0))
      }
    case .heartbeatLastSuccess:
      if let last = counters.lastHeartbeat { page.sample(metric.family, .whole(last.seconds)) }
    case .notifications:
      for hook in monitoring.webhooks {
        for result in HookOutcome.words {
          page.sample(
            metric.family, [hook.name, result],
            MetricValue(counters.notifications[hook.name]?[result] ?? 0))
        }
      }
    default: break
    }
  }

  /// The same pages for a scrape, which takes its turn like any caller.
  func metricsPage(
    after cursor: String?, _ reply: @escaping @Sendable (MetricsServer.Page?) -> Void
  ) {
    turns.take { [self] in
      engine.reading = host.reading()
      let page = try? metrics(after: cursor)
      reply(page.map { MetricsServer.Page(text: $0.text, next: $0.next) })
    }
  }

  // MARK: The disk

  private var databaseSize: Int64? {
    let path = configuration.directories.state + "/inventory.sqlite"
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let size = Int64(status.st_size)
    return stat(path + "-wal", &status) == 0 ? size + Int64(status.st_size) : size
  }

  private var stateFree: Int64? {
    var status = statvfs()
    guard statvfs(configuration.directories.state, &status) == 0 else { return nil }
    return Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
  }
}

extension Metric {
  /// Those with a series for each group; they come last.
  static let ofGroups: [Metric] = [
    .groupExpiration, .groupDue, .groupFloor, .groupInfo, .groupState,
  ]
}

extension BudgetPeriod {
  fileprivate var word: String {
    switch self {
    case .day: "day"
    case .month: "month"
    case .rolling(let span): span.description
    }
  }
}

extension RenewalState {
  /// The states that are told as results, in the words of the metric.
  fileprivate static let results: [(RenewalState, String)] = [
    (.settled, "paid"), (.foreign, "foreign"), (.refused, "refused"), (.notSent, "not_sent"),
    (.notEffected, "not_effected"), (.unknown, "unknown"),
  ]
}
