import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The walk over all groups` {
  /// The pages that are asked for until nothing is asked any more.
  private func pages(_ harness: EngineHarness) -> [Int] {
    var pages: [Int] = []
    while let question = harness.reads.first, pages.count < 20 {
      if case .groups(let page) = question.read { pages.append(page) }
      harness.answer()
    }
    return pages
  }

  private func absences(_ harness: EngineHarness, of id: GroupID) throws -> Int? {
    try harness.engine.store.read { try $0.group(GroupKey(account: "main", group: id)) }?
      .record.absences
  }

  @Test func `asks for each page once, and ends with the last`() throws {
    let harness = try EngineHarness()
    harness.pageSize = 2
    for number in 2...5 { harness.show(GroupID("aig-\(number)"), expiringIn: .days(40)) }
    #expect(pages(harness) == [1, 2, 3])
    for number in 1...5 { #expect(try absences(harness, of: GroupID("aig-\(number)")) == 0) }
    #expect(harness.engine.accounts["main"]?.groupCount == 5)
    harness.advance(harness.settings.sweepInterval)
    harness.tell(.woke)
    #expect(pages(harness) == [1, 2, 3])
  }

  @Test func `says nothing about what is missing from a list that ends before its total`() throws {
    let harness = try EngineHarness()
    harness.show("aig-2", expiringIn: .days(40))
    harness.answerAll()
    harness.cloud["aig-2"] = nil
    for (untold, expected) in [(1, 0), (1, 0), (0, 1)] {
      harness.untoldGroups = untold
      harness.advance(harness.settings.sweepInterval)
      harness.tell(.woke)
      harness.answerAll()
      #expect(try absences(harness, of: "aig-2") == expected)
    }
  }

  @Test func `that was whole is remembered over a restart, and one that was not is none`() throws {
    let harness = try EngineHarness()
    harness.untoldGroups = 1
    harness.answerAll()
    try harness.restart()
    #expect(harness.engine.accounts["main"]?.lastComplete == nil)
    harness.untoldGroups = 0
    harness.answerAll()
    let seen = harness.server
    harness.advance(.minutes(1))
    try harness.restart()
    #expect(harness.engine.accounts["main"]?.lastComplete == seen)
  }

  @Test func `is not taken for whole while the clock is in doubt`() throws {
    let harness = try EngineHarness()
    harness.answerAll()
    let seen = harness.server
    harness.advance(harness.settings.sweepInterval)
    harness.tell(.woke)
    while harness.answer(dated: .days(30)) {}
    #expect(harness.engine.accounts["main"]?.clockDoubt != nil)
    #expect(harness.engine.accounts["main"]?.lastComplete == seen)
  }

  @Test func `is not begun anew while it goes on`() throws {
    let harness = try EngineHarness()
    try #require(harness.reads.count == 1)
    harness.advance(harness.settings.sweepInterval * 2)
    harness.tell(.woke)
    #expect(harness.reads.count == 1)
  }

  @Test(arguments: [(Span.minutes(20), Span.minutes(20)), (.hours(5), .hours(1))])
  func `waits as long as a refusal asks for, but for no more than an hour`(
    asked: Span, waited: Span
  ) throws {
    let harness = try EngineHarness()
    let question = try #require(harness.reads.first)
    let refusal = CloudRefusal(code: "Throttling.User", httpStatus: 400, retryAfter: asked)
    harness.tell(
      .readReplied(question.id, ReadReply(.failure(.refused(refusal)), serverTime: harness.server)))
    let next = try #require(harness.engine.accounts["main"]?.nextSweep)
    #expect(next == harness.bootMilliseconds + waited.seconds * 1000)
  }

  @Test func `records each expiry that it shows, and that somebody else has moved one`() throws {
    let harness = try EngineHarness()
    harness.answerAll()
    let old = try #require(harness.cloud["aig-1"]?.expiry)
    harness.cloud["aig-1"]?.expiry = old + .days(31)
    harness.advance(harness.settings.sweepInterval)
    harness.tell(.woke)
    harness.answerAll()
    let seen = harness.announced.map(\.entry).filter { $0.kind == .expiryObserved }
    #expect(seen.map(\.oldExpiry) == [nil, old])
    #expect(seen.map(\.newExpiry) == [old, old + .days(31)])
    let told = harness.announced.map(\.entry).filter {
      $0.kind == .alertRaised && $0.subject == AlertKind.foreignRenewal.rawValue
    }
    #expect(told.count == 1)
    #expect(told.first?.group == "aig-1" && told.first?.newExpiry == old + .days(31))
  }
}
