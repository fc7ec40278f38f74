import ArgumentParser
import ControlProtocol
import RenewalCore

struct OrdersCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "orders",
    abstract: "List the orders that the cloud's billing has in a month.",
    discussion: """
      EXAMPLES
        renewalctl orders
        renewalctl orders --month 2026-03 --plain

      All renewals, and of what is new the groups that were created here. The daemon asks \
      the cloud now, which takes a moment and costs nothing; five hundred orders at most. \
      For operators, with an account that reads billing.

      The fields of --plain: order, status, created, amount, currency, groups, type.
      """)

  @OptionGroup var subject: MonthOfAccount
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.patient.call(subject.call)
    try output.write(
      reply, text: { OrdersText.text(reply, $0, $1) },
      plain: { reply.orders.map(OrdersText.plain).joined() })
  }
}

struct ReconcileCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Compare the ledger of a month with the orders of the cloud's billing.",
    discussion: """
      EXAMPLES
        renewalctl reconcile --month 2026-03
        renewalctl reconcile --json | jq '.rows[] | select(.verdict != "agrees")'

      Nothing is changed on either side. Orders of the last hours may not be listed yet. \
      Exit status 1: something does not agree.

      The fields of --plain: verdict, group, order, at, ledger, cloud, note.
      """)

  @OptionGroup var subject: MonthOfAccount
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let orders = try connection.patient.call(subject.call)
    let month = orders.month
    let ledger = try connection.allPages(
      LedgerCall(
        account: orders.account, from: Timestamp(month.from.instant - .days(1)),
        to: Timestamp(month.to.instant + .days(1))))
    let created = try connection.creations { $0.account == orders.account }
    let result = Reconciliation(ledger.renewals, created, orders)
    try output.write(
      result, text: { OrdersText.text(result, $0, $1) },
      plain: { result.rows.map(OrdersText.plain).joined() })
    if result.agreeing < result.rows.count { throw CommandFailure.difference }
  }
}

struct MonthOfAccount: ParsableArguments {
  @Option(help: "The account, where several are configured.", completion: accountNames)
  var account: String?

  @Option(help: ArgumentHelp("The month; the present one unless given.", valueName: "yyyy-mm"))
  var month: CalendarMonth?

  var call: OrdersCall {
    OrdersCall(account: account.map { AccountName($0) }, month: month?.description)
  }
}

package enum OrdersText {
  package static func text(
    _ reply: OrdersCall.Reply, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let time = "\(reply.month.name) (\(printable(reply.month.zone)))"
    guard !reply.orders.isEmpty else { return "No orders in \(time).\n" }
    let paid = reply.orders.filter { $0.status == PaymentStatus.paid.rawValue }
    return Table(
      [
        Table.Column("CREATED (\(clock.zoneName))"), Table.Column("ORDER"),
        Table.Column("STATUS"), Table.Column("AMOUNT", isNumber: true),
        Table.Column("GROUPS", minimum: 20, dispensability: 1),
        Table.Column("TYPE", dispensability: 2),
      ],
      rows: reply.orders.map { order in
        [
          Table.Cell(order.createdAt.map { clock.short($0.instant) } ?? ""),
          Table.Cell(order.order.text), Table.Cell(order.status),
          Table.Cell(order.amount?.description ?? ""),
          Table.Cell(order.groups.map(\.text).joined(separator: ", ")),
          Table.Cell(order.type ?? ""),
        ]
      }
    ).text(style)
      + "\nPaid in \(time): \(style.paint(total(of: sums(paid.compactMap(\.amount))), .bold)).\n"
  }

  package static func plain(_ order: OrderReport) -> String {
    ScriptOutput.record([
      order.order.text, order.status, order.createdAt?.description, order.amount?.decimalText,
      order.amount?.currency.code, order.groups.map(\.text).joined(separator: " "), order.type,
    ])
  }

  package static func text(
    _ result: Reconciliation, _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    let others = result.rows.filter { $0.verdict != .agrees }
    let table =
      others.isEmpty
      ? ""
      : Table(
        [
          Table.Column("AT (\(clock.zoneName))"), Table.Column(""), Table.Column("GROUP"),
          Table.Column("ORDER", dispensability: 1),
          Table.Column("LEDGER", dispensability: 3, isNumber: true),
          Table.Column("CLOUD", dispensability: 3, isNumber: true),
        ],
        rows: others.map { row in
          [
            Table.Cell(row.at.map { clock.short($0.instant) } ?? ""),
            Table.Cell(words(row.verdict), .red), Table.Cell(row.group?.text ?? ""),
            Table.Cell(row.order?.text ?? ""), Table.Cell(row.ledger?.description ?? ""),
            Table.Cell(row.cloud?.description ?? ""),
          ]
        }
      ).text(style)
        + others.map { row in
          wrapped(
            "\(row.group?.text ?? row.order?.text ?? ""): \(row.note)", indent: "  ",
            width: style.width)
        }.joined() + "\n"
    return table
      + "\(result.month.name) (\(printable(result.month.zone))) of \(printable(result.account.text)): "
      + "\(result.agreeing) of \(result.rows.count) agree. Paid by the ledger: "
      + "\(total(of: result.ledger)); by the cloud: \(total(of: result.cloud)).\n"
  }

  package static func plain(_ row: ReconciledOrder) -> String {
    ScriptOutput.record([
      row.verdict.text, row.group?.text, row.order?.text, row.at?.description,
      row.ledger?.description, row.cloud?.description, row.note,
    ])
  }
}
