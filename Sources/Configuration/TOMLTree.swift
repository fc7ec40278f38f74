import CToml

/// A value as it stands in a file.
struct TOMLNode {
  var value: TOMLValue
  var position: SourcePosition
}

indirect enum TOMLValue {
  case table([String: TOMLEntry])
  case array([TOMLNode])
  case string(String)
  case integer(Int64)
  case float
  case boolean(Bool)
  case dateOrTime

  /// For "expected a duration, found a table".
  var kind: String {
    switch self {
    case .table: "a table"
    case .array: "a list"
    case .string: "a string"
    case .integer: "an integer"
    case .float: "a number with a fraction"
    case .boolean: "a boolean"
    case .dateOrTime: "a date or time"
    }
  }
}

struct TOMLEntry {
  var keyPosition: SourcePosition
  var node: TOMLNode
}

extension TOMLNode {
  /// - Throws: the one problem at which the parser stopped.
  init(parsing source: ConfigurationSource) throws(ConfigurationError) {
    let file = source.file
    func failure(_ message: String, _ place: ctoml_place? = nil) -> ConfigurationError {
      let position = SourcePosition(file: file, place: place.map { SourcePosition.Place($0) })
      return ConfigurationError(problems: [.init(position: position, message: message)])
    }
    let document = source.bytes.withUnsafeBytes { bytes in
      let base = bytes.assumingMemoryBound(to: CChar.self).baseAddress
      return base.map { ctoml_parse($0, bytes.count) } ?? ctoml_parse("", 0)
    }
    guard let document else { throw failure("memory ran out while this file was read") }
    defer { ctoml_free(document) }
    if let error = ctoml_error(document) {
      throw failure(String(cString: error), ctoml_error_place(document))
    }
    var count = 0
    let start = ctoml_nodes(document, &count)
    var list = UnsafeBufferPointer(start: start, count: count)[...]
    self.init(taking: &list, file: file)
  }

  /// Takes one value and all its members off the front of a depth-first list.
  private init(taking list: inout Slice<UnsafeBufferPointer<ctoml_node>>, file: String) {
    let node = list.removeFirst()
    switch node.kind {
    case CTOML_TABLE:
      var entries: [String: TOMLEntry] = [:]
      for _ in 0..<node.size {
        guard let member = list.first else { break }
        entries[String(member.key)] = TOMLEntry(
          keyPosition: SourcePosition(file: file, place: SourcePosition.Place(member.key_place)),
          node: TOMLNode(taking: &list, file: file))
      }
      value = .table(entries)
    case CTOML_ARRAY:
      value = .array((0..<node.size).map { _ in TOMLNode(taking: &list, file: file) })
    case CTOML_STRING: value = .string(String(node.text))
    case CTOML_INTEGER: value = .integer(node.integer)
    case CTOML_FLOAT: value = .float
    case CTOML_BOOLEAN: value = .boolean(node.boolean)
    default: value = .dateOrTime
    }
    position = SourcePosition(file: file, place: SourcePosition.Place(node.place))
  }

  /// Lays a later file over this one: tables key by key, lists of tables
  /// (`[[rule]]`) one after the other, any other value as the later file has it.
  func merging(_ later: TOMLNode, into problems: inout [ConfigurationProblem]) -> TOMLNode {
    switch (value, later.value) {
    case (.table(var entries), .table(let additions)):
      for (key, addition) in additions {
        if let present = entries[key] {
          entries[key]?.node = present.node.merging(addition.node, into: &problems)
        } else {
          entries[key] = addition
        }
      }
      return TOMLNode(value: .table(entries), position: position)
    case (.array(let first), .array(let second)) where (first + second).allSatisfy(\.isTable):
      return TOMLNode(value: .array(first + second), position: position)
    case _ where value.kind != later.value.kind:
      problems.append(
        .init(
          position: later.position,
          message: "this is \(later.value.kind) here and \(value.kind) at \(position)"))
      return self
    default: return later
    }
  }

  private var isTable: Bool {
    if case .table = value { true } else { false }
  }
}

extension String {
  fileprivate init(_ text: ctoml_text) {
    let start = UnsafeRawPointer(text.bytes)?.assumingMemoryBound(to: UInt8.self)
    self.init(decoding: UnsafeBufferPointer(start: start, count: text.count), as: UTF8.self)
  }
}

extension SourcePosition.Place {
  fileprivate init(_ place: ctoml_place) {
    self.init(line: Int(place.line), column: Int(place.column))
  }
}
