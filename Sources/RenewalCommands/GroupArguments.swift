import ArgumentParser
import ControlProtocol
import RenewalCore
import Varlink

/// A group as people name it.
struct GroupArgument: ParsableArguments {
  @Argument(
    help: "The group's id, or a name that only it has.",
    completion: groupIDs)
  var group: String

  @Option(help: "Its account, where several have such a group.", completion: accountNames)
  var account: String?

  var accountName: AccountName? { account.map { AccountName($0) } }
}

/// Conditions on groups; all have to hold.
struct GroupFilter: ParsableArguments {
  @Option(help: "Only this account.", completion: accountNames)
  var account: String?

  @Option(
    help: "Only this region.",
    completion: .custom { arguments, _, _ in knownWords(arguments) { $0.region } })
  var region: String?

  @Option(help: ArgumentHelp("Only names like this; * is any text.", valueName: "pattern"))
  var name: String?

  @Option(
    help: "Only groups that this rule covers.",
    completion: .custom { arguments, _, _ in knownWords(arguments) { $0.rule ?? "" } })
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

var accountNames: CompletionKind {
  .custom { arguments, _, _ in knownWords(arguments) { $0.account.text } }
}

var groupIDs: CompletionKind {
  .custom { arguments, _, _ in knownWords(arguments) { $0.id.text } }
}

/// Words that complete an argument, from the running daemon: one page, one
/// second at most, and nothing at all where there is no daemon.
private func knownWords(
  _ arguments: [String], _ word: (GroupReport) -> String
) -> [String] {
  var path = "/run/renewald/status"
  if let index = arguments.lastIndex(of: "--socket"), index + 1 < arguments.count {
    path = arguments[index + 1]
  }
  guard var client = try? VarlinkClient(connectingTo: path, patience: .seconds(1)),
    let reply: ListCall.Reply = try? client.call(ListCall.qualifiedMethod, ListCall(limit: 500))
  else { return [] }
  return Set(reply.groups.map(word)).filter { !$0.isEmpty && printable($0) == $0 }.sorted()
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
