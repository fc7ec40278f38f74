import GRDB
import RenewalCore
import TestSupport
import Testing

@testable import InventoryStore

private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

@Suite struct `Spending` {
  let directory = TemporaryDirectory()
  let store: InventoryStore

  init() throws {
    store = try InventoryStore(
      path: directory.path + "/inventory.sqlite", sidecar: NoSidecar(), identity: nil,
      now: Sample.now)
  }

  /// A renewal of a group of its own, dated so long after the sample's now.
  private func add(
    _ group: Int, _ price: Money, after span: Span = .zero, rule: String = "all",
    _ state: RenewalState? = nil, order: OrderID? = nil, charged: Money? = nil
  ) throws {
    let key = GroupKey(account: group % 2 == 0 ? "even" : "odd", group: GroupID("aig-\(group)"))
    var row = Sample.row()
    row.record.account = key.account
    row.record.latest.id = key.group
    let intent = RenewalIntent(
      key: RenewalKey(subject: key, expiry: Sample.expiry), attempt: 1, period: .oneMonth,
      quote: price, date: Sample.now + span, nonce: "nonce-\(group)", requestHash: "hash",
      rule: rule, bootID: "boot")
    try store.write { transaction in
      try transaction.save(row)
      let renewal = try transaction.open(intent, at: intent.date)
      guard let state else { return }
      _ = try transaction.apply(
        RenewalTransition(
          state: state, order: order, newExpiry: Sample.expiry + .days(30), charged: charged,
          reason: "as the test says"),
        to: renewal, at: intent.date)
    }
  }

  private func use(
    _ budget: Budget = Budget(name: "b", per: .day, limit: nil), from: Span = .zero,
    at now: Span = .zero, life: Span = .minutes(65), without own: Int64? = nil
  ) throws -> [Int64] {
    let use = try store.read {
      try $0.use(
        of: budget, in: .cny, from: Sample.now + from,
        lingersSince: Sample.now + now - life, without: own)
    }
    return [use.spent.minorUnits, use.reserved.minorUnits]
  }

  @Test func `is what settled, at the order's amount where it is known`() throws {
    try add(1, cny(100), .settled)
    try add(2, cny(1_000), .settled, charged: cny(900))
    try add(3, Money(minorUnits: 5, currency: .usd), .settled)
    #expect(try use() == [1_000, 0])
  }

  @Test func `is a foreign renewal's only where an order of ours exists`() throws {
    try add(1, cny(100), .foreign)
    try add(2, cny(1_000), .foreign, order: "7")
    #expect(try use(at: .hours(2)) == [1_000, 0])
  }

  @Test func `reserves what is open, whenever it was opened`() throws {
    try add(1, cny(1), after: -.days(40))
    try add(2, cny(10), .unknown)
    try add(3, cny(100), .unpaid, order: "1")
    try add(4, cny(1_000), .stuck)
    try add(5, cny(10_000), .accepted, order: "2")
    #expect(try use() == [0, 11_111])
    #expect(try use(from: .hours(1)) == [0, 11_111])
    #expect(try use(without: 5) == [0, 1_111])
  }

  @Test func `reserves what has ended until its request can no longer take effect`() throws {
    try add(1, cny(1), .notEffected)
    try add(2, cny(10), .refused)
    try add(3, cny(100), .foreign)
    // No byte of it left.
    try add(4, cny(1_000), .notSent)
    #expect(try use(at: .minutes(64)) == [0, 111])
    #expect(try use(from: .minutes(30), at: .minutes(64)) == [0, 111])
    #expect(try use(at: .minutes(65)) == [0, 0])
  }

