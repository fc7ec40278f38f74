/// Every crash at every boundary of one renewal and, where asked for, every
/// second crash in the recovery from each.
///
/// Most boundaries change nothing that outlives the daemon: a crash before a
/// read of the disk and one after it leave the same world, and what follows is
/// the same course. A life without a crash foresees the world that a crash at
/// each of its boundaries would leave. Each world is gone on from, and has to be
/// the one that was foreseen; the other crashes that leave it count as covered.
package struct CrashSurvey: Codable, Sendable {
  package var crashes = 0
  /// Courses that were run to their end.
  package var courses = 0
  package var violations: [String] = []

  package init() {}

  package mutating func add(_ other: CrashSurvey) {
    crashes += other.crashes
    courses += other.courses
    violations += other.violations
  }

  package static let kinds: [Crash.Kind] = [.kill, .powerCut(loss: 100, tear: 0, seed: 0)]

  /// Of a course without any crash.
  package static func boundaries() -> Int64 {
    CrashedRenewal("calm")?.run().boundaries.first ?? 0
  }

  /// The worlds that crashes of one kind may leave, over one program's work.
  package struct Worlds {
    /// Of the crashes whose worlds are known one in so many is gone on from all the
    /// same: what was foreseen of it has to be right, too.
    private static let share = 256

    private let kind: Crash.Kind
    /// What a crash at each boundary of a calm course leaves.
    private let firsts: [Int]
    private let boundaries: Int64
    /// Those that were gone on from.
    private var known: Set<Int> = []
    /// How many boundaries the recovery from each of the first worlds has.
    private var recoveries: [Int: Int64] = [:]

    package init(_ kind: Crash.Kind) {
      self.kind = kind
      let calm = CrashedRenewal("crash", foreseeing: kind)?.run()
      boundaries = calm?.boundaries.first ?? 0
      firsts = calm?.foreseen ?? []
    }

    /// One crash at each boundary, and one after the last.
    package mutating func singles() -> CrashSurvey {
      var survey = CrashSurvey()
      for (boundary, world) in zip(1...max(1, boundaries), firsts) {
        run([Crash(at: boundary, isAfter: false, kind)], leaving: world, &survey)
      }
      run([Crash(at: boundaries, isAfter: true, kind)], leaving: nil, &survey)
      return survey
    }

    /// A second crash at each boundary of the recovery from a first one there.
    package mutating func pairs(after first: Int64) -> CrashSurvey {
      var survey = CrashSurvey()
      guard Int(first) <= firsts.count else {
        survey.violations.append("\(kind) at \(first): the calm course could not be followed")
        return survey
      }
      let world = firsts[Int(first) - 1]
      if let covered = recoveries[world] {
        survey.crashes += Int(covered)
        return survey
      }
      let one = Crash(at: first, isAfter: false, kind)
      guard let recovery = CrashedRenewal("crash", crashes: [one], foreseeing: kind)?.run(),
        let last = recovery.boundaries.last, recovery.foreseen.count == last
      else {
        survey.violations.append("\(kind) at \(first): its recovery could not be followed")
        return survey
      }
      recoveries[world] = last
      for (second, world) in zip(1...max(1, last), recovery.foreseen) {
        run([one, Crash(at: second, isAfter: false, kind)], leaving: world, &survey)
      }
      return survey
    }

    private mutating func run(
      _ crashes: [Crash], leaving world: Int?, _ survey: inout CrashSurvey
    ) {
      survey.crashes += 1
      let isNew = world.map { known.insert($0).inserted } ?? true
      guard isNew || survey.crashes.isMultiple(of: Self.share) else { return }
      let at = crashes.map { "\($0.boundary)\($0.isAfter ? " done" : "")" }
        .joined(separator: ", then ")
      func violated(_ what: String) { survey.violations.append("\(kind) at \(at): \(what)") }
      guard let verdict = CrashedRenewal("crash", crashes: crashes)?.run() else {
        return violated("the simulated disk could not be made")
      }
      survey.courses += 1
      verdict.violations.forEach(violated)
      if let world, verdict.world != world { violated("it left another world than foreseen") }
      if verdict.violations.isEmpty, !verdict.isRenewed { violated("not renewed in the end") }
    }
  }
}
