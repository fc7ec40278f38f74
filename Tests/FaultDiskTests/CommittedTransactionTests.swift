import CFaultDisk
import GRDB
import Testing

/// What a commit is worth, proven at every operation that the disk sees.
@Suite struct `Committed transactions` {
  /// Rows 1 to 5 are there and durable.
  func baseline(on disk: Disk) throws -> OpaquePointer {
    do {
      let rows = try Rows(on: disk)
      try rows.create()
      try rows.insert(1...5)
    }
    disk.cut(.losesNothing)
    return try #require(fault_disk_take_snapshot(disk.raw))
  }

  /// Opens the database, inserts rows 6 to 8 in one transaction and tells
  /// whether the commit was acknowledged.
  func transact(on disk: Disk, _ durability: Durability = .extra) -> Bool {
    (try? Rows(on: disk, durability).insert(6...8)) != nil
  }

  /// The database after a restart is sound, has all that was acknowledged, and
  /// of the open transaction all or nothing.
  func check(_ disk: Disk, acknowledged: Bool, _ comment: Comment) throws {
    let rows = try Rows(on: disk)
    #expect(try rows.integrity() == ["ok"], comment)
    let numbers = try rows.numbers()
    #expect(numbers == Array(1...8) || !acknowledged && numbers == Array(1...5), comment)
  }

  /// Runs `body` with a power failure armed before and after the first, the
  /// second ... operation of a transaction, until one comes through. Returns
  /// how many operations there are.
  func atEveryPoint(
    on disk: Disk, from backup: OpaquePointer, _ durability: Durability,
    _ body: (_ acknowledged: Bool, _ comment: Comment) throws -> Void
  ) rethrows -> Int {
    for point in 1... {
      for fault in [.offBefore, .offAfter] as [fault_disk_fault] {
        fault_disk_restore(disk.raw, backup, nil)
        fault_disk_disarm(disk.raw)
        fault_disk_arm(disk.raw, .every, Int64(point), 1, fault)
        let acknowledged = transact(on: disk, durability)
        let isOver = !fault_disk_is_off(disk.raw)
        try body(acknowledged, "point \(point), fault \(fault)")
        if isOver { return point - 1 }
      }
    }
    return 0
  }

  @Test(arguments: [Durability.extra, .extraExclusive])
  func `survive a power cut at every point`(durability: Durability) throws {
    let disk = try Disk("\(durability)")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    for cut in PowerCut.samples {
      let points = try atEveryPoint(on: disk, from: backup, durability) {
        disk.cut(cut)
        try check(disk, acknowledged: $0, "\($1), \(cut)")
      }
      #expect(points >= 30, "\(points) points: the transaction is smaller than it was")
    }
  }

  @Test func `survive a second power cut at every point of the recovery`() throws {
    let disk = try Disk("twice")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    var pairs = 0
    _ = try atEveryPoint(on: disk, from: backup, .extra) { acknowledged, comment in
      disk.cut(PowerCut(loss: 50, tear: 50, seed: 3))
      let crashed = try #require(fault_disk_take_snapshot(disk.raw))
      defer { fault_disk_snapshot_free(crashed) }
      for second in 1... {
        fault_disk_restore(disk.raw, crashed, nil)
        fault_disk_arm(disk.raw, .every, Int64(second), 1, .offBefore)
        _ = try? Rows(on: disk).numbers()
        let isOver = !fault_disk_is_off(disk.raw)
        disk.cut(PowerCut(loss: 50, tear: 50, seed: UInt64(second)))
        try check(disk, acknowledged: acknowledged, "\(comment), second cut \(second)")
        pairs += 1
        if isOver { break }
      }
    }
    #expect(pairs >= 500)
  }

  @Test(arguments: [Durability.full, .off])
  func `can be lost without EXTRA and the disk shows it`(durability: Durability) throws {
    let disk = try Disk("lost-\(durability)")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    fault_disk_restore(disk.raw, backup, nil)
    #expect(transact(on: disk, durability))
    disk.cut(.losesAll)
    #expect(try Rows(on: disk).numbers() == Array(1...5))
  }

  @Test func `can be torn apart under OFF`() throws {
    let disk = try Disk("torn-apart")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    let damaged = (1...50).contains { (seed: UInt64) in
      fault_disk_restore(disk.raw, backup, nil)
      _ = transact(on: disk, .off)
      disk.cut(PowerCut(loss: 50, tear: 50, seed: seed))
      return (try? Rows(on: disk).integrity()) != ["ok"]
    }
    #expect(damaged)
  }

