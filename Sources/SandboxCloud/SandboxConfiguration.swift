/// What a sandbox starts with.
package struct SandboxConfiguration: Sendable {
  /// The loopback address and port to listen on; port 0 takes any free one.
  package var host = "127.0.0.1"
  package var port = 0
  /// The control interface's port on the same address; `nil` for none.
  package var controlPort: Int?
  /// Where to write `ca.pem`, the authority of a certificate for loopback that is made
  /// at the start; `nil` for plain HTTP. The control interface has no TLS.
  package var tlsDirectory: String?
  /// Secrets by key id.
  package var accessKeys = ["testAccessKeyId": "testAccessKeySecret"]
  package var groups = 12
  package var seed: UInt64 = 7
  /// ISO 4217.
  package var currency = "CNY"
  package var balance = Amount(minorUnits: 100_000_00)
  /// What may be spent beyond the balance.
  package var credit = Amount.zero
  /// Where the clock starts; `nil` for the machine's own time.
  package var clock: CloudTime?
  /// A clock that stands still moves only when it is set or advanced.
  package var clockRuns = true
  package var settings = SandboxSettings()
  /// Monotonic nanoseconds, for a running clock; a test may pass its own.
  package var monotonic: @Sendable () -> Int = MachineClock.monotonicNanoseconds

  package init() {}
}

/// What may be changed while the sandbox runs.
package struct SandboxSettings: Hashable, Sendable {
  /// Seconds until a change of a group can be seen, for each replica that answers
  /// reads; the replicas take turns. Never empty.
  package var replicaLags = [0]
  /// Seconds that a request's date may be off, either way: 15 minutes (API reference,
  /// section 3.1). A rehearsal that jumps the cloud's clock wants more.
  package var dateTolerance = 15 * 60
  /// Seconds that an order of a group is worked on; another one meanwhile is turned
  /// away with `SYSTEM.CONCURRENT_OPERATE` (API reference, section 8.3). How long that
  /// takes is not published.
  package var orderTime = 0
  /// Seconds that a new group is `DEPLOYING`.
  package var deployTime = 60
  /// Seconds from expiry to `EXPIRED_RECYCLING`. The real figure is not published.
  package var recyclingAfter = 7 * CloudTime.day
  /// Seconds from expiry until the group is gone: 15 days, as for the sibling
  /// product Cloud Phone (API reference, section 11).
  package var releaseAfter = 15 * CloudTime.day
  /// Seconds an unpaid order lives: 7 days by default (API reference, section 11).
  package var unpaidOrderLife = 7 * CloudTime.day
  /// Whether a group that is past its expiry, and not yet recycling, can be renewed,
  /// from its old expiry on. The real answer is not published.
  package var renewsExpired = false

  package init() {}
}
