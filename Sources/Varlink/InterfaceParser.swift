/// Why a text is no interface description.
package struct InterfaceSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  package var problem: String
  /// From 1.
  package var line: Int

  package var description: String { "line \(line): \(problem)" }
}

extension InterfaceDescription {
  /// Reads the text form of the Varlink specification: `interface` first, then
  /// types, methods and errors in any order; every name once, every type known.
  package init(parsing text: String) throws(InterfaceSyntaxError) {
    var parser = InterfaceParser(text)
    self = try parser.interface()
  }
}

private struct InterfaceParser {
  private var tokens: [(text: String, line: Int, comments: [String])] = []
  private var position = 0
  private var depth = 0

  init(_ text: String) {
    var comments: [String] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      // A blank line parts a comment from what follows it.
      if line.allSatisfy(\.isWhitespace) { comments = [] }
      var rest = line.unicodeScalars[...]
      while let first = rest.first {
        if first == "#" {
          let comment = String(Substring(rest.dropFirst()))
          comments.append(comment.hasPrefix(" ") ? String(comment.dropFirst()) : comment)
          break
        }
        let length: Int
        if first.properties.isWhitespace {
          rest = rest.dropFirst()
          continue
        } else if isWord(first) {
          length = rest.prefix { isWord($0) || $0 == "-" || $0 == "." }.count
        } else if rest.starts(with: "->".unicodeScalars) || rest.starts(with: "[]".unicodeScalars) {
          length = 2
        } else {
          length = 1
        }
        tokens.append((String(Substring(rest.prefix(length))), index + 1, comments))
        comments = []
        rest = rest.dropFirst(length)
      }
    }
  }

  private func error(_ problem: String) -> InterfaceSyntaxError {
    let line = position < tokens.count ? tokens[position].line : tokens.last?.line ?? 1
    return InterfaceSyntaxError(problem: problem, line: line)
  }

  private var next: String? { position < tokens.count ? tokens[position].text : nil }
  private var comments: [String] { position < tokens.count ? tokens[position].comments : [] }

  private mutating func skip(_ text: String) -> Bool {
    guard next == text else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ text: String) throws(InterfaceSyntaxError) {
    guard skip(text) else { throw error("expected '\(text)', found '\(next ?? "the end")'") }
  }

  private mutating func name(
    _ kind: String, _ isValid: (String) -> Bool
  ) throws(InterfaceSyntaxError) -> String {
    guard let name = next, isValid(name) else {
      throw error("'\(next ?? "the end")' is no name of \(kind)")
    }
    position += 1
    return name
  }

  mutating func interface() throws(InterfaceSyntaxError) -> InterfaceDescription {
    let documentation = comments
    try expect("interface")
    let name = try self.name("an interface", isInterfaceName)
    var interface = InterfaceDescription(name: name, documentation: documentation, members: [])
    var names: Set<String> = []
    while next != nil {
      let member = try self.member()
      guard names.insert(member.name).inserted else {
        throw error("'\(member.name)' is declared twice")
      }
      interface.members.append(member)
    }
    for type in interface.members.flatMap(\.typesNamed) where interface.type(type) == nil {
      throw error("the type '\(type)' is not declared")
    }
    return interface
  }

  private mutating func member() throws(InterfaceSyntaxError) -> InterfaceDescription.Member {
    let documentation = comments
    let keyword = next
    guard skip("type") || skip("method") || skip("error") else {
      throw error("expected 'type', 'method' or 'error', found '\(next ?? "the end")'")
    }
    let name = try self.name("a member", isMemberName)
    let kind: InterfaceDescription.Member.Kind
    switch keyword {
    case "type": kind = .type(try composite())
    case "error": kind = .error(try fields())
    default:
      let input = try fields()
      try expect("->")
      kind = .method(input: input, output: try fields())
    }
    return InterfaceDescription.Member(name: name, documentation: documentation, kind: kind)
  }

  private mutating func fields() throws(InterfaceSyntaxError) -> [InterfaceDescription.Field] {
    guard case .structure(let fields) = try composite() else { throw error("expected a struct") }
    return fields
  }

  /// A struct or an enum: the first name's `:` tells them apart.
  private mutating func composite() throws(InterfaceSyntaxError) -> InterfaceType {
    try expect("(")
    if skip(")") { return .structure([]) }
    var fields: [InterfaceDescription.Field] = []
    var words: [String] = []
    var names: Set<String> = []
    repeat {
      let documentation = comments
      let name = try self.name("a field", isFieldName)
      guard names.insert(name).inserted else { throw error("'\(name)' is declared twice") }
      if skip(":") {
        fields.append(
          InterfaceDescription.Field(name: name, documentation: documentation, type: try type()))
      } else {
        words.append(name)
      }
    } while skip(",")
    try expect(")")
    guard fields.isEmpty || words.isEmpty else { throw error("a struct's field without a type") }
    return words.isEmpty ? .structure(fields) : .enumeration(words)
  }

  private mutating func type() throws(InterfaceSyntaxError) -> InterfaceType {
    guard depth < 32 else { throw error("types nested too deeply") }
    depth += 1
    defer { depth -= 1 }
    if skip("?") {
      guard next != "?" else { throw error("a type is optional once") }
      return .optional(try type())
    }
    if skip("[]") { return .array(try type()) }
    if skip("[") {
      try expect("string")
      try expect("]")
      return .dictionary(try type())
    }
    if next == "(" { return try composite() }
    if skip("bool") { return .bool }
    if skip("int") { return .int }
    if skip("float") { return .float }
    if skip("string") { return .string }
    if skip("object") { return .object }
    return .named(try name("a type", isMemberName))
  }
}

