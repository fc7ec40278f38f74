import RenewalCore

/// Looks through the purchases of a window for one that may have brought a
/// group that nobody knows yet: its name is in no order, so that every one
/// counts whose groups are not known.
struct PurchaseSearch {
  /// More purchases than this are beyond what can be asked for one by one.
  static let limit = 500

  private let from: Instant
  private let to: Instant
  /// Orders of ours for other groups.
  private let others: Set<OrderID>
  private var page = 1
  private var listed: [OrderID: OrderSummary] = [:]
  /// `nil` until the list is whole.
  private var unresolved: [OrderSummary]?
  /// With the groups that they are for; without any where they do not say yet.
  private(set) var found: [(order: OrderSummary, instances: [String])] = []
  /// Why the search proves nothing.
  private(set) var failure: String?

  init(from: Instant, to: Instant, besides others: Set<OrderID>) {
    self.from = from
    self.to = to
    self.others = others
  }

  /// `nil` when the search is over.
  var question: CloudRead? {
    guard failure == nil else { return nil }
    guard let unresolved else { return .newOrders(from: from, to: to, page: page) }
    return unresolved.first.map { .order($0.id) }
  }

  /// Takes in the answer to `question`.
  mutating func consume(_ answer: CloudAnswer) {
    switch answer {
    case .renewalOrders(let rows) where unresolved == nil:
      for order in rows.orders { listed[order.id] = order }
      page += 1
      if max(listed.count, rows.total) > Self.limit {
        failure = "more than \(Self.limit) purchases in the window"
      } else if listed.count >= rows.total {
        unresolved = listed.values
          .filter { $0.status.known != .cancelled && !others.contains($0.id) }
          .sorted { $0.id.text < $1.id.text }
      } else if rows.orders.isEmpty {
        // A list that ends before its own total proves nothing about the rest.
        failure = "only \(listed.count) of \(rows.total) purchases were listed"
      }
    case .order(let lines):
      guard let order = unresolved?.first else { return }
      unresolved?.removeFirst()
      found.append((order, lines.filter { $0.id == order.id }.flatMap(\.instances)))
    default:
      failure = "an answer of another kind"
    }
  }
}
