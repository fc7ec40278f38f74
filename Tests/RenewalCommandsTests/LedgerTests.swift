import ControlProtocol
import RenewalCore
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `The ledger's sums` {
  private func renewal(
    _ account: AccountName, _ group: GroupID, _ rule: String, _ quote: Money,
    charged: Money? = nil, _ state: RenewalReport.State = .settled, order: OrderID? = "1"
  ) -> RenewalReport {
    var renewal = Samples.settled
    (renewal.account, renewal.group, renewal.rule, renewal.order) = (account, group, rule, order)
    (renewal.quote, renewal.charged, renewal.state) = (quote, charged, Term(state))
    return renewal
  }

  private func usd(_ units: Int64) -> Money { Money(minorUnits: units, currency: .usd) }

  private var renewals: [RenewalReport] {
    [
      renewal("a", "g1", "production", Samples.yuan(100_05), charged: Samples.yuan(99_95)),
      renewal("a", "g1", "production", Samples.yuan(10_10)),
      renewal("a", "g2", "others", usd(7_01)),
      renewal("b", "g1", "others", Samples.yuan(1_00)),
      // An order of ours, although somebody else moved the expiry.
      renewal("b", "g3", "others", Samples.yuan(2_00), .foreign),
      // None of these is money that left.
      renewal("b", "g3", "others", Samples.yuan(4_00), .foreign, order: nil),
      renewal("b", "g3", "others", Samples.yuan(8_00), .unknown),
      renewal("b", "g3", "others", Samples.yuan(16_00), .accepted),
      renewal("b", "g3", "others", Samples.yuan(32_00), .refused),
    ]
  }

  private func told(_ sums: [LedgerSum]) -> [String] {
    sums.map { sum in
      [sum.account?.text, sum.rule, sum.group?.text, "\(sum.renewals)", sum.paid.description]
        .compactMap { $0 }.joined(separator: " ")
    }
  }

  @Test func `are those of the bill, by currency, to the cent`() {
    let sums = LedgerSums(of: renewals)
    // 99.95 + 10.10, and 1.00 + 2.00.
    #expect(told(sums.accounts) == ["a 2 110.05 CNY", "a 1 7.01 USD", "b 2 3.00 CNY"])
    #expect(
      told(sums.rules) == ["others 2 3.00 CNY", "others 1 7.01 USD", "production 2 110.05 CNY"])
    #expect(
      told(sums.groups) == [
        "a g1 2 110.05 CNY", "a g2 1 7.01 USD", "b g1 1 1.00 CNY", "b g3 1 2.00 CNY",
      ])
  }

  @Test func `are read from a table`() {
    let text = LedgerSums(of: renewals).text(TextStyle(width: 80))
    #expect(
      text.hasPrefix(
        """

        By account
        ACCOUNT  RENEWALS        PAID
        a               2  110.05 CNY
        a               1    7.01 USD
        b               2    3.00 CNY

        By rule

        """), "\(text)")
    #expect(text.contains("a/g1"))
  }

  @Test func `and rows are comma-separated values that no spreadsheet runs`() {
    var renewal = Samples.settled
    renewal.rule = "=HYPERLINK(\"http://evil\",\"x\")"
    renewal.actor = "@SUM(A1)"
    renewal.note = "two\r\nlines, and \"quotes\""
    renewal.charged = Samples.yuan(100)
    let text = RenewalsText.csv([renewal])
    let names =
      "opened,account,group,rule,actor,period,attempt,state,order,quote,charged,paid,currency,"
      + "old_expiry,new_expiry,closed,request_id,note,new_group\r\n"
    #expect(
      text == names
        + "2026-02-06T01:20:00Z,main,aig-9ciijz60n4xsv0001,"
        + "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\",'@SUM(A1),1 Month,1,settled,"
        + "221234567890123,1234.50,1.00,1.00,CNY,2026-02-13T01:20:00Z,2026-03-15T01:20:00Z,"
        + "2026-02-06T01:24:00Z,A-1,\"two\r\nlines, and \"\"quotes\"\"\",\r\n")
  }

  @Test func `count what new groups cost, in the ledger and in a spreadsheet`() {
    let creation = Samples.creation
    let ledger = LedgerDocument(
      renewals: [], totals: [Samples.yuan(100)], month: nil, sums: LedgerSums(of: []),
      creations: [creation], creationTotals: [creation.price])
    let text = ledger.text(withSums: true, TextStyle(width: 80), .utc(now: Samples.now))
    #expect(text.contains("\nNew groups\nNAME"), "\(text)")
    #expect(
      text.hasSuffix("\nPaid: 200.00 CNY, of it for new groups 199.00 CNY.\n"), "\(text)")
    #expect(
      RenewalsText.csv([], [creation]).hasSuffix(
        ",new_group\r\n2026-03-01T09:00:00Z,main,aig-new,,control uid 0,1 Month,,settled,"
          + "300000000000001,199.00,,199.00,CNY,,,,,the group is there,studio\r\n"))
    var byUse = creation
    byUse.chargeType = "PostPaid"
    #expect(byUse.paid == nil)
    byUse = creation
    byUse.state = Term(.unpaid)
    #expect(byUse.paid == nil)
  }

  @Test(arguments: ["=1", "+1", "-1", "@a", "\tx", "\r\nx"]) func `defuse a formula`(text: String) {
    #expect(CSV.record([text]).drop { $0 == "\"" }.hasPrefix("'"))
  }
}
