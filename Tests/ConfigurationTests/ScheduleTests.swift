import Configuration
import Foundation
import RenewalCore
import Testing

@Suite struct `The schedule` {
  private func load(_ text: String) throws -> DaemonConfiguration {
    let account = """
      [[account]]
      name = "main"
      region = "cn-shanghai"
      billing = true

      """
    return try DaemonConfiguration(
      sources: [ConfigurationSource(file: "renewald.toml", text: account + text)])
  }

  @Test(arguments: [
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Havana", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin", "America/Sao_Paulo",
  ])
  func `reads a zone of the system as another reader of the same files does`(
    _ name: String
  ) throws {
    let zone = try load("[schedule]\ntime_zone = \"\(name)\"").policy.zone
    let other = try #require(TimeZone(identifier: name))
    #expect(zone.name == name)
    // Every 1,000,003 seconds from 1970 to 2037; beyond it rules are spelt
    // out by one reader and looked up by the other.
    for seconds in stride(from: Int64(0), to: 2_145_000_000, by: 1_000_003) {
      let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
      guard zone.offset(at: Instant(seconds)) != .seconds(Int64(expected)) else { continue }
      Issue.record("\(name) at \(Instant(seconds)): \(zone.offset(at: Instant(seconds)))")
      return
    }
  }

  @Test func `knows set clocks long after the last that the file lists`() throws {
    let berlin = try load("[schedule]\ntime_zone = \"Europe/Berlin\"").policy.zone
    // The last Sundays of March and October 2150 are the 29th and the 25th.
    let spring = try #require(Instant(year: 2150, month: 3, day: 29, hour: 1))
    let autumn = try #require(Instant(year: 2150, month: 10, day: 25, hour: 1))
    #expect(berlin.offset(at: spring - .seconds(1)) == .hours(1))
    #expect(berlin.offset(at: spring) == .hours(2))
    #expect(berlin.offset(at: autumn - .seconds(1)) == .hours(2))
    #expect(berlin.offset(at: autumn) == .hours(1))
  }

  @Test func `is what defaults and rules start from`() throws {
    let policy = try load(
      """
      [schedule]
      time_zone = "Europe/Berlin"
      windows = ["Mon-Fri 09:00-18:00", "Sat,Sun 22:00-02:00"]
      blackouts = "2026-12-24 00:00/2027-01-01 24:00"
      spread = "6h"
      [defaults]
      period = "1 Year"
      maximum_price = "unlimited"
      currency = "CNY"
      lead_time = "14d"
      notice = "2d"
      approve_over = "5000.00 CNY"
      [[rule]]
      name = "night"
      match = { name = "night-*" }
      action = "approve"
      approval = "unpaid-order"
      windows = "00:00-24:00"
      blackouts = ["2026-06-01 00:00/2026-06-02 00:00"]
      spread = "0s"
      maximum_drift = "2.5%"
      [[rule]]
      name = "all"
      match = { name = "*" }
      action = "renew"
      notice = "0s"
      [[budget]]
      name = "month"
      per = "month"
      limit = "20000.00 CNY"
      rule = ["night"]
      [[budget]]
      name = "rolling"
      per = "30d"
      account = "main"
      limit = "unlimited"
      [fuses]
      groups_per_sweep = 20
      share_per_sweep = "12.5%"
      money_per_sweep = ["100.00 CNY", "10.00 USD"]
      storm_margin = "unlimited"
      calls_at_once = 1
      """
    ).policy
    let night = policy.rules[0]
    #expect(night.hours.windows.count == 7)
    #expect(night.hours.blackouts.count == 2)
    #expect(night.hours.blackouts[0].from == Instant(year: 2026, month: 12, day: 23, hour: 23))
    #expect(night.hours.blackouts[0].until == Instant(year: 2027, month: 1, day: 1, hour: 23))
    #expect(night.spread == .zero)
    #expect(night.notice == .days(2))
    #expect(!night.autoPay)
    #expect(night.currency == .cny)
    #expect(night.maximumDrift == Percentage(hundredths: 250))
    let all = policy.rules[1]
    #expect(all.hours.windows.count == 5 + 4)
    #expect(all.hours.windows.contains(WeeklyHours(weekday: 0, start: 0, end: 7200)))
    #expect(all.notice == .zero)
    #expect(all.spread == .hours(6))
    #expect(all.needsApproval(of: Money(minorUnits: 500_001, currency: .cny)))
    #expect(!all.needsApproval(of: Money(minorUnits: 500_000, currency: .cny)))
    #expect(
      policy.budgets == [
        Budget(
          name: "month", per: .month, rules: ["night"],
          limit: Money(minorUnits: 2_000_000, currency: .cny)),
        Budget(name: "rolling", per: .rolling(.days(30)), accounts: ["main"], limit: nil),
      ])
    #expect(
      policy.fuses
        == FuseLimits(
          groupsPerSweep: 20, sharePerSweep: Percentage(hundredths: 1250),
          moneyPerSweep: [
            Money(minorUnits: 10_000, currency: .cny), Money(minorUnits: 1_000, currency: .usd),
          ],
          stormMargin: nil, callsAtOnce: 1))
  }
}
