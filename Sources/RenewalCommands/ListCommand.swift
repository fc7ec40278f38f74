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
        renewalctl list --sort name
        renewalctl list --state held --state unknown
        renewalctl list --name 'design-*' --expires-before 2026-04-01T00:00:00Z
        renewalctl list --plain | cut -f 2,6  ids and expiries

      The fields of --plain: account, id, name, region, state, expiry, due, rule, \
      period, price, currency.
      """)

  @Option(help: "By what to sort.")
  var sort: GroupOrder = .expiry

  @OptionGroup var filter: GroupFilter
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try allPages()
    try output.write(
      reply, text: { GroupsText.table(reply.groups, $0, $1) },
      plain: { reply.groups.map(GroupsText.plain).joined() })
  }

  func allPages() throws(CommandFailure) -> ListCall.Reply {
    var reply = try connection.allGroups(filter.call)
    reply.groups.sort(by: sort.isBefore)
    return reply
  }
}

extension ConnectionOptions {
  /// All pages of a list, in one.
  func allGroups(_ first: ListCall) throws(CommandFailure) -> ListCall.Reply {
    var call = first
    var reply = try self.call(call)
    while let next = reply.next {
      call.after = next
      let page = try self.call(call)
      reply.groups += page.groups
      reply.next = page.next
    }
    return reply
  }
}

/// The order of a list; what is equal in it stands in order of expiry and id.
enum GroupOrder: String, CaseIterable, ExpressibleByArgument {
  case expiry
  case due
  case name
  case state
  case id

  func isBefore(_ one: GroupReport, _ other: GroupReport) -> Bool {
    let ends = (one.expiry ?? .never, other.expiry ?? .never)
    let rest = (ends.0, one.id) < (ends.1, other.id)
    switch self {
    case .expiry: return rest
    case .id: return one.id < other.id
    case .due:
      let due = (one.dueAt ?? .never, other.dueAt ?? .never)
      return due.0 == due.1 ? rest : due.0 < due.1
    case .name: return one.name == other.name ? rest : one.name < other.name
    case .state: return one.state == other.state ? rest : one.state.text < other.state.text
    }
  }
}

extension Timestamp {
  fileprivate static let never = Timestamp(Instant(.max))
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
        Table.Column("NAME", minimum: 16),
        Table.Column("REGION", dispensability: 4),
        Table.Column("STATE"),
        Table.Column("EXPIRES (\(clock.zoneName))", dispensability: 1),
        Table.Column("LEFT", isNumber: true),
        Table.Column("DUE IN", dispensability: 2, isNumber: true),
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
          Table.Cell(group.expiry.map { clock.left(until: $0.instant) } ?? ""),
          Table.Cell(group.dueAt.map { clock.left(until: $0.instant) } ?? ""),
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
