import Foundation
import Glibc
import Synchronization
import Testing

extension `The real programs` {
  @Suite struct `Killed` {
    /// What else goes wrong with the paid calls, one list for each cloud. The reads of
    /// all of them are late or doubled now and then.
    private static let faults: [[String]] = [
      [],
      [
        #"{"kind": "cut", "effect": "done", "count": 4}"#,
        #"{"kind": "redirect", "effect": "done", "count": 2}"#,
      ],
      [
        #"{"kind": "status", "effect": "done", "count": 4}"#,
        #"{"kind": "code", "effect": "done", "count": 2}"#,
      ],
      [#"{"kind": "truncated", "count": 4}"#, #"{"kind": "short", "count": 2}"#],
      [
        #"{"kind": "reset", "effect": "done", "count": 3}"#,
        #"{"kind": "delay", "milliseconds": 4000, "count": 2}"#,
        #"{"kind": "cut", "effect": "late", "seconds": 1, "count": 2}"#,
      ],
    ]

    /// `RENEWALD_KILL_ROUNDS` (50) and `RENEWALD_KILL_SEED` ask for more, and for others.
    @Test
    func `at any moment the daemon never pays twice, and at last all is renewed`() throws {
      let environment = ProcessInfo.processInfo.environment
      let rounds = environment["RENEWALD_KILL_ROUNDS"].flatMap { Int($0) } ?? 50
      let seed = environment["RENEWALD_KILL_SEED"].flatMap { UInt64($0) } ?? 1
      let faults = Self.faults
      // Ten of each at a time: a fleet that has more due than a daemon under test can
      // pay for soon only waits.
      let courses = (rounds + 9) / 10
      var doubts = 0
      for first in stride(from: 0, to: courses, by: faults.count) {
        // Side by side, since each waits most of the time.
        let results = Mutex<[Result<Course, any Error>]>([])
        DispatchQueue.concurrentPerform(iterations: faults.count) { number in
          let course = Result {
            try Course(rounds: 10, seed: seed &+ UInt64(first + number), faults: faults[number])
          }
          results.withLock { $0.append(course) }
        }
        for course in try results.withLock({ $0 }).map({ try $0.get() }) {
          #expect(course.paidTwice == [], "seed \(course.seed)")
          #expect(course.unpaid == [], "seed \(course.seed)")
          doubts += course.doubts
        }
      }
      #expect(doubts > 0, "no kill came between a payment and its answer")
    }
  }

  /// One cloud, and a daemon that is killed so many times before it is let live.
  fileprivate struct Course: Sendable {
    var seed: UInt64
    var doubts = 0
    var paidTwice: [String] = []
    var unpaid: [String] = []

    init(rounds: Int, seed: UInt64, faults: [String]) throws {
      self.seed = seed
      var random = SplitMix(state: seed)
      // A third of them is due: more than one for each round.
      let cloud = try SandboxProcess(groups: 6 * rounds)
      for fault in faults {
        try cloud.post(
          "/faults", #"{"operation": "RenewAppInstanceGroup", "# + fault.dropFirst())
      }
      // A slow answer widens the moment in which money has moved and nobody knows.
      try cloud.post(
        "/faults",
        #"{"kind": "delay", "operation": "RenewAppInstanceGroup", "milliseconds": 60, "count": 0}"#)
      try cloud.post(
        "/faults",
        #"{"kind": "stale", "operation": "GetAppInstanceGroup", "seconds": 1, "count": 10}"#)
      try cloud.post(
        "/faults", #"{"kind": "duplicates", "operation": "ListAppInstanceGroup", "count": 5}"#)
      let due = try cloud.due()
      let site = try Site(cloud)
      for round in 1...rounds {
        let daemon = try site.renewald()
        // At any moment; and every other time while a paid call is out, or soon after.
        if round.isMultiple(of: 2) { _ = try? daemon.line("paying ", within: .seconds(8)) }
        let moment = Int.random(in: 0...(round.isMultiple(of: 2) ? 80 : 500), using: &random)
        daemon.listen(.milliseconds(moment))
        daemon.signal(SIGKILL)
        _ = try daemon.exit()
        doubts += daemon.lines.filter { $0.contains(" is unknown") }.count
        paidTwice += try cloud.payments().filter { $0.value > 1 }.map {
          "\($0.key.group) in round \(round)"
        }
      }
      let daemon = try site.renewald()
      let deadline = Deadline(.seconds(90 + 2 * due.count))
      while try cloud.payments().count < due.count, !deadline.hasPassed {
        daemon.listen(.milliseconds(500))
      }
      let payments = try cloud.payments()
      paidTwice += payments.filter { $0.value > 1 }.map { "\($0.key.group) at last" }
      unpaid = due.filter { payments[$0] == nil }.map(\.group)
    }
  }
}

/// The same moments for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
