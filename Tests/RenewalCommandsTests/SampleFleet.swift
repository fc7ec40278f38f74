import ControlProtocol
import RenewalCore

@testable import RenewalCommands

/// What a daemon answers of a fleet of any size; the same for the same size.
extension Samples {
  /// Names as nobody would choose them but some will arrive.
  static let hostileNames = [
    "<script>pwned = 1</script>", "\"><img src=x onerror=pwned=1>", "' onmouseover='pwned=1",
    "</title></style></svg>&amp;", "\u{202E}fdp.exe", "שלום עולם", "👩‍👩‍👧 family 🇨🇳", "设计部·三层",
    "a\u{1B}[2J\u{7}\nb", String(repeating: "very-long-name-", count: 12), "", "]]>--><!--",
  ]

  static func fleet(_ count: Int) -> ReportData {
    let groups = (0..<count).map(group)
    let renewals = (0..<count).filter { $0 % 3 == 0 }.map { index in
      let group = groups[index]
      let opened = Span.days(-Int64(index * 7 % 330))
      var renewal = RenewalReport(
        account: group.account, group: group.id, expiry: at(opened + .days(7)), attempt: 1,
        state: Term(.settled), isOpen: false, rule: "production", period: "1 Month",
        quote: yuan(Int64(10_000 + index * 37 % 90_000)), order: OrderID("2\(100_000 + index)"),
        openedAt: at(opened), newExpiry: at(opened + .days(37)), note: "")
      if index % 5 == 4 {
        (renewal.state, renewal.isOpen, renewal.newExpiry) = (Term(.unknown), true, nil)
      } else if index % 7 == 6 {
        (renewal.state, renewal.order, renewal.newExpiry) = (Term(.refused), nil, nil)
      }
      return renewal
    }
    let entries = groups.compactMap { group -> PlanEntry? in
      guard group.state == .ok || group.state == .due, let due = group.dueAt,
        let expiry = group.expiry
      else { return nil }
      return PlanEntry(
        account: group.account, group: group.id, name: group.name, at: max(due, at(.zero)),
        step: Term(.renew), rule: group.rule, period: group.period, expiry: expiry,
        expectedExpiry: Timestamp(BillingPeriod.oneMonth.forecast(from: expiry.instant)),
        price: group.price, reason: "the rule renews it")
    }.sorted { ($0.at, $0.group) < ($1.at, $1.group) }
    var status = status
    status.budgets = [budget]
    status.groups = Dictionary(grouping: groups, by: \.state.text).mapValues(\.count)
    status.alerts = groups.filter { $0.state == .expired }.enumerated().map { index, group in
      AlertReport(
        id: index + 1, severity: Term(.page), kind: "LAPSED", account: group.account,
        group: group.id, raisedAt: at(.hours(-1)), text: "expired",
        remedy: "Renew or retire the group.")
    }
    let paid = renewals.filter { $0.state == .settled }.compactMap(\.quote?.minorUnits)
    let soon = entries.filter { $0.at <= at(.days(30)) }
    return ReportData(
      status: status,
      groups: groups.sorted {
        ($0.expiry?.instant ?? Instant(.max), $0.id) < ($1.expiry?.instant ?? Instant(.max), $1.id)
      },
      plan: PlanCall.Reply(
        from: at(.zero), until: at(.days(366)), entries: entries,
        totals: [yuan(entries.compactMap(\.price?.minorUnits).reduce(0, +))],
        unpriced: entries.count { $0.price == nil }),
      soon: PlanCall.Reply(
        from: at(.zero), until: at(.days(30)), entries: Array(soon.prefix(1)),
        totals: sums(soon.compactMap(\.price)), unpriced: soon.count { $0.price == nil },
        renewals: soon.count),
      forecast: forecast(renewals, entries), renewals: renewals, totals: [yuan(paid.reduce(0, +))],
      rules: rules)
  }

