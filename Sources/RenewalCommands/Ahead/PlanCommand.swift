import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore

struct PlanCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what will be renewed when, at what price, and why.",
    discussion: """
      EXAMPLES
        renewalctl plan                       the next 30 days
        renewalctl plan --until 2026-12-31    every renewal of this year
        renewalctl plan --quote               with prices that the cloud names now
        renewalctl plan --json | jq '.totals'

      Prices are the cloud's newest word, else what was paid last. What keeps a group from \
      being paid for now is shown with it; budgets and fuses that will are not: \
      renewalctl simulate.

      The fields of --plain: at, step, account, id, name, period, price, currency, \
      expiry, expected expiry, rule, reason.
      """)

  @Option(
    help: ArgumentHelp(
      "The end of the plan, as a day or in RFC 3339, within ten years.", valueName: "instant"))
  var until: Timestamp?

  @Flag(help: "Let the daemon ask the cloud first what it costs; for operators.")
  var quote = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    if quote {
      var reply = try connection.patient.call(AskPricesCall(until: until))
      while reply.remaining > 0, reply.asked > 0 {
        reply = try connection.patient.call(AskPricesCall(until: until))
      }
      if let problem = reply.problem {
        Waiting.stop()
        try write("renewalctl: some prices are missing: \(printable(problem))\n", to: STDERR_FILENO)
      }
    }
    let reply = try connection.patient.allEntries(PlanCall(until: until))
    try output.write(
      reply, text: { PlanText.text(reply, $0, $1) },
      plain: { reply.entries.map(PlanText.plain).joined() })
  }
}

extension ConnectionOptions {
  /// All pages of a plan, in one.
  func allEntries(_ first: PlanCall) throws(CommandFailure) -> PlanCall.Reply {
    var call = first
    var reply = try self.call(call)
    while let next = reply.next {
      (call.after, call.until) = (next, reply.until)
      let page = try self.call(call)
      reply.entries += page.entries
      reply.next = page.next
    }
    return reply
  }
}

package enum PlanText {
  package static func text(
    _ reply: PlanCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let end = clock.full(reply.until.instant)
    guard !reply.entries.isEmpty else { return "Nothing is due until \(end).\n" }
    return table(reply.entries, style, clock)
      + "\nUntil \(end): \(planned(reply.totals, unpriced: reply.unpriced, style))"
      + (reply.totals.isEmpty && reply.unpriced > 0
        ? ".\nrenewalctl plan --quote asks for prices.\n" : ".\n")
  }

  /// What is paid for must not be called nothing because its price is not known.
  static func planned(_ totals: [Money], unpriced: Int, _ style: TextStyle) -> String {
    let sum = style.paint(total(of: totals), .bold)
    guard unpriced > 0 else { return sum }
    return totals.isEmpty
      ? "\(unpriced == 1 ? "1 renewal" : "\(unpriced) renewals") without a price yet"
      : "\(sum), and \(unpriced) without a price yet"
  }

  static func table(
    _ entries: [PlanEntry], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    guard !entries.isEmpty else { return "" }
    let accounts = Set(entries.map(\.account)).count
    return Table(
      [
        Table.Column("WHEN (\(clock.zoneName))"),
        Table.Column("STEP"),
        Table.Column("ACCOUNT", minimum: 8, dispensability: 4),
        Table.Column("GROUP"),
        Table.Column("NAME", minimum: 8, dispensability: 2),
        Table.Column("PERIOD", dispensability: 1),
        Table.Column("PRICE", isNumber: true),
        Table.Column("EXPIRES", dispensability: 5),
        Table.Column("THEN", dispensability: 6),
        Table.Column("WHY", minimum: 10, dispensability: 3),
      ],
      rows: entries.map { entry in
        [
          Table.Cell(clock.short(entry.at.instant)),
          Table.Cell(words(entry.step), color(of: entry.step)),
          Table.Cell(accounts > 1 ? entry.account.text : ""),
          Table.Cell(entry.group.text),
          Table.Cell(entry.name),
          Table.Cell(entry.period ?? ""),
          Table.Cell(entry.price?.description ?? ""),
          Table.Cell(clock.short(entry.expiry.instant)),
          Table.Cell(entry.expectedExpiry.map { clock.short($0.instant) } ?? ""),
          Table.Cell(entry.reason),
        ]
      }
    ).text(style)
  }

  private static func color(of step: Term<PlanEntry.Step>) -> TextStyle.Color? {
    switch step.known {
    case .renew: .green
    case .approve, .lapse: .yellow
    case .hold: .red
    case .verify, nil: nil
    }
  }

  package static func plain(_ entry: PlanEntry) -> String {
    ScriptOutput.record([
      entry.at.description, entry.step.text, entry.account.text, entry.group.text, entry.name,
      entry.period, entry.price?.decimalText, entry.price?.currency.code,
      entry.expiry.description, entry.expectedExpiry?.description, entry.rule, entry.reason,
    ])
  }
}
