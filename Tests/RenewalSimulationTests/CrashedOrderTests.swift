import Glibc
import RenewalSimulation
import Testing

/// Every crash in every moment of one order of a new group: bought at most once,
/// enrolled in the end, the ledger whole. `CrashedOrder` judges each course.
@Suite(.serialized) struct `A crash in an order of a group` {
  static let isSoak = getenv("RENEWALD_SOAK") != nil

  private func verdict(
    _ crashes: [Crash], _ trouble: OrderTrouble = .none, readsBilling: Bool = true
  ) throws -> CrashedOrder.Verdict {
    let course = try #require(
      CrashedOrder("order", crashes: crashes, trouble: trouble, readsBilling: readsBilling))
    let verdict = course.run()
    try #require(verdict.violations.isEmpty, "\(crashes) with \(trouble): \(verdict.violations)")
    return verdict
  }

  /// Crashes before every boundary of the calm course, or every so many of them.
  private func crashEverywhere(
    _ kind: Crash.Kind, _ trouble: OrderTrouble = .none, readsBilling: Bool = true, step: Int = 1
  ) throws -> [CrashedOrder.Verdict] {
    let last = try #require(try verdict([], trouble, readsBilling: readsBilling).boundaries.first)
    return try stride(from: 1, through: last, by: step).map {
      try verdict([Crash(at: $0, isAfter: false, kind)], trouble, readsBilling: readsBilling)
    }
  }

  @Test func `has boundaries on the disk and beside it`() throws {
    let calm = try verdict([])
    #expect(calm.sent == 1 && calm.attempts == 1)
    #expect(try #require(calm.boundaries.first) > 50)
  }

  @Test(arguments: [Crash.Kind.kill, .powerCut(loss: 100, tear: 0, seed: 0)])
  func `buys one group, wherever it comes`(kind: Crash.Kind) throws {
    let verdicts = try crashEverywhere(kind)
    // Both happen: an intent whose request never left, and one that was bought.
    #expect(Set(verdicts.map(\.attempts)) == [1, 2])
    #expect(verdicts.allSatisfy { $0.sent == 1 })
  }

  @Test(arguments: OrderTrouble.allCases.filter { $0 != .none })
  func `on top of an order in trouble buys one group`(trouble: OrderTrouble) throws {
    for kind in [Crash.Kind.kill, .powerCut(loss: 60, tear: 100, seed: 5)] {
      _ = try crashEverywhere(kind, trouble, step: Self.isSoak ? 1 : 8)
    }
  }

  @Test func `without billing buys one group`() throws {
    _ = try crashEverywhere(.kill, readsBilling: false, step: Self.isSoak ? 1 : 8)
    _ = try crashEverywhere(.kill, .replyLost, readsBilling: false, step: Self.isSoak ? 1 : 8)
  }

  /// A second crash in the recovery from a first one.
  @Test func `and another one in its recovery buy one group`() throws {
    let last = try #require(try verdict([]).boundaries.first)
    for first in stride(from: 1, through: last, by: Self.isSoak ? 1 : 15) {
      let one = Crash(at: first, isAfter: false, .powerCut(loss: 100, tear: 0, seed: 0))
      let recovery = try #require(try verdict([one]).boundaries.last)
      for second in stride(from: 1, through: recovery, by: Self.isSoak ? 1 : 25) {
        _ = try verdict([one, Crash(at: second, isAfter: false, .kill)])
      }
    }
  }
}
