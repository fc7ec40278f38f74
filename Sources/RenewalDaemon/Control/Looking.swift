import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// The methods that only look.
extension ControlService {
  /// - Returns: whether the method is one of them.
  func look(_ call: VarlinkCall, _ replier: VarlinkReplier) throws -> Bool {
    switch call.method {
    case StatusCall.qualifiedMethod: replier.reply(try encodedStatus())
    case ListCall.qualifiedMethod: list(try ListWalk(try call.decode()), replier)
    case DescribeCall.qualifiedMethod: replier.reply(try describe(try call.decode()))
    case PlanCall.qualifiedMethod: try plan(try call.decode(), replier)
    case ForecastCall.qualifiedMethod: try forecast(try call.decode(), replier)
    case SimulateCall.qualifiedMethod: try simulate(try call.decode(), replier)
    case CheckConfigurationCall.qualifiedMethod:
      replier.reply(try call.decode(CheckConfigurationCall.self).reply)
    case ShowConfigurationCall.qualifiedMethod: replier.reply(showConfiguration())
    case CompareConfigurationCall.qualifiedMethod: try compare(try call.decode(), replier)
    case ExplainCall.qualifiedMethod: replier.reply(try explain(try call.decode()))
    case PolicyCall.qualifiedMethod:
      replier.reply(
        PolicyCall.Reply(rules: engine.settings.policy.rules.map { RuleReport($0) }))
    case HistoryCall.qualifiedMethod: replier.reply(try history(try call.decode()))
    case EventsCall.qualifiedMethod: replier.reply(try events(try call.decode()))
    case LedgerCall.qualifiedMethod: replier.reply(try ledger(try call.decode()))
    case CreationsCall.qualifiedMethod: replier.reply(try creations())
    case AlertsCall.qualifiedMethod: replier.reply(try alerts(try call.decode()))
    case WatchCall.qualifiedMethod: try watch(call, replier)
    case WhoAmICall.qualifiedMethod:
      replier.reply(
        WhoAmICall.Reply(
          socket: call.caller.socket, userId: Int(call.caller.peer.userID),
          identities: host.identities()))
    case MetricsCall.qualifiedMethod:
      let page: MetricsCall = try call.decode()
      replier.reply(try metrics(after: page.after))
    default: return false
    }
    return true
  }

