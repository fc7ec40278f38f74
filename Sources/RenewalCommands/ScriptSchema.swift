import ControlProtocol
import Varlink

/// What `--json` writes, as a JSON Schema (draft 2020-12).
///
/// Made from the interface's text, so that it cannot say anything else than
/// the daemon does. Fields may be added; those that are required stay.
package struct ScriptSchema {
  private let interface: InterfaceDescription

  /// What commands write that is more than one answer of the daemon, in the
  /// same language.
  private static let documents = """
    # What was paid, in one currency.
    type LedgerSum (
      account: ?string,
      rule: ?string,
      group: ?string,
      renewals: int,
      paid: Money
    )

    # Of what was paid in the time that was asked for.
    type LedgerSums (accounts: []LedgerSum, rules: []LedgerSum, groups: []LedgerSum)

    # The two sides of one renewal or order of a new group.
    type ReconciledOrder (
      verdict: Verdict,
      group: ?string,
      order: ?string,
      # Created there, else opened here.
      at: ?string,
      # What the ledger counts as paid.
      ledger: ?Money,
      # What a paid order cost.
      cloud: ?Money,
      note: string
    )

    type Verdict (agrees, onlyHere, onlyThere, amountDiffers, stateDiffers)

    method Reconciliation() -> (
      account: string,
      month: MonthReport,
      rows: []ReconciledOrder,
      # How many rows agree.
      agreeing: int,
      ledger: []Money,
      cloud: []Money
    )

    method LedgerDocument() -> (
      renewals: []RenewalReport,
      # What was paid for renewals, by currency.
      totals: []Money,
      # Where a month was asked for.
      month: ?MonthReport,
      # Of renewals.
      sums: LedgerSums,
      # Orders of new groups, the earliest first.
      creations: []CreationReport,
      # What was paid for them, by currency.
      creationTotals: []Money
    )
    """

  /// - Throws: `InterfaceSyntaxError`: never, as the tests read the text too.
  package init() throws(InterfaceSyntaxError) {
    interface = try InterfaceDescription(
      parsing: ControlInterface.text + "\n" + ScriptSchema.documents + "\n")
  }

  /// `nil` unless the interface has the method.
  package func schema(ofReplyTo method: String, command: String) -> JSON? {
    guard let output = interface.method(method)?.output,
      case .object(var members) = structure(output),
      case .object(var properties)? = members["properties"],
      case .array(let required)? = members["required"]
    else { return nil }
    properties["schema"] = ["const": 1]
    members["properties"] = .object(properties)
    members["required"] = .array(required + ["schema"])
    members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    members["title"] = .string("renewalctl \(command) --json")
    members["$defs"] = .object(definitions(usedBy: output.map(\.type)))
    return .object(members)
  }

  /// The named types that are used, at any depth.
  private func definitions(usedBy types: [InterfaceType]) -> [String: JSON] {
    var definitions: [String: JSON] = [:]
    var rest = types
    while let type = rest.popLast() {
      switch type {
      case .bool, .int, .float, .string, .object, .enumeration: break
      case .array(let inner), .dictionary(let inner), .optional(let inner): rest.append(inner)
      case .structure(let fields): rest += fields.map(\.type)
      case .named(let name):
        guard definitions[name] == nil, let type = interface.type(name) else { break }
        definitions[name] = name == "Money" ? ScriptSchema.money : schema(type)
        if name != "Money" { rest.append(type) }
      }
    }
    return definitions
  }

  private static let money: JSON = [
    "type": "object",
    "properties": [
      "amount": ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"],
      "currency": ["type": "string", "pattern": "^[A-Z]{3}$"],
    ],
    "required": ["amount", "currency"],
  ]

  private func schema(_ type: InterfaceType) -> JSON {
    switch type {
    case .bool: ["type": "boolean"]
    case .int: ["type": "integer"]
    case .float: ["type": "number"]
    case .string: ["type": "string"]
    case .object: ["type": "object"]
    case .named(let name): ["$ref": .string("#/$defs/\(name)")]
    case .structure(let fields): structure(fields)
    // A newer daemon may have more words, so that they are no closed list.
    case .enumeration(let words): ["type": "string", "examples": .array(words.map(JSON.string))]
    case .array(let element): ["type": "array", "items": schema(element)]
    case .dictionary(let value): ["type": "object", "additionalProperties": schema(value)]
    // Absent where it has no value, never null.
    case .optional(let type): schema(type)
    }
  }

  private func structure(_ fields: [InterfaceDescription.Field]) -> JSON {
    var properties: [String: JSON] = [:]
    var required: [JSON] = []
    for field in fields {
      var schema = schema(field.type)
      if !field.documentation.isEmpty, case .object(var members) = schema {
        members["description"] = .string(field.documentation.joined(separator: " "))
        schema = .object(members)
      }
      properties[field.name] = schema
      if case .optional = field.type { continue }
      required.append(.string(field.name))
    }
    return ["type": "object", "properties": .object(properties), "required": .array(required)]
  }
}
