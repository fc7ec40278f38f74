import ControlProtocol
import RenewalCore

package enum RenewalsText {
  package static func table(
    _ renewals: [RenewalReport], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    guard !renewals.isEmpty else { return "" }
    let groups = Set(renewals.map(\.group)).count
    return Table(
      [
        Table.Column("OPENED (\(clock.zoneName))"),
        Table.Column("GROUP", dispensability: 1),
        Table.Column("STATE"),
        Table.Column("PERIOD", dispensability: 3),
        Table.Column("PRICE", isNumber: true),
        Table.Column("ORDER", dispensability: 2),
        Table.Column("NEW EXPIRY", dispensability: 4),
        Table.Column("TRY", dispensability: 6, isNumber: true),
        Table.Column("NOTE", minimum: 12, dispensability: 5),
      ],
      rows: renewals.map { renewal in
        [
          Table.Cell(clock.short(renewal.openedAt.instant)),
          Table.Cell(groups > 1 || renewal.isOpen ? renewal.group.text : ""),
          Table.Cell(words(renewal.state), color(of: renewal)),
          Table.Cell(renewal.period),
          Table.Cell((renewal.charged ?? renewal.quote)?.description ?? ""),
          Table.Cell(renewal.order?.text ?? ""),
          Table.Cell(renewal.newExpiry.map { clock.short($0.instant) } ?? ""),
          Table.Cell("\(renewal.attempt)"),
          Table.Cell(renewal.note),
        ]
      }
    ).text(style)
  }

  package static func plain(_ renewal: RenewalReport) -> String {
    let amount = renewal.charged ?? renewal.quote
    return ScriptOutput.record([
      renewal.account.text, renewal.group.text, renewal.expiry.description, "\(renewal.attempt)",
      renewal.state.text, renewal.isOpen ? "open" : "closed", renewal.period,
      amount?.decimalText, amount?.currency.code, renewal.order?.text,
      renewal.openedAt.description, renewal.closedAt?.description,
      renewal.newExpiry?.description, renewal.rule, renewal.actor, renewal.note,
    ])
  }
}

package enum AlertsText {
  /// Alerts that say the same are told once, since a fault of an account
  /// touches each of its groups.
  package static func list(
    _ alerts: [AlertReport], _ style: TextStyle, _ clock: ClockFace
  ) -> String {
    var told = Dictionary(grouping: alerts, by: \.saying)
    return alerts.map { alert in
      guard let same = told.removeValue(forKey: alert.saying) else { return "" }
      let about = same.map { alert in
        let subject = [alert.account?.text, alert.group?.text].compactMap { $0 }
        return (["#\(alert.id)"] + (subject.isEmpty ? [] : [subject.joined(separator: "/")]))
          .joined(separator: " ")
      }
      let more = about.count > 4 ? ", and \(about.count - 3) more" : ""
      let subjects = about.prefix(about.count > 4 ? 3 : 4).joined(separator: ", ") + more
      let acknowledged = alert.acknowledgedBy.map { ", acknowledged by \($0)" } ?? ""
      return "  " + style.paint(printable(alert.kind), color(of: alert.severity))
        + ", \(clock.relative(alert.raisedAt.instant))\(printable(acknowledged))\n"
        + [subjects, alert.text, "Next: \(alert.remedy)"]
        .map { wrapped($0, indent: "     ", width: style.width) }.joined()
    }.joined()
  }

  package static func plain(_ alert: AlertReport) -> String {
    ScriptOutput.record([
      "\(alert.id)", alert.severity.text, alert.kind, alert.account?.text, alert.group?.text,
      alert.raisedAt.description, alert.acknowledgedAt?.description, alert.text, alert.remedy,
    ])
  }
}

package enum ChecksText {
  package static func list(_ checks: [CheckReport], _ style: TextStyle) -> String {
    checks.map { check in
      let mark =
        switch check.passed {
        case true?: style.paint("yes", .green)
        case false?: style.paint("NO ", .red)
        case nil: style.paint(" - ", .faint)
        }
      let number =
        String(repeating: " ", count: max(0, 3 - "\(check.number)".count))
        + "\(check.number)"
      let input = check.passed == false && !check.input.isEmpty ? " (\(check.input))" : ""
      let text = "\(words(check.name)): \(check.sentence)\(input)"
      return "\(number). \(mark)  "
        + String(wrapped(text, indent: "          ", width: style.width).dropFirst(10))
    }.joined()
  }

  package static func plain(_ check: CheckReport) -> String {
    ScriptOutput.record([
      "\(check.number)", check.name, check.passed.map { $0 ? "yes" : "no" }, check.input,
      check.sentence,
    ])
  }
}
