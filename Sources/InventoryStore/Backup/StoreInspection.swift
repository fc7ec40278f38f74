import GRDB
import RenewalCore

/// What a copy of the inventory holds, found by reading all of it.
package struct StoreInspection: Hashable, Sendable {
  package var schema: Int
  package var head: LedgerHead
  /// When its newest row was recorded; `nil` for an empty ledger.
  package var newest: Instant?
  package var accounts: [AccountName]
  package var groups: Int
  package var renewals: Int

  /// Checks a file of its own, not one that is in use: pages, indexes, foreign
  /// keys, and the ledger's chain from its first row to its last.
  ///
  /// A file of an older schema is read as it is after the steps to the present
  /// one, in a copy.
  ///
  /// - Throws: `StoreError`; `corrupt` for damage of any kind.
  package init(of path: String) throws(StoreError) {
    do {
      let queue = try StoreConnection.openReadOnly(path: path)
      defer { try? StoreConnection.retire(queue) }
      try queue.inDatabase { database in
        // Where one that can write makes an empty file its own.
        guard try StoreConnection.isOurs(database) else { throw StoreError.foreignFile(path) }
        try StoreConnection.inspect(database, path: path, pages: false)
        try StoreInspection.checkPages(database)
      }
      if try queue.inDatabase({ try StoreConnection.schema($0) }) == Migrations.current {
        self = try queue.inDatabase { try StoreInspection(database: $0) }
      } else {
        let copy = try DatabaseQueue()
        defer { try? StoreConnection.retire(copy) }
        try queue.backup(to: copy)
        try Migrations.migrator.migrate(copy)
        self = try copy.inDatabase { try StoreInspection(database: $0) }
      }
    } catch { throw StoreError(error) }
  }

  private init(database: Database) throws {
    schema = try StoreConnection.schema(database)
    head = try LedgerQueries.verifiedHead(database)
    newest = try LedgerQueries.rows(before: .max, limit: 1, database).first?.entry.at
    accounts = try GroupQueries.accounts(database)
    groups = try Int.fetchOne(database, sql: "SELECT count(*) FROM groups") ?? 0
    renewals = try Int.fetchOne(database, sql: "SELECT count(*) FROM renewals") ?? 0
  }

  private static func checkPages(_ database: Database) throws {
    let check = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? ""
    guard check == "ok" else { throw StoreError.corrupt(check) }
    let orphan = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check")
    guard orphan == nil else { throw StoreError.corrupt("a foreign key leads nowhere") }
  }

  /// Compares a file with lines of the log beside the inventory.
  ///
  /// - Returns: how many of the rows that they tell of the file has, how many
  ///   it has otherwise, and how many it has not come to yet.
  /// - Throws: `StoreError`.
  package static func compare(
    _ path: String, with lines: [SidecarLine]
  ) throws(StoreError) -> Agreement {
    do {
      let queue = try StoreConnection.openReadOnly(path: path)
      defer { try? StoreConnection.retire(queue) }
      return try queue.inDatabase { database in
        var agreement = Agreement()
        for line in lines {
          let hash = try LedgerQueries.hash(of: line.sequence, database)
          if hash == nil {
            agreement.missing += 1
          } else if hash == line.hash {
            agreement.same += 1
          } else {
            agreement.different += 1
          }
        }
        return agreement
      }
    } catch { throw StoreError(error) }
  }

  package struct Agreement: Hashable, Sendable {
    package var same = 0
    package var different = 0
    package var missing = 0
  }
}
