import ArgumentParser
import ControlProtocol
import RenewalCore

struct HistoryCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Tell what happened to a group, the newest first.",
    discussion: """
      EXAMPLES
        renewalctl history aig-9ciijz60n4xsv
        renewalctl history design --limit 10

      The fields of --plain: sequence, at, kind, account, group, order, amount, \
      currency, old expiry, new expiry, actor, sentence.
      """)

  @OptionGroup var target: GroupArgument

  @Option(help: ArgumentHelp("How many events, 1 to 500.", valueName: "count"))
  var limit: Int = 100

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...500).contains(limit) else { throw ValidationError("--limit takes 1 to 500.") }
  }

  func execute() throws(CommandFailure) {
    let reply = try connection.call(
      HistoryCall(group: target.group, account: target.accountName, limit: limit))
    try output.write(
      reply, text: { EventsText.text(reply.events, $0, $1) },
      plain: { reply.events.map(EventsText.plain).joined() })
  }
}

package enum EventsText {
  /// Two lines an event: when and what, then the sentence in full, which is
  /// what people came for.
  ///
  /// - Parameter namesGroups: for events of many groups.
  package static func text(
    _ events: [EventReport], _ style: TextStyle, _ clock: ClockFace, namesGroups: Bool = false
  ) -> String {
    guard !events.isEmpty else { return "Nothing has happened yet.\n" }
    return events.map { event in
      let facts: [String?] = [
        words(event.kind),
        namesGroups ? event.group?.text ?? event.account.map { "account \($0)" } : nil,
        event.order.map { "order \($0)" }, event.amount?.description,
        change(event, clock), event.actor.map { "by \($0)" },
      ]
      let indent = String(repeating: " ", count: 18)
      let what = facts.compactMap { $0 }.joined(separator: ", ")
      return style.paint(clock.short(event.at.instant), .bold)
        + wrapped(what, indent: indent, width: style.width).dropFirst(16)
        + wrapped(event.sentence, indent: indent, width: style.width)
    }.joined()
  }

  private static func change(_ event: EventReport, _ clock: ClockFace) -> String? {
    guard let new = event.newExpiry else { return nil }
    guard let old = event.oldExpiry else { return "expires \(clock.short(new.instant))" }
    return "expiry \(clock.short(old.instant)) to \(clock.short(new.instant))"
  }

  package static func plain(_ event: EventReport) -> String {
    ScriptOutput.record([
      "\(event.sequence)", event.at.description, event.kind, event.account?.text,
      event.group?.text, event.order?.text, event.amount?.decimalText,
      event.amount?.currency.code, event.oldExpiry?.description, event.newExpiry?.description,
      event.actor, event.sentence,
    ])
  }
}
