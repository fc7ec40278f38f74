import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

struct CreateCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Order a new delivery group, as a file describes it.",
    discussion: """
      Checks the file, asks the cloud for the price and orders after a yes, once. Then
      waits until the group is there, and says which rule renews it.

      EXAMPLES
        renewalctl create --file group.toml --dry-run           checks and price only
        renewalctl create --file group.toml                     asks before it orders
        renewalctl create --file group.toml --confirm studio    in a script
        renewalctl create --file group.toml --offline           checks the file alone

      The files are explained by those in /usr/share/doc/renewald/examples.

      EXIT STATUS
        0 created, 1 the cloud refused it, or nothing came of it,
        12 not known whether anything was bought: see renewalctl creations,
        13 refused by a check that guards money or because the name is taken,
        65 the file is broken; each problem is told with its place,
        75 nothing was sent: start it again

      The fields of --plain: account, name, state, order, group, amount, currency, note; \
      with --dry-run: account, name, region, charge type, period, nodes, type, amount, \
      currency, rule, obstacle.
      """)

  @Option(
    help: ArgumentHelp("What to order.", valueName: "path"),
    completion: .file(extensions: ["toml"]))
  var file: String

  @Flag(help: "Check the file and ask for the price, and order nothing.")
  var dryRun = false

  @Option(help: "In which account, where several are configured.")
  var account: String?

  @Flag(help: "Order although a group has that name already.")
  var sameName = false

  @Option(
    help: ArgumentHelp(
      "Go ahead without a question; takes the group's name, so that no script can mean another.",
      valueName: "name"))
  var confirm: String?

  @Option(
    help: ArgumentHelp(
      "Seconds to wait for the price, and for each step until the group is there.",
      valueName: "seconds"))
  var wait: Int = 600

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...86_400).contains(wait) else {
      throw ValidationError("--wait takes 1 to 86400 seconds.")
    }
  }

  func execute() throws(CommandFailure) {
    let text = try FileText.read(
      file, remedy: "add further users and rules after the group is there")
    let offer = try connection.call(
      PrepareCreationCall(
        file: file, text: text, account: account.map { AccountName($0) },
        sameName: sameName ? true : nil, dryRun: dryRun ? true : nil), patience: wait)
    guard let token = offer.token, !dryRun else {
      try output.write(
        offer, text: { style, _ in CreationText.facts(offer, style) },
        plain: { CreationText.plain(offer) })
      return
    }
    if let obstacle = offer.obstacle {
      throw CommandFailure(
        .refused, "'\(offer.name)' cannot be ordered now. What has to hold: \(obstacle)",
        remedy: "renewalctl status; --dry-run shows the price")
    }
    for warning in offer.warnings { try write("Note: \(printable(warning)).\n", to: STDERR_FILENO) }
    try ConfirmationOptions(confirm: confirm).require(
      "Order \(CreationText.sentence(offer))?", typing: offer.name)
    let last = try follow(ConfirmCreationCall(token: token), offer.name)
    let failure = CreationText.failure(last.creation)
    if failure == nil || output.json {
      try output.write(
        last, text: { style, clock in CreationText.facts(last, style, clock) },
        plain: { CreationText.plain(last.creation) })
    }
    if let failure { throw failure }
  }

  /// Waits until the order has come to something. Whatever ends the wait before
  /// ends nothing else: the daemon goes on.
  private func follow(
    _ call: ConfirmCreationCall, _ name: String
  ) throws(CommandFailure) -> ConfirmCreationCall.Reply {
    var last: ConfirmCreationCall.Reply?
    do throws(VarlinkClientError) {
      var client = try VarlinkClient(
        connectingTo: connection.path(for: ConfirmCreationCall.method), patience: .seconds(wait))
      try client.stream(
        ConfirmCreationCall.qualifiedMethod, call, of: ConfirmCreationCall.Reply.self
      ) { reply in
        last = reply
        return true
      }
    } catch {
      switch error {
      case .refused, .unreachable:
        throw CommandFailure(
          error, socket: connection.path(for: ConfirmCreationCall.method))
      case .timedOut, .closed, .malformed:
        throw CommandFailure(
          .outcomeUnknown, "'\(name)' may have been ordered, and its end was not seen: \(error)",
          remedy: "renewalctl creations")
      }
    }
    guard let last else {
      throw CommandFailure(
        .outcomeUnknown, "'\(name)' may have been ordered: the daemon said nothing",
        remedy: "renewalctl creations")
    }
    return last
  }
}
