import RenewalCore

/// The cloud of a simulation: groups, orders and money, with a clock of its
/// own. It holds the truth against which the daemon is judged.
struct SimulatedCloud {
  struct Group {
    var id: GroupID
    var period: BillingPeriod
    var price: Int64
    /// What it cost before, and until when.
    var prices: [(until: Int64, price: Int64)] = []
    /// What the cloud knows.
    var expiry: Instant
    /// What reads show: the last entry whose time has come, by replica.
    var shown: [[(from: Int64, expiry: Instant)]]

    /// The lowest and the highest since then.
    func prices(since time: Int64) -> ClosedRange<Int64> {
      let all = prices.filter { $0.until >= time }.map(\.price) + [price]
      return (all.min() ?? price)...(all.max() ?? price)
    }

    func visible(at time: Int64, replica: Int) -> Instant {
      shown[replica].last { $0.from <= time }?.expiry ?? expiry
    }
  }

  struct Order {
    var id: OrderID
    var group: Int
    var status: PaymentStatus
    var created: Instant
    var amount: Int64
    /// By the daemon: for which key, and what it signed.
    var own: Own?

    struct Own: Hashable {
      var key: RenewalKey
      var nonce: String
      var signed: Instant
    }

    var key: RenewalKey? { own?.key }
  }

  var groups: [Group]
  private(set) var orders: [Order] = []
  /// Effects of the daemon's own payments, by the key that they were meant for.
  private(set) var effects: [RenewalKey: Int] = [:]
  private(set) var ownSpending: Int64 = 0
  private var usedNonces: Set<String> = []
  let currency = Currency.cny

  private let indices: [GroupID: Int]
  private static let firstOrder: Int64 = 2_000_000_000_000_000

  init(groups: [Group]) {
    self.groups = groups
    indices = Dictionary(uniqueKeysWithValues: zip(groups.map(\.id), groups.indices))
  }

  func index(of id: GroupID) -> Int? { indices[id] }

  private var nextOrder: OrderID { OrderID("\(Self.firstOrder + Int64(orders.count))") }

  private func order(_ id: OrderID) -> Order? {
    guard let number = Int64(id.text), case let index = Int(number - Self.firstOrder),
      orders.indices.contains(index)
    else { return nil }
    return orders[index]
  }

  /// Those of a window; they were appended in the order of their creation.
  private func orders(from: Instant, to: Instant) -> ArraySlice<Order> {
    let end = orders.lastIndex { $0.created <= to }.map { $0 + 1 } ?? 0
    let start = orders[..<end].lastIndex { $0.created < from }.map { $0 + 1 } ?? 0
    return orders[start..<end]
  }

  /// Everything that later answers depend on.
  func combine(into hasher: inout Hasher) {
    for group in groups {
      hasher.combine(group.expiry)
      for (from, expiry) in group.shown.joined() {
        hasher.combine(from)
        hasher.combine(expiry)
      }
    }
    for order in orders {
      hasher.combine(order.group)
      hasher.combine(order.status)
      hasher.combine(order.created)
      hasher.combine(order.key)
    }
    hasher.combine(effects)
    hasher.combine(usedNonces)
  }

  /// What an arriving payment does.
  enum Arrival {
    case effect
    /// The order stays unpaid: balance, credit.
    case unpaid
  }

  enum Verdict: Equatable {
    case ordered(OrderID)
    /// An identical copy came before.
    case nonceUsed
    case tooOld
    case unknownGroup
  }

  mutating func receive(
    _ payment: SignedPayment, key: RenewalKey, as arrival: Arrival, at time: Int64, life: Span,
    lag: [Int64]
  ) -> Verdict {
    let now = Instant(time / 1000)
    guard now <= payment.date + life else { return .tooOld }
    guard usedNonces.insert(payment.nonce).inserted else { return .nonceUsed }
    guard let index = index(of: payment.request.group) else { return .unknownGroup }
    let id = nextOrder
    orders.append(
      Order(
        id: id, group: index, status: .unpaid, created: now, amount: groups[index].price,
        own: .init(key: key, nonce: payment.nonce, signed: payment.date)))
    if arrival == .effect { pay(orders.count - 1, at: time, lag: lag) }
    return .ordered(id)
  }

