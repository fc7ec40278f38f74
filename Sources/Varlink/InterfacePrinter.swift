extension InterfaceDescription: CustomStringConvertible {
  /// The text form, which parses to an equal value: documentation above what
  /// it describes, a struct over several lines where one of 80 columns is too
  /// short or a field is documented.
  package var description: String {
    var text = comments(documentation, indent: "") + "interface \(name)\n"
    for member in members {
      text += "\n" + comments(member.documentation, indent: "")
      switch member.kind {
      case .type(let type): text += laidOut(after: "type \(member.name) ", type)
      case .error(let fields):
        text += laidOut(after: "error \(member.name) ", .structure(fields))
      case .method(let input, let output):
        let head = "method \(member.name)"
        let call = laidOut(after: head, .structure(input))
        // The reply opens on the line where the parameters close.
        let isOneLine = !call.contains("\n")
        text += call
        text += laidOut(after: " -> ", .structure(output), column: isOneLine ? call.count : 1)
      }
      text += "\n"
    }
    return text
  }
}

private func comments(_ lines: [String], indent: String) -> String {
  lines.map { indent + ($0.isEmpty ? "#" : "# \($0)") + "\n" }.joined()
}

private func inline(_ fields: [InterfaceDescription.Field]) -> String {
  "(" + fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ")"
}

/// The head and a struct or enum, on one line if that fits behind the column.
private func laidOut(after head: String, _ type: InterfaceType, column: Int = 0) -> String {
  let oneLine = head + type.description
  let fits = column + oneLine.count <= 80
  switch type {
  case .structure(let fields) where !fields.isEmpty:
    if fits, fields.allSatisfy(\.documentation.isEmpty) { return oneLine }
    let lines = fields.map { comments($0.documentation, indent: "  ") + "  \($0.name): \($0.type)" }
    return head + "(\n" + lines.joined(separator: ",\n") + "\n)"
  case .enumeration(let words) where !fits:
    return head + "(\n" + words.map { "  \($0)" }.joined(separator: ",\n") + "\n)"
  default:
    return oneLine
  }
}

extension InterfaceType: CustomStringConvertible {
  package var description: String {
    switch self {
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .string: "string"
    case .object: "object"
    case .named(let name): name
    case .structure(let fields): inline(fields)
    case .enumeration(let words): "(\(words.joined(separator: ", ")))"
    case .array(let type): "[]\(type)"
    case .dictionary(let type): "[string]\(type)"
    case .optional(let type): "?\(type)"
    }
  }
}
