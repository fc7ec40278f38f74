import CFaultDisk
import GRDB
import Glibc
import Testing

@Suite struct `Fault disk` {
  let old = [UInt8](repeating: 1, count: 8192)
  let new = [UInt8](repeating: 2, count: 8192)

  @Test func `what was synced survives and what was not is lost`() throws {
    let disk = try Disk("synced-survives")
    disk.settle([1, 2, 3], in: "log")
    disk.append([4], to: "log")
    #expect(disk.contents("log") == [1, 2, 3, 4])
    disk.cut(.losesAll)
    #expect(disk.contents("log") == [1, 2, 3])
    disk.append([5], to: "log")
    disk.cut(.losesNothing)
    #expect(disk.contents("log") == [1, 2, 3, 5])
  }

  @Test func `a synced file is lost with its name when the directory was not synced`() throws {
    let disk = try Disk("names-are-volatile")
    disk.append([1], to: "a/log")
    disk.append([1], to: "b/log")
    disk.sync("a/log")
    disk.sync("b/log")
    fault_disk_sync_directory(disk.raw, disk.path("b/any"))
    disk.cut(.losesAll)
    #expect(disk.contents("a/log") == nil)
    #expect(disk.contents("b/log") == [1])
  }

  @Test func `a deleted file comes back when the directory was not synced`() throws {
    let disk = try Disk("deletions-are-volatile")
    disk.settle([1], in: "log")
    #expect(fault_disk_delete(disk.raw, disk.path("log")) == 0)
    #expect(disk.contents("log") == nil)
    #expect(fault_disk_delete(disk.raw, disk.path("log")) == Int64(-ENOENT))
    disk.cut(.losesAll)
    #expect(disk.contents("log") == [1])
  }

  @Test(arguments: [512, 4096]) func `a torn write keeps or loses whole sectors`(
    sector: Int
  ) throws {
    let disk = try Disk("torn-\(sector)")
    var kept = Set<Int>()
    for seed in 0..<8 as Range<UInt64> {
      fault_disk_delete(disk.raw, disk.path("log"))
      disk.settle([], in: "log")
      disk.append(new, to: "log")
      disk.cut(PowerCut(tear: 100, sector: sector, seed: seed))
      let bytes = try #require(disk.contents("log"))
      for start in stride(from: 0, to: bytes.count, by: sector) {
        #expect(Set(bytes[start..<start + sector]).count == 1, "sector at \(start), seed \(seed)")
      }
      kept.insert(bytes.filter { $0 == 2 }.count / sector)
    }
    #expect(kept.count > 1, "the seed decides what is torn")
  }