  /// Pays an order: its effect.
  mutating func pay(_ order: Int, at time: Int64, lag: [Int64]) {
    guard orders[order].status == .unpaid else { return }
    orders[order].status = .paid
    if let key = orders[order].key {
      effects[key, default: 0] += 1
      ownSpending += orders[order].amount
    }
    extend(orders[order].group, at: time, lag: lag)
  }

  mutating func cancel(_ order: Int) {
    if orders[order].status == .unpaid { orders[order].status = .cancelled }
  }

  /// Somebody else pays in the console.
  mutating func renewByHand(_ group: Int, at time: Int64, lag: [Int64]) {
    orders.append(
      Order(
        id: nextOrder, group: group, status: .unpaid,
        created: Instant(time / 1000), amount: groups[group].price))
    pay(orders.count - 1, at: time, lag: lag)
  }

  private mutating func extend(_ index: Int, at time: Int64, lag: [Int64]) {
    let base = max(groups[index].expiry, Instant(time / 1000))
    groups[index].expiry = groups[index].period.forecast(from: base)
    show(index, at: time, lag: lag)
  }

  private mutating func show(_ index: Int, at time: Int64, lag: [Int64]) {
    for replica in groups[index].shown.indices {
      let shownFrom = max(time + lag[replica], groups[index].shown[replica].last?.from ?? 0)
      groups[index].shown[replica].append((shownFrom, groups[index].expiry))
      if groups[index].shown[replica].count > 4 { groups[index].shown[replica].removeFirst() }
    }
  }

  /// Gives the last extension of a group back: its expiry is again what it was. The
  /// order stays paid; what the daemon bought it has bought.
  ///
  /// - Returns: false where that would leave less than ten days.
  mutating func refund(_ index: Int, at time: Int64, lag: [Int64]) -> Bool {
    let before = groups[index].shown[0].dropLast().last?.expiry ?? groups[index].expiry
    guard before < groups[index].expiry, before > Instant(time / 1000) + .days(10) else {
      return false
    }
    groups[index].expiry = before
    show(index, at: time, lag: lag)
    return true
  }

  /// Answers a read, as one replica sees it.
  func answer(_ read: CloudRead, at time: Int64, replica: Int) -> CloudAnswer? {
    switch read {
    case .groups(let page):
      let rows = groups.dropFirst((page - 1) * 100).prefix(100)
      return .groups(
        GroupPage(
          groups: rows.map { deliveryGroup($0, at: time, replica: replica) }, page: page,
          total: groups.count))
    case .group(let id):
      return index(of: id).map {
        .group(deliveryGroup(groups[$0], at: time, replica: replica))
      }
    case .renewalPrice(let id, _):
      return index(of: id).map {
        .renewalPrice(Quote(price: Money(minorUnits: groups[$0].price, currency: currency)))
      }
    case .balance:
      let money = Money(minorUnits: 100_000_000, currency: currency)
      return .balance(AccountBalance(available: money, cash: money, credit: money))
    case .renewalOrders(let from, let to, let page):
      // Billing shows an order as soon as it exists.
      let found = orders(from: from, to: to)
      let rows = found.dropFirst((page - 1) * 20).prefix(20)
      return .renewalOrders(
        OrderPage(
          orders: rows.map {
            OrderSummary(
              id: $0.id, status: CloudWord($0.status), created: $0.created,
              amount: Money(minorUnits: $0.amount, currency: currency))
          }, page: page, total: found.count))
    case .order(let id):
      return .order(
        order(id).map {
          [
            OrderLine(
              id: id, status: CloudWord($0.status), instances: [groups[$0.group].id.text],
              amount: Money(minorUnits: $0.amount, currency: currency))
          ]
        } ?? [])
    case .nativeRenewal(let ids):
      return .nativeRenewal(
        ids.map { NativeRenewal(instance: $0.text, status: CloudWord(.manual)) })
    // Nobody orders a group in these worlds.
    case .groupsNamed, .newGroupPrice, .capacity, .newOrders: return nil
    }
  }

  private func deliveryGroup(_ group: Group, at time: Int64, replica: Int) -> DeliveryGroup {
    let expiry = group.visible(at: time, replica: replica)
    return DeliveryGroup(
      id: group.id, name: group.id.text, region: "cn-hangzhou",
      status: CloudWord(expiry.seconds * 1000 > time ? .published : .expired), expiry: expiry)
  }
}
