import Testing

@testable import Varlink

@Suite struct `JSON values` {
  @Test(
    arguments: [
      ("null", .null), (" true ", true), ("-0", 0), ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .real(9223372036854775808)), ("1.0", .real(1)), ("1e2", .real(100)),
      ("-1e999", .real(-.greatestFiniteMagnitude)),
      (#""\u00e9\ud83d\ude00\/\b""#, "é😀/\u{8}"), ("[]", []), ("[1,[2]]", [1, [2]]),
      (#"{"a":{"b":null}}"#, ["a": ["b": nil]]),
    ] as [(String, JSON)])
  func `a text has one meaning`(text: String, value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
    #expect(try JSON(parsing: value.text) == value)
    #expect(try JSON(parsing: value.indentedText) == value)
  }

  @Test(arguments: [
    "", "nul", "+1", "1.", ".5", "01", "1e", "--1", "NaN", "\"", #""\x""#, #""\u12""#,
    #""\udc00""#, #""\ud800x""#, "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{1:2}", "{a:1}",
    "/**/1", "1 1", "\u{FEFF}1", #"{"a":1,"a":2}"#,
  ])
  func `anything else is an error`(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func `no bytes can trap the reader`() {
    var random = SeededGenerator(seed: 20_260_310)
    let alphabet = Array("{}[]\",:\\u0019eE+-.tfn \u{0}\u{7F}é".utf8)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0..<40, using: &random)
      let bytes = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      guard let value = try? JSON(parsing: bytes) else { continue }
      #expect((try? JSON(parsing: value.text)) == value)
    }
  }

  @Test func `values pass through types and back`() throws {
    struct Pair: Codable, Equatable {
      var name: String
      var count: Int64?
    }
    let pair = Pair(name: "a/b", count: .max)
    #expect(try JSON(encoding: pair) == ["name": "a/b", "count": .integer(.max)])
    #expect(try JSON(encoding: pair).decode(Pair.self) == pair)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