  /// Walks over the groups in pieces, each in a turn of its own.
  private func list(_ walk: ListWalk, _ replier: VarlinkReplier) {
    turns.take { [self] in
      answering(replier) {
        if let page = try walk.advance(self) { replier.reply(page) } else { list(walk, replier) }
      }
    }
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
      group: try report(row),
      observations: entries.filter { $0.entry.kind == .expiryObserved }.prefix(50).map {
        ObservationReport($0.entry)
      },
      renewals: renewals.map { report($0, entries) }, checks: try checks(row),
      alerts: try alerts.map { try report($0) })
  }

  private func history(_ call: HistoryCall) throws -> HistoryCall.Reply {
    let row = try find(call.group, in: call.account)
    let limit = try call.limit.within(1...500, else: 100)
    let rows = try engine.store.read { try $0.ledger(of: row.record.key, limit: limit) }
    return HistoryCall.Reply(group: try report(row), events: rows.map { EventReport($0) })
  }

  private func ledger(_ call: LedgerCall) throws -> LedgerCall.Reply {
    var filter = RenewalFilter(
      account: call.account, from: call.from?.instant, to: call.to?.instant,
      openOnly: call.openOnly ?? false)
    let month = try call.month.map { text in
      guard let month = CalendarMonth(text), call.from == nil, call.to == nil else {
        throw VarlinkError.invalidParameter("month")
      }
      return MonthReport(month, in: engine.settings.policy.zone)
    }
    if let month { (filter.from, filter.to) = (month.from.instant, month.to.instant) }
    if let group = call.group {
      let key = try find(group, in: call.account).record.key
      (filter.account, filter.group) = (key.account, key.group)
    } else if let account = call.account, engine.accounts[account] == nil {
      throw ControlError.noSuchAccount(account)
    }
    guard let after = Int64(call.after ?? "0") else {
      throw VarlinkError.invalidParameter("after")
    }
    let limit = try call.limit.within(1...1000, else: 500)
    return try engine.store.read { reader in
      // One more than asked for tells whether there is another page.
      let renewals = try reader.renewals(filter, after: after, limit: limit + 1)
      let page = renewals.prefix(limit)
      return LedgerCall.Reply(
        renewals: try page.map { report($0, try reader.ledger(of: $0)) },
        totals: try reader.spent(filter).money,
        next: renewals.count > limit ? page.last.map { String($0.id) } : nil, month: month)
    }
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
    // The price that was asked about, else the last that was paid.
    let now = engine.now(in: key.account)
    results += try engine.store.read { reader in
      let paid = try situation.rule.flatMap { try reader.lastPaid(for: key.group, $0.period) }
      guard let price = situation.deliberation?.asked?.price ?? paid else { return [] }
      // The balance is asked of the cloud, with the rest.
      return try engine.priceChecks(of: price, for: situation, at: now, reader)
        .filter { $0.check != .balanceSuffices }
    }
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
    return (results.map { CheckReport($0) } + open).sorted { $0.number < $1.number }
  }

  private func explain(_ call: ExplainCall) throws -> ExplainCall.Reply {
    let row = try find(call.group, in: call.account)
    let checks = try checks(row)
    let failed = checks.contains { $0.passed == false }
    let decision: ExplainCall.Decision =
      switch row.standing {
      case .due where !failed: .renew
      case .due, .held:
        checks.contains {
          $0.passed == false && $0.number == PolicyCheck.approved.rawValue
        } ? .approve : .hold
      default: .none
      }
    return ExplainCall.Reply(group: try report(row), decision: Term(decision), checks: checks)
  }

  // MARK: Following

  /// The state first, then each change as it is recorded, until the caller goes.
  private func watch(_ call: VarlinkCall, _ replier: VarlinkReplier) throws {
    guard call.wantsMore else { throw VarlinkError.expectedMore }
    watchers.add(replier, first: WatchCall.Reply(status: try status()))
  }

  /// Tells those who watch of new rows.
  func tell(_ rows: [LedgerRow]) {
    tellOfCreations(rows)
    guard !watchers.isEmpty else { return }
    // A first sweep records thousands of rows at once: with every group in full
    // they would cut off a caller who reads as fast as he can.
    let isFlood = rows.count > 100
    watchers.tell(
      rows.map { row in
        let group =
          isFlood
          ? nil
          : row.entry.key.flatMap { key in
            (try? engine.store.read { try $0.group(key) }).flatMap { $0 }
          }
        return WatchCall.Reply(group: group.flatMap { try? report($0) }, event: EventReport(row))
      })
  }

  /// What was recorded, the newest first. Each page looks at so many rows and
  /// no more, whatever of them fits: a rare kind of row in a long ledger costs
  /// the caller many pages, and everybody else nothing.
  private func events(_ call: EventsCall) throws -> EventsCall.Reply {
    let limit = try call.limit.within(1...1000, else: 100)
    let before = call.before.map { Int64($0) } ?? .max
    let key = try call.group.map { try find($0, in: call.account).record.key }
    let rows = try engine.store.read { reader in
      try key.map { try reader.ledger(of: $0, before: before, limit: limit) }
        ?? reader.ledger(before: before, limit: limit)
    }
    let since = call.since?.instant ?? Instant(.min)
    let fitting = rows.filter { row in
      row.entry.at >= since && (call.account.map { $0 == row.entry.account } ?? true)
        && (call.alerts != true || row.entry.kind.isAboutAlert)
    }
    // Rows carry the time of their account's cloud, so that an older one may
    // stand a little after a newer one.
    let isOver = rows.count < limit || rows.allSatisfy { $0.entry.at + .hours(1) < since }
    return EventsCall.Reply(
      events: fitting.map { EventReport($0) },
      next: isOver ? nil : rows.last.map { Int($0.sequence) })
  }
}

extension GroupKey {
  /// Reads `account/group`. The name of an account has no slash.
  init?(description text: String) {
    guard let slash = text.firstIndex(of: "/") else { return nil }
    self.init(
      account: AccountName(String(text[..<slash])),
      group: GroupID(String(text[text.index(after: slash)...])))
  }
}

extension Int? {
  /// The `limit` of a call.
  func within(_ range: ClosedRange<Int>, else standard: Int) throws(VarlinkError) -> Int {
    guard let limit = self else { return standard }
    guard range.contains(limit) else { throw .invalidParameter("limit") }
    return limit
  }
}

extension LedgerKind {
  fileprivate var isAboutAlert: Bool {
    switch self {
    case .alertRaised, .alertRepeated, .alertCleared, .alertAcknowledged: true
    default: false
    }
  }
}

extension LedgerEntry {
  fileprivate var key: GroupKey? {
    guard let account, let group else { return nil }
    return GroupKey(account: account, group: group)
  }
}
