import Foundation
import GRDB
import RenewalCore
import TestSupport
import Testing

@testable import InventoryStore

@Suite final class `Copies of the inventory` {
  private let directory = TemporaryDirectory()
  private var inventory: String { directory.path + "/inventory.sqlite" }
  private var sidecar: String { directory.path + "/renewals.log" }
  private var copy: String { directory.path + "/copy.sqlite" }

  private func open() throws -> InventoryStore {
    try InventoryStore(
      path: inventory, sidecar: try SidecarFile(path: sidecar), identity: FileSystemIdentity(),
      now: Sample.now)
  }

  /// With a group, an open renewal, and so many rows more.
  private func filled(rows: Int = 10) throws -> InventoryStore {
    let store = try open()
    try store.write { transaction in
      try transaction.save(Sample.row())
      _ = try transaction.open(Sample.intent(attempt: 1), at: Sample.now)
      for number in 0..<rows {
        try transaction.append(LedgerEntry(.started, at: Sample.now, reason: "row \(number)"))
      }
    }
    return store
  }

  private func refusal(_ body: () throws -> Void) -> StoreError? {
    do {
      try body()
      return nil
    } catch { return error as? StoreError }
  }

  @Test func `hold what the inventory held, while it goes on`() throws {
    let store = try filled()
    let shelf = BackupShelf(directory: directory.path + "/backups")
    let made = try shelf.add(from: inventory, at: Sample.now)
    #expect(made.inspection.head == store.head)
    #expect(made.inspection.renewals == 1)
    #expect(made.inspection.accounts == [Sample.subject.account])
    try store.write { try $0.append(LedgerEntry(.stopped, at: Sample.now, reason: "later")) }
    let later = try shelf.add(from: inventory, at: Sample.now)
    #expect(later.inspection.head == store.head)
    // In the same second.
    #expect(shelf.instants() == [Sample.now, Sample.now + .seconds(1)])
    #expect(try StoreInspection(of: made.path).head.sequence == store.head.sequence - 1)
    let mode = try FileManager.default.attributesOfItem(atPath: made.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func `are handed out in pieces, and by no other name`() throws {
    _ = try filled()
    let shelf = BackupShelf(directory: directory.path + "/backups")
    let made = try shelf.add(from: inventory, at: Sample.now)
    var bytes: [UInt8] = []
    while true {
      let piece = try shelf.read(made.name, from: bytes.count, count: 10_000)
      bytes += piece
      if piece.count < 10_000 { break }
    }
    #expect(bytes == [UInt8](try Data(contentsOf: URL(filePath: made.path))))
    #expect(bytes.count == made.bytes)
    for name in [
      "../inventory.sqlite", "inventory.sqlite", "", made.name + "/", "inventory-x.sqlite",
    ] {
      #expect(
        refusal { _ = try shelf.read(name, from: 0, count: 1) } == .refused("'\(name)' is no copy"))
    }
  }

  @Test func `are thinned by age`() throws {
    _ = try filled()
    let shelf = BackupShelf(directory: directory.path + "/backups")
    for day in [0, 1, 2, 40] {
      _ = try shelf.add(from: inventory, at: Sample.now - .days(Int64(day)))
    }
    let leftover = directory.path + "/backups/inventory-2026-01-01T000000Z.sqlite.partial"
    _ = FileManager.default.createFile(atPath: leftover, contents: nil)
    shelf.thin(by: BackupRetention(daily: 2, monthly: 0))
    #expect(!FileManager.default.fileExists(atPath: leftover))
    #expect(shelf.instants() == [Sample.now - .days(1), Sample.now])
  }

  @Test func `replace nothing, and a try that failed leaves nothing`() throws {
    _ = try filled()
    _ = FileManager.default.createFile(atPath: copy, contents: Data("mine".utf8))
    #expect(refusal { _ = try StoreBackup.make(of: inventory, at: copy) } != nil)
    #expect(try Data(contentsOf: URL(filePath: copy)) == Data("mine".utf8))
    let nowhere = directory.path + "/none/copy.sqlite"
    #expect(refusal { _ = try StoreBackup.make(of: inventory, at: nowhere) } != nil)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(!names.contains { $0.contains("partial") })
  }

  @Test(arguments: Array(stride(from: 100, to: 40_000, by: 1_301)))
  func `that are damaged are found out`(
    offset: Int
  ) throws {
    let store = try filled(rows: 200)
    _ = try StoreBackup.make(of: inventory, at: copy)
    try store.close()
    let sound = try StoreInspection(of: copy)
    var bytes = try Data(contentsOf: URL(filePath: copy))
    try #require(offset < bytes.count)
    bytes[offset] ^= 0x41
    try bytes.write(to: URL(filePath: copy))
    // What is not found out has changed nothing that anybody reads.
    let seen = try? StoreInspection(of: copy)
    #expect(seen == nil || seen == sound)
  }

  @Test func `that are no ledger of ours are told apart`() throws {
    try Data("nonsense, and more of it than a header".utf8).write(to: URL(filePath: copy))
    guard case .foreignFile = refusal({ _ = try StoreInspection(of: copy) }) else {
      Issue.record("a text was taken for a ledger")
      return
    }
    try Data().write(to: URL(filePath: copy))
    #expect(refusal { _ = try StoreInspection(of: copy) } == .foreignFile(copy))
    guard case .cannotOpen = refusal({ _ = try StoreInspection(of: directory.path + "/no") }) else {
      Issue.record("nothing was taken for a ledger")
      return
    }
  }

  @Test func `of a newer version are refused`() throws {
    let store = try filled()
    _ = try StoreBackup.make(of: inventory, at: copy)
    try store.close()
    let queue = try DatabaseQueue(path: copy)
    try queue.write { try $0.execute(sql: "PRAGMA user_version = 9999") }
    try queue.close()
    guard case .newerVersion = refusal({ _ = try restore(copy) }) else {
      Issue.record("a newer schema was taken")
      return
    }
    #expect(try StoreInspection(of: inventory).renewals == 1)
  }

  // MARK: Restoring

  private func restore(
    _ copy: String, accounts: Set<AccountName> = ["main"]
  ) throws(StoreError) -> StoreRestore.Outcome {
    try StoreRestore.restore(
      copy, to: inventory, sidecar: try SidecarFile.read(sidecar), accounts: accounts,
      at: Sample.now)
  }

  @Test func `restored, take over what was recorded beside them`() throws {
    let store = try open()
    try store.write { try $0.save(Sample.row()) }
    _ = try StoreBackup.make(of: inventory, at: copy)
    try store.write { _ = try $0.open(Sample.intent(attempt: 1), at: Sample.now) }
    try store.close()

    let outcome = try restore(copy)
    let replaced = try #require(outcome.replaced)
    #expect(try StoreInspection(of: replaced).renewals == 1)
    #expect(try StoreInspection(of: copy).renewals == 0)

    let restored = try open()
    #expect(restored.openingDoubts == [.rolledBack(1)])
    #expect(try restored.read { try $0.openRenewals() }.count == 1)
    #expect(try restored.read { try $0.setting(.restored) }?.contains("restored at") == true)
    let mode = try FileManager.default.attributesOfItem(atPath: inventory)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func `of other accounts or another daemon are refused`() throws {
    let store = try filled()
    _ = try StoreBackup.make(of: inventory, at: copy)
    try store.close()
    guard case .foreignFile = refusal({ _ = try restore(copy, accounts: ["other"]) }) else {
      Issue.record("another account's ledger was taken")
      return
    }
    // The same account, and not a row in common.
    let other = TemporaryDirectory()
    let stranger = try InventoryStore(
      path: other.path + "/inventory.sqlite", sidecar: NoSidecar(), identity: nil, now: Sample.now)
    try stranger.write { transaction in
      for number in 0..<9 {
        try transaction.append(LedgerEntry(.started, at: Sample.now, reason: "other \(number)"))
      }
    }
    try stranger.close()
    guard case .foreignFile = refusal({ _ = try restore(other.path + "/inventory.sqlite") }) else {
      Issue.record("another daemon's ledger was taken")
      return
    }
    #expect(try StoreInspection(of: inventory).renewals == 1)
  }

  @Test func `do not meet the journal of the file before them`() throws {
    let store = try filled()
    _ = try StoreBackup.make(of: inventory, at: copy)
    try store.close()
    let journal = inventory + "-journal"
    try Data("left behind by a crash".utf8).write(to: URL(filePath: journal))
    let replaced = try #require(try restore(copy).replaced)
    #expect(!FileManager.default.fileExists(atPath: journal))
    #expect(FileManager.default.fileExists(atPath: replaced + "-journal"))
  }

  // MARK: Reading

  @Test func `and the inventory itself can be read without being changed`() throws {
    let store = try filled()
    let before = try Data(contentsOf: URL(filePath: inventory))
    let reader = try InventoryStore(reading: inventory)
    #expect(reader.head == store.head)
    #expect(try reader.read { try $0.openRenewals() }.count == 1)
    #expect(refusal { try reader.write { try $0.set(.pauseReason, "x") } } != nil)
    #expect(try Data(contentsOf: URL(filePath: inventory)) == before)
    // The one that writes goes on.
    try store.write { try $0.set(.pauseReason, "x") }
    #expect(try reader.read { try $0.setting(.pauseReason) } == "x")
  }

  @Test func `and a held directory is seen to be held`() throws {
    #expect(!StateLock.isHeld(directory: directory.path))
    let lock = try StateLock(directory: directory.path)
    #expect(StateLock.isHeld(directory: directory.path))
    withExtendedLifetime(lock) {}
  }
}