  @Test(
    arguments: [
      .open, .read, .write, .truncate, .sync, .syncDirectory, .delete,
    ] as [fault_disk_operation])
  func `survive every failing call, once or for ever`(operation: fault_disk_operation) throws {
    let disk = try Disk("failing-\(operation.rawValue)")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    for fault in [.error, .full] as [fault_disk_fault] {
      for times in [1, -1] as [Int64] {
        for nth in 1... {
          fault_disk_restore(disk.raw, backup, nil)
          fault_disk_disarm(disk.raw)
          let before = fault_disk_count(disk.raw, operation)
          fault_disk_arm(disk.raw, operation, Int64(nth), times, fault)
          let acknowledged = transact(on: disk)
          let seen = fault_disk_count(disk.raw, operation) - before
          fault_disk_disarm(disk.raw)
          fault_disk_kill_process(disk.raw)
          // A directory sync may fail unnoticed; it takes a power cut to tell.
          try check(disk, acknowledged: acknowledged, "call \(nth), \(times) times, \(fault)")
          if seen < nth { break }
        }
      }
    }
  }

  /// Why an error from a commit must never be taken for "nothing happened".
  @Test func `may be there although the commit reported an error`() throws {
    let disk = try Disk("ambiguous")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    fault_disk_restore(disk.raw, backup, nil)
    // The first directory sync follows the journal's creation, the second its
    // deletion, which is the commit.
    fault_disk_arm(disk.raw, .syncDirectory, 2, 1, .error)
    #expect(!transact(on: disk))
    fault_disk_kill_process(disk.raw)
    #expect(try Rows(on: disk).numbers() == Array(1...8))
  }

  /// The rollback writes every page again, so that nothing hangs on pages that
  /// only look clean. A log that is merely appended to has no such second write.
  @Test func `survive a failed sync that marks pages clean`() throws {
    let disk = try Disk("clean")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    for cut in [PowerCut.losesAll, .losesNothing] {
      for nth in 1...6 as ClosedRange<Int64> {
        fault_disk_restore(disk.raw, backup, nil)
        fault_disk_arm(disk.raw, .sync, nth, 1, .markedClean)
        let rows = try Rows(on: disk)
        let first = (try? rows.insert(6...8)) != nil
        let second = (try? rows.insert(9...9)) != nil
        #expect(first != second, "one of the six syncs fails")
        disk.cut(cut)
        let after = try Rows(on: disk)
        #expect(try after.integrity() == ["ok"], "sync \(nth), \(cut)")
        #expect(try after.numbers() == Array(1...5) + (first ? [6, 7, 8] : [9]))
      }
    }
  }

  /// Why a failed sync has to stop all writing until a reboot, and not only the
  /// payments: the next process reads a commit that is only in the cache, and a
  /// power cut in its first transaction mixes two journals.
  @Test func `can be torn apart when a process writes on after a failed sync`() throws {
    let disk = try Disk("written-on")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    let damaged = try (1...100).count { (seed: UInt64) in
      fault_disk_restore(disk.raw, backup, nil)
      // The journal's content and its header, the database, the zeroed header.
      fault_disk_arm(disk.raw, .sync, 4, 1, .error)
      let first = try Rows(on: disk, .extraExclusive)
      #expect(throws: DatabaseError.self) { try first.insert(6...8) }
      fault_disk_kill_process(disk.raw)
      fault_disk_arm(disk.raw, .write, Int64(seed % 20 + 1), 1, .offBefore)
      _ = try? Rows(on: disk).insert(9...10)
      disk.cut(PowerCut(loss: 50, tear: 50, seed: seed))
      return (try? Rows(on: disk).integrity()) != ["ok"]
    }
    #expect(damaged > 0)
  }

  /// The one failure that SQLite swallows: a journal whose name is not durable
  /// protects nothing. Only the integrity check of the next start can tell.
  @Test func `can be torn apart when the sync of a new journal's directory fails`() throws {
    let disk = try Disk("swallowed")
    let backup = try baseline(on: disk)
    defer { fault_disk_snapshot_free(backup) }
    let damaged = try (1...100).count { (seed: UInt64) in
      fault_disk_restore(disk.raw, backup, nil)
      fault_disk_arm(disk.raw, .syncDirectory, 1, 1, .error)
      fault_disk_arm(disk.raw, .delete, 1, 1, .offBefore)
      #expect(!transact(on: disk))
      disk.cut(PowerCut(loss: 50, tear: 50, seed: seed))
      let after = try Rows(on: disk)
      return (try? after.integrity()) != ["ok"] || (try? after.numbers()) != Array(1...5)
    }
    #expect(damaged > 0)
  }
}