  @Test func `unsynced writes survive independently of their order`() throws {
    let disk = try Disk("reordered")
    var seen = Set<[UInt8]>()
    for seed in 0..<64 as Range<UInt64> {
      fault_disk_delete(disk.raw, disk.path("log"))
      disk.settle([], in: "log")
      disk.append([1], to: "log")
      disk.append([2], to: "log")
      disk.cut(PowerCut(loss: 50, seed: seed))
      try seen.insert(#require(disk.contents("log")))
    }
    #expect(seen == [[], [1], [0, 2], [1, 2]])
  }

  @Test func `the digest of what is durable foresees what a power cut leaves`() throws {
    let disk = try Disk("foreseen")
    disk.settle([1, 2, 3], in: "log")
    let settled = fault_disk_durable_digest(disk.raw)
    disk.append([4], to: "log")
    disk.append([5], to: "new")
    disk.sync("new")
    #expect(fault_disk_durable_digest(disk.raw) == settled)
    disk.cut(.losesAll)
    #expect(fault_disk_durable_digest(disk.raw) == settled)
    #expect(disk.contents("log") == [1, 2, 3] && disk.contents("new") == nil)
    disk.settle([4], in: "log")
    #expect(fault_disk_durable_digest(disk.raw) != settled)
  }

  @Test func `who watches is called ahead of each operation that is counted`() throws {
    final class Watcher {
      var counts: [Int64] = []
      let disk: Disk
      init(_ disk: Disk) { self.disk = disk }
    }
    let disk = try Disk("watched")
    let watcher = Watcher(disk)
    let context = Unmanaged.passUnretained(watcher).toOpaque()
    fault_disk_watch(
      disk.raw,
      { context in
        guard let context else { return }
        let watcher = Unmanaged<Watcher>.fromOpaque(context).takeUnretainedValue()
        watcher.counts.append(fault_disk_count(watcher.disk.raw, .every))
      }, context)
    disk.append([1], to: "log")
    disk.sync("log")
    let seen = fault_disk_count(disk.raw, .every)
    #expect(seen > 1 && watcher.counts == Array(0..<seen))
    fault_disk_watch(disk.raw, nil, nil)
    disk.append([2], to: "log")
    #expect(Int64(watcher.counts.count) == seen)
  }

  @Test func `a truncation is volatile too`() throws {
    let disk = try Disk("truncated")
    disk.settle([1, 2, 3], in: "log")
    #expect(fault_disk_truncate(disk.raw, disk.path("log"), 1) == 0)
    disk.cut(.losesAll)
    #expect(disk.contents("log") == [1, 2, 3])
    fault_disk_truncate(disk.raw, disk.path("log"), 1)
    disk.append([9], to: "log")
    disk.sync("log")
    disk.cut(.losesAll)
    #expect(disk.contents("log") == [1, 9])
  }

  @Test func `a killed process loses nothing and a later power cut still can`() throws {
    let disk = try Disk("killed")
    disk.settle([1], in: "log")
    disk.append([2], to: "log")
    fault_disk_kill_process(disk.raw)
    #expect(disk.contents("log") == [1, 2])
    disk.cut(.losesAll)
    #expect(disk.contents("log") == [1])
  }

  @Test func `the chosen operation fails as often as it was told and no other does`() throws {
    let disk = try Disk("nth")
    fault_disk_arm(disk.raw, .write, 2, 2, .full)
    let results = (0..<5).map { _ in disk.append([7], to: "log") }
    #expect(results == [1, Int64(-ENOSPC), Int64(-ENOSPC), 1, 1])
    fault_disk_arm(disk.raw, .sync, 1, -1, .error)
    #expect((0..<3).map { _ in disk.sync("log") } == Array(repeating: Int64(-EIO), count: 3))
    fault_disk_disarm(disk.raw)
    #expect(disk.sync("log") == 0)
    #expect(fault_disk_count(disk.raw, .write) == 5)
    #expect(fault_disk_count(disk.raw, .sync) == 4)
  }

  @Test func `a failed sync that marks pages clean hides the loss until the power fails`() throws {
    let disk = try Disk("marked-clean")
    disk.settle([1], in: "log")
    disk.append([2], to: "log")
    fault_disk_arm(disk.raw, .sync, 1, 1, .markedClean)
    #expect(disk.sync("log") == Int64(-EIO))
    #expect(disk.sync("log") == 0)
    #expect(disk.contents("log") == [1, 2])
    disk.cut(.losesNothing)
    #expect(disk.contents("log") == [1])
  }

  @Test func `nothing happens while the power is off`() throws {
    let disk = try Disk("off")
    disk.settle([1], in: "log")
    fault_disk_arm(disk.raw, .write, 1, 1, .offAfter)
    #expect(disk.append([2], to: "log") == Int64(-EIO))
    #expect(fault_disk_is_off(disk.raw))
    #expect(disk.append([3], to: "log") == Int64(-EIO))
    #expect(disk.sync("log") == Int64(-EIO))
    disk.cut(.losesNothing)
    #expect(disk.contents("log") == [1, 2])
  }

  @Test func `one seed always leaves the same disk`() throws {
    func outcome(_ name: String) throws -> [[UInt8]?] {
      let disk = try Disk(name)
      for number in 0..<20 {
        disk.append(old, to: "file \(number)")
        if number % 3 == 0 { disk.sync("file \(number)") }
        if number == 10 { fault_disk_sync_directory(disk.raw, disk.path("any")) }
        disk.append(new, to: "file \(number)")
      }
      disk.cut(PowerCut(loss: 30, tear: 30, seed: 42))
      return (0..<20).map { disk.contents("file \($0)") }
    }
    #expect(try outcome("same-seed-a") == outcome("same-seed-b"))
  }

  @Test func `a restored copy is a new file and leaves open connections on the old one`() throws {
    let disk = try Disk("restored")
    let rows = try Rows(on: disk)
    try rows.create()
    try rows.insert(1...1)
    let backup = fault_disk_take_snapshot(disk.raw)
    defer { fault_disk_snapshot_free(backup) }
    try rows.insert(2...2)
    let number = fault_disk_file_number(disk.raw, disk.path("rows.sqlite"))

    fault_disk_restore(disk.raw, backup, disk.path("rows.sqlite"))

    #expect(fault_disk_file_number(disk.raw, disk.path("rows.sqlite")) != number)
    #expect(try rows.numbers() == [1, 2])
    #expect(try Rows(on: disk).numbers() == [1])
    disk.cut(.losesAll)
    #expect(try Rows(on: disk).numbers() == [1])
  }

  @Test func `a restore of one file leaves the others`() throws {
    let disk = try Disk("restored-one")
    disk.settle([1], in: "ledger")
    disk.settle([1], in: "sidecar")
    let backup = fault_disk_take_snapshot(disk.raw)
    defer { fault_disk_snapshot_free(backup) }
    disk.append([2], to: "ledger")
    disk.append([2], to: "sidecar")
    disk.append([2], to: "extra")
    fault_disk_restore(disk.raw, backup, disk.path("ledger"))
    #expect(disk.contents("ledger") == [1])
    #expect(disk.contents("sidecar") == [1, 2])
    fault_disk_restore(disk.raw, backup, nil)
    #expect(disk.contents("sidecar") == [1])
    #expect(disk.contents("extra") == nil)
  }

  @Test func `a changed byte is found by the integrity check`() throws {
    let disk = try Disk("rot")
    try Rows(on: disk).create()
    try Rows(on: disk).insert(1...40)
    let rot = [UInt8](repeating: 0xAA, count: 64)
    #expect(fault_disk_overwrite(disk.raw, disk.path("rows.sqlite"), 3 * 4096, rot, rot.count))
    #expect(throws: DatabaseError.self) { _ = try Rows(on: disk).numbers() }
  }

  @Test func `two connections lock each other out as on a real disk`() throws {
    let disk = try Disk("locks")
    let (one, two) = try (Rows(on: disk), Rows(on: disk))
    try one.create()
    try one.queue.writeWithoutTransaction { database in
      try database.execute(sql: "BEGIN IMMEDIATE")
      let refusal = #expect(throws: DatabaseError.self) { try two.insert(2...2) }
      #expect(refusal?.resultCode == .SQLITE_BUSY)
      try database.execute(sql: "COMMIT")
    }
    try two.insert(2...2)
    try one.queue.read { database in
      let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM row")
      #expect(count == 1)
      let refusal = #expect(throws: DatabaseError.self, "there is a reader") {
        try two.insert(3...3)
      }
      #expect(refusal?.resultCode == .SQLITE_BUSY)
    }
    #expect(try one.numbers() == [2])
  }

