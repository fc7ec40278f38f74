import ArgumentParser
import ControlProtocol
import RenewalCore

struct ListCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the delivery groups, the earliest expiry first.",
    discussion: """
      EXAMPLES
        renewalctl list                       all groups
        renewalctl list --state held --state unknown
        renewalctl list --name 'design-*' --expires-before 2026-04-01T00:00:00Z
        renewalctl list --plain | cut -f 2,6  ids and expiries

      The fields of --plain: account, id, name, region, state, expiry, due, rule, \
      period, price, currency.
      """)

  @OptionGroup var filter: GroupFilter
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    var call = filter.call
    var reply = try connection.call(call)
    while let next = reply.next {
      call.after = next
      let page = try connection.call(call)
      reply.groups += page.groups
      reply.next = page.next
    }
    try output.write(
      reply, text: { GroupsText.table(reply.groups, $0, $1) },
      plain: { reply.groups.map(GroupsText.plain).joined() })
  }
}

/// Conditions on groups; all have to hold.
struct GroupFilter: ParsableArguments {
  @Option(help: "Only this account.")
  var account: String?

  @Option(help: "Only this region.")
  var region: String?

  @Option(help: ArgumentHelp("Only names like this; * is any text.", valueName: "pattern"))
  var name: String?

  @Option(help: "Only groups that this rule covers.")
  var rule: String?

  @Option(help: "Only this state; may be repeated.")
  var state: [GroupReport.State] = []

  @Option(help: ArgumentHelp("Only what expires earlier.", valueName: "instant"))
  var expiresBefore: Timestamp?

  var call: ListCall {
    ListCall(
      account: account.map { AccountName($0) }, region: region, name: name, rule: rule,
      states: state.isEmpty ? nil : state, expiresBefore: expiresBefore)
  }
}

extension GroupReport.State: ExpressibleByArgument {}

extension Timestamp: ExpressibleByArgument {
  /// RFC 3339, or a day alone: its first second in UTC.
  package init?(argument: String) {
    guard let instant = Instant(iso8601: argument) ?? Instant(iso8601: argument + "T00:00:00Z")
    else { return nil }
    self.init(instant)
  }
}

package enum GroupsText {
  package static func table(
    _ groups: [GroupReport], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    guard !groups.isEmpty else { return "No groups.\n" }
    let accounts = Set(groups.map(\.account)).count
    return Table(
      [
        Table.Column("ACCOUNT", minimum: 8, dispensability: 3),
        Table.Column("GROUP"),
        Table.Column("NAME", minimum: 8),
        Table.Column("REGION", dispensability: 4),
        Table.Column("STATE"),
        Table.Column("EXPIRES (\(clock.zoneName))", dispensability: 1),
        Table.Column("LEFT"),
        Table.Column("DUE", dispensability: 2),
        Table.Column("RULE", minimum: 6, dispensability: 5),
        Table.Column("PERIOD", dispensability: 6),
        Table.Column("PRICE", dispensability: 7, isNumber: true),
      ],
      rows: groups.map { group in
        [
          Table.Cell(accounts > 1 ? group.account.text : ""),
          Table.Cell(group.id.text),
          Table.Cell(group.name),
          Table.Cell(group.region),
          Table.Cell(words(group.state), color(of: group.state)),
          Table.Cell(group.expiry.map { clock.short($0.instant) } ?? "none"),
          Table.Cell(group.expiry.map { clock.relative($0.instant) } ?? ""),
          Table.Cell(group.dueAt.map { clock.relative($0.instant) } ?? ""),
          Table.Cell(group.rule ?? ""),
          Table.Cell(group.period ?? ""),
          Table.Cell(group.price?.description ?? ""),
        ]
      }
    ).text(style)
  }

  package static func plain(_ group: GroupReport) -> String {
    ScriptOutput.record([
      group.account.text, group.id.text, group.name, group.region, group.state.text,
      group.expiry?.description, group.dueAt?.description, group.rule, group.period,
      group.price?.decimalText, group.price?.currency.code,
    ])
  }
}
