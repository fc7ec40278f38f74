import Foundation
import RenewalCore
import Testing

@testable import RenewalDaemon

/// Rules, dashboard and runbook speak of what exists, and of each other.
@Suite struct `The files for monitoring` {
  private func file(_ name: String) throws -> String {
    let top = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    return try String(contentsOfFile: "\(top)/config/prometheus/\(name)", encoding: .utf8)
  }

  @Test(arguments: ["renewald.rules.yml", "dashboard.json"])
  func `name only metrics that there are`(name: String) throws {
    let known = Set(
      Metric.allCases.flatMap { metric in
        metric.family.kind == .histogram
          ? ["_bucket", "_sum", "_count"].map { metric.rawValue + $0 } : [metric.rawValue]
      })
    let named = Set(try file(name).matches(of: #/renewald_[a-z_]+/#).map { String($0.output) })
    #expect(named.count >= 15)
    #expect(named.subtracting(known) == [])
  }

  @Test func `name only alerts and checks that there are`() throws {
    let text = try file("renewald.rules.yml")
    let alerts = text.matches(of: #/alert="([A-Z_]+)"/#).map { String($0.1) }
    #expect(alerts.count >= 3)
    let known = Set(AlertKind.allCases.map(\.rawValue))
    #expect(Set(alerts).subtracting(known) == [])
    for checks in text.matches(of: #/check[!=~]+"([A-Za-z|]+)"/#) {
      let known = Set(PolicyCheck.allCases.map(\.name))
      #expect(Set(checks.1.split(separator: "|").map(String.init)).subtracting(known) == [])
    }
  }

  @Test func `have a section in the runbook for each alert, and an alert for each section`() throws
  {
    let rules = try file("renewald.rules.yml")
    let alerts = Set(rules.matches(of: #/- alert: (\w+)/#).map { String($0.1) })
    let sections = Set(try file("runbook.md").matches(of: #/(?m)^## (\w+)$/#).map { String($0.1) })
    #expect(alerts.count >= 20)
    #expect(alerts == sections)
    for alert in alerts { #expect(rules.contains("Runbook, \(alert).")) }
  }
}
