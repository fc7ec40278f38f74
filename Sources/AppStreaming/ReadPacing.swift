import Dispatch
import RenewalCore
import Synchronization

/// Keeps reads within one token bucket for each operation. Payments do not
/// pass through here: they are few, and a wait would let their date grow old.
package final class ReadPacing: Sendable {
  /// The service's own limits are not published (API reference, section 10);
  /// billing names 10 a second for its slowest read (section 7).
  package static let defaultRate = 10

  private let buckets: Mutex<[CloudOperation: TokenBucket]>
  private let fresh: TokenBucket
  private let now: @Sendable () -> Duration
  private let after: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

  /// - Parameters:
  ///   - perSecond: for each operation; also what may come at once.
  ///   - now: a clock that never steps, from any fixed moment.
  ///   - after: runs something so much later.
  package init(
    perSecond: Int = defaultRate, now: @escaping @Sendable () -> Duration,
    after: @escaping @Sendable (Duration, @escaping @Sendable () -> Void) -> Void
  ) {
    fresh = TokenBucket(perSecond: perSecond, burst: perSecond)
    buckets = Mutex([:])
    self.now = now
    self.after = after
  }

  /// Waits with Dispatch's own clock.
  package convenience init(perSecond: Int = defaultRate, queue: DispatchQueue) {
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
    let wait = buckets.withLock { $0[operation, default: fresh].reserve(at: now()) }
    if wait > .zero { after(wait, call) } else { call() }
  }

  /// Learns from the answer.
  func leave(_ operation: CloudOperation, _ reply: CloudReply) {
    buckets.withLock { buckets in
      if reply.isThrottled {
        let hint = reply.retryAfter.map { Duration.seconds($0.seconds) }
        buckets[operation, default: fresh].throttle(at: now(), hint: hint)
      } else {
        buckets[operation, default: fresh].recover()
      }
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
