import ControlProtocol
import RenewalCore

/// Expiries and planned renewals as a calendar (RFC 5545).
///
/// The identity of an event follows from its group, so that a calendar which reads a
/// newer file moves the expiry and does not add a second one.
struct ReportCalendar {
  let data: ReportData
  let language: ReportLanguage

  var text: String {
    let name = language("renewald: expiries and renewals", "renewald：到期与续费")
    var lines = [
      "BEGIN:VCALENDAR", "VERSION:2.0",
      "PRODID:-//renewald//renewalctl//\(language == .en ? "EN" : "ZH")",
      "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "X-WR-CALNAME:\(escaped(name))",
    ]
    for group in data.groups where Outlook(group) != nil { lines += expiry(of: group) }
    for entry in data.plan.entries where entry.spends { lines += renewal(entry) }
    lines.append("END:VCALENDAR")
    return lines.map(Self.folded).joined()
  }

  private func expiry(of group: GroupReport) -> [String] {
    guard let expiry = group.expiry?.instant, let outlook = Outlook(group) else { return [] }
    let name = group.name.isEmpty ? group.id.text : group.name
    let summary =
      outlook == .person
      ? language("\(name) expires and nobody renews it", "\(name) 到期且无人续费")
      : language("\(name) expires", "\(name) 到期")
    return event(
      "expiry", of: group.key, at: expiry, summary: summary,
      details: [
        "\(group.id) (\(group.account), \(group.region))",
        group.rule.map { language("rule: ", "规则：") + $0 },
        group.reason,
      ])
  }

  private func renewal(_ entry: PlanEntry) -> [String] {
    let name = entry.name.isEmpty ? entry.group.text : entry.name
    let price = entry.price.map { " (\($0))" } ?? ""
    let summary =
      entry.step == .approve
      ? language("Approve the renewal of \(name)\(price)", "批准续费 \(name)\(price)")
      : language("\(name) is renewed\(price)", "续费 \(name)\(price)")
    return event(
      "renewal", of: "\(entry.account)/\(entry.group)", at: entry.at.instant, summary: summary,
      details: [
        "\(entry.group) (\(entry.account))", entry.period,
        entry.rule.map { language("rule: ", "规则：") + $0 },
        entry.reason,
      ])
  }

  private func event(
    _ kind: String, of group: String, at instant: Instant, summary: String, details: [String?]
  ) -> [String] {
    [
      "BEGIN:VEVENT", "UID:\(kind)-\(escaped(group))@renewald",
      "DTSTAMP:\(Self.stamp(data.now))", "DTSTART:\(Self.stamp(instant))", "DURATION:PT15M",
      "SUMMARY:\(escaped(summary))",
      "DESCRIPTION:\(escaped(details.compactMap { $0?.nonEmpty }.joined(separator: "\n")))",
      "TRANSP:TRANSPARENT", "END:VEVENT",
    ]
  }

  /// `20260310T160000Z`.
  private static func stamp(_ instant: Instant) -> String {
    instant.description.filter { $0 != "-" && $0 != ":" }
  }

  /// Section 3.3.11: backslash, semicolon and comma are escaped, a line break is `\n`;
  /// other control characters have no place in a text.
  private func escaped(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      printable(line).flatMap { character -> [Character] in
        character == "\\" || character == ";" || character == ","
          ? ["\\", character] : [character]
      }
    }.map { String($0) }.joined(separator: "\\n")
  }

  /// Section 3.1: at most 75 octets a line, the rest on lines that begin with a space;
  /// no character is cut in two.
  private static func folded(_ line: String) -> String {
    var result = ""
    var octets = 0
    for scalar in line.unicodeScalars {
      let size = UTF8.width(scalar)
      if octets + size > 75 {
        result += "\r\n "
        octets = 1
      }
      result.unicodeScalars.append(scalar)
      octets += size
    }
    return result + "\r\n"
  }
}
