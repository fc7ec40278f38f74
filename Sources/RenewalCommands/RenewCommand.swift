import ArgumentParser
import ControlProtocol
import RenewalCore

struct RenewCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "renew",
    abstract: "Try a renewal that is due at once.",
    discussion: """
      EXAMPLES
        renewalctl renew design --now
        renewalctl renew design --now --confirm aig-9ciijz60n4xsv     in a script

      Does not wait for the next try after one that failed. Every check is asked again,
      and nothing is bought before its time.

      EXIT STATUS
        0 started, 10 nothing due, 11 deferred,
        12 the outcome of an earlier payment is not known, 13 refused
      """)

  @OptionGroup var target: GroupArgument

  @Flag(help: "Has to be given: what is due is renewed without this command, too.")
  var now = false

  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard now else {
      throw ValidationError("renew takes --now; what is due is in: renewalctl plan")
    }
  }

  func execute() throws(CommandFailure) {
    let known = try connection.call(
      DescribeCall(group: target.group, account: target.accountName))
    let group = known.group
    let last = known.renewals.compactMap { $0.charged ?? $0.quote }.first
    let price =
      group.price.map { "for \($0)" }
      ?? "at the price of the moment" + (last.map { ", which was \($0) the last time" } ?? "")
    try confirmation.require(
      "Renew \(named(group.id, group.name)) for \(group.period ?? "its period") \(price)?",
      typing: group.id.text)
    let reply = try connection.call(
      RenewNowCall(group: group.id.text, account: group.account))
    guard let status = exitStatus(of: reply.outcome) else {
      throw CommandFailure(.protocolError, "the daemon answered '\(reply.outcome)'")
    }
    guard status == .done else {
      throw CommandFailure(
        status, reply.reason, remedy: "renewalctl explain \(group.id)")
    }
    try output.write(
      reply,
      text: { _, _ in
        "\(printable(reply.reason))\nFollow it with: renewalctl show \(group.id)\n"
      },
      plain: { GroupsText.plain(reply.group) })
  }

  private func exitStatus(of outcome: Term<RenewNowCall.Outcome>) -> ExitStatus? {
    switch outcome.known {
    case .started: .done
    case .nothingDue: .nothingDue
    case .deferred: .deferred
    case .outcomeUnknown: .outcomeUnknown
    case .refused: .refused
    case nil: nil
    }
  }
}
