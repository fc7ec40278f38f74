import Dispatch
import RenewalCore
import Synchronization

/// Keeps reads within one token bucket for each operation. Payments do not
/// pass through here: they are few, and a wait would let their date grow old.
package final class ReadPacing: Sendable {
  /// The limits of App Streaming are not published (API reference, section 10);
  /// this is twice what billing allows its slowest read.
  package static let defaultRate = 20

  private let buckets = Mutex<[CloudOperation: TokenBucket]>([:])
  private let rate: Int
  private let now: @Sendable () -> Duration
  private let after: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

  /// - Parameters:
  ///   - perSecond: for each operation, unless the cloud publishes less; also
  ///     what may come at once.
  ///   - now: a clock that never steps, from any fixed moment.
  ///   - after: runs something so much later.
  package init(
    perSecond: Int = defaultRate, now: @escaping @Sendable () -> Duration,
    after: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
  ) {
    rate = perSecond
    self.now = now
    self.after = after
  }

  /// Waits with Dispatch's own clock, on a queue of its own.
  package convenience init(perSecond: Int = defaultRate) {
    let queue = DispatchQueue(label: "cloud-pacing")
    self.init(
      perSecond: perSecond,
      now: { .nanoseconds(Int64(clamping: DispatchTime.now().uptimeNanoseconds)) },
      after: { delay, work in
        let (seconds, attoseconds) = delay.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: work)
      })
  }

  /// Runs the call when it is its turn; at once where there is no line.
  func enter(_ operation: CloudOperation, _ call: @escaping @Sendable () -> Void) {
    let wait = withBucket(of: operation) { $0.reserve(at: now()) }
    if wait > .zero { after(wait, call) } else { call() }
  }

  /// Learns from the answer.
  func leave(_ operation: CloudOperation, _ reply: CloudReply) {
    withBucket(of: operation) { bucket in
      if reply.isThrottled {
        bucket.throttle(at: now(), hint: reply.retryAfter.map { .seconds($0.seconds) })
      } else {
        bucket.recover()
      }
    }
  }

  private func withBucket<Result: Sendable>(
    of operation: CloudOperation, _ body: (inout TokenBucket) -> Result
  ) -> Result {
    let rate = min(rate, operation.publishedRate ?? .max)
    return buckets.withLock {
      body(&$0[operation, default: TokenBucket(perSecond: rate, burst: rate)])
    }
  }
}

extension CloudReply {
  /// Too many calls, by code, by status, or by the hint that comes with it
  /// whatever the code (API reference, sections 8.2 and 8.3).
  var isThrottled: Bool {
    status == 429 || code.hasPrefix("Throttling") || code == "Rejected.Throttling"
      || (status >= 400 && retryAfter != nil)
  }
}
