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

    private func counts(_ terms: Set<SandboxProcess.Term>) -> [SandboxProcess.Term: Int] {
      Dictionary(uniqueKeysWithValues: terms.map { ($0, 1) })
    }
  }
}
