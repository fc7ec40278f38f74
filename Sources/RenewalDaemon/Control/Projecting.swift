import Configuration
import ControlProtocol
import InventoryStore
import RenewalCore
import Varlink

/// The methods that look ahead: each is a run of the rules over the inventory.
extension ControlService {
  /// Runs in pieces, each in a turn of its own, and answers at the end.
  func run(_ projection: Projection, _ replier: VarlinkReplier) {
    turns.take { [self] in
      answering(replier) {
        if !(try projection.advance(engine)) { run(projection, replier) }
      }
    }
  }

  // MARK: Plan

  /// What the rules pay for until an instant, as things stand: a group that is
  /// kept from it now is shown with what keeps it, once.
  func plan(_ call: PlanCall, _ replier: VarlinkReplier) throws {
    let page = try Page(after: call.after, limit: call.limit, now: engine.now)
    var question = call
    (question.after, question.limit) = (nil, nil)
    if continued(question, page, replier) { return }
    let until = try horizon(call.until, from: page.from)
    let entries = PlanEntries(page)
    let starts = endsOfStartHolds()
    var held: [GroupKey: String] = [:]
    var done: Set<GroupKey> = []
    let isNextOnly = call.nextOnly ?? false
    run(
      Projection(
        ProjectionRules(engine.settings), bounds: .none, from: page.from, until: until,
        load: { row in
          switch row.standing {
          // That one ends by itself, and then the group is paid for.
          case .held where row.reason == starts[row.record.account]?.reason: break
          case .held, .unknown, .expired: held[row.record.key] = row.reason
          default: break
          }
        },
        step: { [engine] step in
          let key = step.record.key
          // A group without a rule is in no plan: renewalctl list has it.
          guard step.rule != nil, !done.contains(key),
            var entry = PlanEntry(step, engine.quotes[key])
          else { return }
          if let reason = held[key], step.rule?.action.buys == true {
            (entry.step, entry.reason, entry.expectedExpiry) = (Term(.hold), reason, nil)
            done.insert(key)
          } else if step.rule?.action.buys == true, let start = starts[key.account],
            step.at < start.end
          {
            (entry.at, entry.reason) = (start.end.timestamp, start.reason)
          }
          if isNextOnly { done.insert(key) }
          entries.add(entry)
        },
        finish: { [self] in
          answer(question, page, replier, entries) { page in
            PlanCall.Reply(
              from: page.from.timestamp, until: until.timestamp, entries: entries.shown(on: page),
              totals: entries.spending.total.sums, unpriced: entries.spending.total.unpriced,
              renewals: entries.spending.total.renewals, next: entries.next(after: page))
          }
        }), replier)
  }

  /// The end of what a caller wants to see: each year ahead costs a walk over it.
  func horizon(_ until: Timestamp?, from now: Instant) throws(VarlinkError) -> Instant {
    guard let until else { return now + .days(30) }
    guard until.instant <= now + .days(3660) else { throw .invalidParameter("until") }
    return until.instant
  }

  /// Where nothing but the hold after a start keeps an account from paying, with
  /// the words by which its groups are held.
  private func endsOfStartHolds() -> [AccountName: (end: Instant, reason: String)] {
    engine.accounts.compactMapValues { account in
      let failed = engine.gate(of: account).checks.filter { !$0.passed && $0.check != .slotFree }
      guard let check = failed.first, failed.count == 1, check.check == .startHoldOver,
        let end = account.hold.end
      else { return nil }
      return (end, check.reason)
    }
  }

  /// Answers with a page of a run that has ended, and keeps the run while there is
  /// a page after it.
  private func answer(
    _ question: some Hashable, _ page: Page, _ replier: VarlinkReplier, _ entries: PlanEntries,
    _ reply: @escaping (Page) -> some Encodable & Sendable
  ) {
    replier.reply(reply(page))
    let isWanted = entries.next(after: page) != nil && entries.isComplete
    endedRun =
      isWanted
      ? EndedRun(question: AnyHashable(question), from: page.from) { [weak self] page, replier in
        replier.reply(reply(page))
        if entries.next(after: page) == nil { self?.endedRun = nil }
      } : nil
  }

