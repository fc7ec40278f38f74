import GRDB
import RenewalCore
import TestSupport
import Testing

@testable import InventoryStore

@Suite struct `The counts of standings` {
  private func row(_ number: Int, _ standing: GroupStanding, in account: AccountName) -> GroupRow {
    GroupRow(
      record: GroupRecord(
        account: account, latest: DeliveryGroup(id: GroupID("aig-\(number)"), expiry: nil),
        maximumExpiry: nil, firstSeen: Sample.now, lastSeen: Sample.now),
      standing: standing)
  }

  private func counted(_ store: InventoryStore) throws -> [GroupStanding: Int] {
    try store.queue.inDatabase { database in
      let sql = "SELECT standing, count(*) FROM groups GROUP BY standing"
      return Dictionary(
        uniqueKeysWithValues: try Row.fetchAll(database, sql: sql).compactMap { row in
          GroupStanding(rawValue: row[0]).map { ($0, row[1] as Int) }
        })
    }
  }

  @Test func `are those of the rows after any change, and after none that was undone`() throws {
    let directory = TemporaryDirectory()
    let store = try InventoryStore(
      path: directory.path + "/inventory.sqlite", sidecar: NoSidecar(), identity: nil,
      now: Sample.now)
    func check() throws {
      #expect(try store.read { try $0.standings() } == counted(store))
    }
    for (number, from) in GroupStanding.allCases.enumerated() {
      for to in GroupStanding.allCases {
        try store.write { try $0.save(row(number, from, in: "one")) }
        try check()
        #expect(throws: (any Error).self) {
          try store.write { transaction in
            try transaction.saveJudgement(row(number, to, in: "one"))
            throw StoreError.refused("undone")
          }
        }
        try check()
        try store.write { try $0.saveJudgement(row(number, to, in: "one")) }
        try check()
      }
    }
    try store.queue.inDatabase {
      try $0.execute(sql: "DELETE FROM groups WHERE group_id = 'aig-0'")
    }
    try check()
    try store.write { try $0.save(row(0, .ok, in: "two")) }
    #expect(try store.read { try $0.accounts() } == ["one", "two"])
  }

  @Test func `are taken from the groups of an older ledger`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/inventory.sqlite"
    do {
      let store = try InventoryStore(
        path: path, sidecar: NoSidecar(), identity: nil, now: Sample.now)
      try store.write { transaction in
        for number in 0..<5 {
          try transaction.save(row(number, number < 2 ? .due : .ok, in: "main"))
        }
      }
      try store.queue.inDatabase { database in
        try database.execute(
          sql: """
            DROP TRIGGER groups_are_counted;
            DROP TRIGGER groups_are_counted_anew;
            DROP TRIGGER groups_are_counted_no_more;
            DROP TABLE standings;
            DELETE FROM grdb_migrations WHERE identifier LIKE '0004%';
            PRAGMA user_version = 3;
            """)
      }
      try store.close()
    }
    let store = try InventoryStore(
      path: path, sidecar: NoSidecar(), identity: nil, now: Sample.now)
    #expect(try store.read { try $0.standings() } == [.due: 2, .ok: 3])
    #expect(try store.queue.inDatabase { try StoreConnection.schema($0) } == Migrations.current)
  }
}
