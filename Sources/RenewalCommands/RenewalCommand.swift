import ArgumentParser

/// `renewalctl`.
package struct RenewalCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "renewalctl",
    abstract: "See and steer renewald, which renews App Streaming delivery groups.",
    discussion: """
      EXAMPLES
        renewalctl status             is all well, what is due next?
        renewalctl list               which groups are there, which expires first?
        renewalctl show GROUP         why was this one not renewed yesterday?
        renewalctl plan               what will be paid, when, for what?
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Looking",
        subcommands: [
          StatusCommand.self, ListCommand.self, ShowCommand.self, PlanCommand.self,
        ]),
      CommandGroup(name: "Scripting", subcommands: [SchemaCommand.self]),
    ])

  package init() {}

  static let version = "0.1.0"
}
