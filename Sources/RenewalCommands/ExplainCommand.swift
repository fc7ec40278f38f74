import ArgumentParser
import ControlProtocol
import RenewalCore

struct ExplainCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a group is or is not renewed: every check with its outcome.",
    discussion: """
      EXAMPLES
        renewalctl explain aig-9ciijz60n4xsv
        renewalctl explain design --plain | grep -P '\\tno\\t'

      The fields of --plain: number, name, outcome, input, sentence.
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(ExplainCall(group: target.group, account: target.accountName))
    try output.write(
      reply, text: { ExplainText.text(reply, $0, $1) },
      plain: { reply.checks.map(ChecksText.plain).joined() })
  }
}

package enum ExplainText {
  package static func text(
    _ reply: ExplainCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let group = reply.group
    let failed = reply.checks.filter { $0.passed == false }
    return list(
      [
        Fact("group", named(group.id, group.name)),
        Fact("state", words(group.state), color(of: group.state)),
        Fact("because", group.reason),
        Fact("expires", group.expiry.map { clock.full($0.instant) } ?? "no expiry"),
        Fact("decision", decision(reply.decision), failed.isEmpty ? nil : .red),
      ], style) + section("Checks", ChecksText.list(reply.checks, style), style)
  }

  private static func decision(_ decision: Term<ExplainCall.Decision>) -> String {
    switch decision.known {
    case .renew: "renew: nothing stands in the way"
    case .approve: "wait for a person: renewalctl approve"
    case .hold: "hold: it is due, and a check below says no"
    case .refuse: "refuse: a check that guards money says no"
    case .some(.none): "nothing to do now"
    case nil: words(decision)
    }
  }
}
