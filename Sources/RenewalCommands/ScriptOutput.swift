import ControlProtocol
import RenewalCore
import Varlink

/// Answers for scripts.
package enum ScriptOutput {
  /// The answer as JSON: `schema` 1, to which fields may be added but never
  /// changed; instants in RFC 3339 UTC; money as a decimal string with its
  /// currency, since few readers of JSON keep large numbers exact.
  package static func json(_ reply: some Encodable) throws -> String {
    var value = withDecimalMoney(try JSON(encoding: reply))
    if case .object(var members) = value {
      members["schema"] = 1
      value = .object(members)
    }
    return value.indentedText + "\n"
  }

  /// One of many answers, each on a line of its own, in the same form.
  package static func jsonLine(_ element: some Encodable) throws -> String {
    withDecimalMoney(try JSON(encoding: element)).text + "\n"
  }

  private static func withDecimalMoney(_ value: JSON) -> JSON {
    switch value {
    case .object(let members):
      if members.count == 2, let money = try? value.decode(Money.self) {
        return ["amount": .string(money.decimalText), "currency": .string(money.currency.code)]
      }
      return .object(members.mapValues(withDecimalMoney))
    case .array(let elements):
      return .array(elements.map(withDecimalMoney))
    default:
      return value
    }
  }

  /// One record: its fields between tabs, `-` for one that is empty.
  package static func record(_ fields: [String?]) -> String {
    fields.map { field in
      let text = printable(field ?? "")
      return text.isEmpty ? "-" : text
    }.joined(separator: "\t") + "\n"
  }
}
