import Glibc

/// The cloud's clock: set at will, and from there on running with real time, or
/// standing still.
struct SandboxClock: Sendable {
  private var setTo: CloudTime
  /// Monotonic nanoseconds when it was set.
  private var setAt: Int
  private let runs: Bool

  init(at time: CloudTime, monotonic: Int, runs: Bool) {
    setTo = time
    setAt = monotonic
    self.runs = runs
  }

  func now(monotonic: Int) -> CloudTime {
    runs ? setTo + (monotonic - setAt) / 1_000_000_000 : setTo
  }

  mutating func set(to time: CloudTime, monotonic: Int) {
    setTo = time
    setAt = monotonic
  }
}

/// The machine's clocks.
package enum MachineClock {
  package static func monotonicNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  static func now() -> CloudTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return CloudTime(time.tv_sec)
  }
}
