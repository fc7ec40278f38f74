import Foundation
import Glibc
import Testing

extension `The real programs` {
  @Suite struct `Paying` {
    @Test func `every due group is renewed once, and its new expiry is seen`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      try #require(due.count == 4)
      let site = try Site(cloud)
      let daemon = try site.renewald()
      for _ in due { try daemon.line(" is settled") }

      #expect(try cloud.payments() == counts(due))
      let listed = try site.renewalctl("list", "--plain")
      #expect(listed.code == 0)
      for order in try cloud.orders() {
        let row = listed.text.split(separator: "\n").first { $0.contains(order.group) }
        #expect(row?.contains(try #require(order.expiryAfter)) == true)
      }
    }

    @Test(arguments: [
      ("the answer is dropped", #"{"kind": "cut", "effect": "done"}"#),
      ("the connection is reset", #"{"kind": "reset", "effect": "done"}"#),
      ("a 503 comes back", #"{"kind": "status", "effect": "done"}"#),
      ("an error code comes back", #"{"kind": "code", "effect": "done"}"#),
      ("the answer is half", #"{"kind": "short"}"#),
      ("the answer is too late", #"{"kind": "delay", "milliseconds": 4000}"#),
    ])
    func `an order that was charged is not paid again when`(_: String, fault: String) throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      try cloud.post(
        "/faults", #"{"operation": "RenewAppInstanceGroup", "count": 2, "# + fault.dropFirst())
      let daemon = try Site(cloud).renewald()
      for _ in 0..<2 { try daemon.line(" is unknown") }
      for _ in due { try daemon.line(" is settled", within: .seconds(40)) }
      #expect(try cloud.payments() == counts(due))
    }

    /// `RENEWALD_KILL_ROUNDS` and `RENEWALD_KILL_SEED` ask for more, and for others.
    @Test
    func `a daemon that is killed at any moment never pays twice, and at last all is renewed`()
      throws
    {
      let environment = ProcessInfo.processInfo.environment
      let rounds = environment["RENEWALD_KILL_ROUNDS"].flatMap { Int($0) } ?? 10
      let seed = environment["RENEWALD_KILL_SEED"].flatMap { UInt64($0) } ?? 1
      var random = SplitMix(state: seed)
      // A third of them is due: more than one for each round.
      let cloud = try SandboxProcess(groups: 6 * rounds)
      // A slow answer widens the moment in which money has moved and nobody knows.
      try cloud.post(
        "/faults",
        #"{"kind": "delay", "operation": "RenewAppInstanceGroup", "milliseconds": 60, "count": 0}"#)
      let due = try cloud.due()
      let site = try Site(cloud)
      var doubts = 0
      for round in 1...rounds {
        let daemon = try site.renewald()
        // At any moment; and every other time while a paid call is out, or soon after.
        if round.isMultiple(of: 2) { _ = try? daemon.line("paying ", within: .seconds(8)) }
        let moment = Int.random(in: 0...(round.isMultiple(of: 2) ? 80 : 500), using: &random)
        daemon.listen(.milliseconds(moment))
        daemon.signal(SIGKILL)
        #expect(try daemon.exit() == 128 + SIGKILL)
        doubts += daemon.lines.filter { $0.contains(" is unknown") }.count
        let twice = try cloud.payments().filter { $0.value > 1 }
        #expect(twice.isEmpty, "round \(round) of seed \(seed)")
      }
      #expect(doubts > 0, "no kill came between a payment and its answer")

      let daemon = try site.renewald()
      let deadline = Deadline(.seconds(60 + 2 * due.count))
      while try cloud.payments().count < due.count, !deadline.hasPassed {
        daemon.listen(.milliseconds(500))
      }
      #expect(try cloud.payments() == counts(due), "seed \(seed)")
    }

    private func counts(_ terms: Set<SandboxProcess.Term>) -> [SandboxProcess.Term: Int] {
      Dictionary(uniqueKeysWithValues: terms.map { ($0, 1) })
    }
  }
}

/// The same moments for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
