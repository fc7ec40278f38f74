import Foundation
import Testing

@testable import AppStreaming

@Suite struct `JSON` {
  @Test func `values are found by name and kind`() throws {
    let root = try #require(
      JSONText(
        Array(
          #"{"a":[1,"2",true,null,{"b":{}}],"text":"\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00","n":-1.5e+3,"t":"True"}"#
            .utf8))
    ).root
    let elements = try #require(root["a"]?.elements)
    #expect(elements.count == 5)
    #expect(elements[0].integer == 1 && elements[1].integer == 2 && elements[2].boolean == true)
    #expect(elements[3].isNull && elements[4]["b"]?.isObject == true)
    #expect(root["text"]?.string == "\"\\/\u{8}\u{c}\n\r\téé😀")
    #expect(root["n"]?.string == "-1.5e+3" && root["n"]?.integer == nil)
    #expect(root["t"]?.boolean == true)
    #expect(root["missing"] == nil && root["n"]?["x"] == nil && root["n"]?.elements.isEmpty == true)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "01", "+1",
    "1.",
    ".5", "1e", "-", "tru", "nul", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\t\"", "1 2",
    "NaN", "[1}", "{\"a\":1,\"a\":1}", "{\"\\u0061\":1,\"a\":1}", "'a'", "\u{FEFF}{}",
  ])
  func `what the standard does not know is refused`(text: String) {
    #expect(JSONText(Array(text.utf8)) == nil)
  }

  @Test func `depth and members have their limits`() {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(JSONText(nested(32)) != nil)
    #expect(JSONText(nested(33)) == nil)
    #expect(JSONText(nested(1_000_000)) == nil)
    func object(_ members: Int) -> [UInt8] {
      Array("{\((0..<members).map { "\"\($0)\":0" }.joined(separator: ","))}".utf8)
    }
    #expect(JSONText(object(1024)) != nil)
    #expect(JSONText(object(1025)) == nil)
  }

  /// Bytes are changed at random from a fixed seed; whatever is still taken,
  /// an independent reader has to take as well.
  @Test func `nothing is taken that another reader refuses, and nothing traps`() {
    let origin = Array(
      #"{"RequestId":"R\u00e9","AppInstanceGroupModels":[{"Id":"aig-1","N":[1,-2.5e3,true,null]}],"é":"\\"}"#
        .utf8)
    let alphabet = Array("{}[]\",:\\u0e-1.\u{80}tn ".utf8)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var taken = 0
    for _ in 0..<5_000 {
      var bytes = origin
      for _ in 0...random(3) {
        switch random(3) {
        case 0: bytes[random(bytes.count)] = alphabet[random(alphabet.count)]
        case 1: bytes.remove(at: random(bytes.count))
        default: bytes.insert(alphabet[random(alphabet.count)], at: random(bytes.count))
        }
      }
      guard let root = JSONText(bytes)?.root else { continue }
      taken += 1
      _ = root["AppInstanceGroupModels"]?.elements.first?["N"]?.elements.map(\.string)
      let other = try? JSONSerialization.jsonObject(
        with: Data(bytes), options: .fragmentsAllowed)
      #expect(other != nil, "\(String(decoding: bytes, as: UTF8.self))")
    }
    #expect(taken > 50)
  }
}
