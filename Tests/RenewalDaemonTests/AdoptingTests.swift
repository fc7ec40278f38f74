import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `A ledger on another machine` {
  private func alert(of harness: EngineHarness) -> Alert? {
    harness.engine.standingAlerts.first { $0.kind == .machineChanged }
  }

  @Test func `pays nothing until it is adopted with a reason`() throws {
    let harness = try EngineHarness()
    harness.machine = "machine-2"
    try harness.restart()
    harness.passStartHold()
    for _ in 0..<5 {
      harness.answerAll()
      harness.advance(.minutes(11))
      harness.tell(.woke)
    }
    #expect(harness.renewals.isEmpty)
    let told = try #require(alert(of: harness))
    #expect(throws: OperatorRefusal.self) { try harness.operate(.acknowledge(told.id)) }
    try harness.operate(.acknowledge(told.id, note: "moved"))
    for _ in 0..<5 {
      harness.answerAll()
      harness.advance(.minutes(11))
      harness.tell(.woke)
    }
    #expect(harness.payments.count == 1)
    let row = try #require(
      harness.announced.last { $0.entry.kind == .alertAcknowledged }?.entry)
    #expect(row.actor == "test" && row.reason == "moved")
    try harness.restart()
    #expect(alert(of: harness) == nil)
  }

  @Test func `is no stranger where it was written`() throws {
    let harness = try EngineHarness()
    harness.machine = "machine-2"
    try harness.restart()
    #expect(alert(of: harness) != nil)
    harness.machine = "machine-1"
    try harness.restart()
    #expect(alert(of: harness) == nil)
  }
}
