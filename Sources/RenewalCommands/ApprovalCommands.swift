import ArgumentParser
import ControlProtocol
import RenewalCore

struct ApproveCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Allow a renewal that waits for a person.",
    discussion: """
      EXAMPLES
        renewalctl explain design
        renewalctl approve design --reason 'agreed with the studio'

      Good for the price that was asked about, for this expiry and for the rule's
      approval_life. Every other check still has to pass.
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "Why, for the ledger.")
  var reason: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(
      ApproveCall(group: target.group, account: target.accountName, reason: reason))
    try output.write(
      reply, text: { GroupText.facts(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }
}

struct VetoCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "veto",
    abstract: "Refuse a renewal that was announced or waits for a person.",
    discussion: """
      EXAMPLES
        renewalctl veto design --reason 'the studio closes'

      For the present expiry only. renewalctl release takes it back.
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "Why, for those who find it vetoed.")
  var reason: String

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(
      VetoCall(group: target.group, account: target.accountName, reason: reason))
    try output.write(
      reply, text: { GroupText.facts(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }
}

struct LiftFuseCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "lift-fuse",
    abstract: "Let payments go on that a blown fuse has stopped.",
    discussion: """
      EXAMPLES
        renewalctl status
        renewalctl lift-fuse storm-per-day --reason 'the new studio, 40 groups at once'

      The name has to be that of the fuse that is blown: look why it is first.
      """)

  @Argument(help: "The fuse, as renewalctl status names it.")
  var fuse: String

  @Option(help: "Why, for the ledger.")
  var reason: String

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(LiftFuseCall(fuse: fuse, reason: reason))
    try output.write(
      reply, text: { _, _ in "The fuse is lifted. See: renewalctl status\n" },
      plain: { ScriptOutput.record(["lifted", fuse]) })
  }
}
