import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

struct EventsCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Tell what was recorded, the newest last, and go on telling with --follow.",
    discussion: """
      EXAMPLES
        renewalctl events                     the last 50
        renewalctl events --since 2026-03-01 --alerts
        renewalctl events --follow --group design
        renewalctl events --follow --json | jq .sentence

      The fields of --plain are those of history. With --follow, --json writes an event \
      a line. Whoever reads too slowly to follow gets what he has missed all the same.
      """)

  @Option(help: "Only this account.", completion: accountNames)
  var account: String?

  @Option(help: "Only this group, by its id or by a name that only it has.", completion: groupIDs)
  var group: String?

  @Option(help: ArgumentHelp("Only what was recorded since, all of it.", valueName: "instant"))
  var since: Timestamp?

  @Flag(help: "Only alerts: raised, repeated, acknowledged, over.")
  var alerts = false

  @Option(
    help: ArgumentHelp("At most so many of the past; 50 without --since.", valueName: "count"))
  var limit: Int?

  @Flag(help: "Go on telling what happens, until interrupted.")
  var follow = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard limit.map({ $0 >= 0 }) ?? true else { throw ValidationError("--limit takes 0 or more.") }
  }

  func execute() throws(CommandFailure) {
    guard follow else {
      let reply = EventsCall.Reply(events: try past())
      return try output.write(
        reply, text: { EventsText.text(reply.events, $0, $1, namesGroups: true) },
        plain: { reply.events.map(EventsText.plain).joined() })
    }
    let followed = try group.map { (group) throws(CommandFailure) in
      try connection.call(DescribeCall(group: group, account: account.map { AccountName($0) }))
        .group
    }
    var told: Int?
    while true {
      let before = told
      do throws(CommandFailure) {
        try tellOn(from: &told, of: followed)
        return
      } catch {
        // Cut off for reading too slowly: another connection tells the rest.
        guard error.code == .unavailable, told != before else { throw error }
      }
    }
  }

  /// What was recorded before a row, the newest last.
  ///
  /// - Parameters:
  ///   - end: the first row that is not wanted; nil: up to now.
  ///   - told: the last row that is not wanted again.
  func past(before end: Int? = nil, after told: Int? = nil) throws(CommandFailure) -> [EventReport]
  {
    let wanted = told == nil ? limit ?? (since == nil ? 50 : .max) : .max
    var call = EventsCall(
      account: account.map { AccountName($0) }, group: group, since: since,
      alerts: alerts ? true : nil, before: end, limit: 1000)
    var events: [EventReport] = []
    while events.count < wanted {
      let page = try connection.call(call)
      events += page.events.filter { $0.sequence > told ?? 0 }
      guard let next = page.next, next > told ?? 0 else { break }
      call.before = next
    }
    return events.prefix(wanted).reversed()
  }

  /// Tells the past since a row, then what comes, until the connection ends.
  ///
  /// - Parameter told: the last row that was told, if any was.
  private func tellOn(
    from told: inout Int?, of followed: GroupReport?
  ) throws(CommandFailure) {
    var failure: CommandFailure?
    var last = told
    defer { told = last }
    try connection.watch { change in
      do throws(CommandFailure) {
        if let head = change.status?.ledger {
          let end = Int(head.sequence)
          try tell(try past(before: end + 1, after: last))
          last = end
        } else if let event = change.event, event.sequence > last ?? 0 {
          last = event.sequence
          if fits(event, followed) { try tell([event]) }
        }
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }

  private func fits(_ event: EventReport, _ followed: GroupReport?) -> Bool {
    (followed.map { $0.id == event.group && $0.account == event.account } ?? true)
      && (account.map { AccountName($0) == event.account } ?? true)
      && (!alerts || event.kind.hasPrefix("alert-"))
      && (since.map { $0 <= event.at } ?? true)
  }

  private func tell(_ events: [EventReport]) throws(CommandFailure) {
    guard !events.isEmpty else { return }
    try output.write(
      lines: events, text: { EventsText.text($0, $1, $2, namesGroups: true) },
      plain: EventsText.plain)
  }
}
