import FoundationEssentials

/// Runs many worlds and adds up what became of them.
package enum Simulator {
  /// Runs one seed; where asked for, twice: the same seed must give the same
  /// course of events.
  package static func run(seed: UInt64, shape: World.Shape, twice: Bool = true) -> Outcome {
    func once(_ run: Int) -> Outcome {
      if let world = World(seed: seed, shape: shape, name: "seed-\(seed)-\(run)") {
        return world.run()
      }
      var failed = Outcome()
      failed.violations = ["the simulated disk could not be made"]
      return failed
    }
    var first = once(1)
    guard twice else { return first }
    let second = once(2)
    first.runs = 2
    if first.trace != second.trace {
      first.violations.append("two runs of the seed took different courses")
    }
    return first
  }

  /// Whether a seed belongs to those of which one in `every` is run twice. The
  /// seed itself decides, so that nobody chooses them.
  package static func isRepeated(_ seed: UInt64, oneIn every: UInt64) -> Bool {
    var luck = Seeded(seed)
    return luck.next() % every == 0
  }
}

/// What a worker tells of one seed, in a line.
package struct SeedReport: Codable, Sendable {
  package var seed: UInt64
  package var outcome: Outcome

  package init(seed: UInt64, outcome: Outcome) {
    self.seed = seed
    self.outcome = outcome
  }

  package init?(line: String) {
    guard let report = try? JSONDecoder().decode(SeedReport.self, from: Data(line.utf8))
    else { return nil }
    self = report
  }

  package var line: String {
    (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

/// The sums over all seeds.
package struct Totals: Sendable {
  package private(set) var seeds = 0
  package private(set) var repeated = 0
  package private(set) var failedSeeds: [UInt64] = []
  package private(set) var groupYears = 0.0
  /// Second runs included.
  package private(set) var simulatedYears = 0.0
  package private(set) var payments = 0
  package private(set) var cycles = 0
  package private(set) var transactions: Int64 = 0
  package private(set) var starts = 0
  package private(set) var pagedLapses = 0
  package private(set) var doublePayments = 0
  package private(set) var silentLapses = 0
  package private(set) var breaches = 0
  package private(set) var faults = FaultCounts()

  package init() {}

  package mutating func add(_ report: SeedReport) {
    let outcome = report.outcome
    seeds += 1
    if outcome.runs > 1 { repeated += 1 }
    groupYears += outcome.groupYears
    simulatedYears += outcome.groupYears * Double(outcome.runs)
    payments += outcome.payments
    cycles += outcome.cycles
    transactions += outcome.transactions
    starts += outcome.starts
    pagedLapses += outcome.pagedLapses
    faults.add(outcome.faults)
    breaches += outcome.breaches.count
    if !outcome.isClean { failedSeeds.append(report.seed) }
    doublePayments += outcome.violations.filter { $0.hasPrefix("paid ") }.count
    silentLapses += outcome.violations.filter { $0.contains("lapsed at") }.count
  }

  /// What a person reads at the end.
  ///
  /// - Parameter seconds: that it took, with so many workers side by side.
  package func report(seconds: Double, jobs: Int) -> [String] {
    let perSecond = simulatedYears / seconds / Double(jobs)
    return faults.counts.sorted { $0.key < $1.key }.map { "  \($0.value)  \($0.key)" } + [
      "group-years              \(Int(groupYears)); \(repeated) of \(seeds) seeds were run twice",
      "decision cycles          \(cycles), with \(transactions) durable transactions",
      "starts of the daemon     \(starts)",
      "paid calls               \(payments)",
      "double payments          \(doublePayments)",
      "lapses without a page    \(silentLapses)",
      "limits overstepped       \(breaches)",
      "lapses after a page      \(pagedLapses)",
      "group-years per second   \(Int(perSecond)) on each of \(jobs) cores, second runs counted",
      "\(seeds - failedSeeds.count) passed, \(failedSeeds.count) failed",
    ]
  }
}
