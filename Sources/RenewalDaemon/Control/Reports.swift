import ControlProtocol
import InventoryStore
import RenewalCore

/// The daemon's values in the words of the interface.
extension ControlService {
  func status() throws -> StatusReport {
    let fleet = try fleet()
    let open = try engine.store.read { try $0.openRenewals() }
    let alerts = engine.alerts.list(limit: Self.mostInStatus)
    return StatusReport(
      offline: offline, version: version, mode: Term(engine.settings.mode),
      pause: try engine.pauseReason.map { reason in
        let word = try word(.paymentsPaused)
        return PauseReport(since: word.at.timestamp, reason: reason, actor: word.actor)
      },
      now: engine.now.timestamp, startedAt: startedAt.timestamp,
      configuration: configurationReport,
      accounts: configuration.accounts.map { report($0.name) }, groups: fleet.counts,
      nextDue: fleet.next,
      openRenewals: open.prefix(Self.mostInStatus).map { report($0, []) },
      alerts: try alerts.map { try report($0) },
      moreOpenRenewals: more(open.count), moreAlerts: more(engine.alerts.standing.count),
      ledger: engine.store.head,
      budgets: try engine.budgetStandings().map { BudgetReport($0) },
      fuses: FuseName.allCases.map { name in
        let blown = engine.blownFuse.flatMap { $0.name == name ? $0 : nil }
        return FuseReport(
          name: name.rawValue, blownAt: blown?.at.timestamp, reason: blown?.reason)
      })
  }

  /// Of what a bad day makes very many of: an answer has to fit into what a caller may
  /// leave unread.
  private static let mostInStatus = 100

  private func more(_ count: Int) -> Int? {
    count > Self.mostInStatus ? count - Self.mostInStatus : nil
  }

  /// What stays true until the next transaction; counting a large fleet takes
  /// milliseconds.
  struct Fleet {
    var commits: Int64
    var counts: [String: Int] = [:]
    var next: Upcoming?
  }

  private func fleet() throws -> Fleet {
    if let known = knownFleet, known.commits == engine.store.commits { return known }
    var fleet = Fleet(commits: engine.store.commits)
    let (counts, next) = try engine.store.read { (try $0.standings(), try $0.nextDue()) }
    for (standing, count) in counts { fleet.counts[standing.rawValue] = count }
    fleet.next = next.flatMap { Upcoming($0) }
    // Read beside a daemon the store changes without a transaction of ours.
    if offline == nil { knownFleet = fleet }
    return fleet
  }

  var configurationReport: ConfigurationReport {
    ConfigurationReport(
      path: path, loadedAt: loadedAt.timestamp, problem: configurationProblem)
  }

  /// The newest word of an operator about something: who said it, and when.
  func word(
    _ kind: LedgerKind, account: AccountName? = nil, group: GroupID? = nil, subject: String? = nil
  ) throws -> LedgerEntry {
    let row = try engine.store.read {
      try $0.latest(kind, account: account, group: group, subject: subject)
    }
    guard let row else { throw StoreError.corrupt("the ledger has no row '\(kind.rawValue)'") }
    return row.entry
  }

  /// What is known of an account where no daemon watches it.
  private func offlineReport(_ name: AccountName) -> AccountReport {
    let settings = configuration.accounts.first { $0.name == name }
    return AccountReport(
      name: name.text, region: settings?.region ?? "",
      endpoint: settings?.endpoint.description ?? "", credentials: Term(.unknown),
      billing: settings?.readsBilling ?? false,
      groups: (try? engine.store.read { try $0.groupCount(in: name) }) ?? 0,
      lastSweep: engine.accounts[name]?.lastComplete.map {
        SweepReport(finishedAt: $0.timestamp, result: Term(.complete), groups: 0)
      },
      paymentsAllowed: false,
      obstacles: [
        ControlProtocol.Obstacle(
          kind: Term(.notRunning),
          sentence: "the daemon was not asked, and without it nothing is renewed")
      ])
  }

