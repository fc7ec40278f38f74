import RenewalCore
import RenewalSimulation
import Testing

extension `A crash in a renewal` {
  /// One suite with the crashes, since SQLite's random numbers and clock are the
  /// process's.
  @Suite struct `and a simulated world` {
    static let shape = World.Shape(years: 1, groups: 2)
    /// A daemon that expects every effect at once.
    static let hasty = ProtocolParameters(
      requestLife: .zero, visibilityBound: .zero, attemptCap: 3)

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `full of faults take one course, and it breaks no promise`(seed: UInt64) {
      let outcome = Simulator.run(seed: seed, shape: Self.shape)
      #expect(outcome.violations == [])
      #expect(outcome.breaches == [])
      #expect(outcome.payments > 0)
    }

    /// Each failed once.
    @Test(
      arguments: [
        (7, "uses a disk that was full for a moment as soon as it has room again"),
        (35, "asks again soon when two wrong dates agreed"),
        (9017, "may end soon after a group lapsed that somebody vetoed"),
        (9020, "calls people when the machine wakes up that slept when the call was due"),
        (9052, "may end while somebody holds a group to renew it by hand"),
      ] as [(UInt64, String)])
    func `of twenty groups and five years keep what they taught`(seed: UInt64, lesson: String) {
      let outcome = Simulator.run(
        seed: seed, shape: World.Shape(years: 5, groups: 20), twice: false)
      #expect(outcome.violations == [], "\(lesson)")
      #expect(outcome.breaches == [], "\(lesson)")
    }

    /// Failed once: its judge forgot that somebody had been called in time.
    @Test func `of four groups and eight years count a call that a wrong date took back`() {
      let outcome = Simulator.run(
        seed: 777_002, shape: World.Shape(years: 8, groups: 4), twice: false)
      #expect(outcome.violations == [])
      #expect(outcome.breaches == [])
    }

    @Test func `of two seeds take two courses`() throws {
      let traces = try [4, 5].map {
        try #require(World(seed: $0, shape: Self.shape, name: "course-\($0)")).run().trace
      }
      #expect(traces[0] != traces[1])
    }

    /// The proof that the cloud counts.
    @Test func `find out a daemon that pays twice`() throws {
      let found = try (1...40 as ClosedRange<UInt64>).contains { seed in
        let world = try #require(
          World(seed: seed, shape: Self.shape, name: "hasty-\(seed)", believed: Self.hasty))
        return world.run().violations.contains { $0.hasPrefix("paid 2 times") }
      }
      #expect(found)
      let course = try #require(
        CrashedRenewal(
          "hasty", trouble: .slowToShow, readsBilling: false, believed: Self.hasty))
      #expect(course.run().violations.contains { $0.hasPrefix("paid 2 times") })
    }

    /// The proof that the auditor counts.
    @Test func `find out a daemon that does not know its limits`() throws {
      var found: Set<Substring> = []
      for seed in 1...20 as ClosedRange<UInt64> {
        let world = try #require(
          World(seed: seed, shape: Self.shape, name: "lavish-\(seed)", toldOfLimits: false))
        found.formUnion(world.run().breaches.map { $0.prefix(6) })
      }
      #expect(found.contains("budget"))
    }

    @Test func `call nothing disproved by a read with a wrong date`() throws {
      let course = try #require(
        CrashedRenewal("wrong-date", trouble: .wrongDate, readsBilling: false))
      let verdict = course.run()
      #expect(verdict.violations == [])
      #expect(verdict.isRenewed)
    }

    @Test(arguments: [true, false])
    func `send nothing when somebody else paid after the intent`(readsBilling: Bool) throws {
      let course = try #require(
        CrashedRenewal("elsewhere", trouble: .paidElsewhere, readsBilling: readsBilling))
      let verdict = course.run()
      #expect(verdict.violations == [])
      #expect(verdict.attempts == 1)
      #expect(verdict.payments == 0)
    }

    @Test func `keep payments off after a failed sync until the next boot`() throws {
      let latched = try #require(CrashedRenewal("latched", isLatched: true)).run()
      #expect(latched.violations == [])
      #expect(latched.payments == 0)
      let last = try #require(latched.boundaries.first)
      for (kind, payments) in [
        (Crash.Kind.kill, 0), (.powerCut(loss: 100, tear: 0, seed: 0), 1),
      ] {
        let course = try #require(
          CrashedRenewal(
            "latched", crashes: [Crash(at: last / 2, isAfter: true, kind)], isLatched: true))
        let verdict = course.run()
        #expect(verdict.violations == [])
        #expect(verdict.payments == payments)
      }
    }
  }
}
