import ControlProtocol
import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `What a person reads` {
  let style = TextStyle(width: 80)
  let clock = ClockFace.utc(now: Samples.now)

  @Test func `the status says what is due, what stands in the way and what to do`() {
    let text = StatusText(Samples.status, style, clock).text
    #expect(
      text == """
        renewald   0.1.0, started 2026-02-28 01:20 UTC (3d ago)
        mode       pay
        groups     3: 1 held, 1 ok, 1 pay as you go
        next due   aig-9ciijz60n4xsv0001 (设计部 design studio, floor three) on
                   2026-03-08 01:20 UTC (in 5d)
        next look  2026-03-03 01:24 UTC (in 4min)
        config     /etc/renewald/renewald.toml, read 2026-02-28 01:20 UTC (3d ago)

        Accounts
        ACCOUNT  REGION          KEY      GROUPS  LAST SWEEP         CLOCK  PAYMENTS
        main     cn-shanghai     loaded        3  complete 3min ago  -1 s   allowed
        asia     ap-southeast-1  refused       0  none yet                  stopped

        Why nothing is paid
          asia: The cloud refuses the key ending in 4ab1: it was disabled. Put a new one
          in place and reload
          asia: After a first start nothing is paid for a while, in case an earlier
          payment is still on its way, until 2026-03-03 02:50 UTC (in 1h 30min)

        Open renewals
        OPENED (UTC)      GROUP                  STATE    PERIOD       PRICE
        2026-03-03 00:50  aig-9ciijz60n4xsv0002  unknown  1 Week  300.00 CNY

        Alerts
          OUTCOME_UNKNOWN, 29min ago
             #7 main/aig-9ciijz60n4xsv0002
             A paid call may or may not have worked. Nothing else is paid for this group
             until that is known.
             Next: nothing for now; if it is still open in two hours, look for the order
             in the console

        """)
  }

  @Test func `a pause is the first thing that the status says of payments`() {
    var status = Samples.status
    status.pause = PauseReport(since: Samples.at(.hours(-1)), reason: "audit", actor: "uid 0")
    let text = StatusText(status, TextStyle(width: 120, hasColor: true), clock).text
    #expect(
      text.contains(
        "\u{1B}[31mpay; all payments paused since 2026-03-03 00:20 UTC (1h ago) by uid 0: audit"))
  }

  @Test func `the list fits 80 columns and never cuts an id`() {
    let text = GroupsText.table([Samples.lab, Samples.design, Samples.pool], style, clock)
    #expect(
      text == """
        GROUP                  NAME                STATE          EXPIRES (UTC)     LEFT
        aig-9ciijz60n4xsv0002  lab\u{FFFD}[2J             held           2026-03-03 21:20   20h
        aig-9ciijz60n4xsv0001  设计部 design stu…  ok             2026-03-15 01:20   12d
        aig-9ciijz60n4xsv0003                      pay as you go  none

        """)
  }

  @Test func `a wide terminal shows more`() {
    let text = GroupsText.table([Samples.design], TextStyle(width: 200), clock)
    #expect(text.contains("设计部 design studio, floor three"))
    #expect(text.contains("1234.50 CNY"))
    #expect(!text.contains("ACCOUNT"))
  }

  @Test func `alerts that say the same are told once`() {
    let alerts = (1...6).map { number in
      var alert = Samples.alert
      alert.id = number
      alert.group = GroupID("aig-\(number)")
      return alert
    }
    let text = AlertsText.list(alerts, style, clock)
    #expect(
      text.hasPrefix(
        """
          OUTCOME_UNKNOWN, 29min ago
             #1 main/aig-1, #2 main/aig-2, #3 main/aig-3, and 3 more
             A paid call
        """))
    #expect(text.split(separator: "\n").count == 6)
  }

  @Test func `a group shows its expiries, failed checks and renewals`() {
    let text = GroupText(Samples.description, style, clock).text
    #expect(text.contains("highest seen   2026-04-02 01:20 UTC (in 30d)\n"))
    #expect(text.contains("rule           production, renew, 1 Week\n"))
    #expect(
      text.contains(
        """
        What stands against a renewal now
          2. NO   highest expiry: the expiry must be the highest ever seen, and it went
                  back; somebody may have been refunded (2026-03-03T21:20:00Z <
                  2026-04-02T01:20:00Z)
             All checks: renewalctl explain aig-9ciijz60n4xsv0002
        """))
  }

  @Test func `the plan ends with what it costs`() {
    #expect(
      PlanText.text(Samples.plan, style, clock).hasSuffix(
        "\nUntil 2026-04-03 01:20 UTC (in 31d): 1234.50 CNY, and 1 without a price yet.\n"))
    var empty = Samples.plan
    empty.entries = []
    #expect(
      PlanText.text(empty, style, clock)
        == "Nothing is due until 2026-04-03 01:20 UTC (in 31d).\n")
  }

  @Test func `a list has the columns that were asked for, whatever the width`() throws {
    let columns = try #require(GroupColumns(argument: "id,reason,expiry")).list
    let groups = [Samples.lab, Samples.design]
    let text = GroupsText.table(groups, TextStyle(width: 40), clock, columns: columns)
    let title = text.split(separator: "\n").first?.split(separator: " ").map(String.init)
    #expect(title == ["GROUP", "WHY", "EXPIRES", "(UTC)"])
    let plain = GroupsText.plain(Samples.lab, columns: columns)
    #expect(
      plain
        == ScriptOutput.record([
          Samples.lab.id.text, Samples.lab.reason, Samples.lab.expiry?.description,
        ]))
    for column in GroupColumn.allCases {
      #expect(GroupColumns(argument: column.rawValue)?.list == [column])
    }
    #expect(GroupColumns(argument: "id,nonsense") == nil && GroupColumns(argument: "") == nil)
  }

  @Test func `what has no price yet is not called nothing`() {
    var unpriced = Samples.plan
    (unpriced.totals, unpriced.unpriced) = ([], 2)
    #expect(
      PlanText.text(unpriced, style, clock).hasSuffix(
        "(in 31d): 2 renewals without a price yet.\nrenewalctl plan --quote asks for prices.\n"))
    let forecast = ForecastCall.Reply(
      at: Samples.at(.zero), months: [], balances: [], totals: [], unpriced: 1)
    #expect(
      ForecastText.text(forecast, style, clock).hasPrefix(
        "Planned: 1 renewal without a price yet; renewalctl plan --quote"))
  }

  @Test func `an explanation starts with the decision`() {
    let text = ExplainText.text(Samples.explanation, style, clock)
    #expect(text.contains("decision  hold: it is due, and a check below says no\n"))
    #expect(text.contains("  2. NO   highest expiry: "))
    #expect(text.contains("  3.  -   price: not looked at\n"))
  }

  @Test func `a history tells what happened, the newest first`() {
    #expect(
      EventsText.text(Samples.history.events, style, clock) == """
        2026-02-06 01:24  renewal changed, order 221234567890123, 1234.50 CNY, expiry
                          2026-02-13 01:20 to 2026-03-15 01:20
                          settled: the expiry moved
        2026-01-02 01:20  expiry observed, expires 2026-02-13 01:20
                          seen by list

        """)
    #expect(EventsText.text([], style, clock) == "Nothing has happened yet.\n")
  }

  @Test(arguments: [40, 60, 80, 100, 132, 200]) func `no line is wider than the terminal`(
    width: Int
  ) {
    let style = TextStyle(width: width)
    var reader = IdentityReport(
      account: "main", purpose: Term(.read), provider: "environment", keyId: "yId1")
    reader.may = [
      "GetAppInstanceGroup", "GetCallerIdentity", "ListAppInstanceGroup", "QueryOrders",
    ]
    let identities = WhoAmICall.Reply(socket: "status", userId: 0, identities: [reader])
    let ledger = LedgerDocument(
      renewals: [Samples.settled, Samples.unknown], totals: [Samples.yuan(123_450)], month: nil,
      sums: LedgerSums(of: [Samples.settled]), creations: [Samples.creation],
      creationTotals: [Samples.yuan(199_00)])
    let texts = [
      StatusText(Samples.status, style, clock).text,
      GroupsText.table([Samples.lab, Samples.design, Samples.pool], style, clock),
      GroupText(Samples.description, style, clock).text,
      PlanText.text(Samples.plan, style, clock),
      ExplainText.text(Samples.explanation, style, clock),
      EventsText.text(Samples.history.events, style, clock),
      IdentitiesText.permissions(identities, style),
      ledger.text(withSums: true, style, clock),
    ]
    // What cannot be cut needs its room.
    let limit = max(width, 76)
    for line in texts.joined().split(separator: "\n") {
      #expect(columns(line) <= limit, "\(line)")
    }
  }

  @Test func `without colour there is no escape, whatever the cloud names its groups`() {
    let text =
      StatusText(Samples.status, style, clock).text
      + GroupText(Samples.description, style, clock).text
      + GroupsText.table([Samples.lab], style, clock) + GroupsText.plain(Samples.lab)
    #expect(!text.unicodeScalars.contains("\u{1B}"))
  }

  @Test func `times are shown in the reader's zone`() {
    let beijing = ClockFace(now: Samples.now) { _ in (.hours(8), "CST") }
    #expect(beijing.full(Samples.now + .days(1)) == "2026-03-04 09:20 CST (in 1d)")
    #expect(beijing.relative(Samples.now) == "now")
  }
}

