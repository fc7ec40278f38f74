import ArgumentParser
import ControlProtocol
import RenewalCore

struct ConfirmPaidCommand: OverrideCommand {
  static let kind = PrepareOverrideCall.Override.confirmPaid
  static let configuration = CommandConfiguration(
    commandName: "confirm-paid",
    abstract: "Record that a renewal nobody could see the end of was paid.",
    discussion: """
      EXAMPLES
        renewalctl confirm-paid design --order 221234567890123
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "The order that was found paid in the console.")
  var order: String?

  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  var orderID: OrderID? { order.map { OrderID($0) } }
}

struct ConfirmNotPaidCommand: OverrideCommand {
  static let kind = PrepareOverrideCall.Override.confirmNotPaid
  static let configuration = CommandConfiguration(
    commandName: "confirm-not-paid",
    abstract: "Record that no money moved for a renewal nobody could see the end of.",
    discussion: """
      Look into the console first: orders and bills of the account, in the hours around
      the attempt. After this the group may be paid for again.

      EXAMPLES
        renewalctl show design; renewalctl confirm-not-paid design
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions
}

struct RetryOnceCommand: OverrideCommand {
  static let kind = PrepareOverrideCall.Override.retryOnce
  static let configuration = CommandConfiguration(
    commandName: "retry-once",
    abstract: "Allow one more attempt where all automatic ones are used up.",
    discussion: """
      EXAMPLES
        renewalctl retry-once design
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions
}

struct AcceptExpiryCommand: OverrideCommand {
  static let kind = PrepareOverrideCall.Override.acceptExpiry
  static let configuration = CommandConfiguration(
    commandName: "accept-expiry",
    abstract: "Take an expiry that moved back for the true one, as after a refund.",
    discussion: """
      Look into the console first. An expiry that this daemon has paid for already is not
      paid for again by itself: renew that one by hand.

      EXAMPLES
        renewalctl accept-expiry design --reason 'order 2212 was refunded'
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: "Why, for those who come after.")
  var reason: String

  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  var reasonGiven: String? { reason }
}

/// A way out of a held renewal, in two steps: the daemon says what would be
/// recorded and gives a token that is good once, and a person confirms.
protocol OverrideCommand: RenewalSubcommand {
  static var kind: PrepareOverrideCall.Override { get }
  var target: GroupArgument { get }
  var confirmation: ConfirmationOptions { get }
  var connection: ConnectionOptions { get }
  var output: OutputOptions { get }
  var orderID: OrderID? { get }
  var reasonGiven: String? { get }
}

extension OverrideCommand {
  var orderID: OrderID? { nil }
  var reasonGiven: String? { nil }

  func execute() throws(CommandFailure) {
    let prepared = try connection.call(
      PrepareOverrideCall(
        group: target.group, account: target.accountName, override: Self.kind))
    let group = prepared.group
    let subject =
      prepared.renewal.map { renewal in
        "Attempt \(renewal.attempt)\(renewal.quote.map { " of \($0)" } ?? "") to renew "
          + "\(renewal.group), which expires \(renewal.expiry)"
      }
      ?? "\(group.id) expires \(group.expiry.map(\.description) ?? "at an unknown time"), and "
      + "\(group.maximumExpirySeen.map(\.description) ?? "nothing later") was seen before"
    try confirmation.require("\(subject): \(prepared.sentence).", typing: group.id.text)
    let reply = try connection.call(
      ConfirmOverrideCall(token: prepared.token, order: orderID, reason: reasonGiven))
    try output.write(
      reply, text: { GroupText.facts(reply.group, $0, $1) },
      plain: { GroupsText.plain(reply.group) })
  }
}
