import Glibc
import RenewalSimulation
import Testing

/// Every crash in every moment of one renewal, and what comes of it: paid at
/// most once, renewed in the end or a person called, the ledger whole, and
/// nothing in it that nobody was told. `CrashedRenewal` judges each course.
///
/// Serialized, since SQLite's random numbers and clock are the process's.
@Suite(.serialized) struct `A crash in a renewal` {
  /// Operations of the disk and effects of the engine, from the first start on
  /// an empty disk until the renewal has settled. A new one changes the number:
  /// look at what it is, and that what is promised below still covers it.
  static let boundaries: Int64 = 623
  static let boundariesWithoutBilling: Int64 = 650

  /// `make soak` runs every course; `make test` those that differ most.
  static let isSoak = getenv("RENEWALD_SOAK") != nil

  /// Runs one course and says what went wrong in it.
  private func verdict(
    _ crashes: [Crash], _ trouble: PaymentTrouble = .none, readsBilling: Bool = true
  ) throws -> CrashedRenewal.Verdict {
    let course = try #require(
      CrashedRenewal(
        "crash", crashes: crashes, trouble: trouble, readsBilling: readsBilling))
    let verdict = course.run()
    try #require(
      verdict.violations.isEmpty, "\(crashes) with \(trouble): \(verdict.violations)")
    return verdict
  }

  /// Crashes before every boundary and after the last. What is after one is
  /// before the next: the daemon does nothing in between.
  private func crashEverywhere(
    _ kind: Crash.Kind, _ trouble: PaymentTrouble = .none, readsBilling: Bool = true,
    fromIntent: Bool = false, step: Int64 = 1
  ) throws -> [CrashedRenewal.Verdict] {
    let calm = try verdict([], trouble, readsBilling: readsBilling)
    let first = fromIntent ? calm.beforeIntent : 1
    let last = try #require(calm.boundaries.first)
    return try stride(from: first, through: last + 1, by: Int(step)).map { boundary in
      let crash = Crash(at: min(boundary, last), isAfter: boundary > last, kind)
      return try verdict([crash], trouble, readsBilling: readsBilling)
    }
  }

  @Test func `has the boundaries that are counted here`() throws {
    let withBilling = try verdict([]).boundaries
    #expect(withBilling == [Self.boundaries])
    let withoutBilling = try verdict([], readsBilling: false).boundaries
    #expect(withoutBilling == [Self.boundariesWithoutBilling])
  }

  @Test func `that kills the process anywhere still renews, once`() throws {
    #expect(try crashEverywhere(.kill).allSatisfy(\.isRenewed))
  }

  @Test func `that loses everything unsynced still renews, once`() throws {
    #expect(
      try crashEverywhere(.powerCut(loss: 100, tear: 0, seed: 0)).allSatisfy(\.isRenewed))
  }

  @Test(arguments: isSoak ? 1...20 : 1...1)
  func `that tears what was not synced still renews, once`(
    seed: UInt64
  ) throws {
    let kind = Crash.Kind.powerCut(loss: Int64(seed * 37 % 100), tear: 100, seed: seed)
    #expect(try crashEverywhere(kind).allSatisfy(\.isRenewed))
  }

  @Test(arguments: [Crash.Kind.kill, .powerCut(loss: 60, tear: 60, seed: 4)])
  func `without billing renews once, or calls a person`(kind: Crash.Kind) throws {
    let verdicts = try crashEverywhere(kind, readsBilling: false, fromIntent: !Self.isSoak)
    // The only attempt is used up where the crash came between intent and call.
    #expect(verdicts.contains { !$0.isRenewed })
    #expect(verdicts.allSatisfy { $0.attempts == 1 })
  }

  @Test(arguments: PaymentTrouble.allCases.filter { $0 != .none && $0 != .paidElsewhere })
  func `on top of a payment in trouble renews, once`(trouble: PaymentTrouble) throws {
    for kind in [Crash.Kind.kill, .powerCut(loss: 60, tear: 60, seed: 5)] {
      let verdicts = try crashEverywhere(
        kind, trouble, fromIntent: !Self.isSoak, step: Self.isSoak ? 1 : 6)
      #expect(verdicts.allSatisfy { $0.isRenewed })
    }
  }

  /// A second crash at every boundary of every recovery from a first one.
  @Test(arguments: [Crash.Kind.kill, .powerCut(loss: 100, tear: 0, seed: 0)])
  func `and another one in its recovery still renew, once`(kind: Crash.Kind) throws {
    var luck = Seeded(7)
    for first in 1...Self.boundaries {
      if !Self.isSoak, luck.next() % 10 > 0 { continue }
      let one = Crash(at: first, isAfter: false, kind)
      let recovery = try #require(try verdict([one]).boundaries.last)
      for second in 1...recovery {
        if !Self.isSoak, luck.next() % 100 > 0 { continue }
        let pair = try verdict([one, Crash(at: second, isAfter: false, kind)])
        #expect(pair.isRenewed, "crashes at \(first) and then at \(second)")
      }
    }
  }
}
