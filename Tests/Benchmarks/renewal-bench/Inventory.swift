import ArgumentParser
import RenewalCore

/// Makes an inventory, and times what a sweep of it costs.
struct Prepare: ParsableCommand {
  @Argument(help: "A directory that exists.")
  var directory: String

  @Option(help: "How many groups.")
  var groups = 10_000

  @Option(help: "When it begins, in seconds since 1970; two days before the first is due.")
  var start: Int64 = 1_800_000_000

  func run() throws {
    let fleet = try Fleet(
      directory: directory, groups: groups, from: Instant(start), sweepInterval: .hours(12))
    fleet.tell(.started)
    for name in ["first", "second"] {
      let before = processorSeconds()
      while fleet.answerPage() {}
      report("\(name)-sweep-cpu-seconds", processorSeconds() - before)
      fleet.advance(.hours(12))
      fleet.tell(.woke)
    }
    fleet.tell(.stopping)
    try fleet.engine.store.close()
  }
}

/// Times the decision cycle in which ten groups come due.
struct Cycle: ParsableCommand {
  @Argument(help: "A directory that `prepare` has filled.")
  var directory: String

  @Option(help: "How many groups are in it.")
  var groups = 10_000

  @Option(help: "As given to prepare.")
  var start: Int64 = 1_800_000_000

  @Option(help: "How many cycles are timed.")
  var count = 50

  func run() throws {
    let opening = ContinuousClock.now
    let fleet = try Fleet(directory: directory, groups: groups, from: Instant(start))
    report("checked-open-milliseconds", seconds(ContinuousClock.now - opening) * 1000)
    fleet.advance(.days(1))
    let starting = ContinuousClock.now
    fleet.tell(.started)
    report("start-milliseconds", seconds(ContinuousClock.now - starting) * 1000)
    try fleet.passStartHold()
    var cycles: [Double] = []
    for _ in 0..<count {
      fleet.advance(.seconds(1))
      let start = processorSeconds()
      fleet.tell(.woke)
      cycles.append(processorSeconds() - start)
    }
    cycles.sort()
    report("cycle-cpu-milliseconds", cycles[cycles.count / 2] * 1000)
    report("slowest-cycle-cpu-milliseconds", (cycles.last ?? 0) * 1000)
  }
}

extension Fleet {
  /// Lets the hold after a start pass, and stops short of the first due group.
  func passStartHold() throws {
    guard answerPage() else { throw ValidationError("the engine asked for no page") }
    // Whatever the start has left to be done.
    for _ in 0..<1_000_000 {
      let before = engine.store.commits
      tell(.woke)
      if engine.store.commits == before { break }
    }
    advance(ProtocolParameters.withBilling.quarantine + .minutes(1))
    guard answerPage() else { throw ValidationError("the engine asked for no second page") }
    advance(firstDue - reading.wall - .seconds(1))
    tell(.woke)
  }
}
