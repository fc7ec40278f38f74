import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore

struct LedgerCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "List all renewals and orders of new groups, and add up what was paid.",
    discussion: """
      EXAMPLES
        renewalctl ledger --month 2026-03          what was paid in March, with sums
        renewalctl ledger --month 2026-03 --csv > march.csv
        renewalctl ledger --open                   what is not settled yet

      A month is that of the schedule's time zone, as budgets count it; a day after --from \
      and --to is that of UTC. A renewal belongs to the moment at which its request was \
      signed. Paid is what the bill says, else the quote. Of new groups the thousand latest \
      orders are there; the sums are of renewals.

      The fields of --plain: account, group, expiry, attempt, state, open or closed, \
      period, amount, currency, order, opened, closed, new expiry, rule, actor, note; an \
      order of a new group has no expiry and no attempt.
      """)

  @Option(help: "Only this account.", completion: accountNames)
  var account: String?

  @Option(help: "Only this group.", completion: groupIDs)
  var group: String?

  @Option(help: ArgumentHelp("Only what was opened in this month.", valueName: "yyyy-mm"))
  var month: CalendarMonth?

  @Option(help: ArgumentHelp("Only what was opened then or later.", valueName: "instant"))
  var from: Timestamp?

  @Option(help: ArgumentHelp("Only what was opened earlier.", valueName: "instant"))
  var to: Timestamp?

  @Flag(help: "Only what is not settled yet.")
  var open = false

  @Flag(help: "Also what was paid by account, rule and group, as with --month.")
  var sums = false

  @Flag(help: "Write comma-separated values for a spreadsheet (RFC 4180).")
  var csv = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard month == nil || (from == nil && to == nil) else {
      throw ValidationError("--month stands in the place of --from and --to.")
    }
    guard !csv || !(output.json || output.plain) else {
      throw ValidationError("--csv excludes --json and --plain.")
    }
  }

  func execute() throws(CommandFailure) {
    let reply = try connection.allPages(
      LedgerCall(
        account: account.map { AccountName($0) }, group: group, from: from, to: to,
        month: month?.description, openOnly: open ? true : nil))
    let (from, to) = (reply.month?.from ?? from, reply.month?.to ?? to)
    let created = try connection.creations { creation in
      (account.map { creation.account.text == $0 } ?? true)
        && (group.map { [creation.group?.text, creation.name].contains($0) } ?? true)
        && (from.map { creation.openedAt >= $0 } ?? true)
        && (to.map { creation.openedAt < $0 } ?? true) && (!open || creation.isOpen)
    }
    if csv {
      Waiting.stop()
      return try write(RenewalsText.csv(reply.renewals, created), to: STDOUT_FILENO)
    }
    let document = LedgerDocument(
      renewals: reply.renewals, totals: reply.totals, month: reply.month,
      sums: LedgerSums(of: reply.renewals), creations: created,
      creationTotals: RenewalCommands.sums(created.compactMap(\.paid)))
    try output.write(
      document, text: { document.text(withSums: sums || month != nil, $0, $1) },
      plain: {
        (reply.renewals.map(RenewalsText.plain) + created.map(CreationText.ledgerRecord)).joined()
      })
  }
}

/// The ledger as `--json` writes it.
package struct LedgerDocument: Codable, Hashable, Sendable {
  package var renewals: [RenewalReport]
  package var totals: [Money]
  package var month: MonthReport?
  package var sums: LedgerSums
  /// Orders of new groups, the earliest first.
  package var creations: [CreationReport]
  package var creationTotals: [Money]
}

extension LedgerDocument {
  package func text(withSums: Bool, _ style: TextStyle, _ clock: ClockFace) -> String {
    let time = month.map { " in \($0.name) (\(printable($0.zone)))" } ?? ""
    guard !renewals.isEmpty || !creations.isEmpty else { return "Nothing\(time).\n" }
    let all = RenewalCommands.sums(totals + creationTotals)
    let parts =
      creationTotals.isEmpty
      ? "" : ", of it for new groups \(total(of: creationTotals))"
    return RenewalsText.table(renewals, style, clock)
      + (withSums && !renewals.isEmpty ? sums.text(style) : "")
      + section("New groups", CreationText.table(creations, style, clock), style)
      + "\nPaid\(time): \(style.paint(total(of: all), .bold))\(parts).\n"
  }
}

extension CalendarMonth: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

extension ConnectionOptions {
  /// Orders of new groups, the earliest first; none from a daemon that does not
  /// know of any.
  func creations(where isWanted: (CreationReport) -> Bool) throws(CommandFailure)
    -> [CreationReport]
  {
    do throws(CommandFailure) {
      return try call(CreationsCall()).creations.filter(isWanted).reversed()
    } catch {
      guard error.code == .protocolError else { throw error }
      return []
    }
  }
}
