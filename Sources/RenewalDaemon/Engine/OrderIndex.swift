import RenewalCore

/// What billing has shown of an account's renewal orders.
///
/// For which groups an order is, and when it was placed, never changes; its
/// status does, and is asked anew. A list may lack an order until the visibility
/// bound W after it was placed: one that was made at T is complete only for what
/// was placed up to T - W.
struct OrderIndex {
  private struct Entry {
    var created: Instant?
    var instances: [String]
  }

  /// With more than this all of it is given up and learnt anew.
  private static let limit = 20_000

  private var entries: [OrderID: Entry] = [:]
  /// Every order that was placed in this time is known.
  private var covered: ClosedRange<Instant>?

  func knows(_ order: OrderID) -> Bool { entries[order] != nil }

  /// Orders for a group that were placed in time, or at an unknown time.
  func orders(for group: GroupID, since: Instant) -> [(id: OrderID, created: Instant?)] {
    entries.filter { _, entry in
      entry.instances.contains(group.text) && entry.created.map { $0 >= since } ?? true
    }
    .map { ($0.key, $0.value.created) }.sorted { $0.id.text < $1.id.text }
  }

  /// From when on a list has to reach, so that with it everything since `from`
  /// is known.
  func listStart(for from: Instant) -> Instant {
    covered.map { $0.contains(from) ? $0.upperBound : from } ?? from
  }

  /// Whether every order between the two is known.
  func covers(from start: Instant, to end: Instant) -> Bool {
    start == end || (covered.map { $0.contains(start) && $0.contains(end) } ?? false)
  }

  mutating func add(_ order: OrderSummary, instances: [String]) {
    entries[order.id] = Entry(created: order.created, instances: instances)
  }

  /// All orders of this time were listed, and are known by now.
  mutating func cover(from start: Instant, to end: Instant) {
    guard entries.count <= Self.limit else {
      self = OrderIndex()
      return
    }
    guard start <= end else { return }
    guard let known = covered, start <= known.upperBound, end >= known.lowerBound else {
      covered = start...end
      return
    }
    covered = min(start, known.lowerBound)...max(end, known.upperBound)
  }
}