  /// As a daemon adds it up whose schedule is in UTC: each planned renewal once.
  static func forecast(_ renewals: [RenewalReport], _ entries: [PlanEntry]) -> ForecastCall.Reply {
    let month = CalendarMonth(of: now)
    let months = (-11..<12).map { month.adding($0) }.map { month in
      let paid = renewals.filter {
        $0.paid != nil && CalendarMonth(of: $0.openedAt.instant) == month
      }
      let planned = entries.filter { CalendarMonth(of: $0.at.instant) == month }
      return MonthForecast(
        month: MonthReport(month, in: .utc), paid: sums(paid.compactMap(\.paid)),
        paidRenewals: paid.count, planned: sums(planned.compactMap(\.price)),
        plannedRenewals: planned.count, unpriced: planned.count { $0.price == nil })
    }
    return ForecastCall.Reply(
      at: at(.zero), months: months,
      balances: [
        BalanceForecast(
          account: "main", balance: yuan(10_000_000), endsAt: at(.days(65)),
          lastDay: "2026-05-07")
      ], totals: sums(entries.compactMap(\.price)), unpriced: entries.count { $0.price == nil })
  }

  static let budget = BudgetReport(
    name: "month <b>", limit: yuan(1_000_000), spent: yuan(250_000), reserved: yuan(50_000),
    periodStart: at(.days(-2)), periodEnd: at(.days(29)))

  private static let rules = [
    RuleReport(
      name: "retired <b>", names: ["old-*", "retired-*"], action: Term(.lapse), period: "1 Month",
      leadTimeSeconds: 7 * 86400),
    RuleReport(
      name: "finance", tags: ["payer": "finance"], action: Term(.verify), period: "1 Month",
      leadTimeSeconds: 7 * 86400),
    RuleReport(
      name: "production", names: ["*"], regions: ["cn-shanghai", "cn-hangzhou"],
      action: Term(.renew), period: "1 Month", leadTimeSeconds: 7 * 86400,
      maximumPrice: yuan(500_000), approveOver: yuan(200_000), noticeSeconds: 86400),
  ]

  private static func group(_ index: Int) -> GroupReport {
    let expiry = Span.hours(Int64(index * 131 % (index % 10 < 8 ? 24 * 40 : 24 * 360)) - 60)
    let lead = Span.days(7)
    let name = index < hostileNames.count ? hostileNames[index] : "studio-\(index)"
    let number = String("0000\(index)".suffix(5))
    var group = GroupReport(
      account: "main", id: GroupID("aig-\(number)x60n4xsv0001"), name: name, region: "cn-shanghai",
      chargeType: "PrePaid", status: "PUBLISHED", tags: [:], expiry: at(expiry),
      maximumExpirySeen: at(expiry), dueAt: at(expiry - lead), floorAt: at(expiry - .hours(24)),
      rule: "production", action: Term(.renew), period: "1 Month",
      price: index % 4 == 0 ? nil : yuan(Int64(20_000 + index * 13 % 70_000)), state: Term(.ok),
      reason: "the rule renews it", lastSeenAt: at(.minutes(-3)))
    switch index % 20 {
    case _ where expiry <= .zero:
      (group.state, group.reason) = (Term(.expired), "it expired")
    case 3:
      (group.state, group.rule, group.action, group.period, group.dueAt) =
        (Term(.unmanaged), nil, nil, nil, nil)
      group.reason = "no rule covers it"
    case 7:
      (group.state, group.rule, group.action, group.dueAt) =
        (Term(.lapsing), "retired <b>", Term(.lapse), nil)
    case 11:
      (group.state, group.chargeType, group.expiry, group.dueAt, group.floorAt) =
        (Term(.payAsYouGo), "PostPaid", nil, nil, nil)
    case 15: (group.rule, group.action) = ("finance", Term(.verify))
    case _ where expiry < lead: group.state = Term(.due)
    default: break
    }
    return group
  }
}
