import ArgumentParser
import ControlProtocol
import RenewalCore

struct ApproveCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Allow a renewal that waits for a person.",
    discussion: """
      EXAMPLES
        renewalctl approve design --reason 'agreed with the studio'
        renewalctl approve design --price '899.00 CNY'

      Good for the price that is shown, for this expiry and for the rule's
      approval_life. It is refused where the price has changed since it was seen.
      Every other check still has to pass.
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "Why, for the ledger.")
  var reason: String?

  @Option(
    help: ArgumentHelp(
      "Go ahead without a question: the price that was seen, such as '899.00 CNY'.",
      valueName: "price"))
  var price: Money?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let seen: Money
    if let price { seen = price } else { seen = try priceSeen() }
    let reply = try connection.call(
      ApproveCall(
        group: target.group, account: target.accountName, reason: reason, price: seen))
    try output.write(
      reply, text: { GroupText.facts(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }

  /// Shows what is asked, and takes the price that is typed for a yes.
  private func priceSeen() throws(CommandFailure) -> Money {
    let group = try connection.call(
      DescribeCall(group: target.group, account: target.accountName)
    ).group
    guard let price = group.price else {
      throw CommandFailure(
        .tryAgain, "no renewal of \(named(group.id, group.name)) waits for approval",
        remedy: "renewalctl explain \(group.id)")
    }
    try ConfirmationOptions().require(
      "\(named(group.id, group.name)), \(group.period ?? "one period"), is renewed for \(price).",
      typing: price.description, option: "--price")
    return price
  }
}

extension Money: ExpressibleByArgument {
  /// `899.00 CNY`, as prices are shown.
  package init?(argument: String) {
    let words = argument.split(separator: " ")
    guard words.count == 2, let currency = Currency(words[1]),
      let money = try? Money(decimal: words[0], currency: currency)
    else { return nil }
    self = money
  }
}

struct VetoCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "veto",
    abstract: "Refuse a renewal that was announced or waits for a person.",
    discussion: """
      EXAMPLES
        renewalctl veto design --reason 'the studio closes'

      For the present expiry only. A request that has left is not called back; no other
      follows it. renewalctl release takes the veto back.
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
      reply,
      text: {
        GroupText.facts(reply.group, $0, $1) + (reply.note.map { "\nNote: \($0).\n" } ?? "")
      },
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
        renewalctl lift-fuse storm-per-day --reason 'new studio, 40 groups at once'

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
