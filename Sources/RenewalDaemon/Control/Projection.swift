import Configuration
import InventoryStore
import RenewalCore

/// The rules by which a run is made.
struct ProjectionRules {
  var policy: RenewalPolicy
  /// Of the accounts that are configured; nothing of another is paid for.
  var parameters: [AccountName: ProtocolParameters]
  var sweepInterval: Span

  init(_ settings: EngineSettings) {
    policy = settings.policy
    parameters = Dictionary(
      settings.accounts.map { ($0.name, $0.parameters) }, uniquingKeysWith: { $1 })
    sweepInterval = settings.sweepInterval
  }

  init(_ configuration: DaemonConfiguration) {
    policy = configuration.policy
    parameters = Dictionary(
      configuration.accounts.map { ($0.name, $0.parameters) }, uniquingKeysWith: { $1 })
    sweepInterval = configuration.sweepInterval
  }
}

/// A run of rules over the inventory, in pieces that each take a turn of their
/// own. Belongs to the queue that owns the state.
final class Projection: @unchecked Sendable {
  private enum Phase {
    /// Renewals after this one are counted against budgets and fuses.
    case counting(after: Int64)
    case loading(after: GroupKey?)
    case running
  }

  private let rules: ProjectionRules
  private let from: Instant
  private var simulation: PolicySimulation
  private var phase: Phase
  private let load: (GroupRow) -> Void
  private let step: (SimulatedStep) -> Void
  private let finish: () throws -> Void

  /// Some milliseconds each.
  private static let rowsAtOnce = 50
  private static let stepsAtOnce = 500

  /// - Parameters:
  ///   - load: is given each group before the first step.
  ///   - step: is given each step, in order of time.
  ///   - finish: answers.
  init(
    _ rules: ProjectionRules, bounds: PolicySimulation.Bounds, from: Instant, until: Instant,
    load: @escaping (GroupRow) -> Void = { _ in }, step: @escaping (SimulatedStep) -> Void,
    finish: @escaping () throws -> Void
  ) {
    self.rules = rules
    self.from = from
    self.load = load
    self.step = step
    self.finish = finish
    phase = bounds == .none ? .loading(after: nil) : .counting(after: 0)
    simulation = PolicySimulation(
      rules.policy, bounds: bounds, from: from, until: until, sweepInterval: rules.sweepInterval)
  }

  /// Goes on by one piece.
  ///
  /// - Returns: whether it is over.
  func advance(_ engine: RenewalEngine) throws -> Bool {
    switch phase {
    case .counting(let last): try count(after: last, engine)
    case .loading(let last): try load(after: last, engine)
    case .running:
      for _ in 0..<Self.stepsAtOnce {
        guard let next = simulation.next() else {
          try finish()
          return true
        }
        step(next)
      }
    }
    return false
  }

  /// What budgets and fuses hold when the run begins.
  private func count(after last: Int64, _ engine: RenewalEngine) throws {
    let zone = rules.policy.zone
    let starts = rules.policy.budgets.map { $0.per.bounds(at: from, in: zone).from }
    let start = min(starts.min() ?? from, from - .days(1), from - rules.sweepInterval)
    let page = try engine.store.read {
      try $0.renewals(RenewalFilter(from: start, to: from), after: last, limit: 1000)
    }
    for renewal in page where renewal.isSpent || renewal.state.isOpen {
      let intent = renewal.intent
      simulation.count(
        .init(
          at: intent.date, key: intent.key.subject, rule: intent.rule,
          amount: renewal.charged ?? intent.quote))
    }
    phase = page.last.map { .counting(after: $0.id) } ?? .loading(after: nil)
  }

  private func load(after last: GroupKey?, _ engine: RenewalEngine) throws {
    let rows = try engine.store.read { reader in
      let rows = try reader.groups(after: last, limit: Self.rowsAtOnce)
      for row in rows {
        load(row)
        let situation = try engine.situation(of: row, reader)
        let rule = rules.policy.rule(for: row.record.latest, of: row.record.account)
        let prices = try rule.map { try engine.prices(for: situation, by: $0.period, reader) }
        simulation.add(
          PolicySimulation.Member(
            situation, parameters: rules.parameters[row.record.account],
            price: prices?.newest?.price, lastPaid: prices?.lastPaid))
      }
      return rows
    }
    phase = rows.last.map { .loading(after: $0.record.key) } ?? .running
  }
}

/// What a renewal of a group by a period costs, as far as it is known.
struct KnownPrice: Hashable {
  var period: BillingPeriod
  var price: Money
  /// When the cloud said so; `nil` where it is what was paid the last time.
  var seenAt: Instant?
}

extension RenewalEngine {
  /// The cloud's newest word, else what a person was asked about, else what was
  /// paid the last time.
  func prices(
    for situation: GroupSituation, by period: BillingPeriod, _ reader: StoreReader
  ) throws -> (newest: KnownPrice?, lastPaid: Money?) {
    let key = situation.record.key
    let lastPaid = try reader.lastPaid(for: key.group, period)
    if let quote = quotes[key], quote.period == period { return (quote, lastPaid) }
    if let asked = situation.deliberation?.asked, situation.rule?.period == period {
      return (KnownPrice(period: period, price: asked.price, seenAt: asked.at), lastPaid)
    }
    return (lastPaid.map { KnownPrice(period: period, price: $0) }, lastPaid)
  }
}

extension Renewal {
  /// As `BudgetUse.spent` counts it.
  fileprivate var isSpent: Bool { state == .settled || (state == .foreign && order != nil) }
}
