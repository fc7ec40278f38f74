import GRDB
import RenewalCore

/// The inventory and the ledger: one SQLite file, one connection, one writer.
///
/// Everything is synchronous and is called on the queue that owns the state.
/// Each `write` is one durable transaction; what follows from it may be acted
/// on once it returned.
package final class InventoryStore {
  let queue: DatabaseQueue
  private let path: String
  private let identity: (any FileIdentifying)?
  private let sidecar: any SidecarLog
  /// The identity of the file that was opened.
  private let opened: FileIdentity?
  /// Where the last transaction of this process left the ledger.
  package private(set) var head: LedgerHead
  /// Transactions of this process: whatever was read before the last one may
  /// have changed.
  package private(set) var commits: Int64 = 0
  /// The first error after which nothing may be written any more.
  package private(set) var fault: StoreError?
  /// When the whole chain was read; `nil` where a clean stop made that needless.
  package private(set) var verifiedAt: Instant?
  /// What the comparison with the sidecar found at opening.
  package private(set) var openingDoubts: [OpeningDoubt] = []

  /// Opens or creates the inventory.
  ///
  /// - Parameters:
  ///   - path: the database file. Its directory exists and is locked.
  ///   - identity: tells whether the path still leads to the opened file;
  ///     `nil` where there are no files to tell apart.
  ///   - isUntouched: the file is known to be as a clean stop left it: its pages
  ///     and its chain were checked then, and are not read again.
  /// - Throws: `StoreError`.
  package init(
    path: String, sidecar: any SidecarLog, identity: (any FileIdentifying)?, now: Instant,
    isUntouched: Bool = false
  ) throws(StoreError) {
    self.path = path
    self.identity = identity
    self.sidecar = sidecar
    do {
      queue = try StoreConnection.open(path: path)
      try queue.inDatabase { database in
        try StoreConnection.inspect(database, path: path, pages: !isUntouched)
      }
      try Migrations.migrator.migrate(queue)
      head = try queue.inDatabase {
        isUntouched ? try LedgerQueries.head($0) : try LedgerQueries.verifiedHead($0)
      }
      verifiedAt = isUntouched ? nil : now
      opened = identity?.identify(path)
    } catch { throw StoreError(error) }
    try reconcileSidecar(at: now)
  }

  /// Opens the inventory for reading alone, beside a daemon or without one.
  ///
  /// - Throws: `StoreError`; `cannotOpen` also for a file of an older schema or
  ///   with an unfinished transaction, either of which only a daemon mends.
  package init(reading path: String) throws(StoreError) {
    self.path = path
    identity = nil
    opened = nil
    sidecar = NoSidecar()
    fault = .closed("it was opened for reading")
    do {
      queue = try StoreConnection.openReadOnly(path: path)
      let schema = try queue.inDatabase { database in
        guard try StoreConnection.isOurs(database) else { throw StoreError.foreignFile(path) }
        return try StoreConnection.schema(database)
      }
      guard schema <= Migrations.current else {
        throw StoreError.newerVersion("schema \(schema), this version knows \(Migrations.current)")
      }
      guard schema == Migrations.current else {
        throw StoreError.cannotOpen("its schema is older, which the daemon's next start mends")
      }
      head = try queue.inDatabase { try LedgerQueries.head($0) }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
      throw .cannotOpen("its last transaction is unfinished, which the daemon's next start undoes")
    } catch { throw StoreError(error) }
  }

  /// Runs one transaction and returns when it is durable.
  ///
  /// - Parameter spending: whether the transaction decides to spend money: then
  ///   the path must still lead to the opened file.
  /// - Throws: `StoreError`. After `full` and `refused` nothing was written;
  ///   after any other it is unknown whether it was, and the store stays closed.
  package func write<Result>(
    spending: Bool = false, _ body: (StoreTransaction) throws -> Result
  ) throws(StoreError) -> Result {
    if let fault { throw .closed(fault.description) }
    do {
      if spending, let opened, let identity, identity.identify(path) != opened {
        throw StoreError.replaced(path)
      }
      var committed = head
      var lines: [SidecarLine] = []
      var result: Result?
      try queue.inDatabase { database in
        try database.immediately {
          let current = try LedgerQueries.head(database)
          guard current == head else {
            throw StoreError.replaced(
              "its ledger ends at row \(current.sequence), not at \(head.sequence)")
          }
          let transaction = StoreTransaction(database: database, head: head)
          result = try body(transaction)
          committed = transaction.head
          lines = transaction.sidecarLines
        }
      }
      head = committed
      commits += 1
      // After the commit and before anything is sent: a ledger restored from
      // an older copy is found out by the lines that it lacks.
      // A failure here, a full disk too, is not undone with the transaction:
      // the ledger is ahead of its sidecar until the next start mends it.
      if !lines.isEmpty {
        do { try sidecar.append(lines) } catch {
          throw StoreError.inputOutput("the sidecar could not be written: \(error)")
        }
      }
      guard let result else { throw StoreError.inputOutput("the transaction did not run") }
      return result
    } catch {
      let error = StoreError(error)
      if error.latches { fault = error }
      throw error
    }
  }

  /// Runs reads on a consistent state. Works after a fault too: status is
  /// served as long as the file can be read.
  package func read<Result>(_ body: (StoreReader) throws -> Result) throws(StoreError) -> Result {
    do { return try queue.inDatabase { try body(StoreReader(database: $0)) } } catch {
      throw StoreError(error)
    }
  }

  /// Gives up the pages that SQLite keeps at hand, before a sleep. They are read
  /// again when they are needed.
  package func releaseMemory() {
    try? queue.inDatabase { try $0.execute(sql: "PRAGMA shrink_memory") }
  }

  /// Closes the connection.
  package func close() throws(StoreError) {
    do { try queue.close() } catch { throw StoreError(error) }
  }

  /// Compares the ledger with the lines beside it, and takes over what the
  /// ledger lacks: an intent that it has forgotten may still be paid for.
  private func reconcileSidecar(at now: Instant) throws(StoreError) {
    if try mendSidecar() { return }
    let lines: [SidecarLine]
    do { lines = SidecarText.inForce(try sidecar.load()) } catch { throw StoreError(error) }
    var missing: [SidecarLine] = []
    var changed = false
    try read { reader in
      for line in lines {
        let hash = try LedgerQueries.hash(of: line.sequence, reader.database)
        guard hash != line.hash else { continue }
        if hash != nil { changed = true }
        missing.append(line)
      }
    }
    if !missing.isEmpty {
      openingDoubts.append(changed ? .tampered(missing.count) : .rolledBack(missing.count))
      let alert: AlertKind = changed ? .ledgerTamper : .rollback
      try write {
        try $0.takeOver(missing, at: now)
        try $0.raise(
          alert, "\(missing.count) rows recorded beside the ledger were not in it", at: now)
      }
    }
    let known = missing.isEmpty ? Set(lines.map(\.sequence)) : []
    var unsaved = try read { try LedgerQueries.sidecarLines(after: 0, $0.database) }
      .filter { !known.contains($0.sequence) }
    guard !unsaved.isEmpty else { return }
    if missing.isEmpty {
      openingDoubts.append(.sidecarBehind(unsaved.count))
    } else {
      unsaved[0].supersedes = true
    }
    do { try sidecar.append(unsaved) } catch { throw StoreError(error) }
  }

  /// Appends what the sidecar lacks where its end is in the ledger. The chain up
  /// to there was verified and each hash covers all before it, so that one line
  /// speaks for every older one.
  ///
  /// - Returns: whether its end is in the ledger.
  private func mendSidecar() throws(StoreError) -> Bool {
    let last: SidecarLine?
    do { last = try sidecar.loadLast().last } catch { throw StoreError(error) }
    guard let last,
      try read({ try LedgerQueries.hash(of: last.sequence, $0.database) }) == last.hash
    else { return false }
    let unsaved = try read {
      try LedgerQueries.sidecarLines(after: last.sequence, $0.database)
    }
    guard !unsaved.isEmpty else { return true }
    openingDoubts.append(.sidecarBehind(unsaved.count))
    do { try sidecar.append(unsaved) } catch { throw StoreError(error) }
    return true
  }
}

/// What opening found wrong between the ledger and its sidecar.
package enum OpeningDoubt: Hashable, Sendable {
  /// The ledger lacks so many rows that were recorded beside it.
  case rolledBack(Int)
  /// So many rows differ from what was recorded.
  case tampered(Int)
  /// The sidecar lacked so many rows and has them now: a crash between the
  /// two, or the sidecar was lost.
  case sidecarBehind(Int)
}
