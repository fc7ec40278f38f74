import ArgumentParser
import ControlProtocol
import RenewalCore

struct ShowCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything about one group: expiries seen, renewals, checks, alerts.",
    discussion: """
      EXAMPLES
        renewalctl show aig-9ciijz60n4xsv     by its id
        renewalctl show design                by its name
      """)

  @OptionGroup var target: GroupArgument
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(DescribeCall(group: target.group, account: target.accountName))
    try output.write(
      reply, text: { GroupText(reply, $0, $1).text }, plain: { GroupText.plain(reply) })
  }
}

package struct GroupText {
  private let reply: DescribeCall.Reply
  private let style: TextStyle
  private let clock: ClockFace

  package init(_ reply: DescribeCall.Reply, _ style: TextStyle, _ clock: ClockFace) {
    self.reply = reply
    self.style = style
    self.clock = clock
  }

  package var text: String {
    GroupText.facts(reply.group, style, clock)
      + section("What stands against a renewal now", failedChecks, style)
      + section("Renewals", RenewalsText.table(reply.renewals, style, clock), style)
      + section("Expiries seen", observations, style)
      + section("Alerts", AlertsText.list(reply.alerts, style, clock), style)
  }

  static func facts(_ group: GroupReport, _ style: TextStyle, _ clock: ClockFace) -> String {
    let hold = group.hold.map { hold in
      "\(hold.reason) (\(hold.actor), since \(clock.full(hold.since.instant))"
        + (hold.until.map { ", until \(clock.full($0.instant))" } ?? "") + ")"
    }
    let rule = group.rule.map { rule in
      [rule, group.action.map { words($0) }, group.period].compactMap { $0 }
        .joined(separator: ", ")
    }
    let maximum = group.maximumExpirySeen == group.expiry ? nil : group.maximumExpirySeen
    let tags = group.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return list(
      [
        Fact("group", named(group.id, group.name)),
        Fact("account", "\(group.account), \(group.region)"),
        Fact("cloud says", "\(group.chargeType), \(group.status)"),
        Fact("state", words(group.state), color(of: group.state)),
        Fact("because", group.reason),
        Fact("held", hold),
        Fact("expires", group.expiry.map { clock.full($0.instant) } ?? "no expiry"),
        Fact("highest seen", maximum.map { clock.full($0.instant) }),
        Fact("due", group.dueAt.map { clock.full($0.instant) }),
        Fact("call a person", group.floorAt.map { clock.full($0.instant) }),
        Fact("rule", rule ?? "none: nobody pays for this group"),
        Fact("price", group.price?.description),
        Fact("next look", group.nextCheckAt.map { clock.full($0.instant) }),
        Fact("last seen", group.lastSeenAt.map { clock.full($0.instant) }),
        Fact("tags", tags.isEmpty ? nil : tags.joined(separator: " ")),
      ], style)
  }

  /// Those that passed are for `explain`.
  private var failedChecks: String {
    let failed = reply.checks.filter { $0.passed == false }
    guard !failed.isEmpty else { return "" }
    return ChecksText.list(failed, style)
      + "     All checks: renewalctl explain \(printable(reply.group.id.text))\n"
  }

  private var observations: String {
    guard !reply.observations.isEmpty else { return "" }
    return Table(
      [
        Table.Column("SEEN (\(clock.zoneName))"),
        Table.Column("EXPIRY"),
        Table.Column("BEFORE"),
        Table.Column("READ", dispensability: 1),
        Table.Column("REQUEST", dispensability: 2),
      ],
      rows: reply.observations.map { observation in
        [
          Table.Cell(clock.short(observation.at.instant)),
          Table.Cell(observation.newExpiry.map { clock.short($0.instant) } ?? "none"),
          Table.Cell(observation.oldExpiry.map { clock.short($0.instant) } ?? "none"),
          Table.Cell(observation.source),
          Table.Cell(observation.requestId ?? ""),
        ]
      }
    ).text(style)
  }

  /// The group's record, then observations, renewals, checks and alerts; the
  /// first field says which.
  package static func plain(_ reply: DescribeCall.Reply) -> String {
    var text = "group\t" + GroupsText.plain(reply.group)
    for observation in reply.observations {
      text += ScriptOutput.record([
        "observation", observation.at.description, observation.oldExpiry?.description,
        observation.newExpiry?.description, observation.source, observation.requestId,
      ])
    }
    for renewal in reply.renewals { text += "renewal\t" + RenewalsText.plain(renewal) }
    for check in reply.checks { text += "check\t" + ChecksText.plain(check) }
    for alert in reply.alerts { text += "alert\t" + AlertsText.plain(alert) }
    return text
  }
}