extension InterfaceDescription.Member {
  fileprivate var typesNamed: [String] {
    switch kind {
    case .type(let type): type.typesNamed
    case .method(let input, let output): (input + output).flatMap(\.type.typesNamed)
    case .error(let fields): fields.flatMap(\.type.typesNamed)
    }
  }
}

extension InterfaceType {
  fileprivate var typesNamed: [String] {
    switch self {
    case .bool, .int, .float, .string, .object, .enumeration: []
    case .named(let name): [name]
    case .structure(let fields): fields.flatMap(\.type.typesNamed)
    case .array(let type), .dictionary(let type), .optional(let type): type.typesNamed
    }
  }
}

private func isLetter(_ character: Unicode.Scalar) -> Bool {
  ("a"..."z").contains(character) || ("A"..."Z").contains(character)
}

private func isDigit(_ character: Unicode.Scalar) -> Bool { ("0"..."9").contains(character) }

private func isWord(_ character: Unicode.Scalar) -> Bool {
  isLetter(character) || isDigit(character) || character == "_"
}

/// `[A-Za-z]([-]*[A-Za-z0-9])*(\.[A-Za-z0-9]([-]*[A-Za-z0-9])*)+`
func isInterfaceName(_ name: String) -> Bool {
  let parts = name.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count >= 2, let first = name.unicodeScalars.first, isLetter(first) else {
    return false
  }
  return parts.allSatisfy { part in
    part.allSatisfy { isLetter($0) || isDigit($0) || $0 == "-" }
      && part.first.map { $0 != "-" } == true && part.last != "-"
  }
}

/// `[A-Z][A-Za-z0-9]*`
func isMemberName(_ name: String) -> Bool {
  name.unicodeScalars.first.map { ("A"..."Z").contains($0) } == true
    && name.unicodeScalars.allSatisfy { isLetter($0) || isDigit($0) }
}

/// `[A-Za-z](_?[A-Za-z0-9])*`
func isFieldName(_ name: String) -> Bool {
  name.unicodeScalars.first.map(isLetter) == true && !name.hasSuffix("_") && !name.contains("__")
    && name.unicodeScalars.allSatisfy(isWord)
}
