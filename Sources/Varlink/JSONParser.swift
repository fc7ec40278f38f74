/// Why bytes are not the JSON that is accepted here.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package var problem: String
  /// Bytes before the place where it was noticed.
  package var offset: Int

  package var description: String { "\(problem) at byte \(offset)" }
}

extension JSON {
  /// Values inside values: deeper ones are refused, since each level costs stack.
  package static let depthLimit = 64

  /// Reads one value and nothing after it but white space.
  ///
  /// Stricter than most readers, for two parties must not understand one
  /// message differently: a repeated name, a lone surrogate or a byte that is
  /// not UTF-8 is an error.
  package init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
    var parser = JSONParser(bytes: ContiguousArray(bytes))
    self = try parser.document()
  }

  package init(parsing text: String) throws(JSONError) {
    try self.init(parsing: text.utf8)
  }
}

private struct JSONParser {
  let bytes: ContiguousArray<UInt8>
  var position = 0
  var depth = 0

  init(bytes: ContiguousArray<UInt8>) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSON {
    let value = try self.value()
    skipSpace()
    guard position == bytes.count else { throw error("more than one value") }
    return value
  }

  private func error(_ problem: String) -> JSONError {
    JSONError(problem: problem, offset: position)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let byte = next, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    guard depth < JSON.depthLimit else { throw error("values nested too deeply") }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONError) -> JSON {
    var members: [String: JSON] = [:]
    skipSpace()
    if skip("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("expected a name") }
      let name = try string()
      skipSpace()
      guard skip(":") else { throw error("expected ':'") }
      let value = try self.value()
      guard members.updateValue(value, forKey: name) == nil else {
        throw error("the name '\(name)' twice in one object")
      }
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw error("expected ',' or '}'") }
    return .object(members)
  }

  private mutating func array() throws(JSONError) -> JSON {
    var elements: [JSON] = []
    skipSpace()
    if skip("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw error("expected ',' or ']'") }
    return .array(elements)
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count,
      text.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) })
    else { throw error("expected a value") }
    position = end
    return value
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    _ = skip("-")
    if !skip("0") {
      guard skipDigits() else { throw error("expected a value") }
    }
    var isWhole = true
    if skip(".") {
      isWhole = false
      guard skipDigits() else { throw error("expected a digit") }
    }
    if skip("e") || skip("E") {
      isWhole = false
      if !skip("+") { _ = skip("-") }
      guard skipDigits() else { throw error("expected a digit") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .integer(integer) }
    // JSON bounds no number: whoever wanted a smaller one than the largest says so.
    let largest = Double.greatestFiniteMagnitude
    return .real(max(-largest, min(Double(text) ?? largest, largest)))
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var units: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw error("a string that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units.append(contentsOf: try escape().utf8)
      case 0..<0x20: throw error("a bare control character in a string")
      default: units.append(byte)
      }
    }
    throw error("a string without end")
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw error("a string without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), skip("\\"), skip("u") {
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      return scalar
    default: throw error("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      position += 1
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
