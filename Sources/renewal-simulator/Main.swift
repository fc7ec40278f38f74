import ArgumentParser
import Glibc
import RenewalSimulation

@main struct RenewalSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renewal-simulator",
    abstract: "Simulates years of renewals under faults in seconds, and counts double payments.",
    discussion: """
      Each seed draws its own faults and is run twice; the two runs must agree. Exit 0 only
      without any violation.

      EXAMPLES
        renewal-simulator --first-seed 1 --seeds 1000 --years 5 --groups 20
        renewal-simulator --first-seed 4711 --seeds 1          replays one seed
      """)

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: "How many seeds.")
  var seeds: UInt64 = 100

  @Option(help: "Years of trouble in each world; 40 calm days follow.")
  var years = 5

  @Option(help: "Groups in each world.")
  var groups = 20

  func validate() throws {
    guard seeds > 0, (1...100).contains(years), (1...100_000).contains(groups),
      !firstSeed.addingReportingOverflow(seeds).overflow
    else { throw ValidationError("seeds, years (1-100) and groups (1-100000) must be positive") }
  }

  func run() throws {
    let started = ContinuousClock.now
    var totals = Totals()
    for seed in firstSeed..<firstSeed + seeds {
      let outcome = Simulator.run(seed: seed, shape: .init(years: years, groups: groups))
      totals.add(outcome, seed: seed)
      for violation in outcome.violations {
        print(
          "seed \(seed): \(violation)\n  replay: renewal-simulator --first-seed \(seed) --seeds 1"
            + " --years \(years) --groups \(groups)")
      }
      // Seen at once, also in a pipe.
      fflush(nil)
    }
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    for (fault, count) in totals.faults.counts.sorted(by: { $0.key < $1.key }) {
      print("  \(count)  \(fault)")
    }
    print("group-years              \(Int(totals.groupYears)), each simulated twice")
    print("decision cycles          \(totals.cycles)")
    print("paid calls               \(totals.payments)")
    print("double payments          \(totals.doublePayments)")
    print("lapses without a page    \(totals.silentLapses)")
    print("lapses after a page      \(totals.pagedLapses)")
    print("group-years per second   \(Int(2 * totals.groupYears / seconds)), both runs counted")
    print("\(totals.seeds - totals.failedSeeds.count) passed, \(totals.failedSeeds.count) failed")
    if !totals.failedSeeds.isEmpty { throw ExitCode.failure }
  }
}
