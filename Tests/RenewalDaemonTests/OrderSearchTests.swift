import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The search for orders` {
  private let now = Sample.now
  private let bound = Span.minutes(60)

  private func order(
    _ id: String, ago: Span, _ status: PaymentStatus = .paid
  ) -> OrderSummary {
    OrderSummary(id: OrderID(id), status: CloudWord(status), created: now - ago)
  }

  private func line(
    _ id: String, for groups: [String], _ status: PaymentStatus = .paid
  ) -> CloudAnswer {
    .order([OrderLine(id: OrderID(id), status: CloudWord(status), instances: groups)])
  }

  private func search(
    for group: GroupID = "aig-1", lead: Span = .days(7), at now: Instant? = nil, _ index: OrderIndex
  ) -> OrderSearch {
    let now = now ?? self.now
    return OrderSearch(
      group: group, from: now - lead, now: now, visibleAfter: bound, index: index)
  }

  private func page(_ orders: [OrderSummary], total: Int? = nil) -> CloudAnswer {
    .renewalOrders(OrderPage(orders: orders, page: 1, total: total ?? orders.count))
  }

  /// Runs a search for another group over these orders, so that they are known.
  private func learn(_ orders: [OrderSummary], of groups: [String], _ index: inout OrderIndex) {
    var search = search(for: "aig-other", index)
    search.consume(page(orders), index: &index)
    for (order, group) in zip(orders, groups) {
      search.consume(line(order.id.text, for: [group]), index: &index)
    }
    #expect(search.next() == nil)
    #expect(search.failure == nil)
  }

  @Test func `finds an order of the group and no other`() {
    var index = OrderIndex()
    var search = search(index)
    #expect(
      search.next() == .renewalOrders(from: now - .days(7), to: now + .minutes(1), page: 1))
    search.consume(page([order("1", ago: .days(1)), order("2", ago: .days(2))]), index: &index)
    search.consume(line("1", for: ["aig-2"]), index: &index)
    search.consume(line("2", for: ["aig-1"]), index: &index)
    #expect(search.next() == nil)
    #expect(search.matches.map(\.id) == ["2"])
  }

  @Test func `lists again all that may have been invisible to the last list`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1))], of: ["aig-2"], &index)
    let search = search(index)
    #expect(
      search.next() == .renewalOrders(from: now - bound, to: now + .minutes(1), page: 1))
  }

  @Test func `asks anew for the status of what it knows of the group`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1), .unpaid)], of: ["aig-1"], &index)
    var search = search(index)
    search.consume(page([]), index: &index)
    #expect(search.next() == .order("1"))
    #expect(search.matches.isEmpty)
    search.consume(line("1", for: ["aig-1"], .cancelled), index: &index)
    #expect(search.next() == nil)
    #expect(search.matches.map(\.status.known) == [.cancelled])
  }

  @Test func `says what an older order cost, over all its lines`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1), .unpaid)], of: ["aig-1"], &index)
    var search = search(index)
    search.consume(page([]), index: &index)
    let cents = [89_900, 100].map { Money(minorUnits: $0, currency: .cny) }
    search.consume(
      .order(
        cents.map {
          OrderLine(id: "1", status: CloudWord(.paid), instances: ["aig-1"], amount: $0)
        }), index: &index)
    #expect(search.matches.map(\.amount) == [Money(minorUnits: 90_000, currency: .cny)])
  }

  @Test func `does not take an order that it cannot find again for none`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1))], of: ["aig-1"], &index)
    var search = search(index)
    search.consume(page([]), index: &index)
    search.consume(.order([]), index: &index)
    #expect(search.failure != nil)
  }

  @Test func `reaches back where an earlier list did not`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1))], of: ["aig-2"], &index)
    let search = search(lead: .days(20), index)
    #expect(
      search.next() == .renewalOrders(from: now - .days(20), to: now + .minutes(1), page: 1))
  }

  @Test func `does not trust two lists with a gap between them`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1))], of: ["aig-2"], &index)
    let later = now + .days(30)
    var recent = search(lead: .days(1), at: later, index)
    recent.consume(page([]), index: &index)
    let search = search(lead: .days(32), at: later, index)
    #expect(
      search.next() == .renewalOrders(from: later - .days(32), to: later + .minutes(1), page: 1))
  }

  @Test func `proves nothing once the index that it relied on was emptied`() {
    var index = OrderIndex()
    learn([order("1", ago: .days(1))], of: ["aig-1"], &index)
    var search = search(index)
    index = OrderIndex()
    search.consume(page([]), index: &index)
    #expect(search.failure != nil)
  }

  @Test func `proves nothing by a list that ends before its total`() {
    var index = OrderIndex()
    var search = search(index)
    search.consume(page([order("1", ago: .days(1))], total: 2), index: &index)
    #expect(
      search.next() == .renewalOrders(from: now - .days(7), to: now + .minutes(1), page: 2))
    search.consume(page([], total: 2), index: &index)
    #expect(search.next() == nil)
    #expect(search.failure != nil)
    // And the next search does not rely on it either.
    #expect(
      self.search(index).next()
        == .renewalOrders(from: now - .days(7), to: now + .minutes(1), page: 1))
  }

  @Test func `an order that does not name its groups is a doubt`() {
    var index = OrderIndex()
    var search = search(index)
    search.consume(page([order("1", ago: .days(1))]), index: &index)
    search.consume(line("1", for: []), index: &index)
    #expect(search.failure != nil)
  }

  @Test func `a fleet of thousands does not keep its groups from renewal`() {
    var index = OrderIndex()
    var search = search(index)
    let orders = (0..<1500).map { order("o\($0)", ago: .days(1)) }
    var asked = 0
    while let question = search.next(), asked < 5000 {
      asked += 1
      switch question {
      case .renewalOrders(_, _, let page):
        let rows = Array(orders.dropFirst((page - 1) * 20).prefix(20))
        search.consume(
          .renewalOrders(OrderPage(orders: rows, page: page, total: orders.count)), index: &index)
      case .order(let id): search.consume(line(id.text, for: ["aig-x"]), index: &index)
      default: Issue.record("another question")
      }
    }
    #expect(search.failure == nil)
    var next = self.search(index)
    next.consume(page([]), index: &index)
    #expect(next.next() == nil)
  }

  @Test(arguments: [(5000, false), (5001, true)])
  func `a list too long to be asked through in time proves nothing`(total: Int, isTooLong: Bool) {
    var index = OrderIndex()
    var search = search(index)
    search.consume(page([order("1", ago: .days(1))], total: total), index: &index)
    #expect((search.failure != nil) == isTooLong)
    var listing = self.search(index)
    listing.consume(
      page((0..<total).map { order("o\($0)", ago: .days(1)) }, total: 1), index: &index)
    #expect((listing.failure != nil) == isTooLong)
  }

  @Test(arguments: [(20_000, true), (20_001, false)])
  func `an index that has grown too large begins anew`(orders: Int, isKept: Bool) {
    var index = OrderIndex()
    for number in 0..<orders { index.add(order("o\(number)", ago: .days(1)), instances: ["aig-2"]) }
    index.cover(from: now - .days(2), to: now)
    #expect(index.knows("o0") == isKept)
    #expect(index.covers(from: now - .days(2), to: now) == isKept)
  }

  @Test func `an index is whole between its ends and nowhere else`() {
    var index = OrderIndex()
    index.cover(from: now, to: now - .seconds(1))
    #expect(!index.covers(from: now - .seconds(1), to: now))
    index.cover(from: now - .days(2), to: now - .days(1))
    // One that touches the known time goes on with it, one beside it begins anew.
    index.cover(from: now - .days(1), to: now)
    #expect(index.covers(from: now - .days(2), to: now))
    #expect(!index.covers(from: now - .days(2) - .seconds(1), to: now))
    #expect(!index.covers(from: now - .days(2), to: now + .seconds(1)))
    index.cover(from: now + .days(1), to: now + .days(2))
    #expect(!index.covers(from: now - .days(2), to: now))
    #expect(index.covers(from: now + .days(1), to: now + .days(2)))
    index.cover(from: now, to: now + .days(1))
    #expect(index.covers(from: now, to: now + .days(2)))
  }

  @Test(arguments: [(500, false), (501, true)])
  func `too many purchases to be asked for one by one prove nothing`(
    total: Int, isTooMany: Bool
  ) {
    var search = PurchaseSearch(from: now - .days(1), to: now, besides: [])
    search.consume(page([order("1", ago: .hours(1))], total: total))
    #expect((search.failure != nil) == isTooMany)
    var listing = PurchaseSearch(from: now - .days(1), to: now, besides: [])
    listing.consume(page((0..<total).map { order("o\($0)", ago: .hours(1)) }, total: 1))
    #expect((listing.failure != nil) == isTooMany)
  }

  @Test func `a cancelled order hides no other of the same hour`() throws {
    let harness = try EngineHarness()
    harness.settings.accounts[0].readsBilling = true
    harness.tell(.reconfigured(harness.settings))
    harness.reachConfirmation()
    harness.answerAll()
    let payment = try #require(harness.payments.first)
    let placed = { (id: OrderID, status: PaymentStatus) in
      OrderSummary(id: id, status: CloudWord(status), created: harness.server)
    }
    harness.renewalOrders = [placed("1", .cancelled), placed("2", .unpaid)]
    harness.tell(
      .paymentReplied(renewal: payment.renewal, PaymentReply(delivery: .interrupted("reset"))))
    harness.answerAll()
    #expect(harness.open?.state == .unpaid)
    #expect(harness.open?.order == "2")
  }

  @Test func `takes an answer of another kind for none`() {
    var index = OrderIndex()
    var search = search(index)
    search.consume(.capacity(nil), index: &index)
    #expect(search.failure == "an answer of another kind")
    #expect(search.next() == nil)
  }
}