  func report(_ name: AccountName) -> AccountReport {
    if offline != nil { return offlineReport(name) }
    let settings = configuration.accounts.first { $0.name == name }
    let state = engine.accounts[name]
    let gate = state.map { engine.gate(of: $0) }
    let failed = gate?.checks.filter { !$0.passed && $0.check != .slotFree } ?? []
    let skew = state?.clock.now(at: engine.reading).map { engine.reading.wall - $0 }
    let isRefused =
      engine.alerts.standing[.init(kind: .authentication, account: name, group: "")] != nil
    return AccountReport(
      name: name.text, region: settings?.region ?? "",
      endpoint: settings?.endpoint.description ?? "",
      credentials: Term(isRefused ? .refused : gate?.hasPayer == true ? .loaded : .missing),
      billing: settings?.readsBilling ?? false, groups: state?.groupCount ?? 0,
      clockSkewSeconds: skew.map { Int($0.seconds) },
      lastSweep: state.flatMap { state in
        state.lastComplete.map {
          SweepReport(
            finishedAt: $0.timestamp,
            result: Term(state.sweepFailures == 0 ? .complete : .failed),
            groups: state.groupCount ?? 0)
        }
      },
      paymentsAllowed: failed.isEmpty,
      obstacles: failed.map { check in
        ControlProtocol.Obstacle(
          kind: Term(check.check.obstacle), sentence: check.reason,
          until: check.check == .startHoldOver ? state?.hold.end?.timestamp : nil)
      },
      balance: state?.balance,
      balanceEndsAt: foresight.outlooks[name]?.balanceEnd?.timestamp,
      visibility: visibility(in: name))
  }

  private func visibility(in account: AccountName) -> VisibilityReport? {
    guard let bound = engine.accounts[account]?.parameters.visibilityBound,
      let text = try? engine.store.read({ try $0.setting(.visibility(account)) }),
      let seen = Visibility(text: text)
    else { return nil }
    return VisibilityReport(
      lastSeconds: Int(seen.last.seconds), longestSeconds: Int(seen.longest.seconds),
      orders: seen.orders, boundSeconds: Int(bound.seconds))
  }

  func report(_ row: GroupRow) throws -> GroupReport {
    let record = row.record
    let group = record.latest
    let rule = engine.settings.policy.rule(for: group, of: record.account)
    let isSubscription = group.chargeType.known == .prePaid
    return GroupReport(
      account: record.account, id: group.id, name: group.name, region: group.region,
      chargeType: group.chargeType.text, status: group.status.text,
      instanceType: group.instanceType.isEmpty ? nil : group.instanceType, tags: group.tags,
      expiry: group.expiry?.timestamp, maximumExpirySeen: record.maximumExpiry?.timestamp,
      dueAt: row.dueAt?.timestamp,
      floorAt: isSubscription
        ? group.expiry.map { ($0 - GroupSituation.lastDay).timestamp } : nil,
      rule: rule?.name, action: rule.map { Term(GroupReport.Action($0.action)) },
      period: rule?.period.rawValue, price: try priceAsked(of: row),
      state: Term(GroupReport.State(row.standing)),
      reason: row.reason, nextCheckAt: row.attentionAt?.timestamp,
      lastSeenAt: record.lastSeen.timestamp,
      hold: try record.hold.flatMap { hold in
        guard hold.applies(at: engine.now(in: record.account)) else { return nil }
        let word = try word(.groupHeld, account: record.account, group: group.id)
        return HoldReport(
          since: word.at.timestamp, until: hold.until?.timestamp, reason: hold.reason,
          actor: word.actor)
      })
  }

  /// The price that waits for a person. Only of a group that is held: the fleet is
  /// listed without a question for each of its groups.
  private func priceAsked(of row: GroupRow) throws -> Money? {
    guard row.standing == .held else { return nil }
    let words = try engine.store.read { try $0.deliberation(of: row.record.key) }
    return words?.expiry == row.record.latest.expiry ? words?.asked?.price : nil
  }

