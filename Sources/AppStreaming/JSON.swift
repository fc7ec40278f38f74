/// A JSON text, read strictly and within limits, without a copy of its parts:
/// a flat list of tokens over the bytes that came.
///
/// Refused are bad UTF-8, a name that occurs twice in one object, anything
/// behind the value, more than 32 levels, and objects of more than 1,024
/// members. Two readers of such a text may see two different answers, and one
/// of them may be about money.
package final class JSONText: Sendable {
  package static let depthLimit = 32
  static let memberLimit = 1024

  fileprivate struct Token {
    enum Kind: UInt8 { case object, array, string, number, bool, null }
    var kind: Kind
    /// Of a string: whether it holds a backslash.
    var isEscaped = false
    /// The bytes of the value; of a string, without its quotes.
    var start: Int32
    var end: Int32
    /// The token behind this value and all that it contains.
    var next: Int32
  }

  fileprivate let bytes: [UInt8]
  fileprivate let tokens: [Token]

  /// `nil` for anything but one JSON value within the limits.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count < Int32.max, String(validating: bytes, as: UTF8.self) != nil else {
      return nil
    }
    let tokens = bytes.withUnsafeBufferPointer { buffer -> [Token]? in
      var parser = Parser(bytes: buffer)
      return parser.parseText() ? parser.tokens : nil
    }
    guard let tokens else { return nil }
    self.bytes = bytes
    self.tokens = tokens
  }

  package var root: JSONValue { JSONValue(text: self, index: 0) }
}

/// One value in a text.
package struct JSONValue: Sendable {
  fileprivate let text: JSONText
  fileprivate let index: Int

  private var token: JSONText.Token { text.tokens[index] }

  package var isObject: Bool { token.kind == .object }
  package var isArray: Bool { token.kind == .array }
  package var isNull: Bool { token.kind == .null }

  /// The member of that name; `nil` as well where this is no object, or the
  /// member is null.
  package subscript(name: String) -> JSONValue? {
    guard isObject else { return nil }
    var position = index + 1
    while position < Int(token.next) {
      let value = JSONValue(text: text, index: position + 1)
      if JSONValue(text: text, index: position).equals(name) { return value.isNull ? nil : value }
      position = Int(value.token.next)
    }
    return nil
  }

  /// The elements of an array; none where this is no array.
  package var elements: [JSONValue] {
    guard isArray else { return [] }
    var values: [JSONValue] = []
    var position = index + 1
    while position < Int(token.next) {
      values.append(JSONValue(text: text, index: position))
      position = Int(values[values.count - 1].token.next)
    }
    return values
  }

  /// A string, or a number as it was written: the cloud sends either for the
  /// same field.
  package var string: String? {
    switch token.kind {
    case .string:
      token.isEscaped
        ? unescaped(raw) : String(decoding: raw, as: UTF8.self)
    case .number: String(decoding: raw, as: UTF8.self)
    case .object, .array, .bool, .null: nil
    }
  }

  /// A whole number, or a string that is one.
  package var integer: Int? { string.flatMap { Int($0) } }

  /// A boolean, or its name in any case: the vendor's own client writes `True`.
  package var boolean: Bool? {
    switch token.kind {
    case .bool: raw.first == UInt8(ascii: "t")
    case .string:
      switch string?.lowercased() {
      case "true": true
      case "false": false
      default: nil
      }
    case .object, .array, .number, .null: nil
    }
  }

  private var raw: ArraySlice<UInt8> { text.bytes[Int(token.start)..<Int(token.end)] }

  private func equals(_ name: String) -> Bool {
    if token.isEscaped { return unescaped(raw) == name }
    // The lengths tell most names apart.
    return Int(token.end - token.start) == name.utf8.count && raw.elementsEqual(name.utf8)
  }
}

/// Recursive descent over the bytes; the depth is bounded, so the stack is too.
private struct Parser {
  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0
  var depth = 0
  var tokens: [JSONText.Token] = []

