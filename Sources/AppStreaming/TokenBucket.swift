/// How fast one operation may be asked, by the virtual scheduling form of the
/// generic cell rate algorithm (ITU-T I.371): one number says it all, the
/// moment at which the bucket will be full again.
///
/// Time is a distance from any fixed moment on a clock that never steps.
package struct TokenBucket: Hashable, Sendable {
  /// Between two calls once the burst is used up.
  private let interval: Duration
  /// What may be used up ahead: all of a burst but its first call.
  private let tolerance: Duration
  private var fullAt: Duration = .zero
  private var closedUntil: Duration = .zero
  private var throttled = 0

  /// - Parameters:
  ///   - perSecond: at least 1.
  ///   - burst: calls that may be made at once after a pause; at least 1.
  package init(perSecond: Int, burst: Int) {
    interval = .seconds(1) / max(1, perSecond)
    tolerance = interval * (max(1, burst) - 1)
  }

  /// Takes the next place in line.
  ///
  /// - Returns: how long the caller has to wait for it.
  package mutating func reserve(at now: Duration) -> Duration {
    let start = max(now, fullAt - tolerance, closedUntil)
    fullAt = max(fullAt, start) + interval
    return start - now
  }

  /// No hint of the cloud's makes this program look away for longer.
  private static let longestPause = Duration.seconds(600)

  /// The cloud said that it was too much. Without a hint of its own the pause
  /// is a second, and twice as long each time in a row, up to 64.
  package mutating func throttle(at now: Duration, hint: Duration?) {
    let pause = min(hint ?? .seconds(1 << throttled), Self.longestPause)
    closedUntil = max(closedUntil, now + pause)
    throttled = min(throttled + 1, 6)
  }

  /// The cloud answered again.
  package mutating func recover() { throttled = 0 }
}
