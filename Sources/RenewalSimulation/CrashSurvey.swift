/// Worlds as crashes left them, by their digests.
package final class KnownWorlds {
  private var digests: Set<Int> = []

  package init() {}

  /// Whether it is a new one.
  func insert(_ world: Int) -> Bool { digests.insert(world).inserted }
}

/// Every crash at every boundary of one renewal and, where asked for, every
/// second crash in the recovery from each.
///
/// Most boundaries change nothing that outlives the daemon: a crash before a
/// read of the disk and one after it leave the same world, and what follows is
/// the same course. Each world is gone on from once; the others count as covered.
package struct CrashSurvey: Codable, Sendable {
  package var crashes = 0
  /// Courses that were gone on with to their end.
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

  /// One crash at each boundary.
  package static func singles(_ kind: Crash.Kind, known: KnownWorlds) -> CrashSurvey {
    var survey = CrashSurvey()
    let last = boundaries()
    for boundary in 1...max(1, last) {
      survey.run([Crash(at: boundary, isAfter: false, kind)], known)
    }
    survey.run([Crash(at: last, isAfter: true, kind)], known)
    return survey
  }

  /// A second crash at each boundary of the recovery from a first one there.
  ///
  /// - Parameter firsts: the worlds after first crashes. One that is in it has had
  ///   its pairs.
  package static func pairs(
    after first: Int64, _ kind: Crash.Kind, known: KnownWorlds, firsts: KnownWorlds
  ) -> CrashSurvey {
    var survey = CrashSurvey()
    let one = Crash(at: first, isAfter: false, kind)
    // The recovery by itself, to its end: a world that is known has had it.
    guard let recovery = CrashedRenewal("pair", crashes: [one])?.run(),
      let last = recovery.boundaries.last
    else { return survey }
    let isKnown = CrashedRenewal("pair", crashes: [one], known: firsts)?.run().isKnown ?? false
    guard !isKnown else {
      survey.crashes += Int(last)
      return survey
    }
    for second in 1...max(1, last) {
      survey.run([one, Crash(at: second, isAfter: false, kind)], known)
    }
    return survey
  }

  private mutating func run(_ list: [Crash], _ known: KnownWorlds) {
    crashes += 1
    guard let verdict = CrashedRenewal("crash", crashes: list, known: known)?.run() else {
      return violations.append("the simulated disk could not be made")
    }
    if !verdict.isKnown { courses += 1 }
    let at = list.map { "\($0.boundary)\($0.isAfter ? " done" : "")" }.joined(separator: ", then ")
    violations += verdict.violations.map { "\(list[0].kind) at \(at): \($0)" }
    if verdict.violations.isEmpty, !verdict.isKnown, !verdict.isRenewed {
      violations.append("\(list[0].kind) at \(at): not renewed in the end")
    }
  }
}
