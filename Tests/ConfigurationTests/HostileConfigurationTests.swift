import Configuration
import Testing

/// The generator of Numerical Recipes: the same bytes in every run.
private struct Generator: RandomNumberGenerator {
  var state: UInt64 = 7

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 33)
  }
}

@Suite struct `A hostile file` {
  /// Loads it, and fails only where the problems have no place or none is named.
  private func load(_ bytes: [UInt8]) {
    do {
      _ = try DaemonConfiguration(sources: [.init(file: "f", bytes: bytes)])
    } catch {
      #expect(!error.problems.isEmpty)
      #expect(error.problems.allSatisfy { $0.position.place != nil && !$0.message.isEmpty })
    }
  }

  @Test func `is a configuration or a list of problems, whatever its bytes`() {
    let seed = Array(
      """
      mode = "pay"
      [[account]]
      name = "main"
      region = "cn-shanghai"
      payer_credential = "payer"
      [[rule]]
      name = "all"
      match = { name = ["a-*", "b"], tags = { k = "v" } }
      action = "renew"
      period = "1 Month"
      lead_time = "1d 60h"
      maximum_price = "5,000.00 CNY"
      [protocol]
      attempt_cap = 1
      """.utf8)
    var generator = Generator()
    for _ in 0..<3000 {
      var bytes = seed
      for _ in 0...Int.random(in: 0..<4, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[index] = .random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        default: bytes.insert(contentsOf: bytes[index...].prefix(9), at: index)
        }
      }
      load(bytes)
    }
  }

  @Test(arguments: ["[", "a=[", "{", "a={a=", "a.", "\"", "#", "9", "\u{0}", "\u{FEFF}"])
  func `cannot exhaust the reader by repetition`(_ text: String) {
    load(Array(repeating: Array(text.utf8), count: 20_000).flatMap { $0 })
  }

  @Test(arguments: [
    "[sweep]\ninterval = \"99999999999999999999d\"",
    "[sweep]\ninterval = \"9223372036854775807d 9223372036854775807d\"",
    "[protocol]\nattempt_cap = 9223372036854775807",
    "[protocol]\nrequest_life = \"0s\"",
    "[protocol]\nhuman_time = \"-1d\"",
    "[defaults]\nmaximum_price = \"99999999999999999999 CNY\"",
    "[defaults]\nlead_time = \"99999999999999999999%\"",
    "mode = 1e400",
    "mode = 2026-02-30",
  ])
  func `cannot overflow a number`(_ text: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try DaemonConfiguration(sources: [
        .init(file: "f", text: text + "\n[[account]]\nname = \"a\"\nregion = \"cn-shanghai\"\n")
      ])
    }
    #expect(error.problems.count == 1)
  }
}
