import Configuration
import ControlProtocol
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

private let price = Money(minorUnits: 89_900, currency: .cny)

@Suite struct `Looking ahead` {
  let daemon: SteeredDaemon
  /// The sample's now is 2027-01-15T08:00:00Z; `aig-1` was renewed once, so that its price
  /// is known, `aig-2` never.
  let expiry = Sample.now + .days(5 + 31)

  init() throws {
    daemon = try SteeredDaemon()
    daemon.change { [expiry] in $0.groups[0].expiry = expiry }
    daemon.advance(by: .minutes(2))
  }

  private func file(_ rule: String) -> [ConfigurationText] {
    [
      ConfigurationText(
        file: "new.toml",
        text: """
          [[account]]
          name = "main"
          region = "cn-shanghai"
          [defaults]
          period = "1 Month"
          lead_time = "7d"
          [[rule]]
          name = "all"
          match = { name = "*" }
          action = "renew"
          \(rule)

          """)
    ]
  }

  @Test func `the plan has every renewal until its end, at the price that is known`() throws {
    let until = Sample.now + .days(92)
    let plan = try daemon.call(
      PlanCall(until: until.timestamp), on: ControlInterface.readersSocket)
    let first = try #require(plan.entries.first)
    #expect(first.group == "aig-1" && first.step == .renew && first.price == price)
    #expect(first.at.instant == expiry - .days(7))
    #expect(first.expectedExpiry?.instant == BillingPeriod.oneMonth.forecast(from: expiry))
    #expect(first.priceSeenAt != nil)
    #expect(plan.entries.map(\.group) == ["aig-1", "aig-2", "aig-1", "aig-2", "aig-1"])
    #expect(plan.totals == [Money(minorUnits: 3 * 89_900, currency: .cny)])
    #expect(plan.unpriced == 2 && plan.renewals == 5)
  }

  @Test func `the plan comes in pages that begin where the last one ended`() throws {
    var call = PlanCall(until: (Sample.now + .days(92)).timestamp)
    let whole = try daemon.call(call).entries
    var pieces: [PlanEntry] = []
    call.limit = 2
    for _ in 0..<3 {
      let page = try daemon.call(call)
      #expect(page.renewals == 5)
      pieces += page.entries
      call.after = page.next
    }
    #expect(pieces == whole && call.after == nil)
    call = PlanCall(until: call.until, nextOnly: true)
    #expect(try daemon.call(call).entries.map(\.group) == ["aig-1", "aig-2"])
    call.after = "later"
    #expect(try daemon.refusal(of: call)?.parameters["parameter"] == .string("after"))
  }

