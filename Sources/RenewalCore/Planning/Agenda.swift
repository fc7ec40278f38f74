/// What is to happen, by time; what was planned first comes first.
package struct Agenda<Time: Comparable, Event> {
  fileprivate struct Entry {
    var time: Time
    var order: Int64
    var event: Event

    func precedes(_ other: Entry) -> Bool {
      time != other.time ? time < other.time : order < other.order
    }
  }

  private var heap: [Entry] = []
  private var count: Int64 = 0

  package init() {}

  /// In their order.
  package var planned: [(time: Time, event: Event)] {
    heap.sorted { $0.precedes($1) }.map { ($0.time, $0.event) }
  }

  package mutating func plan(_ event: Event, at time: Time) {
    count += 1
    heap.append(Entry(time: time, order: count, event: event))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  package mutating func next() -> (time: Time, event: Event)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && heap[child].precedes(heap[least]) { least = child }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return (first.time, first.event)
  }
}

extension Agenda: Sendable where Time: Sendable, Event: Sendable {}
extension Agenda.Entry: Sendable where Time: Sendable, Event: Sendable {}