  init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    tokens.reserveCapacity(bytes.count / 12 + 1)
  }

  mutating func parseText() -> Bool {
    guard parseValue() else { return false }
    skipBlanks()
    return position == bytes.count
  }

  private mutating func parseValue() -> Bool {
    skipBlanks()
    guard position < bytes.count else { return false }
    switch bytes[position] {
    case UInt8(ascii: "{"): return parseObject()
    case UInt8(ascii: "["): return parseArray()
    case UInt8(ascii: "\""): return parseString()
    case UInt8(ascii: "t"): return parseWord("true", .bool)
    case UInt8(ascii: "f"): return parseWord("false", .bool)
    case UInt8(ascii: "n"): return parseWord("null", .null)
    default: return parseNumber()
    }
  }

  private mutating func parseObject() -> Bool {
    guard let index = open(.object) else { return false }
    var names: [Int] = []
    if !skip(UInt8(ascii: "}")) {
      repeat {
        skipBlanks()
        let name = tokens.count
        guard names.count < JSONText.memberLimit, position < bytes.count,
          bytes[position] == UInt8(ascii: "\""), parseString(),
          !names.contains(where: { isSameName($0, name) }), skip(UInt8(ascii: ":")), parseValue()
        else { return false }
        names.append(name)
      } while skip(UInt8(ascii: ","))
      guard skip(UInt8(ascii: "}")) else { return false }
    }
    close(index)
    return true
  }

  private mutating func parseArray() -> Bool {
    guard let index = open(.array) else { return false }
    if !skip(UInt8(ascii: "]")) {
      repeat {
        guard parseValue() else { return false }
      } while skip(UInt8(ascii: ","))
      guard skip(UInt8(ascii: "]")) else { return false }
    }
    close(index)
    return true
  }

  private mutating func open(_ kind: JSONText.Token.Kind) -> Int? {
    guard depth < JSONText.depthLimit else { return nil }
    depth += 1
    add(kind, start: position, end: position + 1)
    position += 1
    return tokens.count - 1
  }

  private mutating func close(_ index: Int) {
    depth -= 1
    tokens[index].end = Int32(position)
    tokens[index].next = Int32(tokens.count)
  }

  private mutating func add(
    _ kind: JSONText.Token.Kind, isEscaped: Bool = false, start: Int, end: Int
  ) {
    tokens.append(
      JSONText.Token(
        kind: kind, isEscaped: isEscaped, start: Int32(start), end: Int32(end),
        next: Int32(tokens.count + 1)))
  }

  private mutating func parseString() -> Bool {
    position += 1
    let start = position
    var isEscaped = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let slice = UnsafeBufferPointer(rebasing: bytes[start..<position])
        guard !isEscaped || unescaped(slice) != nil else { return false }
        add(.string, isEscaped: isEscaped, start: start, end: position)
        position += 1
        return true
      case UInt8(ascii: "\\"):
        isEscaped = true
        position += 2
      case 0..<32: return false
      default: position += 1
      }
    }
    return false
  }

  private mutating func parseWord(_ word: StaticString, _ kind: JSONText.Token.Kind) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count,
      word.withUTF8Buffer({ $0.elementsEqual(bytes[position..<end]) })
    else { return false }
    add(kind, start: position, end: end)
    position = end
    return true
  }

  private mutating func parseNumber() -> Bool {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let firstDigit = position
    guard takeDigits(), bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1
    else { return false }
    if take(UInt8(ascii: ".")) {
      guard takeDigits() else { return false }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
      guard takeDigits() else { return false }
    }
    add(.number, start: start, end: position)
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits() -> Bool {
    let start = position
    while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
    return position > start
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 32, 9, 10, 13: position += 1
      default: return
      }
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipBlanks()
    return take(byte)
  }

  private func isSameName(_ left: Int, _ right: Int) -> Bool {
    let left = tokens[left]
    let right = tokens[right]
    guard left.isEscaped || right.isEscaped else {
      return left.end - left.start == right.end - right.start
        && slice(left).elementsEqual(slice(right))
    }
    return unescaped(slice(left)) == unescaped(slice(right))
  }

  private func slice(_ token: JSONText.Token) -> Slice<UnsafeBufferPointer<UInt8>> {
    bytes[Int(token.start)..<Int(token.end)]
  }
}

/// `nil` for an escape that does not exist, half a surrogate pair included.
private func unescaped(_ bytes: some RandomAccessCollection<UInt8>) -> String? {
  var scalars = String.UnicodeScalarView()
  var plain: [UInt8] = []
  var rest = bytes[...]

  func hexUnit() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    let digits = String(decoding: rest.prefix(4), as: UTF8.self)
    rest = rest.dropFirst(4)
    guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
      return nil
    }
    return UInt32(digits, radix: 16)
  }

  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "\\") else {
      plain.append(byte)
      continue
    }
    scalars.append(contentsOf: String(decoding: plain, as: UTF8.self).unicodeScalars)
    plain = []
    switch rest.popFirst() {
    case UInt8(ascii: "\""): scalars.append("\"")
    case UInt8(ascii: "\\"): scalars.append("\\")
    case UInt8(ascii: "/"): scalars.append("/")
    case UInt8(ascii: "b"): scalars.append("\u{8}")
    case UInt8(ascii: "f"): scalars.append("\u{c}")
    case UInt8(ascii: "n"): scalars.append("\n")
    case UInt8(ascii: "r"): scalars.append("\r")
    case UInt8(ascii: "t"): scalars.append("\t")
    case UInt8(ascii: "u"):
      guard var unit = hexUnit() else { return nil }
      if (0xD800..<0xDC00).contains(unit) {
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
          let low = hexUnit(), (0xDC00..<0xE000).contains(low)
        else { return nil }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { return nil }
      scalars.append(scalar)
    default: return nil
    }
  }
  scalars.append(contentsOf: String(decoding: plain, as: UTF8.self).unicodeScalars)
  return String(scalars)
}