  @Test func `a rule has hours where something is closed, not where a zone is named`() {
    var rule = RenewalRule(name: "all", action: .renew, period: .oneMonth, leadTime: .days(7))
    rule.hours.zone = NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8))
    #expect(!RuleReport(rule).hasHours)
    rule.hours.blackouts = [Blackout(from: Sample.now, until: Sample.now + .days(1))]
    #expect(RuleReport(rule).hasHours)
  }

  @Test func `what keeps a due group from being paid for is in the plan, once`() throws {
    let held = try SteeredDaemon(mode: .observe)
    let plan = try held.call(PlanCall(until: (Sample.now + .days(80)).timestamp))
    let first = try #require(plan.entries.first)
    #expect(first.group == "aig-1" && first.step == .hold)
    #expect(first.reason.contains("mode"))
    #expect(plan.entries.count { $0.group == "aig-1" } == 1)
    #expect(plan.totals == [])
  }

  /// Held groups would be missing from what is paid this month.
  @Test func `what waits for the end of the hold after a start is paid for after it`() throws {
    let held = try SteeredDaemon(startsHeld: true)
    let plan = try held.call(PlanCall(until: (Sample.now + .days(20)).timestamp))
    let first = try #require(plan.entries.first)
    #expect(first.group == "aig-1" && first.step == .renew)
    #expect(first.at.instant == Sample.now + SteeredDaemon.parameters.quarantine)
    #expect(first.reason.hasPrefix("after a start nothing is paid"))
    #expect(plan.renewals == 1 && plan.unpriced == 1)
    _ = try held.call(PauseCall(reason: "inventory"))
    let paused = try held.call(PlanCall(until: (Sample.now + .days(20)).timestamp))
    #expect(paused.entries.map(\.step) == [Term(.hold)] && paused.renewals == 0)
  }

  @Test func `the plan ends within ten years`() throws {
    let decade = PlanCall(until: (Sample.now + .days(3650)).timestamp)
    #expect(try daemon.call(decade).renewals ?? 0 > 200)
    let until = (Sample.now + .days(3661)).timestamp
    let calls: [any ControlCall] = [PlanCall(until: until), AskPricesCall(until: until)]
    for call in calls {
      #expect(try daemon.refusal(of: call)?.parameters["parameter"] == .string("until"))
    }
  }

  @Test func `the forecast counts what was paid and what will be`() throws {
    let forecast = try daemon.call(ForecastCall(months: 3, past: 1))
    #expect(
      forecast.months.map(\.month.name) == ["2026-12", "2027-01", "2027-02", "2027-03"])
    #expect(forecast.months.map(\.paidRenewals) == [0, 1, 0, 0])
    #expect(forecast.months[1].paid == [price])
    // aig-1 on 13 February and 13 March; aig-2 first on 9 March.
    #expect(forecast.months.map(\.plannedRenewals) == [0, 0, 1, 2])
    #expect(forecast.months.map(\.unpriced) == [0, 0, 0, 1])
    #expect(forecast.totals == [Money(minorUnits: 2 * 89_900, currency: .cny)])
    #expect(forecast.balances == [])
    for call in [ForecastCall(months: 0), ForecastCall(months: 37), ForecastCall(past: -1)] {
      #expect(try daemon.refusal(of: call)?.name == "org.varlink.service.InvalidParameter")
    }
  }

  @Test func `a simulation of other rules says what they do not pay for`() throws {
    let dear = try daemon.call(
      SimulateCall(sources: file("maximum_price = \"898.99 CNY\""), months: 3))
    let refused = try #require(dear.entries.first { $0.group == "aig-1" })
    #expect(refused.step == .hold && refused.reason.contains("899.00 CNY, at most 898.99 CNY"))
    #expect(dear.unpaid == 1)
    #expect(dear.notes == ["the mode is observe: nothing is paid before it is pay"])
    let budget = "maximum_price = \"unlimited\"\ncurrency = \"CNY\"\n"
    let enough = try daemon.call(SimulateCall(sources: file(budget), months: 3))
    #expect(enough.unpaid == 0)
    #expect(enough.totals == [Money(minorUnits: 2 * 89_900, currency: .cny)])
    #expect(enough.months.map(\.plannedRenewals) == [0, 1, 2])
    // What was paid in January already fills it.
    let full = try daemon.call(
      SimulateCall(
        sources: file(
          budget + "[[budget]]\nname = \"quarter\"\nper = \"60d\"\nlimit = \"899.00 CNY\""),
        months: 2))
    #expect(full.entries.contains { $0.group == "aig-1" && $0.step == .hold })
    let whole = try daemon.call(SimulateCall(months: 3))
    #expect(whole.notes == [] && whole.entries.count == 3)
    var call = SimulateCall(months: 3, limit: 2)
    let first = try daemon.call(call)
    // Another's run in between costs this one only the time of a run.
    _ = try daemon.call(PlanCall(until: (Sample.now + .days(92)).timestamp, limit: 1))
    call.after = first.next
    let second = try daemon.call(call)
    #expect(first.entries + second.entries == whole.entries && second.next == nil)
    #expect(second.totals == whole.totals && second.months == whole.months)
  }

  @Test func `a broken file is refused with its place, and nothing is loaded`() throws {
    let before = daemon.configuration()
    let sources = [ConfigurationText(file: "new.toml", text: "mode = \"pey\"\n")]
    let calls: [any ControlCall] = [
      SimulateCall(sources: sources), CompareConfigurationCall(sources: sources),
    ]
    for call in calls {
      let refusal = try daemon.refusal(of: call)
      #expect(refusal?.name == "io.renewald.Control.ConfigurationRejected")
      let told = refusal?.parameters.text ?? ""
      #expect(told.contains("new.toml:1:"))
    }
    let problems = try daemon.call(CheckConfigurationCall(sources: sources)).problems
    #expect(problems.contains { $0.hasPrefix("new.toml:1:8: ") && $0.contains("\"pay\"") })
    #expect(
      try daemon.call(
        CheckConfigurationCall(sources: file("maximum_price = \"1.00 CNY\""))
      ).problems == [])
    #expect(daemon.configuration() == before)
  }

  @Test func `a comparison tells settings and the groups that are decided otherwise`() throws {
    let changes = try daemon.call(
      CompareConfigurationCall(sources: file("maximum_price = \"898.99 CNY\"")),
      on: ControlInterface.readersSocket)
    #expect(changes.groups == 2 && changes.changedGroups == 1)
    let change = try #require(changes.decisions.first)
    #expect(change.group == "aig-1")
    #expect(change.before?.step.known == .renew && change.after?.step.known == .hold)
    #expect(
      changes.settings.contains(
        SettingChange(
          key: "rule.all.maximum_price", before: "unlimited", after: "898.99 CNY")))
    #expect(changes.settings.contains(SettingChange(key: "mode", before: "pay", after: "observe")))
    #expect(!changes.settings.contains { $0.key == "rule.all.period" })
    let shown = try daemon.call(ShowConfigurationCall())
    #expect(shown.settings.contains(SettingReport(key: "rule.all.lead_time", value: "7d")))
  }
}
