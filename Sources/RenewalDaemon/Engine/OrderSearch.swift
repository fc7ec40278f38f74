import RenewalCore

/// Looks through the renewal orders of a window for those of one group.
///
/// `QueryOrders` does not name the groups of an order; each unknown order takes
/// a question of its own.
struct OrderSearch {
  /// More orders than this in one window is beyond what can be asked in the
  /// moment before a payment.
  static let limit = 500

  let group: GroupID
  let from: Instant
  let to: Instant
  private var page = 1
  private var listed: [OrderSummary] = []
  private var isListed = false
  private var unresolved: [OrderSummary] = []
  private(set) var matches: [OrderSummary] = []
  /// Why the search proves nothing.
  private(set) var failure: String?

  init(group: GroupID, from: Instant, to: Instant) {
    self.group = group
    self.from = from
    self.to = to
  }

  /// The next question, or `nil` when the search is over.
  func next() -> CloudRead? {
    if failure != nil { return nil }
    if !isListed { return .renewalOrders(from: from, to: to, page: page) }
    return unresolved.first.map { .order($0.id) }
  }

  /// Takes in the answer to `next()`.
  mutating func consume(_ answer: CloudAnswer, known: inout [OrderID: [String]]) {
    switch answer {
    case .renewalOrders(let found):
      listed += found.orders
      if listed.count > OrderSearch.limit || found.total > OrderSearch.limit {
        failure = "more than \(OrderSearch.limit) renewal orders in the window"
        return
      }
      page += 1
      let distinct = Set(listed.map(\.id)).count
      // A list that ends before its own total proves nothing about the rest.
      if found.orders.isEmpty, distinct < found.total {
        failure = "only \(distinct) of \(found.total) renewal orders were listed"
        return
      }
      guard distinct >= found.total else { return }
      isListed = true
      unresolved = listed.filter { order in
        guard let instances = known[order.id] else { return true }
        if instances.contains(group.text) { matches.append(order) }
        return false
      }
    case .order(let lines):
      guard let order = unresolved.first else { return }
      unresolved.removeFirst()
      let instances = lines.filter { $0.id == order.id }.flatMap(\.instances)
      // An order that does not say yet what it is for may be for this group.
      guard !instances.isEmpty else {
        failure = "order \(order.id) does not name its groups"
        return
      }
      known[order.id] = instances
      if instances.contains(group.text) { matches.append(order) }
    default:
      failure = "an answer of another kind"
    }
  }

  mutating func fail(_ reason: String) { failure = reason }
}
