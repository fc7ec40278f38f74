import ControlProtocol
import RenewalCore
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `The ledger beside the cloud's orders` {
  private let month = MonthReport(CalendarMonth(of: Samples.now), in: .utc)

  private func renewal(
    _ group: GroupID, _ order: OrderID?, _ units: Int64 = 100_00,
    _ state: RenewalReport.State = .settled, opened: Span = .zero
  ) -> RenewalReport {
    var renewal = Samples.settled
    (renewal.group, renewal.order, renewal.state) = (group, order, Term(state))
    (renewal.quote, renewal.charged) = (Samples.yuan(units), nil)
    renewal.isOpen = state == .unknown
    renewal.openedAt = Samples.at(opened)
    return renewal
  }

  private func order(
    _ order: OrderID, _ group: GroupID, _ units: Int64 = 100_00, _ status: String = "Paid",
    created: Span = .seconds(2)
  ) -> OrderReport {
    OrderReport(
      order: order, status: status, createdAt: Samples.at(created), amount: Samples.yuan(units),
      groups: [group])
  }

  private func creation(
    _ name: String, _ order: OrderID?, _ state: RenewalReport.State = .settled,
    group: GroupID? = nil, chargeType: String = "PrePaid"
  ) -> CreationReport {
    var creation = Samples.creation
    (creation.name, creation.order, creation.group) = (name, order, group)
    (creation.state, creation.isOpen) = (Term(state), state == .unknown)
    (creation.chargeType, creation.openedAt) = (chargeType, Samples.at(.zero))
    creation.price = Samples.yuan(100_00)
    return creation
  }

  private func newOrder(
    _ id: OrderID, _ group: GroupID, _ status: String = "Paid", created: Span = .seconds(2)
  ) -> OrderReport {
    var new = order(id, group, 100_00, status, created: created)
    new.type = OrderReport.newType
    return new
  }

  private func compare(
    _ renewals: [RenewalReport], _ orders: [OrderReport], created: [CreationReport] = []
  ) -> Reconciliation {
    Reconciliation(
      renewals, created, OrdersCall.Reply(account: "main", month: month, orders: orders))
  }

  private func verdicts(_ result: Reconciliation) -> [String] {
    result.rows.map { "\($0.verdict) \($0.group?.text ?? "-") \($0.order?.text ?? "-")" }.sorted()
  }

  @Test func `agree by the order's number and the amount to the cent`() {
    let result = compare([renewal("a", "1")], [order("1", "a")])
    #expect(verdicts(result) == ["agrees a 1"])
    #expect(result.agreeing == 1)
    #expect(result.ledger == [Samples.yuan(100_00)] && result.cloud == result.ledger)
    let other = compare([renewal("a", "1")], [order("1", "a", 100_01)])
    #expect(verdicts(other) == ["amountDiffers a 1"])
    #expect(other.rows[0].note == "100.01 CNY there, 100.00 CNY here")
  }

  @Test func `each have what the other has not`() {
    let result = compare(
      [renewal("a", "1"), renewal("b", nil, 1, .refused)],
      [order("2", "b"), order("3", "c", 1, "Cancelled")])
    // A refused attempt and a cancelled order cost nothing and are no difference.
    #expect(verdicts(result) == ["onlyHere a 1", "onlyThere b 2"])
    #expect(result.agreeing == 0)
  }

  @Test func `tell what only one of them calls paid`() {
    let result = compare(
      [
        renewal("a", "1"), renewal("b", "2"), renewal("c", "3", 1, .unpaid),
        renewal("d", "4", 1, .unpaid),
      ],
      [
        order("1", "a", 100_00, "Unpaid"), order("2", "b", 100_00, "Cancelled"),
        order("3", "c"), order("4", "d", 1, "Unpaid"),
      ])
    #expect(
      verdicts(result) == [
        "agrees d 4", "stateDiffers a 1", "stateDiffers b 2", "stateDiffers c 3",
      ])
    #expect(result.rows.first { $0.group == "a" }?.note == "Unpaid there, settled here")
  }

  @Test func `meet by group and time where the number was lost`() {
    let near = compare([renewal("a", nil)], [order("1", "a", created: .minutes(59))])
    #expect(verdicts(near) == ["agrees a 1"])
    let far = compare([renewal("a", nil)], [order("1", "a", created: .minutes(61))])
    #expect(verdicts(far) == ["onlyHere a -", "onlyThere a 1"])
    let doubt = compare([renewal("a", nil, 100_00, .unknown)], [order("1", "a")])
    #expect(verdicts(doubt) == ["stateDiffers a 1"])
  }

  @Test func `agree on groups that were created here`() {
    let result = compare(
      [renewal("a", "1")], [order("1", "a"), newOrder("2", "b")],
      created: [creation("studio", "2", group: "b")])
    #expect(verdicts(result) == ["agrees a 1", "agrees b 2"])
    #expect(result.ledger == [Samples.yuan(200_00)] && result.cloud == result.ledger)
    #expect(result.rows.first { $0.group == "b" }?.note == "new group 'studio'")
  }

  @Test func `tell of new groups what only one of them has`() {
    let result = compare(
      [], [newOrder("2", "b"), newOrder("3", "c", "Unpaid")],
      created: [
        creation("here", "1", group: "a"), creation("doubted", nil, .unknown),
        creation("paid", "3", group: "c"), creation("refused", nil, .refused),
        creation("by use", "4", group: "d", chargeType: "PostPaid"),
      ])
    // The order of the one in doubt is the one of that hour that nobody else claims.
    #expect(
      verdicts(result) == ["onlyHere a 1", "stateDiffers b 2", "stateDiffers c 3"])
    let late = compare(
      [], [newOrder("2", "b", created: .minutes(61))], created: [creation("lost", nil, .unknown)])
    #expect(verdicts(late) == ["onlyHere - -", "onlyThere b 2"])
    // A renewal in doubt has not bought a new group.
    let other = compare([renewal("b", nil)], [newOrder("2", "b")])
    #expect(verdicts(other) == ["onlyHere b -", "onlyThere b 2"])
  }

  @Test func `belong to the month in which the order was made`() {
    let end = month.to.instant - Samples.now
    // Signed in the month, ordered in the next: the order is the next report's.
    let result = compare([renewal("a", "1", opened: end)], [])
    #expect(result.rows == [])
    let before = compare(
      [renewal("a", "1", opened: month.from.instant - Samples.now - .seconds(1))],
      [order("1", "a", created: month.from.instant - Samples.now)])
    #expect(verdicts(before) == ["agrees a 1"])
  }

  @Test func `are read by a person`() {
    let text = OrdersText.text(
      compare([renewal("a", "1"), renewal("b", "2")], [order("1", "a"), order("2", "b", 1)]),
      TextStyle(width: 80), .utc(now: Samples.now))
    #expect(text.contains("  b: 0.01 CNY there, 100.00 CNY here\n"))
    #expect(
      text.hasSuffix(
        "2026-03 (UTC) of main: 1 of 2 agree. Paid by the ledger: 200.00 CNY; by the cloud: "
          + "100.01 CNY.\n"))
  }
}
