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
    case .text(let value): "'\(value.onOneLine)'"
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    case .list([]): "an empty list"
    case .list(let values) where values.count <= 8 && values.allSatisfy(\.isPlain):
      "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .list(let values): "a list of \(values.count)"
    case .table: "a table"
    case .other(let kind): kind
    }
  }

  private var isPlain: Bool {
    switch self {
    case .text, .integer, .boolean: true
    case .list, .table, .other: false
    }
  }
}

extension String {
  /// With its control characters as a program would write them.
  fileprivate var onOneLine: String {
    unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control
        ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
  }
}
