import ArgumentParser
import ControlProtocol
import RenewalCore

struct LedgerCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "List all attempts to renew, with orders and amounts.",
    discussion: """
      EXAMPLES
        renewalctl ledger --from 2026-03-01 --to 2026-04-01     what was paid in March
        renewalctl ledger --open                                what is not settled yet

      The fields of --plain: account, group, expiry, attempt, state, open or closed, \
      period, amount, currency, order, opened, closed, new expiry, rule, actor, note.
      """)

  @Option(help: "Only this account.")
  var account: String?

  @Option(help: "Only this group.")
  var group: String?

  @Option(help: ArgumentHelp("Only what was opened then or later.", valueName: "instant"))
  var from: Timestamp?

  @Option(help: ArgumentHelp("Only what was opened earlier.", valueName: "instant"))
  var to: Timestamp?

  @Flag(help: "Only what is not settled yet.")
  var open = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.allRenewals(
      LedgerCall(
        account: account.map { AccountName($0) }, group: group, from: from, to: to,
        openOnly: open ? true : nil))
    try output.write(
      reply,
      text: { style, clock in
        reply.renewals.isEmpty
          ? "Nothing.\n"
          : RenewalsText.table(reply.renewals, style, clock)
            + "\nSettled: \(style.paint(total(of: reply.totals), .bold)).\n"
      },
      plain: { reply.renewals.map(RenewalsText.plain).joined() })
  }
}

extension ConnectionOptions {
  /// All pages of the ledger, in one.
  func allRenewals(_ first: LedgerCall) throws(CommandFailure) -> LedgerCall.Reply {
    var call = first
    var reply = try self.call(call)
    while let next = reply.next {
      call.after = next
      let page = try self.call(call)
      reply.renewals += page.renewals
      reply.next = page.next
    }
    return reply
  }
}
