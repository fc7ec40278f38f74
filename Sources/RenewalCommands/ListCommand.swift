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
        renewalctl list --columns name,expiry,reason
        renewalctl list --plain --columns id,expiry

      The fields of --plain: account, id, name, region, state, expiry, due, rule, \
      period, price, currency; with --columns those, a price with its currency.
      """)

  @Option(help: "By what to sort.")
  var sort: GroupOrder = .expiry

  @Option(
    help: ArgumentHelp("Only these columns, in this order.", valueName: "name,name"))
  var columns: GroupColumns?

  @OptionGroup var filter: GroupFilter
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard columns == nil || !output.json else {
      throw ValidationError("--columns excludes --json, which has every field.")
    }
  }

  func execute() throws(CommandFailure) {
    let reply = try allPages()
    let columns = columns?.list
    try output.write(
      reply, text: { GroupsText.table(reply.groups, $0, $1, columns: columns) },
      plain: { reply.groups.map { GroupsText.plain($0, columns: columns) }.joined() })
  }

  func allPages() throws(CommandFailure) -> ListCall.Reply {
    var reply = try connection.allPages(filter.call)
    reply.groups.sort(by: sort.isBefore)
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
  /// - Parameter columns: those that were asked for, which the width leaves none out of.
  package static func table(
    _ groups: [GroupReport], _ style: TextStyle, _ clock: ClockFace, columns: [GroupColumn]? = nil
  ) -> String {
    guard !groups.isEmpty else { return "No groups.\n" }
    let isOneAccount = columns == nil && Set(groups.map(\.account)).count == 1
    let shown = columns ?? GroupColumn.standard.filter { $0 != .account || !isOneAccount }
    return Table(
      shown.map { column in
        var title = column.title(clock)
        if columns != nil { title.dispensability = 0 }
        return title
      }, rows: groups.map { group in shown.map { $0.cell(group, clock) } }
    ).text(style)
  }

  package static func plain(_ group: GroupReport, columns: [GroupColumn]? = nil) -> String {
    if let columns { return ScriptOutput.record(columns.map { $0.field(group) }) }
    return ScriptOutput.record([
      group.account.text, group.id.text, group.name, group.region, group.state.text,
      group.expiry?.description, group.dueAt?.description, group.rule, group.period,
      group.price?.decimalText, group.price?.currency.code,
    ])
  }
}
