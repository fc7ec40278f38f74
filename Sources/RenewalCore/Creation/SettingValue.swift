/// A value of a group that is to be created: first as it stands in the
/// operator's file, then, checked, as it travels.
package indirect enum SettingValue: Hashable, Sendable {
  case text(String)
  case integer(Int)
  case boolean(Bool)
  case list([SettingValue])
  case table([String: SettingValue])
  /// A kind that no setting has, by its name: `a number with a fraction`.
  case other(String)

  package subscript(name: String) -> SettingValue? {
    if case .table(let members) = self { members[name] } else { nil }
  }

  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  package var elements: [SettingValue] { if case .list(let values) = self { values } else { [] } }
}

extension SettingValue: CustomStringConvertible {
  /// For a problem's report: the value itself, or what kind of thing it is.
  package var description: String {
    switch self {
    case .text(let value): "'\(value)'"
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    case .list(let values): values.isEmpty ? "an empty list" : "a list"
    case .table: "a table"
    case .other(let kind): kind
    }
  }
}