  @Test func `a dead process reaches neither the disk nor the locks of the living one`() throws {
    let disk = try Disk("dead")
    let dead = try Rows(on: disk)
    try dead.create()
    try dead.insert(1...40)
    try dead.queue.inDatabase { database in
      try database.execute(sql: "BEGIN; DELETE FROM row WHERE number = 1")
      fault_disk_kill_process(disk.raw)
      let living = try Rows(on: disk)
      try living.insert(41...41)
      let changes = fault_disk_count(disk.raw, [.write, .truncate, .sync, .delete])
      #expect(throws: DatabaseError.self, "another page goes into the open journal") {
        try database.execute(sql: "DELETE FROM row WHERE number = 40")
      }
      if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
      #expect(fault_disk_count(disk.raw, [.write, .truncate, .sync, .delete]) == changes)
      try living.insert(42...42)
      #expect(try living.numbers() == Array(1...42))
    }
  }

  @Test func `a dead connection does not delete the journal of the living one`() throws {
    let disk = try Disk("dead-journal")
    try Rows(on: disk).create()
    var dead: Rows? = try Rows(on: disk)
    try dead?.queue.inDatabase { database in
      try database.execute(sql: "BEGIN; INSERT INTO row VALUES (9, '', x'')")
      fault_disk_kill_process(disk.raw)
      if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
    }
    let living = try Rows(on: disk)
    try living.queue.inDatabase { database in
      try database.execute(sql: "BEGIN; INSERT INTO row VALUES (1, '', x'')")
      let journal = fault_disk_file_number(disk.raw, disk.path("rows.sqlite-journal"))
      #expect(journal != 0)
      dead = nil
      #expect(fault_disk_file_number(disk.raw, disk.path("rows.sqlite-journal")) == journal)
      try database.execute(sql: "COMMIT")
    }
    #expect(try living.numbers() == [1])
  }

  @Test func `a connection may outlive its disk`() throws {
    var disk: Disk? = try Disk("outlived")
    let rows = try Rows(on: #require(disk))
    disk = nil
    #expect(throws: DatabaseError.self) { try rows.create() }
  }

  @Test func `two disks cannot have one name`() throws {
    let disk = try Disk("unique")
    #expect(throws: Disk.NameTaken.self) { _ = try Disk("unique") }
    #expect(throws: Disk.NameTaken.self) { _ = try Disk("a/b") }
    withExtendedLifetime(disk) {}
  }

  @Test func `SQLite repeats itself when its chance and clock are fixed`() async {
    // In a process of its own: the setting is the whole process's.
    await #expect(processExitsWith: .success) {
      func draw() throws -> String? {
        fault_disk_fix_sqlite(7, 86_400_000)
        return try DatabaseQueue().read {
          try String.fetchOne($0, sql: "SELECT hex(randomblob(16)) || datetime('now')")
        }
      }
      let first = try draw()
      #expect(first?.hasSuffix("1970-01-02 00:00:00") == true)
      #expect(try draw() == first)
    }
  }

  @Test func `paths outside the disk reach the host`() throws {
    let disk = try Disk("beside")
    var template = Array("/tmp/fault-disk-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    let path = directory + "/host.sqlite"
    do {
      let queue = try DatabaseQueue(path: path)
      try queue.write { try $0.execute(sql: "CREATE TABLE t (x)") }
    }
    #expect(unlink(path) == 0, "the file is on the host")
    #expect(rmdir(directory) == 0)
    #expect(fault_disk_count(disk.raw, .every) == 0)
  }
}
