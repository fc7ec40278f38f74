/// A name and its value: of a query, a form or a header.
package struct Parameter: Hashable, Sendable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

extension [Parameter] {
  /// `a=1&b=2`, names and values percent-encoded, in the order given.
  package var urlEncoded: String {
    map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }.joined(separator: "&")
  }

  /// Ordered by the bytes of the names, as both signatures ask for. Swift's own
  /// order of `String` is by canonical equivalence and would differ.
  package var sortedByName: [Parameter] {
    sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

/// UTF-8 with everything but `A-Z a-z 0-9 - _ . ~` as `%XX` (API reference,
/// section 4.1). Blanks are `%20`, never `+`: the text that is signed and the
/// text that is sent are then the same.
package func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var encoded: [UInt8] = []
  encoded.reserveCapacity(text.utf8.count)
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "~"):
      encoded.append(byte)
    default:
      encoded.append(UInt8(ascii: "%"))
      encoded.append(digits[Int(byte >> 4)])
      encoded.append(digits[Int(byte & 15)])
    }
  }
  return String(decoding: encoded, as: UTF8.self)
}
