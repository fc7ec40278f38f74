/// A Varlink interface: the types, methods and errors that its text declares.
///
/// The text is the source. A server answers it as it is, checks every call
/// against it, and hands only calls that fit to its handler.
package struct InterfaceDescription: Hashable, Sendable {
  package var name: String
  /// The comment lines above `interface`, without their `#`.
  package var documentation: [String]
  package var members: [Member]

  package struct Member: Hashable, Sendable {
    package var name: String
    package var documentation: [String]
    package var kind: Kind

    package enum Kind: Hashable, Sendable {
      case type(InterfaceType)
      case method(input: [Field], output: [Field])
      case error([Field])
    }
  }

  package struct Field: Hashable, Sendable {
    package var name: String
    package var documentation: [String]
    package var type: InterfaceType
  }

  /// `nil` if the interface declares no such method.
  package func method(_ name: String) -> (input: [Field], output: [Field])? {
    for member in members where member.name == name {
      if case .method(let input, let output) = member.kind { return (input, output) }
    }
    return nil
  }

  /// `nil` if the interface declares no such error.
  package func error(_ name: String) -> [Field]? {
    for member in members where member.name == name {
      if case .error(let fields) = member.kind { return fields }
    }
    return nil
  }

  /// `nil` if the interface declares no such type.
  package func type(_ name: String) -> InterfaceType? {
    for member in members where member.name == name {
      if case .type(let type) = member.kind { return type }
    }
    return nil
  }
}

package indirect enum InterfaceType: Hashable, Sendable {
  case bool
  /// 64 bits, signed.
  case int
  case float
  case string
  /// Any JSON object.
  case object
  case named(String)
  case structure([InterfaceDescription.Field])
  case enumeration([String])
  case array(InterfaceType)
  /// An object with names of the caller's choice. A set is one of empty structs.
  case dictionary(InterfaceType)
  /// May be `null` or absent.
  case optional(InterfaceType)
}