  /// - Parameter entries: of the group, for what the row itself does not hold.
  func report(_ renewal: Renewal, _ entries: [LedgerRow]) -> RenewalReport {
    let own = entries.filter { $0.entry.renewal == renewal.id }
    let latest = own.first { $0.entry.kind == .renewalChanged }?.entry
    let intent = renewal.intent
    return RenewalReport(
      account: intent.key.subject.account, group: intent.key.subject.group,
      expiry: intent.key.expiry.timestamp, attempt: intent.attempt,
      state: Term(RenewalReport.State(renewal.state)), isOpen: renewal.state.isOpen,
      rule: intent.rule, period: intent.period.rawValue, quote: intent.quote,
      charged: renewal.charged, order: renewal.order,
      requestId: own.compactMap(\.entry.requestID).last,
      openedAt: intent.date.timestamp,
      closedAt: renewal.state.isOpen ? nil : renewal.since.timestamp,
      newExpiry: renewal.newExpiry?.timestamp,
      actor: latest.flatMap { $0.actor == "daemon" ? nil : $0.actor }, note: latest?.reason ?? "")
  }
}

extension BudgetReport {
  init(_ standing: BudgetStanding) {
    self.init(
      name: standing.budget.name, limit: standing.budget.limit, spent: standing.use.spent,
      reserved: standing.use.reserved, periodStart: standing.from.timestamp,
      periodEnd: standing.to?.timestamp)
  }
}

extension ObservationReport {
  init(_ entry: LedgerEntry) {
    self.init(
      at: entry.at.timestamp, oldExpiry: entry.oldExpiry?.timestamp,
      newExpiry: entry.newExpiry?.timestamp,
      source: entry.reason.split(separator: " ").last.map(String.init) ?? "",
      requestId: entry.requestID)
  }
}

extension EventReport {
  init(_ row: LedgerRow) {
    let entry = row.entry
    self.init(
      sequence: Int(row.sequence), at: entry.at.timestamp, kind: entry.kind.rawValue,
      account: entry.account, group: entry.group, order: entry.order, amount: entry.amount,
      oldExpiry: entry.oldExpiry?.timestamp, newExpiry: entry.newExpiry?.timestamp,
      actor: entry.actor,
      sentence: (entry.subject.map { "\($0): " } ?? "") + entry.reason)
  }
}

extension CheckReport {
  init(_ result: CheckResult) {
    self.init(
      number: result.check.rawValue, name: result.check.name, passed: result.passed,
      input: result.input, sentence: result.sentence)
  }
}

extension PolicyCheck {
  /// As `explain` prints it.
  var name: String { String(describing: self) }

  var obstacle: ControlProtocol.Obstacle.Kind {
    switch self {
    case .modePays: .mode
    case .notPaused: .paused
    case .noAlertStops: .alert
    case .storageSound: .storage
    case .clockTrusted: .clock
    case .startHoldOver: .startHold
    case .payerPresent: .credentials
    case .fusesWhole: .fuse
    case .budgetsAllow: .budget
    case .balanceSuffices: .balance
    default: .account
    }
  }
}

extension Upcoming {
  init?(_ row: GroupRow) {
    guard let dueAt = row.dueAt, let expiry = row.record.latest.expiry else { return nil }
    self.init(
      account: row.record.account, group: row.record.latest.id, name: row.record.latest.name,
      dueAt: dueAt.timestamp, expiry: expiry.timestamp)
  }
}

// The interface's words are a promise of their own: a new word of the core does
// not compile until it has one here.

extension AlertReport.Severity {
  init(_ severity: AlertKind.Severity) {
    self =
      switch severity {
      case .page: .page
      case .sameDay: .warning
      case .journal: .notice
      }
  }
}

extension GroupReport.Action {
  init(_ action: RuleAction) {
    self =
      switch action {
      case .renew: .renew
      case .approve: .approve
      case .verify: .verify
      case .lapse: .lapse
      }
  }
}

extension GroupReport.State {
  init(_ standing: GroupStanding) {
    self =
      switch standing {
      case .ok, .verifying: .ok
      case .due: .due
      case .noticed: .noticed
      case .inFlight: .inFlight
      case .unknown: .unknown
      case .held: .held
      case .lapsing: .lapsing
      case .unmanaged: .unmanaged
      case .expired: .expired
      case .payAsYouGo: .payAsYouGo
      case .gone: .gone
      }
  }
}

extension RenewalReport.State {
  init(_ state: RenewalState) {
    self =
      switch state {
      case .submitted: .sent
      case .accepted: .accepted
      case .unknown: .unknown
      case .unpaid: .unpaid
      case .stuck: .stuck
      case .settled: .settled
      case .foreign: .foreign
      case .notEffected: .notEffected
      case .refused: .refused
      case .notSent: .notSent
      }
  }
}
