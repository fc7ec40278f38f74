import ArgumentParser
import ControlProtocol
import RenewalCore

struct HoldCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Keep a group from being renewed.",
    discussion: """
      EXAMPLES
        renewalctl hold design --reason 'moves to the other account'
        renewalctl hold aig-9ciijz60n4xsv --until 2026-04-01 --reason 'no budget yet'

      A held group is still watched, and you are called before it expires.
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "Why, for those who find it held.")
  var reason: String

  @Option(help: ArgumentHelp("When the hold ends by itself, as a day or in RFC 3339."))
  var until: Timestamp?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(
      HoldCall(group: target.group, account: target.accountName, until: until, reason: reason))
    try output.write(
      reply, text: { SteeringText.held(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }
}

struct ReleaseCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "End a group's hold, and a veto.",
    discussion: """
      EXAMPLES
        renewalctl release design
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(
      ReleaseCall(group: target.group, account: target.accountName))
    try output.write(
      reply, text: { SteeringText.released(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }
}

struct PauseCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stop all payments, until resume.",
    discussion: """
      EXAMPLES
        renewalctl pause --reason 'the bill looks wrong'

      Lasts over restarts. Requests on their way are followed to their end.
      """)

  @Option(help: "Why, for those who find it paused.")
  var reason: String

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(PauseCall(reason: reason))
    try output.write(
      reply,
      text: { _, _ in
        "All payments are stopped. What is on its way is followed to its end.\n"
          + "Go on with: renewalctl resume\n"
      },
      plain: { ScriptOutput.record(["paused"]) })
  }
}

struct ResumeCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Allow payments again after a pause.",
    discussion: """
      EXAMPLES
        renewalctl plan; renewalctl resume

      A blown fuse stays blown: renewalctl lift-fuse names the one it lifts.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(ResumeCall())
    let due = try connection.call(StatusCall()).status.groups["due"] ?? 0
    try output.write(
      reply,
      text: { _, _ in
        "The pause is over, and \(due == 0 ? "nothing" : "\(due)") is due now. "
          + "What they will cost: renewalctl plan\n"
      },
      plain: { ScriptOutput.record(["resumed"]) })
  }
}

struct AcknowledgeCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "ack",
    abstract: "Stop the repetition of an alert.",
    discussion: """
      EXAMPLES
        renewalctl alerts
        renewalctl ack 7 --note 'asked the vendor, ticket 4711'

      It stays until what it tells of is over.
      """)

  @Argument(help: "The alert's number.")
  var alert: Int

  @Option(help: "What is being done about it.")
  var note: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(AcknowledgeCall(alert: alert, note: note))
    try output.write(
      reply, text: { _, _ in "Alert \(alert) is not repeated any more.\n" },
      plain: { ScriptOutput.record(["acknowledged", "\(alert)"]) })
  }
}

/// What steering has changed, in a sentence, and what to look at next.
package enum SteeringText {
  package static func held(
    _ group: GroupReport, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let until =
      group.hold?.until.map { "until \(clock.full($0.instant))" } ?? "until it is released"
    let expiry = group.expiry.map { ", which is \(clock.full($0.instant))" } ?? ""
    return wrapped(
      "\(named(group.id, group.name)) is not renewed \(until). You are called before it "
        + "expires\(expiry).", width: style.width)
      + "Go on with: renewalctl release \(group.id)\n"
  }

  package static func released(
    _ group: GroupReport, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    wrapped(
      "\(named(group.id, group.name)) is \(words(group.state)): \(group.reason).",
      width: style.width)
      + "See: renewalctl explain \(group.id)\n"
  }
}
