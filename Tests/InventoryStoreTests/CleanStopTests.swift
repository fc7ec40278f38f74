import Glibc
import InventoryStore
import RenewalCore
import TestSupport
import Testing

@Suite struct `A clean stop` {
  let directory = TemporaryDirectory()

  private var database: String { directory.path + "/inventory.sqlite" }
  private var mark: String { directory.path + "/clean-stop" }

  private func makeAndClose() throws {
    let store = try InventoryStore(
      path: database, sidecar: NoSidecar(), identity: nil, now: Sample.now)
    try store.write { try $0.save(Sample.row()) }
    try store.close()
    CleanStop.leave(mark, of: database, bootID: "boot")
  }

  @Test func `is trusted once, by a start of the same boot`() throws {
    try makeAndClose()
    #expect(CleanStop.take(mark, of: database, bootID: "boot"))
    #expect(!CleanStop.take(mark, of: database, bootID: "boot"))
  }

  @Test func `says nothing about another boot`() throws {
    try makeAndClose()
    #expect(!CleanStop.take(mark, of: database, bootID: "another boot"))
  }

  @Test func `says nothing about a file that was written to since`() throws {
    try makeAndClose()
    let store = try InventoryStore(
      path: database, sidecar: NoSidecar(), identity: nil, now: Sample.now)
    try store.write { try $0.set(.pauseReason, "by somebody else") }
    try store.close()
    #expect(!CleanStop.take(mark, of: database, bootID: "boot"))
  }

  @Test func `says nothing about a copy that was put in its place`() throws {
    try makeAndClose()
    let copy = database + ".copy"
    let bytes = try #require(fopen(database, "r"))
    let target = try #require(fopen(copy, "w"))
    while case let byte = fgetc(bytes), byte != EOF { fputc(byte, target) }
    fclose(bytes)
    fclose(target)
    #expect(rename(copy, database) == 0)
    #expect(!CleanStop.take(mark, of: database, bootID: "boot"))
  }
}
