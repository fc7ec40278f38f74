extension InterfaceDescription: CustomStringConvertible {
  /// The text form, which parses to an equal value: documentation above what
  /// it describes, a struct over several lines where one of 80 columns is too
  /// short or a field is documented.
  package var description: String {
    var text = comments(documentation, indent: "") + "interface \(name)\n"
    for member in members {
      text += "\n" + comments(member.documentation, indent: "")
      switch member.kind {
      case .type(let type): text += laidOut("type \(member.name) ", type)
      case .error(let fields): text += laidOut("error \(member.name) ", .structure(fields))
      case .method(let input, let output):
        let oneLine = "method \(member.name)\(inline(input)) -> \(inline(output))"
        if oneLine.count <= 80, !(input + output).contains(where: { !$0.documentation.isEmpty }) {
          text += oneLine
        } else {
          text += laidOut("method \(member.name)", .structure(input))
          text += laidOut(" -> ", .structure(output))
        }
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

/// The head and a struct or enum, on one line if it fits.
private func laidOut(_ head: String, _ type: InterfaceType) -> String {
  let oneLine = head + type.description
  switch type {
  case .structure(let fields) where !fields.isEmpty:
    if oneLine.count <= 80, fields.allSatisfy(\.documentation.isEmpty) { return oneLine }
    let lines = fields.map { comments($0.documentation, indent: "  ") + "  \($0.name): \($0.type)" }
    return head + "(\n" + lines.joined(separator: ",\n") + "\n)"
  case .enumeration(let words) where oneLine.count > 80:
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