@Suite struct `What a script reads` {
  @Test func `JSON has a schema, RFC 3339 instants and decimal money`() throws {
    let text = try ScriptOutput.json(Samples.plan)
    #expect(text.contains("\"schema\": 1,\n"))
    #expect(text.contains("\"at\": \"2026-03-08T01:20:00Z\""))
    #expect(
      text.contains(
        """
          "totals": [
            {
              "amount": "1234.50",
              "currency": "CNY"
            }
          ],
        """))
    #expect(!text.contains("minorUnits"))
  }

  @Test func `a plain record is one line with a value in every field`() {
    #expect(
      GroupsText.plain(Samples.pool)
        == "main\taig-9ciijz60n4xsv0003\t-\tcn-shanghai\tpayAsYouGo\t-\t-\t-\t-\t-\t-\n")
    #expect(ScriptOutput.record(["a\tb\nc", nil, ""]) == "a\u{FFFD}b\u{FFFD}c\t-\t-\n")
  }

  @Test func `plain status and group lines say what they are`() {
    let kinds = (StatusText.plain(Samples.status) + GroupText.plain(Samples.description))
      .split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    #expect(
      kinds == [
        "daemon", "account", "account", "renewal", "alert", "group", "observation",
        "observation", "renewal", "check", "check", "check", "alert",
      ])
  }

  @Test func `a status that leaves something out says how much, and where the rest is`() {
    var status = Samples.status
    (status.moreAlerts, status.moreOpenRenewals) = (12, 3)
    let lines = StatusText.plain(status).split(separator: "\n")
    #expect(lines.suffix(2) == ["more open renewals\t3", "more alerts\t12"])
    let text = StatusText(status, TextStyle(width: 80), .utc(now: Samples.now)).text
    #expect(text.contains("and 3 more: renewalctl ledger --open\n"))
    #expect(text.contains("and 12 more: renewalctl alerts\n"))
  }

  @Test func `every exit code has its meaning, and none is systemd's`() {
    #expect(Set(ExitStatus.allCases.map(\.meaning)).count == ExitStatus.allCases.count)
    #expect(ExitStatus.allCases.allSatisfy { !(200...243).contains($0.rawValue) })
  }
}
