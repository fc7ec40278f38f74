import ArgumentParser
import ControlProtocol
import RenewalCore

struct SimulateCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Run the rules over the fleet on a clock of its own: what they pay, and what not.",
    discussion: """
      EXAMPLES
        renewalctl simulate                        the rules in force, a year ahead
        renewalctl simulate --config new.toml --months 3
        renewalctl simulate --json | jq '.entries[] | select(.step == "hold")'

      --config names a configuration that is not in force; conf.d/*.toml beside it is read \
      too. With lead times, windows, blackouts, spread, notices, budgets and fuses, as if the \
      mode were pay and every payment succeeded at the price that is known. Nothing is paid, \
      and nothing is loaded. What a person has to approve is not paid for, unless --approve \
      says that people do. Exit status 13: a group expires unpaid that a rule is to renew.

      The fields of --plain are those of plan.
      """)

  @Option(help: ArgumentHelp("This month and those after it: 1 to 36.", valueName: "count"))
  var months = 12

  @Flag(help: "People give every approval that is asked for.")
  var approve = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...36).contains(months) else { throw ValidationError("--months takes 1 to 36.") }
  }

  func execute() throws(CommandFailure) {
    // Read beside a daemon, the file that is named is the one in force.
    let file = connection.isOffline ? nil : connection.config
    let sources = try file.map { (file) throws(CommandFailure) in try configurationTexts(file) }
    let reply = try allPages(
      SimulateCall(sources: sources, months: months, approve: approve ? true : nil))
    try output.write(
      reply, text: { SimulationText.text(reply, $0, $1) },
      plain: { reply.entries.map(PlanText.plain).joined() })
    if reply.unpaid > 0 {
      throw CommandFailure(
        .refused, SimulationText.unpaid(reply),
        remedy: "look for hold above")
    }
  }

  private func allPages(_ first: SimulateCall) throws(CommandFailure) -> SimulateCall.Reply {
    let connection = connection.patient
    var call = first
    var reply = try connection.call(call)
    while let next = reply.next {
      call.after = next
      let page = try connection.call(call)
      reply.entries += page.entries
      reply.next = page.next
    }
    return reply
  }
}

package enum SimulationText {
  package static func text(
    _ reply: SimulateCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let end = clock.full(reply.until.instant)
    let paid = reply.entries.filter(\.spends)
    let others = reply.entries.filter { !$0.spends }
    let unpriced = reply.unpriced == 0 ? "" : ", and \(reply.unpriced) without a price yet"
    let notes = reply.notes.map { wrapped("Now \($0).", width: style.width) }.joined()
    return section("Paid for", PlanText.table(paid, style, clock), style)
      + section("Not paid for", others.map { line($0, style, clock) }.joined(), style)
      + section("By month", ForecastText.chart(of: reply.months, style), style)
      + "\nUntil \(end): \(style.paint(total(of: reply.totals), .bold))\(unpriced); "
      + "\(unpaid(reply)).\n" + notes
  }

  static func unpaid(_ reply: SimulateCall.Reply) -> String {
    reply.unpaid == 1
      ? "1 group expires unpaid although a rule is to renew it"
      : "\(reply.unpaid) groups expire unpaid although a rule is to renew them"
  }

  /// Why it is not is what matters, and has no room in a table.
  private static func line(
    _ entry: PlanEntry, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let time = clock.short(entry.at.instant)
    let text = "\(entry.step) \(named(entry.group, entry.name)): \(entry.reason)"
    let indent = String(repeating: " ", count: time.count + 2)
    return time + "  "
      + wrapped(text, indent: indent, width: style.width).dropFirst(indent.count)
  }
}
