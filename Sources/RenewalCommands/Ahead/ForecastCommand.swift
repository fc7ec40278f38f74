import ArgumentParser
import ControlProtocol
import RenewalCore

struct ForecastCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Say what will be paid month by month, and until when the balance lasts.",
    discussion: """
      EXAMPLES
        renewalctl forecast                   this month and eleven more
        renewalctl forecast --past 11         with what was paid in the months before
        renewalctl forecast --json | jq '.balances[].lastDay'

      What the rules ask for if every group stays, at the newest price that is known: a \
      quote, else what was paid last. Budgets, fuses and people may still stand against it: \
      renewalctl simulate. Months are those of the schedule's time zone.

      The fields of --plain: month, currency, paid, renewals paid, planned, renewals \
      planned, of them without a price.
      """)

  @Option(help: ArgumentHelp("This month and those after it: 1 to 36.", valueName: "count"))
  var months = 12

  @Option(help: ArgumentHelp("Months before this one: 0 to 36.", valueName: "count"))
  var past = 0

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...36).contains(months) else { throw ValidationError("--months takes 1 to 36.") }
    guard (0...36).contains(past) else { throw ValidationError("--past takes 0 to 36.") }
  }

  func execute() throws(CommandFailure) {
    let reply = try connection.patient.call(ForecastCall(months: months, past: past))
    try output.write(
      reply, text: { ForecastText.text(reply, $0, $1) },
      plain: { reply.months.flatMap(ForecastText.plain).joined() })
  }
}

package enum ForecastText {
  package static func text(
    _ reply: ForecastCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let months = chart(of: reply.months, style)
    let balances = reply.balances.map { balance in
      let end =
        balance.lastDay.map { "runs out on \(printable($0))" } ?? "lasts for all of it"
      return Fact(
        "Balance of \(printable(balance.account.text))", "\(balance.balance), \(end)",
        balance.lastDay == nil ? nil : .yellow)
    }
    let nothing = reply.unpriced == 0 ? "Nothing will be paid.\n\n" : ""
    return (months.isEmpty ? nothing : months + "\n")
      + "Planned: \(PlanText.planned(reply.totals, unpriced: reply.unpriced, style))"
      + "\(reply.unpriced > 0 ? "; renewalctl plan --quote asks for prices" : "").\n"
      + list(balances, style)
  }

  /// A bar for each month of each currency: full for what was paid, light for
  /// what will be.
  package static func chart(of months: [MonthForecast], _ style: TextStyle) -> String {
    currencies(of: months).map { currency in
      let most = months.map { units($0, currency) }.map { $0.paid + $0.planned }.max() ?? 0
      let hasPast = months.contains { !$0.paid.isEmpty }
      return section(
        "\(currency), months of \(printable(months[0].month.zone))",
        Table(
          [
            Table.Column("MONTH"), Table.Column("RENEWALS", dispensability: 1, isNumber: true),
            Table.Column("PAID", dispensability: hasPast ? 2 : 3, isNumber: true),
            Table.Column("PLANNED", isNumber: true),
            Table.Column("", minimum: 8, dispensability: 4),
          ],
          rows: months.map { month in
            let (paid, planned) = units(month, currency)
            return [
              Table.Cell(month.month.name),
              Table.Cell("\(month.paidRenewals + month.plannedRenewals)"),
              Table.Cell(hasPast ? amount(month.paid, currency) : ""),
              Table.Cell(amount(month.planned, currency)),
              Table.Cell(bar(paid, of: most, "█") + bar(planned, of: most, "░")),
            ]
          }
        ).text(style), style)
    }.joined().drop { $0 == "\n" }.description
  }

  package static func plain(_ month: MonthForecast) -> [String] {
    currencies(of: [month]).map { currency in
      ScriptOutput.record([
        month.month.name, currency.code,
        month.paid.first { $0.currency == currency }?.decimalText, "\(month.paidRenewals)",
        month.planned.first { $0.currency == currency }?.decimalText,
        "\(month.plannedRenewals)", "\(month.unpriced)",
      ])
    }
  }

  private static func currencies(of months: [MonthForecast]) -> [Currency] {
    Set(months.flatMap { $0.paid + $0.planned }.map(\.currency)).sorted { $0.code < $1.code }
  }

  private static func amount(_ amounts: [Money], _ currency: Currency) -> String {
    amounts.first { $0.currency == currency }?.description ?? "–"
  }

  /// For drawing only.
  private static func units(
    _ month: MonthForecast, _ currency: Currency
  ) -> (paid: Double, planned: Double) {
    func units(_ amounts: [Money]) -> Double {
      amounts.first { $0.currency == currency }.map { Double($0.minorUnits) } ?? 0
    }
    return (units(month.paid), units(month.planned))
  }

  private static let widest = 32.0

  /// At least one cell for any amount at all.
  private static func bar(_ units: Double, of most: Double, _ cell: String) -> String {
    guard units > 0, most > 0 else { return "" }
    return String(repeating: cell, count: max(1, Int((units / most * widest).rounded())))
  }
}
