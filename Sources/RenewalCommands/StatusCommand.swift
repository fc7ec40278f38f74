import ArgumentParser
import ControlProtocol
import RenewalCore

struct StatusCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say whether all is well: accounts, payments, what is due next, alerts.",
    discussion: """
      EXAMPLES
        renewalctl status                     what is due, and what is in the way
        renewalctl status --offline           what the files say, without the daemon
        renewalctl status --json | jq .status.nextDue
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func execute() throws(CommandFailure) {
    let reply = try connection.call(StatusCall())
    try output.write(
      reply, text: { StatusText(reply.status, $0, $1).text },
      plain: { StatusText.plain(reply.status) })
  }
}

/// The status as a person reads it: the most pressing at the end, where the
/// eye is when the prompt comes back.
package struct StatusText {
  private let status: StatusReport
  private let style: TextStyle
  private let clock: ClockFace

  package init(_ status: StatusReport, _ style: TextStyle, _ clock: ClockFace) {
    self.status = status
    self.style = style
    self.clock = clock
  }

  package var text: String {
    list(
      [
        Fact("renewald", daemon, status.offline == nil ? nil : .red),
        Fact("mode", mode, status.pause == nil ? nil : .red),
        Fact("groups", counts),
        Fact("next due", nextDue),
        Fact("next look", status.nextWakeAt.map { clock.full($0.instant) }),
        Fact("config", configuration, status.configuration?.problem == nil ? nil : .red),
      ], style)
      + section("Accounts", accounts, style)
      + obstacles
      + section("Budgets", budgets, style)
      + visibility
      + section(
        "Open renewals",
        RenewalsText.table(status.openRenewals, style, clock)
          + more(status.moreOpenRenewals, "renewalctl ledger --open"), style)
      + section(
        "Alerts",
        AlertsText.list(status.alerts, style, clock)
          + more(status.moreAlerts, "renewalctl alerts"), style)
  }

  private func more(_ count: Int?, _ command: String) -> String {
    count.map { "  and \($0) more: \(command)\n" } ?? ""
  }

  private var daemon: String {
    guard let offline = status.offline else {
      return "\(status.version), started \(clock.full(status.startedAt.instant))"
    }
    return (offline.daemonRuns ? "RUNS, but was not asked" : "DOES NOT RUN")
      + ": all this is as old as its files, written \(clock.full(offline.writtenAt.instant))"
  }

  private var mode: String {
    let mode =
      switch status.mode.known {
      case .observe: "observe: looks, never pays"
      case .plan: "plan: says what it would pay, never pays"
      case .pay, nil: status.mode.text
      }
    guard let pause = status.pause else { return mode }
    return mode + "; all payments paused since \(clock.full(pause.since.instant))"
      + " by \(pause.actor): \(pause.reason)"
  }

  private var counts: String {
    let all = status.groups.values.reduce(0, +)
    let parts = status.groups.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) \(words($0.key))" }
    return "\(all)" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
  }

  private var nextDue: String {
    guard let next = status.nextDue else { return "nothing" }
    return "\(named(next.group, next.name)) on \(clock.full(next.dueAt.instant))"
  }

  private var configuration: String? {
    status.configuration.map { configuration in
      "\(configuration.path), read \(clock.full(configuration.loadedAt.instant))"
        + (configuration.problem.map { "; a newer file was not taken: \($0)" } ?? "")
    }
  }

  private var accounts: String {
    Table(
      [
        Table.Column("ACCOUNT", minimum: 8),
        Table.Column("REGION", dispensability: 1),
        Table.Column("KEY"),
        Table.Column("GROUPS", isNumber: true),
        Table.Column("LAST SWEEP"),
        Table.Column("CLOCK", dispensability: 2),
        Table.Column("BALANCE", dispensability: 3, isNumber: true),
        Table.Column("PAYMENTS"),
      ],
      rows: status.accounts.map { account in
        [
          Table.Cell(account.name),
          Table.Cell(account.region),
          Table.Cell(words(account.credentials), account.credentials == .loaded ? nil : .red),
          Table.Cell("\(account.groups)"),
          sweep(account.lastSweep),
          Table.Cell(
            account.clockSkewSeconds.map { ($0 < 0 ? "" : "+") + "\($0) s" } ?? "",
            account.clockSkewSeconds.map { abs($0) > 120 ? .red : nil } ?? nil),
          balance(account),
          account.paymentsAllowed ? Table.Cell("allowed", .green) : Table.Cell("stopped", .red),
        ]
      }
    ).text(style)
  }

  private func balance(_ account: AccountReport) -> Table.Cell {
    guard let balance = account.balance else { return Table.Cell("") }
    guard let end = account.balanceEndsAt else { return Table.Cell(balance.description) }
    return Table.Cell("\(balance), until \(clock.short(end.instant))", .yellow)
  }

  private func sweep(_ sweep: SweepReport?) -> Table.Cell {
    guard let sweep else { return Table.Cell("none yet", .yellow) }
    return Table.Cell(
      "\(words(sweep.result)) \(clock.relative(sweep.finishedAt.instant))",
      sweep.result == .complete ? nil : .yellow)
  }

  private var budgets: String {
    guard let budgets = status.budgets, !budgets.isEmpty else { return "" }
    return Table(
      [
        Table.Column("BUDGET", minimum: 8), Table.Column("SPENT", isNumber: true),
        Table.Column("RESERVED", isNumber: true), Table.Column("LIMIT", isNumber: true),
        Table.Column("UNTIL", dispensability: 1),
      ],
      rows: budgets.map { budget in
        [
          Table.Cell(budget.name), Table.Cell(budget.spent.description),
          Table.Cell(budget.reserved.description),
          Table.Cell(budget.limit?.description ?? "unlimited"),
          Table.Cell(budget.periodEnd.map { clock.full($0.instant) } ?? "rolls"),
        ]
      }
    ).text(style)
  }

  /// How long renewals take to show, once any was measured.
  private var visibility: String {
    let lines = status.accounts.compactMap { account -> String? in
      guard let seen = account.visibility else { return nil }
      return wrapped(
        "\(account.name): after \(Span.seconds(Int64(seen.lastSeconds))), at most "
          + "\(Span.seconds(Int64(seen.longestSeconds))) in \(seen.orders) orders; "
          + "\(Span.seconds(Int64(seen.boundSeconds))) are allowed for",
        indent: "  ", width: style.width)
    }
    return section("When a renewal shows", lines.joined(), style)
  }

  private var obstacles: String {
    let lines = status.accounts.flatMap { account in
      account.obstacles.map { obstacle in
        let sentence =
          obstacle.sentence.hasSuffix(".")
          ? String(obstacle.sentence.dropLast()) : obstacle.sentence
        let until = obstacle.until.map { ", until \(clock.full($0.instant))" } ?? ""
        return wrapped(
          "\(account.name): \(sentence)\(until)", indent: "  ", width: style.width)
      }
    }
    return section("Why nothing is paid", lines.joined(), style)
  }

  /// A line for the daemon, one for each account, open renewal and alert that is listed,
  /// and one for how many are not; the first field says which.
  package static func plain(_ status: StatusReport) -> String {
    var text = ScriptOutput.record([
      "daemon", status.version, status.mode.text,
      status.offline != nil ? "offline" : status.pause == nil ? "running" : "paused",
      status.nextDue?.dueAt.description, status.nextDue?.group.text,
      status.nextWakeAt?.description, status.offline?.writtenAt.description,
    ])
    for account in status.accounts {
      text += ScriptOutput.record([
        "account", account.name, account.region, account.credentials.text, "\(account.groups)",
        account.paymentsAllowed ? "allowed" : "stopped", account.lastSweep?.result.text,
        account.lastSweep?.finishedAt.description,
        account.obstacles.map(\.kind.text).joined(separator: ","),
      ])
    }
    for budget in status.budgets ?? [] {
      text += ScriptOutput.record([
        "budget", budget.name, budget.spent.decimalText, budget.reserved.decimalText,
        budget.limit?.decimalText ?? "unlimited", budget.spent.currency.code,
        budget.periodEnd?.description,
      ])
    }
    for fuse in status.fuses ?? [] where fuse.blownAt != nil {
      text += ScriptOutput.record([
        "fuse", fuse.name, fuse.blownAt?.description, fuse.reason,
      ])
    }
    for renewal in status.openRenewals { text += "renewal\t" + RenewalsText.plain(renewal) }
    for alert in status.alerts { text += "alert\t" + AlertsText.plain(alert) }
    for (kind, count) in [
      ("more open renewals", status.moreOpenRenewals), ("more alerts", status.moreAlerts),
    ] {
      if let count { text += ScriptOutput.record([kind, "\(count)"]) }
    }
    return text
  }
}
