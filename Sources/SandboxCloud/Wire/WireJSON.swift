import FoundationEssentials

/// A JSON value, as bodies and nested parameters carry it.
package enum WireJSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([WireJSON])
  case object([String: WireJSON])

  /// `nil` for bytes that are not one whole JSON value.
  package init?(bytes: some Sequence<UInt8>) {
    guard let value = try? JSONDecoder().decode(WireJSON.self, from: Data(bytes)) else {
      return nil
    }
    self = value
  }

  /// Compact, members in alphabetical order, so that equal values have equal bytes.
  package var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only a number that is not finite fails to encode, and none is ever built.
    return (try? encoder.encode(self)).map(Array.init) ?? Array("null".utf8)
  }

  package subscript(name: String) -> WireJSON? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[name]
    }
    set {
      guard case .object(var members) = self else { return }
      members[name] = newValue
      self = .object(members)
    }
  }

  package var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// A whole number, also one that arrives as text.
  package var integer: Int? {
    switch self {
    case .integer(let value): value
    case .string(let text): Int(text)
    default: nil
    }
  }

  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  package var elements: [WireJSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  package var members: [String: WireJSON]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// An object without the members that have no value.
  static func present(_ members: [String: WireJSON?]) -> WireJSON {
    .object(members.compactMapValues { $0 })
  }
}

extension WireJSON: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([WireJSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: WireJSON].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension WireJSON: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: WireJSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, WireJSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
}