  /// - Returns: whether the page was one of the run that has just ended.
  private func continued(
    _ question: some Hashable, _ page: Page, _ replier: VarlinkReplier
  ) -> Bool {
    guard page.skipped > 0, let run = endedRun, run.question == AnyHashable(question),
      run.from == page.from
    else { return false }
    run.answer(page, replier)
    return true
  }

  // MARK: Forecast

  func forecast(_ call: ForecastCall, _ replier: VarlinkReplier) throws {
    let zone = engine.settings.policy.zone
    let now = engine.now
    let months = try Months(call.months, past: call.past, at: now, zone)
    let balances = engine.accounts.compactMapValues(\.balance)
    var spending = SpendingForecast(zone: zone, balances: balances)
    run(
      Projection(
        ProjectionRules(engine.settings), bounds: .none, from: now, until: months.end,
        step: { step in
          guard case .pays(let price, _, _) = step.outcome else { return }
          spending.add(price, of: step.record.account, at: step.at)
        },
        finish: { [self] in
          replier.reply(
            ForecastCall.Reply(
              at: now.timestamp, months: try report(months, spending),
              balances: balances.sorted { $0.key < $1.key }.map { name, balance in
                let end = spending.endsOfBalances[name]
                return BalanceForecast(
                  account: name, balance: balance, endsAt: end?.timestamp,
                  lastDay: end.map { zone.wallTime(at: $0).date.text })
              },
              totals: spending.total.sums, unpriced: spending.total.unpriced))
        }), replier)
  }

  private func report(_ months: Months, _ spending: SpendingForecast) throws -> [MonthForecast] {
    try months.all.map { month in
      let bounds = MonthReport(month, in: spending.zone)
      let paid = try engine.store.read {
        try $0.spent(RenewalFilter(from: bounds.from.instant, to: bounds.to.instant))
      }
      let planned = spending.months[month] ?? .init()
      return MonthForecast(
        month: bounds, paid: paid.money, paidRenewals: paid.count, planned: planned.sums,
        plannedRenewals: planned.renewals, unpriced: planned.unpriced)
    }
  }

  // MARK: Simulate

  func simulate(_ call: SimulateCall, _ replier: VarlinkReplier) throws {
    let page = try Page(after: call.after, limit: call.limit, now: engine.now)
    var question = call
    (question.after, question.limit) = (nil, nil)
    if continued(question, page, replier) { return }
    let rules: ProjectionRules
    let mode: Mode
    if let sources = call.sources {
      let configuration = try configuration(from: sources)
      (rules, mode) = (ProjectionRules(configuration), configuration.mode)
    } else {
      (rules, mode) = (ProjectionRules(engine.settings), engine.settings.mode)
    }
    let months = try Months(call.months, past: nil, at: page.from, rules.policy.zone)
    let entries = PlanEntries(page, zone: rules.policy.zone)
    var unpaid = 0
    run(
      Projection(
        rules, bounds: call.approve == true ? .money : .all, from: page.from, until: months.end,
        step: { [engine] step in
          if case .refuses = step.outcome { unpaid += 1 }
          if let entry = PlanEntry(step, engine.quotes[step.record.key]) { entries.add(entry) }
        },
        finish: { [self] in
          let (unpaid, notes) = (unpaid, notes(mode))
          let byMonth = try report(months, entries.spending)
          answer(question, page, replier, entries) { page in
            SimulateCall.Reply(
              from: page.from.timestamp, until: months.end.timestamp,
              entries: entries.shown(on: page), months: byMonth,
              totals: entries.spending.total.sums, unpriced: entries.spending.total.unpriced,
              unpaid: unpaid, notes: notes, next: entries.next(after: page))
          }
        }), replier)
  }

  private func notes(_ mode: Mode) -> [String] {
    var notes: [String] = []
    if mode != .pay {
      notes.append("the mode is \(mode.rawValue): nothing is paid before it is pay")
    }
    if let reason = engine.pauseReason { notes.append("payments are paused: \(reason)") }
    if let fuse = engine.blownFuse {
      notes.append("the fuse \(fuse.name.rawValue) is blown: \(fuse.reason)")
    }
    return notes
  }
}

/// The months of a report: those back, the present one and those ahead.
private struct Months {
  var all: [CalendarMonth]
  /// The last second of them.
  var end: Instant

