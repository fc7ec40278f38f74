import CloudSigning
import Configuration
import FoundationEssentials
import InventoryStore
import RenewalCore

/// What a webhook is told at once: alerts that were raised, told again or ended
/// since the last message. After a long silence only the gravest and newest are
/// told one by one; the others are counted.
struct HookMessage: Hashable, Sendable {
  /// Told one by one at most.
  static let limit = 10

  struct Event: Hashable, Sendable, Encodable {
    var sequence: Int64
    var at: String
    /// `raised`, `repeated` or `cleared`.
    var event: String
    var alert: String
    /// `page`, `warning` or `notice`.
    var severity: String
    var account: String?
    var group: String?
    var text: String
    var remedy: String
  }

  private(set) var events: [Event] = []
  /// How many more there were.
  private(set) var omitted = 0
  /// The last row of the ledger that was looked at.
  private(set) var upTo: Int64

  init(after sequence: Int64) { upTo = sequence }

  var isEmpty: Bool { events.isEmpty }

  /// Takes in a row of the ledger, if the hook is to be told of it.
  mutating func add(_ row: LedgerRow, atLeast severity: AlertKind.Severity) {
    upTo = row.sequence
    guard let event = Event(row), let kind = AlertKind(rawValue: event.alert),
      kind.severity >= severity
    else { return }
    events.append(event)
    guard events.count > Self.limit else { return }
    omitted += 1
    let least = events.indices.min { one, other in
      (events[one].weight, events[one].sequence) < (events[other].weight, events[other].sequence)
    }
    if let least { events.remove(at: least) }
  }
}

extension HookMessage.Event {
  /// `nil` for a row that is not about an alert, or repeats one that calls nobody.
  fileprivate init?(_ row: LedgerRow) {
    let entry = row.entry
    guard let kind = entry.subject.flatMap({ AlertKind(rawValue: $0) }) else { return nil }
    switch entry.kind {
    case .alertRaised: event = "raised"
    case .alertRepeated where kind.severity == .page: event = "repeated"
    case .alertCleared: event = "cleared"
    default: return nil
    }
    sequence = row.sequence
    at = entry.at.timestamp.description
    alert = kind.rawValue
    severity =
      switch kind.severity {
      case .page: "page"
      case .sameDay: "warning"
      case .journal: "notice"
      }
    account = entry.account?.text
    group = entry.group?.text
    text = entry.reason
    remedy = kind.remedy
  }

  fileprivate var weight: Int {
    let severity = ["page": 4, "warning": 2, "notice": 0][severity] ?? 0
    return severity + (event == "cleared" ? 0 : 1)
  }

  fileprivate var sentence: String {
    let about = group.map { " for \($0)" } ?? account.map { " in account \($0)" } ?? ""
    switch event {
    case "cleared": return "\(alert)\(about) is over"
    case "repeated": return "\(alert) still\(about): \(text). \(remedy)"
    default: return "\(alert)\(about): \(text). \(remedy)"
    }
  }
}

// MARK: The forms

extension HookMessage {
  private var title: String {
    let worst = events.max { $0.weight < $1.weight }
    let more = events.count + omitted - 1
    return "renewald: " + (worst?.alert ?? "") + (worst?.event == "cleared" ? " is over" : "")
      + (more > 0 ? " and \(more) more" : "")
  }

  private var lines: [String] {
    events.map(\.sentence)
      + (omitted > 0 ? ["\(omitted) more since the last message; see renewalctl alerts"] : [])
  }

  /// The body in the form that the other side reads.
  func body(_ kind: WebhookConfiguration.Kind, host: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data =
      switch kind {
      case .generic:
        try encoder.encode(
          Generic(host: host, title: title, events: events, omitted: omitted, sequence: upTo))
      case .dingtalk:
        // open.dingtalk.com, custom robots: markdown wants an empty line between lines.
        try encoder.encode(
          DingTalk(
            markdown: .init(
              title: title, text: (["#### \(title) (\(host))"] + lines).joined(separator: "\n\n"))))
      case .slack:
        // docs.slack.dev, incoming webhooks: three characters are markup.
        try encoder.encode(
          Slack(text: (["*\(title)* (\(host))"] + lines).map(Self.slack).joined(separator: "\n")))
      }
    return String(decoding: data, as: UTF8.self)
  }

  private static func slack(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }

  private struct Generic: Encodable {
    var schema = 1
    var source = "renewald"
    var host: String
    var title: String
    var events: [Event]
    var omitted: Int
    var sequence: Int64
  }

  private struct DingTalk: Encodable {
    struct Markdown: Encodable {
      var title: String
      var text: String
    }
    var msgtype = "markdown"
    var markdown: Markdown
  }

  private struct Slack: Encodable {
    var text: String
  }
}
