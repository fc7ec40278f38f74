import Foundation
import GRDB
import InventoryStore
import RenewalCore
import TestSupport
import Testing

@Suite struct `The inventory` {
  let directory = TemporaryDirectory()

  private var path: String { directory.path + "/inventory.sqlite" }

  private func open(_ sidecar: any SidecarLog = NoSidecar()) throws -> InventoryStore {
    try InventoryStore(
      path: path, sidecar: sidecar, identity: FileSystemIdentity(), now: Sample.now)
  }

  // MARK: Renewals

  @Test func `refuses a second open intent for a group, whatever its key`() throws {
    let store = try open()
    _ = try store.write {
      try $0.save(Sample.row())
      _ = try $0.open(Sample.intent(attempt: 1), at: Sample.now)
    }
    for intent in [
      Sample.intent(attempt: 2), Sample.intent(expiry: Sample.expiry + .days(30), attempt: 1),
    ] {
      #expect(throws: StoreError.self) {
        try store.write { _ = try $0.open(intent, at: Sample.now) }
      }
    }
    #expect(try store.read { try $0.openRenewals().count } == 1)
    #expect(store.fault == nil)
  }

  @Test func `refuses an attempt or a nonce that was used before`() throws {
    let store = try open()
    try store.write {
      try $0.save(Sample.row())
      let renewal = try $0.open(Sample.intent(attempt: 1, nonce: "a"), at: Sample.now)
      _ = try $0.apply(Sample.refusal, to: renewal, at: Sample.now)
    }
    #expect(throws: StoreError.self) {
      try store.write { _ = try $0.open(Sample.intent(attempt: 1, nonce: "b"), at: Sample.now) }
    }
    #expect(throws: StoreError.self) {
      try store.write { _ = try $0.open(Sample.intent(attempt: 2, nonce: "a"), at: Sample.now) }
    }
    try store.write { _ = try $0.open(Sample.intent(attempt: 2, nonce: "b"), at: Sample.now) }
  }

  @Test func `refuses a change from a state that is no longer the renewal's`() throws {
    let store = try open()
    let renewal = try store.write {
      try $0.save(Sample.row())
      return try $0.open(Sample.intent(attempt: 1), at: Sample.now)
    }
    let settled = RenewalTransition(
      state: .settled, order: "1", newExpiry: Sample.expiry + .days(30), reason: "moved")
    try store.write { _ = try $0.apply(settled, to: renewal, at: Sample.now) }
    #expect(throws: StoreError.self) {
      try store.write { _ = try $0.apply(Sample.refusal, to: renewal, at: Sample.now) }
    }
    #expect(try store.read { try $0.attempts(for: Sample.key).map(\.state) } == [.settled])
  }

  @Test func `keeps nothing of a transaction that failed`() throws {
    let store = try open()
    let head = store.head
    #expect(throws: StoreError.self) {
      try store.write {
        try $0.append(LedgerEntry(.started, at: Sample.now, reason: "first"))
        throw StoreError.refused("on purpose")
      }
    }
    #expect(store.head == head)
    #expect(try store.read { try $0.ledger(after: 0, limit: 9) } == [])
  }

  @Test func `gives back what was put in`() throws {
    let store = try open()
    var row = Sample.row()
    row.record.latest.tags = ["team": "film", "名": "组"]
    row.record.hold = Hold(until: Sample.now, reason: "audit")
    row.granted = (Sample.expiry, 3)
    row.attentionAt = Sample.now
    try store.write { try $0.save(row) }
    #expect(try store.read { try $0.group(Sample.subject) } == row)
    #expect(try store.read { try $0.groupsWaiting(in: "main", at: Sample.now, limit: 9) } == [row])
    #expect(
      try store.read { try $0.groupsWaiting(in: "main", at: Sample.now - .seconds(1), limit: 9) }
        == [])
    #expect(try store.read { try $0.nextAttention(in: "main") } == Sample.now)
  }

  // MARK: Ledger

  @Test func `keeps its ledger over a restart, and finds the chain whole`() throws {
    let first = try open()
    for number in 0..<50 {
      try first.write {
        try $0.append(LedgerEntry(.started, at: Sample.now, reason: "start \(number)"))
      }
    }
    let head = first.head
    try first.close()
    let second = try open()
    #expect(second.head == head)
    #expect(second.head.sequence == 50)
  }

  @Test(arguments: [
    "UPDATE ledger SET reason = 'other' WHERE sequence = 2",
    "DELETE FROM ledger WHERE sequence = 3",
    "REPLACE INTO ledger (sequence, kind, at, actor, reason, hash) "
      + "VALUES (1, 'started', 1, 'x', 'y', zeroblob(32))",
    "UPDATE renewals SET amount = 1", "DELETE FROM renewals",
    "UPDATE renewals SET state = 'submitted' WHERE id = 1",
  ])
  func `lets nobody change what was recorded`(sql: String) throws {
    let store = try open()
    try store.write {
      try $0.save(Sample.row())
      let renewal = try $0.open(Sample.intent(attempt: 1), at: Sample.now)
      _ = try $0.apply(Sample.refusal, to: renewal, at: Sample.now)
      try $0.append(LedgerEntry(.started, at: Sample.now, reason: "x"))
    }
    try store.close()
    let raw = try DatabaseQueue(path: path)
    #expect(throws: DatabaseError.self) {
      try raw.write {
        try $0.execute(sql: "PRAGMA recursive_triggers = ON")
        try $0.execute(sql: sql)
      }
    }
  }

  @Test(arguments: [
    "UPDATE ledger SET amount = 1, currency = 'CNY' WHERE sequence = 2",
    "UPDATE ledger SET actor = 'nobody' WHERE sequence = 1",
    "DELETE FROM ledger WHERE sequence = 2",
  ])
  func `finds a ledger that was edited behind its triggers`(sql: String) throws {
    let store = try open()
    for _ in 0..<3 {
      try store.write { try $0.append(LedgerEntry(.started, at: Sample.now, reason: "x")) }
    }
    try store.close()
    let raw = try DatabaseQueue(path: path)
    try raw.write {
      try $0.execute(
        sql: "DROP TRIGGER ledger_rows_are_final; DROP TRIGGER ledger_rows_are_kept; \(sql)")
    }
    try raw.close()
    let error = #expect(throws: StoreError.self) { _ = try open() }
    guard case .corrupt = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// SQLite's text ends at a NUL, so that a hash over what follows would never be met again.
  @Test func `keeps its chain whole over text that its file cannot hold`() throws {
    let text = "a\0b"
    let held = "a\u{FFFD}b"
    let store = try open()
    try store.write {
      try $0.append(
        LedgerEntry(
          .started, at: Sample.now, account: AccountName(text), group: GroupID(text), subject: text,
          order: OrderID(text), requestID: text, actor: text, reason: text, detail: text))
    }
    try store.close()
    let entry = try #require(
      try open().read { try $0.ledger(after: 0, limit: 10) }.last?.entry)
    #expect(entry.account?.text == held && entry.group?.text == held && entry.subject == held)
    #expect(entry.order?.text == held && entry.requestID == held && entry.actor == held)
    #expect(entry.reason == held && entry.detail == held)
  }

  @Test func `finds a page of the file that is damaged, whether it is read or not`() throws {
    let store = try open()
    try store.close()
    let raw = try DatabaseQueue(path: path)
    let (page, size) = try raw.read {
      (
        try Int.fetchOne(
          $0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'ledger_by_group'"),
        try Int.fetchOne($0, sql: "PRAGMA page_size")
      )
    }
    try raw.close()
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: UInt64((try #require(page) - 1) * (try #require(size))))
    try file.write(contentsOf: [0xFF])
    try file.close()
    let error = #expect(throws: StoreError.self) { _ = try open() }
    guard case .corrupt = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `closes for writing when another ledger is put in its place`() throws {
    let store = try open()
    try store.write { try $0.append(LedgerEntry(.started, at: Sample.now, reason: "x")) }
    let other = try DatabaseQueue(path: path)
    try other.write {
      try $0.execute(
        sql: """
          INSERT INTO ledger (sequence, kind, at, actor, reason, hash)
          VALUES (2, 'started', 1, 'x', 'y', zeroblob(32))
          """)
    }
    let error = #expect(throws: StoreError.self) {
      try store.write { try $0.append(LedgerEntry(.started, at: Sample.now, reason: "y")) }
    }
    guard case .replaced = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(store.fault != nil)
    #expect(try store.read { try $0.ledger(after: 0, limit: 9).count } == 2)
  }

  @Test func `spends nothing when its path leads to another file`() throws {
    let store = try open()
    try store.write { try $0.save(Sample.row()) }
    try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".copy", toPath: path)
    #expect(throws: StoreError.replaced(path)) {
      try store.write(spending: true) {
        _ = try $0.open(Sample.intent(attempt: 1), at: Sample.now)
      }
    }
    #expect(store.fault == .replaced(path))
  }

  // MARK: Files that are not ours

  @Test func `refuses a database of another program, and leaves it as it is`() throws {
    let raw = try DatabaseQueue(path: path)
    try raw.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
    try raw.close()
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(throws: StoreError.foreignFile(path)) { _ = try open() }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test func `refuses what a newer version wrote`() throws {
    try open().close()
    let raw = try DatabaseQueue(path: path)
    try raw.write { try $0.execute(sql: "PRAGMA user_version = 99") }
    try raw.close()
    let error = #expect(throws: StoreError.self) { _ = try open() }
    guard case .newerVersion = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `refuses a file that is no database`() throws {
    try Data(
      "this is not a database, and long enough to be read as a header of one, is it not? "
        .utf8
    ).write(to: URL(filePath: path))
    #expect(throws: StoreError.self) { _ = try open() }
  }

  @Test func `is used by one process at a time`() throws {
    let lock = try StateLock(directory: directory.path)
    #expect(throws: StoreError.inUse(directory.path)) {
      _ = try StateLock(directory: directory.path)
    }
    withExtendedLifetime(lock) {}
  }

  // MARK: Sidecar

  @Test func `takes over from its sidecar the intents that an older copy has forgotten`() throws {
    let sidecar = try SidecarFile(path: directory.path + "/sidecar.log")
    let store = try open(sidecar)
    try store.write { try $0.save(Sample.row()) }
    try FileManager.default.copyItem(atPath: path, toPath: path + ".old")
    let intent = Sample.intent(attempt: 1)
    try store.write(spending: true) { _ = try $0.open(intent, at: Sample.now) }
    try store.close()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".old", toPath: path)

    let restored = try open(try SidecarFile(path: directory.path + "/sidecar.log"))
    #expect(restored.openingDoubts == [.rolledBack(1)])
    let open = try restored.read { try $0.openRenewals() }
    #expect(open.map(\.intent) == [intent])
    try restored.close()

    // Once taken over it is no longer news.
    let again = try self.open(try SidecarFile(path: directory.path + "/sidecar.log"))
    #expect(again.openingDoubts == [])
    #expect(try again.read { try $0.openRenewals().map(\.intent) } == [intent])
  }

  @Test func `takes over the last state that was recorded`() throws {
    let sidecar = try SidecarFile(path: directory.path + "/sidecar.log")
    let store = try open(sidecar)
    try store.write { try $0.save(Sample.row()) }
    let renewal = try store.write { try $0.open(Sample.intent(attempt: 1), at: Sample.now) }
    try FileManager.default.copyItem(atPath: path, toPath: path + ".old")
    let accepted = RenewalTransition(state: .accepted, order: "77", reason: "named")
    try store.write { _ = try $0.apply(accepted, to: renewal, at: Sample.now) }
    try store.close()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".old", toPath: path)

    let restored = try open(try SidecarFile(path: directory.path + "/sidecar.log"))
    let open = try restored.read { try $0.openRenewals() }
    #expect(open.map(\.state) == [.accepted])
    #expect(open.map(\.order) == ["77"])
  }

  @Test func `goes on when its sidecar is lost, and writes it anew`() throws {
    let store = try open(try SidecarFile(path: directory.path + "/sidecar.log"))
    try store.write {
      try $0.save(Sample.row())
      _ = try $0.open(Sample.intent(attempt: 1), at: Sample.now)
    }
    try store.close()
    try FileManager.default.removeItem(atPath: directory.path + "/sidecar.log")
    let again = try open(try SidecarFile(path: directory.path + "/sidecar.log"))
    #expect(again.openingDoubts == [.sidecarBehind(1)])
    #expect(try SidecarFile(path: directory.path + "/sidecar.log").load().count == 1)
  }

  @Test func `ignores a sidecar line that a crash cut off, and does not lose the next`() throws {
    let file = directory.path + "/sidecar.log"
    try Data("{\"sequence\":1,\"ha".utf8).write(to: URL(filePath: file))
    let store = try open(try SidecarFile(path: file))
    try store.write {
      try $0.save(Sample.row())
      _ = try $0.open(Sample.intent(attempt: 1), at: Sample.now)
    }
    #expect(try SidecarFile(path: file).load().map(\.nonce) == [Sample.intent(attempt: 1).nonce])
  }

  /// The beginning of a line may be lost and its end be there: a power cut keeps
  /// sectors, not prefixes.
  @Test func `drops a last sidecar line that a power cut tore, and no other`() throws {
    let file = directory.path + "/sidecar.log"
    let whole = Array(
      "[{\"hash\":\"00\",\"nonce\":\"n\",\"sequence\":1,\"state\":\"settled\"}]\n".utf8)
    let torn = [UInt8](repeating: 0, count: 512) + Array("\"}\n".utf8)
    try Data(whole + torn).write(to: URL(filePath: file))
    #expect(try SidecarFile(path: file).load().map(\.sequence) == [1])
    try Data(torn + whole).write(to: URL(filePath: file))
    #expect(throws: StoreError.self) { try SidecarFile(path: file).load() }
  }

  @Test func `needs two durable steps for an intent: its commit and its line`() throws {
    // Everything else about a renewal rides on these and on the transactions
    // of its outcome and its settlement.
    let store = try open()
    let before = store.commits
    _ = try store.write {
      try $0.save(Sample.row())
      return try $0.open(Sample.intent(attempt: 1), at: Sample.now)
    }
    #expect(store.commits == before + 1)
  }
}