  @Test func `is counted by account, rule and group`() throws {
    for group in 1...4 { try add(group, cny(Int64(group)), rule: "r\(group)", .settled) }
    func spent(_ budget: Budget) throws -> Int64 { try use(budget)[0] }
    #expect(try spent(Budget(name: "", per: .day, accounts: ["odd"], limit: nil)) == 4)
    #expect(try spent(Budget(name: "", per: .day, rules: ["r1", "r2"], limit: nil)) == 3)
    #expect(try spent(Budget(name: "", per: .day, groups: ["aig-4"], limit: nil)) == 4)
    #expect(
      try spent(Budget(name: "", per: .day, accounts: ["even"], rules: ["r1"], limit: nil)) == 0)
  }

  @Test func `beyond what can be counted fits into no budget`() throws {
    try add(1, cny(.max), .settled)
    try add(2, cny(.max), .settled)
    try add(3, cny(.max))
    #expect(try use() == [.max, .max])
    #expect(try store.read { try $0.paid(since: Instant(0)) }.count == 3)
  }

  @Test func `remembers what the group was last paid for by the same period`() throws {
    try add(1, cny(100), .settled, charged: cny(90))
    let paid = try store.read { reader in
      (
        try reader.lastPaid(for: "aig-1", .oneMonth), try reader.lastPaid(for: "aig-1", .oneYear),
        try reader.lastPaid(for: "aig-2", .oneMonth)
      )
    }
    #expect(paid.0 == cny(90))
    #expect(paid.1 == nil && paid.2 == nil)
  }

  /// A thousand renewals a day for a year, and a budget of a day.
  @Test func `reads no more of the ledger than the budget's period`() throws {
    try add(1, cny(1), .settled)
    try store.queue.inDatabase { database in
      try database.execute(
        sql: """
          WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
          INSERT INTO renewals (account, group_id, expiry, attempt, period, auto_pay, amount,
            currency, date, nonce, request_hash, rule, boot_id, state, since)
          SELECT account, group_id, i, 1, period, 1, 1, 'CNY', date - i * 1000, 'n' || i, 'h',
            rule, boot_id, 'settled', since FROM renewals, n WHERE id = 1
          """)
    }
    try store.queue.inDatabase { database in
      let plan = try Row.fetchAll(
        database,
        sql:
          "EXPLAIN QUERY PLAN SELECT sum(amount) FROM renewals INDEXED BY renewals_by_date WHERE date >= 5"
      ).map { $0["detail"] as String }
      #expect(plan.allSatisfy { $0.contains("COVERING INDEX renewals_by_date (date>?)") })
    }
    #expect(try use() == [1, 0])
    #expect(try use(from: -.seconds(10_500)) == [10, 0])
  }
}

@Suite struct `Words about a renewal` {
  @Test func `are kept as they were said`() throws {
    let directory = TemporaryDirectory()
    let store = try InventoryStore(
      path: directory.path + "/inventory.sqlite", sidecar: NoSidecar(), identity: nil,
      now: Sample.now)
    var words = Deliberation(expiry: Sample.expiry)
    try store.write {
      try $0.save(Sample.row())
      try $0.save(words, of: Sample.subject)
    }
    #expect(try store.read { try $0.deliberation(of: Sample.subject) } == words)
    words.noticedAt = Sample.now
    words.asked = .init(price: cny(100), at: Sample.now)
    words.approval = .init(
      ceiling: cny(100), at: Sample.now, until: Sample.expiry, actor: "uid 1000", reason: "yes")
    words.veto = .init(at: Sample.now, actor: "uid 1001", reason: "no")
    try store.write { try $0.save(words, of: Sample.subject) }
    #expect(try store.read { try $0.deliberation(of: Sample.subject) } == words)
  }

  @Test func `and budgets come to a ledger of the first schema`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/inventory.sqlite"
    do {
      let old = try StoreConnection.open(path: path)
      try old.inDatabase { try StoreConnection.inspect($0, path: path, pages: true) }
      var migrator = DatabaseMigrator()
      migrator.registerMigration("0001 inventory, renewals, ledger, alerts") { database in
        try database.execute(sql: Migrations.first)
        try database.execute(sql: "PRAGMA user_version = 1")
      }
      try migrator.migrate(old)
      try old.close()
    }
    let store = try InventoryStore(
      path: path, sidecar: NoSidecar(), identity: nil, now: Sample.now)
    #expect(try store.read { try $0.deliberation(of: Sample.subject) } == nil)
    #expect(try store.read { try $0.paid(since: Instant(0)) }.count == 0)
  }
}