  init(_ ahead: Int?, past: Int?, at now: Instant, _ zone: NamedZone) throws(VarlinkError) {
    let (ahead, past) = (ahead ?? 12, past ?? 0)
    guard (1...36).contains(ahead) else { throw .invalidParameter("months") }
    guard (0...36).contains(past) else { throw .invalidParameter("past") }
    let month = CalendarMonth(of: now, in: zone)
    all = (-past..<ahead).map { month.adding($0) }
    end = month.adding(ahead).start(in: zone) - .seconds(1)
  }
}

/// A run of which another page may be asked for; one at a time is kept.
struct EndedRun {
  fileprivate var question: AnyHashable
  fileprivate var from: Instant
  fileprivate var answer: (Page, VarlinkReplier) -> Void
}

/// Which part of a run is shown. All pages are of one run, or of runs from the
/// same instant on.
private struct Page {
  var from: Instant
  var skipped = 0
  var limit: Int

  init(after: String?, limit: Int?, now: Instant) throws(VarlinkError) {
    self.limit = try limit.within(1...1000, else: 1000)
    from = now
    guard let after else { return }
    let parts = after.split(separator: " ").compactMap { Int64($0) }
    guard parts.count == 2, let skipped = Int(exactly: parts[1]), skipped >= 0 else {
      throw .invalidParameter("after")
    }
    (from, self.skipped) = (Instant(parts[0]), skipped)
  }
}

/// The entries of a run, and the sums over all.
private final class PlanEntries {
  /// More than this are not kept for other pages: some tens of megabytes.
  private static let mostKept = 50_000

  private let page: Page
  private var count = 0
  private var kept: [PlanEntry] = []
  /// The index of the first that is kept.
  private var first = 0
  private(set) var spending: SpendingForecast

  init(_ page: Page, zone: NamedZone = .utc) {
    self.page = page
    spending = SpendingForecast(zone: zone)
  }

  func add(_ entry: PlanEntry) {
    if entry.step == .renew || entry.step == .approve {
      spending.add(entry.price, of: entry.account, at: entry.at.instant)
    }
    if count == Self.mostKept {
      kept = shown(on: page)
      first = page.skipped
    }
    let isShown = count >= page.skipped && count < page.skipped + page.limit
    if count < Self.mostKept || isShown { kept.append(entry) }
    count += 1
  }

  /// Whether every page can be shown.
  var isComplete: Bool { count <= Self.mostKept }

  func shown(on page: Page) -> [PlanEntry] {
    Array(kept.dropFirst(page.skipped - first).prefix(page.limit))
  }

  func next(after page: Page) -> String? {
    let end = page.skipped + page.limit
    return end < count ? "\(page.from.seconds) \(end)" : nil
  }
}

extension PlanEntry {
  /// - Parameter quote: what the cloud said of the group's price.
  init?(_ step: SimulatedStep, _ quote: KnownPrice?) {
    let group = step.record.latest
    guard let expiry = group.expiry ?? step.record.maximumExpiry else { return nil }
    self.init(
      account: step.record.account, group: group.id, name: group.name, at: step.at.timestamp,
      step: Term(.renew), rule: step.rule?.name, period: step.rule?.period.rawValue,
      expiry: expiry.timestamp, reason: "")
    switch step.outcome {
    case .pays(let price, let until, let needsApproval):
      (self.price, expectedExpiry) = (price, until.timestamp)
      priceSeenAt = quote.flatMap { $0.price == price ? $0.seenAt?.timestamp : nil }
      if needsApproval { self.step = Term(.approve) }
      let due = step.rule.map { expiry - $0.leadTime } ?? step.at
      reason =
        needsApproval
        ? "a person has to approve it, due \(due)"
        : due < step.at ? "due since \(due)" : "due by its lead time"
    case .waits(let check, let until):
      self.step = Term(.hold)
      reason = "\(check.reason); next try \(until)"
    case .refuses(let check):
      self.step = Term(.hold)
      reason = check.reason
    case .leaves(.verify?):
      self.step = Term(.verify)
      reason = "rule '\(step.rule?.name ?? "")' leaves paying to somebody else"
    case .leaves(let action):
      self.step = Term(.lapse)
      reason =
        action == nil
        ? "no rule covers it" : "rule '\(step.rule?.name ?? "")' lets it expire"
    }
  }
}
