import ArgumentParser

@main struct RenewalSimulator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renewal-simulator",
    abstract: "Simulates years of renewals under faults in seconds, and counts double payments.",
    discussion: """
      Each seed draws its own faults. Seeds that are run twice must take one course. Exit 0 only
      without any violation.

      EXAMPLES
        renewal-simulator --first-seed 1 --seeds 1000 --years 5 --groups 20
        renewal-simulator --first-seed 4711 --seeds 1          replays one seed
      """,
    subcommands: [Years.self, Crashes.self], defaultSubcommand: Years.self)
}
