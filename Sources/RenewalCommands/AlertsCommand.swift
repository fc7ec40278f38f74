import ArgumentParser
import ControlProtocol

struct AlertsCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "List what needs a person, with the next step for each.",
    discussion: """
      EXAMPLES
        renewalctl alerts
        renewalctl alerts --plain | grep -c '\\tpage\\t'

      The fields of --plain: id, severity, kind, account, group, raised, acknowledged, \
      text, remedy.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.allPages(AlertsCall())
    try output.write(
      reply,
      text: { style, clock in
        reply.alerts.isEmpty
          ? "No alerts.\n" : AlertsText.list(reply.alerts, style, clock)
      },
      plain: { reply.alerts.map(AlertsText.plain).joined() })
  }
}
