import GRDB
import Synchronization

/// Opens the one connection and proves its settings by reading them back.
enum StoreConnection {
  /// `rnwd`: tells our files from other SQLite databases.
  static let applicationID = 0x726E_7764

  /// Settings of every connection, with what each must read as.
  ///
  /// DELETE with EXTRA: with FULL, SQLite does not sync the directory after it
  /// removed the journal, and a power cut can bring the journal back and undo a
  /// committed intent (SQLite, "PRAGMA synchronous"). `recursive_triggers`,
  /// since REPLACE removes rows without firing delete triggers otherwise.
  static let settings: [(name: String, value: String, reads: String)] = [
    ("journal_mode", "DELETE", "delete"),
    ("synchronous", "EXTRA", "3"),
    ("foreign_keys", "ON", "1"),
    ("recursive_triggers", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("cell_size_check", "ON", "1"),
    ("mmap_size", "0", "0"),
    ("busy_timeout", "5000", "5000"),
  ]

  static func open(path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "inventory"
    configuration.foreignKeysEnabled = true
    configuration.acceptsDoubleQuotedStringLiterals = false
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    // After opening, not in `prepareDatabase`: opening changes some of them.
    try queue.inDatabase { database in
      for setting in settings {
        try database.execute(sql: "PRAGMA \(setting.name) = \(setting.value)")
        let value = try DatabaseValue.fetchOne(database, sql: "PRAGMA \(setting.name)")
        let reads = value.flatMap {
          String.fromDatabaseValue($0) ?? Int64.fromDatabaseValue($0)?.description
        }
        // An in-memory or mapped build may not know mmap_size: no row is "off".
        guard reads == setting.reads || (setting.name == "mmap_size" && reads == nil) else {
          throw StoreError.cannotOpen(
            "PRAGMA \(setting.name) reads '\(reads ?? "nothing")' instead of '\(setting.reads)'")
        }
      }
    }
    return queue
  }

  /// Opens a connection that can only read, beside the one that writes or in
  /// its absence.
  static func openReadOnly(path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "inventory, read only"
    configuration.readonly = true
    configuration.acceptsDoubleQuotedStringLiterals = false
    configuration.busyMode = .timeout(5)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { database in
      for name in ["trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"] {
        try database.execute(sql: "PRAGMA \(name)")
      }
    }
    return queue
  }

  /// Closes a connection, and keeps what is left of it: some hundred bytes.
  ///
  /// GRDB marks its queues with a value of their own. Where such a queue is
  /// deallocated, Dispatch destroys the value on a global queue, and with the first
  /// use of that it begins to look after its threads once a second, for as long as
  /// the process lives (libdispatch, src/event/workqueue.c). A daemon that copies
  /// its ledger once a day would never sleep again.
  static func retire(_ queue: DatabaseQueue) throws {
    try queue.close()
    retired.withLock { if $0.count < mostRetired { $0.append(queue) } }
  }

  private static let retired = Mutex<[DatabaseQueue]>([])
  /// For years of copies. Beyond it sleep is given up, and not the memory.
  private static let mostRetired = 5000

  static func isOurs(_ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID
  }

  static func schema(_ database: Database) throws -> Int {
    try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
  }

  /// Refuses files that are not ours or are from the future, and damaged ones.
  /// An empty one becomes ours before it gets its first table: a crash in the
  /// middle of the first start must not leave a file that is taken for another
  /// program's.
  ///
  /// - Parameter pages: whether to read all of it for damage, which takes a second
  ///   for a hundred megabytes.
  static func inspect(_ database: Database, path: String, pages: Bool) throws {
    let version = try schema(database)
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
    if tables > 0 || version > 0 {
      guard try isOurs(database) else { throw StoreError.foreignFile(path) }
    } else {
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    guard version <= Migrations.current else {
      throw StoreError.newerVersion("schema \(version), this version knows \(Migrations.current)")
    }
    guard pages else { return }
    let check = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? ""
    guard check == "ok" else { throw StoreError.corrupt(check) }
    let orphans = try Row.fetchOne(database, sql: "PRAGMA foreign_key_check")
    guard orphans == nil else { throw StoreError.corrupt("a foreign key leads nowhere") }
  }
}

extension Database {
  /// A transaction of `BEGIN IMMEDIATE`, rolled back when anything in it fails.
  /// As GRDB's own, whose three statements are compiled each time.
  func immediately(_ body: () throws -> Void) throws {
    try cachedStatement(sql: "BEGIN IMMEDIATE").execute()
    do {
      try body()
      try cachedStatement(sql: "COMMIT").execute()
    } catch {
      // SQLite has rolled back by itself after most errors of the disk.
      if isInsideTransaction { try? cachedStatement(sql: "ROLLBACK").execute() }
      throw error
    }
  }
}
