import ArgumentParser

/// `renewalctl`.
package struct RenewalCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "renewalctl",
    abstract: "See and steer renewald, which renews App Streaming delivery groups.",
    discussion: """
      WHAT DO YOU WANT TO KNOW?
        Is all well, and what is due next?        renewalctl status
        Which group expires next?                 renewalctl list
        What will be paid this month, and when?   renewalctl plan
        What will a year cost? Is there money?    renewalctl forecast
        What would other rules pay, and not pay?  renewalctl simulate --config FILE
        Why is it not renewed?                    renewalctl explain GROUP
        Why was it not renewed yesterday?         renewalctl history GROUP
        What was paid, with which order?          renewalctl ledger --month 2026-03
        Does the cloud's bill say the same?       renewalctl reconcile
        What needs me, and what do I do?          renewalctl alerts
        What happens now?                         renewalctl events --follow
        All of it, as it changes?                 renewalctl watch
        What do the files of a stopped one say?   renewalctl status --offline

      WHAT DO YOU WANT TO DO?
        Stop all payments                         renewalctl pause --reason WHY
        Allow them again                          renewalctl resume
        Keep one group from being renewed         renewalctl hold GROUP --reason WHY
        Order a new group                         renewalctl create --file FILE
        Keep a copy of the ledger                 renewalctl backup FILE
        Give whoever pays something to read       renewalctl report --html FILE

      A GROUP is an id, or a name that only it has. Every command has --json and
      --plain for scripts; the exit status says what was found: man renewalctl.
      To look you have to be in the group renewald-readers, to act in
      renewald-operators.
      """,
    version: version,
    groupedSubcommands: [
      CommandGroup(
        name: "Looking",
        subcommands: [
          StatusCommand.self, ListCommand.self, ShowCommand.self, PlanCommand.self,
          ForecastCommand.self, SimulateCommand.self, ExplainCommand.self, HistoryCommand.self,
          EventsCommand.self, WatchCommand.self,
          LedgerCommand.self, OrdersCommand.self, ReconcileCommand.self, CreationsCommand.self,
          AlertsCommand.self,
          ReportCommand.self, ConfigCommand.self, WhoAmICommand.self,
        ]),
      CommandGroup(name: "Monitoring", subcommands: [MetricsCommand.self, CheckCommand.self]),
      CommandGroup(
        name: "Steering",
        subcommands: [
          ApproveCommand.self, VetoCommand.self, HoldCommand.self, ReleaseCommand.self,
          PauseCommand.self, ResumeCommand.self, LiftFuseCommand.self, RenewCommand.self,
          CreateCommand.self, AcknowledgeCommand.self, ReloadCommand.self,
        ]),
      CommandGroup(
        name: "Settling",
        subcommands: [
          ConfirmPaidCommand.self, ConfirmNotPaidCommand.self, RetryOnceCommand.self,
          AcceptExpiryCommand.self,
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
