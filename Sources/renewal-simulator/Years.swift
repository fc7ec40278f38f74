import ArgumentParser
import Glibc
import RenewalSimulation

struct Years: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Worlds with years of trouble, one for each seed (the default).")

  @Option(help: "The first seed.")
  var firstSeed: UInt64 = 1

  @Option(help: "How many seeds.")
  var seeds: UInt64 = 100

  @Option(help: "Years of trouble in each world; 40 calm days follow.")
  var years = 5

  @Option(help: "Groups in each world.")
  var groups = 20

  @Option(help: "Of how many seeds one is run twice, to compare the courses; 1 is all.")
  var repeatOneIn: UInt64 = 1

  @Option(help: "How many run side by side, each on a core.")
  var jobs = 1

  @Option(help: .hidden)
  var worker: Int?

  func validate() throws {
    guard seeds > 0, (1...100).contains(years), (1...100_000).contains(groups), repeatOneIn > 0,
      (1...1024).contains(jobs), !firstSeed.addingReportingOverflow(seeds).overflow
    else {
      throw ValidationError(
        "seeds, years (1-100), groups (1-100000), repeat-one-in and jobs (1-1024) must be positive")
    }
  }

  func run() throws {
    if let worker { return work(worker) }
    let started = ContinuousClock.now
    var totals = Totals()
    var heard = [UInt64](repeating: 0, count: jobs)
    let endings = Workers.run(
      (0..<jobs).map { CommandLine.arguments.dropFirst() + ["--worker", "\($0)"] }
    ) { worker, line in
      guard let report = SeedReport(line: line) else { return print(line) }
      heard[worker] += 1
      totals.add(report)
      for violation in report.outcome.violations + report.outcome.breaches {
        complain(report.seed, violation)
      }
    }
    for ending in endings where ending.code != 0 {
      let seed = firstSeed + UInt64(ending.worker) + heard[ending.worker] * UInt64(jobs)
      complain(seed, "the simulation itself ended with \(ending.code)")
    }
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    totals.report(seconds: seconds, jobs: jobs).forEach { print($0) }
    if !totals.failedSeeds.isEmpty || endings.contains(where: { $0.code != 0 }) {
      throw ExitCode.failure
    }
  }

  private func complain(_ seed: UInt64, _ violation: String) {
    print(
      "seed \(seed): \(violation)\n  replay: renewal-simulator --first-seed \(seed) --seeds 1"
        + " --years \(years) --groups \(groups)")
    // Seen at once, also in a pipe.
    fflush(nil)
  }

  /// Every so many-th seed, a line for each.
  private func work(_ worker: Int) {
    let shape = World.Shape(years: years, groups: groups)
    for seed in stride(from: firstSeed + UInt64(worker), to: firstSeed + seeds, by: jobs) {
      let outcome = Simulator.run(
        seed: seed, shape: shape, twice: Simulator.isRepeated(seed, oneIn: repeatOneIn))
      print(SeedReport(seed: seed, outcome: outcome).line)
      fflush(nil)
    }
  }
}
