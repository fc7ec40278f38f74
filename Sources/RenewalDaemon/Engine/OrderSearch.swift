import RenewalCore

/// Looks for the renewal orders of one group in a window that ends now.
///
/// `QueryOrders` does not name the groups of an order; each unknown order takes
/// a question of its own. What the account's index knows is not asked again, but
/// for the status of what it knows of this very group.
struct OrderSearch {
  /// More orders than this in one list cannot be asked for in the minutes that a
  /// price is good for.
  static let limit = 5000

  private enum Step {
    case listing(page: Int)
    /// Orders whose groups are unknown.
    case resolving([OrderSummary])
    /// Orders of the group that were too old for the list.
    case refreshing([(id: OrderID, created: Instant?)])
    case done
  }

  let group: GroupID
  private let from: Instant
  private let listStart: Instant
  private let listEnd: Instant
  private let coveredEnd: Instant
  private var step = Step.listing(page: 1)
  private var listed: [OrderID: OrderSummary] = [:]
  private(set) var matches: [OrderSummary] = []
  /// Why the search proves nothing.
  private(set) var failure: String?

  /// - Parameters:
  ///   - now: in the cloud's time.
  ///   - visibleAfter: W, by when a list shows an order.
  init(group: GroupID, from: Instant, now: Instant, visibleAfter: Span, index: OrderIndex) {
    self.group = group
    self.from = from
    listStart = index.listStart(for: from)
    listEnd = now + .minutes(1)
    coveredEnd = now - visibleAfter
  }

  /// The next question, or `nil` when the search is over.
  func next() -> CloudRead? {
    guard failure == nil else { return nil }
    switch step {
    case .listing(let page): return .renewalOrders(from: listStart, to: listEnd, page: page)
    case .resolving(let orders): return orders.first.map { .order($0.id) }
    case .refreshing(let orders): return orders.first.map { .order($0.id) }
    case .done: return nil
    }
  }

  /// Takes in the answer to `next()`.
  mutating func consume(_ answer: CloudAnswer, index: inout OrderIndex) {
    switch (step, answer) {
    case (.listing(let page), .renewalOrders(let found)): list(found, page, &index)
    case (.resolving(var orders), .order(let lines)):
      let order = orders.removeFirst()
      let instances = lines.filter { $0.id == order.id }.flatMap(\.instances)
      // An order that does not say yet what it is for may be for this group.
      guard !instances.isEmpty else {
        failure = "order \(order.id) does not name its groups"
        return
      }
      index.add(order, instances: instances)
      resolve(orders, &index)
    case (.refreshing(var orders), .order(let lines)):
      let order = orders.removeFirst()
      guard let line = lines.first(where: { $0.id == order.id }) else {
        failure = "order \(order.id) cannot be found any more"
        return
      }
      matches.append(
        OrderSummary(
          id: order.id, status: line.status, created: order.created,
          amount: lines.amount(of: order.id)))
      step = orders.isEmpty ? .done : .refreshing(orders)
    default:
      failure = "an answer of another kind"
    }
  }

  private mutating func list(_ found: OrderPage, _ page: Int, _ index: inout OrderIndex) {
    for order in found.orders { listed[order.id] = order }
    if listed.count > OrderSearch.limit || found.total > OrderSearch.limit {
      failure = "more than \(OrderSearch.limit) renewal orders in the window"
    } else if listed.count >= found.total {
      let unknown = listed.values.filter { !index.knows($0.id) }
      resolve(unknown.sorted { $0.id.text < $1.id.text }, &index)
    } else if found.orders.isEmpty {
      // A list that ends before its own total proves nothing about the rest.
      failure = "only \(listed.count) of \(found.total) renewal orders were listed"
    } else {
      step = .listing(page: page + 1)
    }
  }

  private mutating func resolve(_ unknown: [OrderSummary], _ index: inout OrderIndex) {
    // Another search may have asked meanwhile.
    let open = Array(unknown.drop { index.knows($0.id) })
    guard open.isEmpty else {
      step = .resolving(open)
      return
    }
    // The index may have been emptied since this search relied on it.
    guard index.covers(from: from, to: listStart) else {
      failure = "what was known of older orders was given up meanwhile"
      return
    }
    let known = index.orders(for: group, since: from)
    matches = known.compactMap { listed[$0.id] }
    let old = known.filter { listed[$0.id] == nil }
    step = old.isEmpty ? .done : .refreshing(old)
    index.cover(from: listStart, to: coveredEnd)
  }
}
