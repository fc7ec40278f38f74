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
        renewalctl plan               what will be paid, when, for what?
        renewalctl explain GROUP      why is this one not renewed?
        renewalctl history GROUP      what happened to it yesterday?
        renewalctl events --follow    what happens now?
        renewalctl watch              all of it, as it changes
        renewalctl ledger             what was paid, with which order?
        renewalctl alerts             what needs me, and what do I do?
        renewalctl report --html F    the same for the person who pays
        renewalctl pause --reason R   stop all payments
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Looking",
        subcommands: [
          StatusCommand.self, ListCommand.self, ShowCommand.self, PlanCommand.self,
          ExplainCommand.self, HistoryCommand.self, EventsCommand.self, WatchCommand.self,
          LedgerCommand.self, CreationsCommand.self, AlertsCommand.self,
          ReportCommand.self, WhoAmICommand.self,
        ]),
      CommandGroup(name: "Monitoring", subcommands: [MetricsCommand.self, CheckCommand.self]),
      CommandGroup(
        name: "Steering",
        subcommands: [
          HoldCommand.self, ReleaseCommand.self, PauseCommand.self, ResumeCommand.self,
          RenewCommand.self, CreateCommand.self, AcknowledgeCommand.self, ReloadCommand.self,
        ]),
      CommandGroup(
        name: "Settling",
        subcommands: [
          ConfirmPaidCommand.self, ConfirmNotPaidCommand.self, RetryOnceCommand.self,
          SettleCreationCommand.self,
        ]),
      CommandGroup(
        name: "Keeping",
        subcommands: [BackupCommand.self, VerifyCommand.self, RestoreCommand.self]),
      CommandGroup(name: "Scripting", subcommands: [SchemaCommand.self]),
    ])

  package init() {}

  static let version = "0.1.0"
}
