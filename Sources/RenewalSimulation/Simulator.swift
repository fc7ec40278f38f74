import RenewalCore

/// Runs many worlds and adds up what became of them.
package enum Simulator {
  /// One seed, twice: the same seed must give the same course of events.
  package static func run(seed: UInt64, shape: World.Shape) -> Outcome {
    func once(_ run: Int) -> Outcome? {
      World(seed: seed, shape: shape, name: "seed-\(seed)-\(run)")?.run()
    }
    guard var first = once(1), let second = once(2) else {
      var failed = Outcome()
      failed.violations = ["the simulated disk could not be made"]
      return failed
    }
    if first.trace != second.trace {
      first.violations.append("two runs of the seed took different courses")
    }
    return first
  }
}

/// The sums over all seeds.
package struct Totals: Sendable {
  package var seeds = 0
  package var failedSeeds: [UInt64] = []
  package var groupYears = 0.0
  package var payments = 0
  package var cycles = 0
  package var pagedLapses = 0
  package var doublePayments = 0
  package var silentLapses = 0
  package var faults = FaultCounts()

  package init() {}

  package mutating func add(_ outcome: Outcome, seed: UInt64) {
    seeds += 1
    groupYears += outcome.groupYears
    payments += outcome.payments
    cycles += outcome.cycles
    pagedLapses += outcome.pagedLapses
    faults.add(outcome.faults)
    if !outcome.violations.isEmpty { failedSeeds.append(seed) }
    doublePayments += outcome.violations.filter { $0.hasPrefix("paid ") }.count
    silentLapses += outcome.violations.filter { $0.contains("lapsed at") }.count
  }
}
