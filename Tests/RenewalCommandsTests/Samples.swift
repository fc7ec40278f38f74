import ControlProtocol
import RenewalCore

/// A small fleet on the morning of 3 March 2026.
enum Samples {
  static let now = Instant(1_772_500_800)  // 2026-03-03T01:20:00Z

  static func at(_ span: Span) -> Timestamp { Timestamp(now + span) }

  static func yuan(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .cny) }

  static let design = GroupReport(
    account: "main", id: "aig-9ciijz60n4xsv0001", name: "设计部 design studio, floor three",
    region: "cn-hangzhou", chargeType: "PrePaid", status: "PUBLISHED",
    instanceType: "appstreaming.general.4c8g", tags: ["team": "design"],
    expiry: at(.days(12)), maximumExpirySeen: at(.days(12)), dueAt: at(.days(5)),
    floorAt: at(.days(10)), rule: "production", action: Term(.renew), period: "1 Month",
    price: yuan(123_450), state: Term(.ok), reason: "due in 5 days", nextCheckAt: at(.hours(1)),
    lastSeenAt: at(.minutes(-3)))

  static let lab = GroupReport(
    account: "main", id: "aig-9ciijz60n4xsv0002", name: "lab\u{1B}[2J", region: "cn-shanghai",
    chargeType: "PrePaid", status: "PUBLISHED", tags: [:], expiry: at(.hours(20)),
    maximumExpirySeen: at(.days(30)), dueAt: at(.days(-6)), floorAt: at(.hours(-28)),
    rule: "production", action: Term(.renew), period: "1 Week", state: Term(.held),
    reason: "its expiry went back from the highest that was seen", nextCheckAt: at(.minutes(10)),
    lastSeenAt: at(.minutes(-3)),
    hold: HoldReport(
      since: at(.days(-1)), until: at(.days(1)), reason: "moves to another account",
      actor: "uid 1000"))

  static let pool = GroupReport(
    account: "main", id: "aig-9ciijz60n4xsv0003", name: "", region: "cn-shanghai",
    chargeType: "PostPaid", status: "PUBLISHED", tags: [:], state: Term(.payAsYouGo),
    reason: "pay as you go: there is nothing to renew")

  static let unknown = RenewalReport(
    account: "main", group: "aig-9ciijz60n4xsv0002", expiry: at(.hours(20)), attempt: 1,
    state: Term(.unknown), isOpen: true, rule: "production", period: "1 Week",
    quote: yuan(30_000), openedAt: at(.minutes(-30)), sentAt: at(.minutes(-30)),
    note: "the connection broke behind the request")

  static let creation = CreationReport(
    id: 1, account: "main", name: "studio", region: "cn-hangzhou", chargeType: "PrePaid",
    period: "1 Month", amount: 1, instanceType: "appstreaming.general.4c8g", autoPay: true,
    price: yuan(19_900), state: Term(.settled), isOpen: false,
    openedAt: at(.minutes(-2_420)), since: at(.minutes(-2_410)), provableAt: at(.minutes(-2_295)),
    order: "300000000000001", group: "aig-new", actor: "control uid 0",
    note: "the group is there")

  static let settled = RenewalReport(
    account: "main", group: "aig-9ciijz60n4xsv0001", expiry: at(.days(-18)), attempt: 1,
    state: Term(.settled), isOpen: false, rule: "production", period: "1 Month",
    quote: yuan(123_450), charged: yuan(123_450), order: "221234567890123", requestId: "A-1",
    openedAt: at(.days(-25)), sentAt: at(.days(-25)), closedAt: at(.days(-25) + .minutes(4)),
    newExpiry: at(.days(12)), note: "")

  static let alert = AlertReport(
    id: 7, severity: Term(.page), kind: "OUTCOME_UNKNOWN", account: "main",
    group: "aig-9ciijz60n4xsv0002", raisedAt: at(.minutes(-29)),
    text: "A paid call may or may not have worked. Nothing else is paid for this group until"
      + " that is known.",
    remedy: "nothing for now; if it is still open in two hours, look for the order in the console")

  static let status = StatusReport(
    version: "0.1.0", mode: Term(.pay), now: at(.zero), startedAt: at(.days(-3)),
    configuration: ConfigurationReport(
      path: "/etc/renewald/renewald.toml", loadedAt: at(.days(-3))),
    accounts: [
      AccountReport(
        name: "main", region: "cn-shanghai",
        endpoint: "https://appstream-center.cn-shanghai.aliyuncs.com",
        credentials: Term(.loaded), billing: true, groups: 3, clockSkewSeconds: -1,
        lastSweep: SweepReport(finishedAt: at(.minutes(-3)), result: Term(.complete), groups: 3),
        nextSweepAt: at(.minutes(57)), paymentsAllowed: true, obstacles: [],
        balance: yuan(10_000_000)),
      AccountReport(
        name: "asia", region: "ap-southeast-1",
        endpoint: "https://appstream-center.ap-southeast-1.aliyuncs.com",
        credentials: Term(.refused), billing: false, groups: 0, paymentsAllowed: false,
        obstacles: [
          Obstacle(
            kind: Term(.credentials),
            sentence: "The cloud refuses the key ending in 4ab1: it was disabled. Put a new one"
              + " in place and reload."),
          Obstacle(
            kind: Term(.startHold),
            sentence: "After a first start nothing is paid for a while, in case an earlier"
              + " payment is still on its way.",
            until: at(.minutes(90))),
        ]),
    ],
    groups: ["ok": 1, "held": 1, "payAsYouGo": 1],
    nextDue: Upcoming(
      account: "main", group: design.id, name: design.name, dueAt: at(.days(5)),
      expiry: at(.days(12))),
    nextWakeAt: at(.minutes(4)), openRenewals: [unknown], alerts: [alert],
    ledger: LedgerHead(sequence: 12, hash: "ab12"))

  static let description = DescribeCall.Reply(
    group: lab,
    observations: [
      ObservationReport(
        at: at(.days(-1)), oldExpiry: at(.days(30)), newExpiry: at(.hours(20)), source: "list",
        requestId: "7F3A"),
      ObservationReport(at: at(.days(-8)), newExpiry: at(.days(30)), source: "list"),
    ],
    renewals: [unknown],
    checks: [
      CheckReport(
        number: 1, name: "mode", passed: true, input: "pay", sentence: "the mode is pay"),
      CheckReport(
        number: 2, name: "highest expiry", passed: false,
        input: "2026-03-03T21:20:00Z < 2026-04-02T01:20:00Z",
        sentence: "the expiry must be the highest ever seen, and it went back; somebody may have"
          + " been refunded"),
      CheckReport(number: 3, name: "price", input: "", sentence: "not looked at"),
    ],
    alerts: [alert])

  static let plan = PlanCall.Reply(
    from: at(.zero), until: at(.days(31)),
    entries: [
      PlanEntry(
        account: "main", group: design.id, name: design.name, at: at(.days(5)),
        step: Term(.renew), rule: "production", period: "1 Month", expiry: at(.days(12)),
        expectedExpiry: at(.days(43)), price: yuan(123_450), priceSeenAt: at(.minutes(-5)),
        reason: "the rule production renews it 7 days ahead"),
      PlanEntry(
        account: "main", group: lab.id, name: lab.name, at: at(.zero), step: Term(.hold),
        rule: "production", period: "1 Week", expiry: at(.hours(20)),
        reason: "its expiry went back"),
    ],
    totals: [yuan(123_450)], unpriced: 1)

  static let explanation = ExplainCall.Reply(
    group: lab, decision: Term(.hold), checks: description.checks)

  static let history = HistoryCall.Reply(
    group: design,
    events: [
      EventReport(
        sequence: 12, at: at(.days(-25) + .minutes(4)), kind: "renewalChanged", account: "main",
        group: design.id, order: "221234567890123", amount: yuan(123_450),
        oldExpiry: at(.days(-18)), newExpiry: at(.days(12)), sentence: "settled: the expiry moved"),
      EventReport(
        sequence: 3, at: at(.days(-60)), kind: "expiryObserved", account: "main",
        group: design.id, newExpiry: at(.days(-18)), sentence: "seen by list"),
    ])

  static let alerts = AlertsCall.Reply(alerts: [alert])
}
