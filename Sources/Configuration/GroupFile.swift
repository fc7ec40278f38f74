import RenewalCore

/// A file that describes one group to be created, with the place of each setting.
package struct GroupFile {
  /// For `GroupCreation(checking:today:capacities:)`.
  package let settings: [String: SettingValue]
  private let root: TOMLNode

  /// - Throws: `ConfigurationError` where the text is no TOML.
  package init(parsing source: ConfigurationSource) throws(ConfigurationError) {
    root = try TOMLNode(parsing: source)
    if case .table(let settings) = SettingValue(root) {
      self.settings = settings
    } else {
      settings = [:]
    }
  }

  /// The same problems, each with its line and column, in their order.
  ///
  /// What is missing is reported where it would have to stand.
  package func located(_ problems: CreationProblems) -> ConfigurationError {
    ConfigurationError(
      problems: problems.list
        .map { ConfigurationProblem(position: position(of: $0.path), message: "\($0)") }
        .sorted { ($0.position.place ?? .start) < ($1.position.place ?? .start) })
  }

  /// Of the setting itself, or of the innermost table or list around it that is there.
  private func position(of path: String) -> SourcePosition {
    var node = root
    var position = SourcePosition(file: root.position.file)
    for step in path.split(whereSeparator: { $0 == "." || $0 == "[" || $0 == "]" }) {
      switch node.value {
      case .table(let entries):
        guard let entry = entries[String(step)] else { return position }
        (node, position) = (entry.node, entry.keyPosition)
      case .array(let nodes):
        guard let index = Int(step), nodes.indices.contains(index) else { return position }
        (node, position) = (nodes[index], nodes[index].position)
      default: return position
      }
    }
    return position
  }
}

extension SourcePosition.Place {
  fileprivate static let start = SourcePosition.Place(line: 0, column: 0)
}

extension SettingValue {
  fileprivate init(_ node: TOMLNode) {
    switch node.value {
    case .table(let entries): self = .table(entries.mapValues { SettingValue($0.node) })
    case .array(let nodes): self = .list(nodes.map { SettingValue($0) })
    case .string(let text): self = .text(text)
    case .integer(let number): self = .integer(Int(number))
    case .boolean(let flag): self = .boolean(flag)
    case .float: self = .other("a number with a fraction")
    case .dateOrTime: self = .other("a date or time without quotes")
    }
  }
}
