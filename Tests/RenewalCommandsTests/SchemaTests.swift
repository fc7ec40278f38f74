import ControlProtocol
import FoundationEssentials
import RenewalCore
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `JSON schemas` {
  /// `packaging/schemas`, from the root of the tree.
  private func published(_ command: DescribedCommand) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "packaging/schemas/\(command.rawValue).schema.json")
    return try String(contentsOf: file, encoding: .utf8)
  }

  private func schema(_ command: DescribedCommand) throws -> JSON {
    try #require(
      try ScriptSchema().schema(ofReplyTo: command.method, command: command.rawValue))
  }

  @Test(arguments: DescribedCommand.allCases) func `the published schema is the current one`(
    command: DescribedCommand
  ) throws {
    #expect(
      try published(command) == schema(command).indentedText + "\n",
      "renewalctl schema \(command.rawValue) > packaging/schemas/\(command.rawValue).schema.json")
  }

  @Test func `what is written fits its schema`() throws {
    let list = ListCall.Reply(groups: [Samples.lab, Samples.design, Samples.pool], total: 3)
    let outputs: [(DescribedCommand, String)] = [
      (.status, try ScriptOutput.json(StatusCall.Reply(status: Samples.status))),
      (.list, try ScriptOutput.json(list)),
      (.show, try ScriptOutput.json(Samples.description)),
      (.plan, try ScriptOutput.json(Samples.plan)),
      (.explain, try ScriptOutput.json(Samples.explanation)),
      (.history, try ScriptOutput.json(Samples.history)),
      (.alerts, try ScriptOutput.json(Samples.alerts)),
      (
        .ledger,
        try ScriptOutput.json(
          LedgerDocument(
            renewals: [Samples.settled, Samples.unknown], totals: [Samples.yuan(123_450)],
            month: MonthReport(CalendarMonth(of: Instant(0)), in: .utc),
            sums: LedgerSums(of: [Samples.settled]), creations: [Samples.creation],
            creationTotals: [Samples.yuan(199_00)]))
      ),
    ]
    for (command, text) in outputs {
      let schema = try schema(command)
      #expect(misfit(of: try JSON(parsing: text), schema, in: schema, at: "$") == nil)
    }
  }

  @Test func `the check of a schema can fail`() throws {
    let schema = try schema(.plan)
    let text = try ScriptOutput.json(Samples.plan)
    func misfit(replacing old: String, with new: String) throws -> String? {
      let changed = text.split(separator: old, omittingEmptySubsequences: false).joined(
        separator: new)
      #expect(changed != text)
      return self.misfit(of: try JSON(parsing: changed), schema, in: schema, at: "$")
    }
    #expect(try misfit(replacing: "\"amount\"", with: "\"amounts\"") == "$.entries[0].price.amount")
    #expect(try misfit(replacing: "\"schema\": 1", with: "\"schema\": 2") == "$.schema")
    #expect(try misfit(replacing: "\"unpriced\": 1", with: "\"unpriced\": \"1\"") == "$.unpriced")
  }

  /// The keywords that our schemas use.
  private func misfit(of value: JSON, _ schema: JSON, in root: JSON, at path: String) -> String? {
    if case .string(let reference)? = schema["$ref"],
      let name = reference.split(separator: "/").last,
      let definition = root["$defs"]?[String(name)]
    {
      return misfit(of: value, definition, in: root, at: path)
    }
    if let constant = schema["const"], constant != value { return path }
    switch (schema["type"], value) {
    case ("boolean", .bool), ("integer", .integer), ("string", .string), (nil, _): return nil
    case ("array", .array(let elements)):
      for (index, element) in elements.enumerated() {
        guard let items = schema["items"] else { continue }
        if let found = misfit(of: element, items, in: root, at: "\(path)[\(index)]") {
          return found
        }
      }
      return nil
    case ("object", .object(let members)):
      if case .array(let required)? = schema["required"] {
        for case .string(let name) in required where members[name] == nil {
          return "\(path).\(name)"
        }
      }
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        guard let inner = schema["properties"]?[name] ?? schema["additionalProperties"] else {
          continue
        }
        if let found = misfit(of: member, inner, in: root, at: "\(path).\(name)") { return found }
      }
      return nil
    default: return path
    }
  }
}
