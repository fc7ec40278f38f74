import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `Whose the keys are` {
  /// Two accounts past their holds, each with a group that is not due yet.
  private func harness() throws -> EngineHarness {
    let harness = try EngineHarness(accounts: ["main", "other"])
    harness.cloud["aig-1"]?.expiry = harness.server + .days(60)
    harness.answerAll()
    harness.advance(harness.parameters.quarantine + .seconds(1))
    harness.tell(.woke)
    harness.answerAll()
    return harness
  }

  private func doubt(_ harness: EngineHarness, in account: AccountName) -> String? {
    harness.engine.standingAlerts.first {
      $0.kind == .accountChanged && $0.account == account
    }?.reason
  }

  private func pays(_ harness: EngineHarness, in account: AccountName) throws -> Bool {
    let state = try #require(harness.engine.accounts[account])
    return harness.engine.gate(of: state).checks.allSatisfy(\.passed)
  }

  @Test func `another account's key stops its account alone, until it is mended`() throws {
    let harness = try harness()
    harness.tell(.identified("main", ["1"]))
    harness.tell(.identified("other", ["2"]))
    #expect(try pays(harness, in: "main") && pays(harness, in: "other"))
    try harness.restart()
    harness.answerAll()
    harness.tell(.identified("main", ["3"]))
    #expect(
      doubt(harness, in: "main")
        == "the keys belong to account 3, and the ledger is about 1")
    #expect(try !pays(harness, in: "main") && pays(harness, in: "other"))
    harness.tell(.identified("main", ["1"]))
    #expect(try doubt(harness, in: "main") == nil && pays(harness, in: "main"))
  }

  @Test func `an operator's word takes the other account over`() throws {
    let harness = try harness()
    harness.tell(.identified("main", ["1"]))
    harness.tell(.identified("main", ["3"]))
    let alert = try #require(harness.engine.standingAlerts.first { $0.kind == .accountChanged })
    try harness.operate(.acknowledge(alert.id))
    #expect(try pays(harness, in: "main"))
    harness.tell(.identified("main", ["3"]))
    #expect(doubt(harness, in: "main") == nil)
    harness.tell(.identified("main", ["1"]))
    #expect(doubt(harness, in: "main") != nil)
  }

  @Test func `keys of two accounts are never right, and silence says nothing`() throws {
    let harness = try harness()
    harness.tell(.identified("main", ["1", "2"]))
    #expect(doubt(harness, in: "main") == "the keys belong to the accounts 1 and 2")
    harness.tell(.identified("main", []))
    #expect(doubt(harness, in: "main") != nil)
    harness.tell(.identified("main", ["2"]))
    #expect(doubt(harness, in: "main") == nil)
  }

  @Test func `what is known already is not written again`() throws {
    let harness = try harness()
    harness.tell(.identified("main", ["1"]))
    let commits = harness.engine.store.commits
    harness.tell(.identified("main", ["1"]))
    #expect(harness.engine.store.commits == commits)
  }
}
