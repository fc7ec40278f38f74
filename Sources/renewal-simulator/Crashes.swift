import ArgumentParser
import FoundationEssentials
import Glibc
import RenewalSimulation

struct Crashes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every crash at every boundary of one renewal, and every second one after it.",
    discussion: """
      A boundary is one operation of the disk or one effect of the daemon. Kills and power cuts
      that lose all that was not synced are tried at each.

      EXAMPLES
        renewal-simulator crashes --pairs --jobs 2
      """)

  @Flag(help: "Also a second crash at every boundary of every recovery.")
  var pairs = false

  @Option(help: "Of how many first crashes the pairs of one are tried; 1 is all.")
  var oneIn: Int64 = 1

  @Option(help: "How many run side by side, each on a core.")
  var jobs = 1

  @Option(help: .hidden)
  var worker: Int?

  func validate() throws {
    guard (1...1024).contains(jobs), (1...1000).contains(oneIn) else {
      throw ValidationError("jobs (1-1024) and one-in (1-1000) must be positive")
    }
  }

  func run() throws {
    if let worker { return work(worker) }
    let started = ContinuousClock.now
    let boundaries = Int(CrashSurvey.boundaries())
    var singles = CrashSurvey()
    var double = CrashSurvey()
    let endings = Workers.run(
      (0..<jobs).map { CommandLine.arguments.dropFirst() + ["--worker", "\($0)"] }
    ) { _, line in
      let isPair = line.hasPrefix("pairs ")
      let text = line.drop { $0 != "{" }
      guard let part = try? JSONDecoder().decode(CrashSurvey.self, from: Data(text.utf8))
      else { return print(line) }
      if isPair { double.add(part) } else { singles.add(part) }
      for violation in part.violations { print(violation) }
      fflush(nil)
    }
    let seconds = Int((ContinuousClock.now - started) / .seconds(1))
    let expected = CrashSurvey.kinds.count * (boundaries + 1)
    print("boundaries     \(boundaries)")
    print("single crashes \(singles.crashes) of \(expected), in \(singles.courses) courses")
    if pairs {
      let share = oneIn == 1 ? "all" : "of one in \(oneIn) first crashes"
      print("pairs          \(double.crashes) (\(share)), in \(double.courses) courses")
    }
    print("seconds        \(seconds) on \(jobs) cores")
    let violations = singles.violations.count + double.violations.count
    print("violations     \(violations)")
    if violations > 0 || singles.crashes != expected || endings.contains(where: { $0.code != 0 }) {
      throw ExitCode.failure
    }
  }

  private func work(_ worker: Int) {
    func tell(_ what: String, _ survey: CrashSurvey) {
      let json = (try? JSONEncoder().encode(survey)).map { String(decoding: $0, as: UTF8.self) }
      print("\(what) \(json ?? "")")
      fflush(nil)
    }
    let boundaries = CrashSurvey.boundaries()
    for (number, kind) in CrashSurvey.kinds.enumerated() {
      var worlds = CrashSurvey.Worlds(kind)
      if number % jobs == worker { tell("singles", worlds.singles()) }
      guard pairs else { continue }
      // In runs of neighbours, which leave the same worlds.
      let share = boundaries / Int64(jobs) + 1
      let from = 1 + Int64(worker) * share
      for first in from..<max(from, min(from + share, boundaries + 1)) where first % oneIn == 0 {
        tell("pairs", worlds.pairs(after: first))
      }
    }
  }
}
