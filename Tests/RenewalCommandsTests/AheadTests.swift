import ControlProtocol
import RenewalCore
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `What a person reads of the time to come` {
  private let style = TextStyle(width: 80)
  private let clock = ClockFace.utc(now: Samples.now)

  private func month(_ offset: Int, _ paid: Int64, _ planned: Int64) -> MonthForecast {
    MonthForecast(
      month: MonthReport(CalendarMonth(of: Samples.now).adding(offset), in: .utc),
      paid: paid == 0 ? [] : [Samples.yuan(paid)], paidRenewals: paid == 0 ? 0 : 1,
      planned: planned == 0 ? [] : [Samples.yuan(planned)],
      plannedRenewals: planned == 0 ? 0 : 2, unpriced: 0)
  }

  private var forecast: ForecastCall.Reply {
    ForecastCall.Reply(
      at: Samples.at(.zero),
      months: [month(0, 50_00, 100_00), month(1, 0, 0), month(2, 0, 200_00)],
      balances: [
        BalanceForecast(
          account: "main", balance: Samples.yuan(250_00), endsAt: Samples.at(.days(65)),
          lastDay: "2026-05-07")
      ], totals: [Samples.yuan(300_00)], unpriced: 1)
  }

  @Test func `is a chart of months, with the day on which the balance runs out`() {
    let text = ForecastText.text(forecast, style, clock)
    #expect(
      text == """
        CNY, months of UTC
        MONTH    RENEWALS       PAID     PLANNED
        2026-03         3  50.00 CNY  100.00 CNY  ████████░░░░░░░░░░░░░░░░
        2026-04         0          –           –
        2026-05         2          –  200.00 CNY  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░

        Planned: 300.00 CNY, and 1 without a price yet; renewalctl plan --quote asks for prices.
        Balance of main  250.00 CNY, runs out on 2026-05-07

        """, "\(text)")
    #expect(
      forecast.months.flatMap(ForecastText.plain).joined()
        == "2026-03\tCNY\t50.00\t1\t100.00\t2\t0\n2026-05\tCNY\t-\t0\t200.00\t2\t0\n")
  }

  @Test func `separates what is paid for from what is not`() {
    let reply = SimulateCall.Reply(
      from: Samples.at(.zero), until: Samples.at(.days(31)), entries: Samples.plan.entries,
      months: [month(0, 0, 1_234_50)], totals: [Samples.yuan(1_234_50)], unpriced: 0, unpaid: 1,
      notes: ["payments are paused: audit"])
    let text = SimulationText.text(reply, style, clock)
    let paid = text.firstRange(of: "Paid for")
    let unpaid = text.firstRange(of: "Not paid for")
    #expect(paid != nil && unpaid != nil)
    #expect(
      text.contains("2026-03-03 01:20  hold aig-9ciijz60n4xsv0002 (lab\u{FFFD}[2J): its expiry"))
    #expect(text.contains("1 group expires unpaid although a rule is to renew it."))
    #expect(text.hasSuffix("Now payments are paused: audit.\n"))
  }

  @Test func `names the settings and the groups that would change`() {
    let entry = Samples.plan.entries[0]
    let reply = CompareConfigurationCall.Reply(
      settings: [SettingChange(key: "mode", before: "observe", after: "pay")],
      decisions: [
        DecisionChange(
          account: "main", group: Samples.design.id, name: "design", before: nil, after: entry)
      ], changedGroups: 2, groups: 3)
    let text = ConfigurationText.text(of: reply, style, clock)
    #expect(text.contains("- mode = observe\n+ mode = pay\n"))
    #expect(text.contains("  - nothing in the coming year\n  + renew 1 Month for 1234.50 CNY on "))
    #expect(text.contains("and 1 more\n"))
    #expect(text.hasSuffix("2 of 3 groups would be decided otherwise.\n"))
    #expect(ConfigurationText.plain(reply).hasPrefix("setting\tmode\tobserve\tpay\ngroup\tmain\t"))
  }
}
