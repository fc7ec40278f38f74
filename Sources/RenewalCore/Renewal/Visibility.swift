/// How long the orders of an account took from their acceptance until a read showed
/// the new expiry, in the cloud's time: what W has to bound.
///
/// Each is taken at the first read that showed it, and so may be as much too long
/// as that read came late.
package struct Visibility: Hashable, Sendable {
  package var last: Span
  package var longest: Span
  /// Of so many orders.
  package var orders: Int

  package init() {
    last = .zero
    longest = .zero
    orders = 0
  }

  package mutating func note(_ latency: Span) {
    last = latency
    longest = max(longest, latency)
    orders += 1
  }

  /// As it is kept: three numbers, the spans in seconds.
  package var text: String { "\(last.seconds) \(longest.seconds) \(orders)" }

  package init?(text: String) {
    let numbers = text.split(separator: " ").compactMap { Int64($0) }
    guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    last = .seconds(numbers[0])
    longest = .seconds(numbers[1])
    orders = Int(numbers[2])
  }
}

extension Renewal {
  /// How long its order took to show, where its acceptance is known.
  package func latency(until seen: ExpiryEvidence) -> Span? {
    state == .accepted ? max(.zero, seen.serverTime - since) : nil
  }
}

extension ProtocolParameters {
  /// Above a quarter of W somebody has to look: what shows later than W looks
  /// unpaid, and is paid for again.
  package func isSlow(_ latency: Span) -> Bool { latency * 4 > visibilityBound }
}
