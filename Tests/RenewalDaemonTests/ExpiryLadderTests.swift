import RenewalCore
import Testing

@testable import RenewalDaemon

@Suite struct `Alerts towards an expiry` {
  /// The distances at which the alert was told, in days.
  private func told(
    _ kind: AlertKind, ladder: ExpiryLadder = .standard, rule: RuleAction?
  ) throws -> [Int64] {
    let harness = try EngineHarness()
    var settings = harness.settings
    settings.policy.rules =
      rule.map { action in
        settings.policy.rules.map {
          var rule = $0
          rule.action = action
          return rule
        }
      } ?? []
    settings.policy.expiryLadder = ladder
    let expiry = harness.server + .days(40)
    harness.cloud["aig-1"]?.expiry = expiry
    harness.cloud["aig-1"]?.expiryText = expiry.description
    harness.tell(.reconfigured(settings))
    while harness.server < expiry - .hours(1) {
      harness.tell(.woke)
      harness.answerAll()
      harness.advance(.hours(1))
    }
    return harness.announced.map(\.entry).filter {
      $0.subject == kind.rawValue && [.alertRaised, .alertRepeated].contains($0.kind)
    }.map { (expiry - $0.at).seconds / 86_400 }
  }

  @Test(arguments: [
    (AlertKind.unmanagedExpiring, nil as RuleAction?), (.lapsing, .lapse),
  ])
  func `are told once at each step of the ladder`(kind: AlertKind, rule: RuleAction?) throws {
    #expect(try told(kind, rule: rule) == [30, 14, 7, 3, 1])
  }

  @Test func `follow the ladder that was configured`() throws {
    #expect(
      try told(.lapsing, ladder: ExpiryLadder([.days(2), .days(20)]), rule: .lapse) == [20, 2])
  }

  @Test func `are cleared with a message of their own once the expiry has moved`() throws {
    let harness = try EngineHarness()
    harness.settings.policy.rules = []
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    #expect(harness.engine.standingAlerts.map(\.kind) == [.unmanagedExpiring])
    harness.cloud["aig-1"]?.expiry = harness.server + .days(90)
    harness.cloud["aig-1"]?.expiryText = (harness.server + .days(90)).description
    harness.advance(.hours(1))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.engine.standingAlerts.isEmpty)
    #expect(harness.announced.last { $0.entry.kind == .alertCleared } != nil)
  }
}
