import GRDB
import Glibc
import RenewalCore

/// A copy of the inventory as a file: made while the daemon works, checked by
/// opening it, and durable before it has its name.
package enum StoreBackup {
  /// Copies an inventory that may be in use.
  ///
  /// A connection of its own reads a few pages at a time and lets go of the
  /// file between them, so that a transaction of the daemon waits for one such
  /// step at most. Pages that change meanwhile are copied again. Any thread.
  ///
  /// - Parameters:
  ///   - source: the inventory's path.
  ///   - destination: a path that leads nowhere yet, on a local file system.
  /// - Returns: what the copy holds.
  /// - Throws: `StoreError`: `refused` where the destination exists, `full`
  ///   where it would fill the disk.
  package static func make(
    of source: String, at destination: String
  ) throws(StoreError) -> StoreInspection {
    try refuseIfTaken(destination)
    try requireSpace(for: source, at: destination)
    let partial = destination + ".partial"
    discard(partial)
    do {
      try copy(source, to: partial)
      let inspection = try StoreInspection(of: partial)
      try DurableFile.synchronise(partial)
      try DurableFile.move(partial, toNew: destination)
      return inspection
    } catch {
      discard(partial)
      throw StoreError(error)
    }
  }

  /// Removes a copy and what an interrupted try to make it has left.
  package static func discard(_ path: String) {
    for suffix in ["", "-journal", ".partial", ".partial-journal"] { _ = unlink(path + suffix) }
  }

  private static func copy(_ source: String, to partial: String) throws {
    let from = try StoreConnection.openReadOnly(path: source)
    defer { try? StoreConnection.retire(from) }
    // Created here, so that no umask makes it readable to others.
    try DurableFile.create(partial)
    let to = try DatabaseQueue(path: partial)
    defer { try? StoreConnection.retire(to) }
    try from.backup(to: to, pagesPerStep: pagesPerStep)
  }

  /// 256 KiB at SQLite's page size of 4096: under a millisecond a step.
  private static let pagesPerStep: CInt = 64

  /// What has to stay free, whatever a copy takes: a ledger without space pays
  /// nothing.
  private static let reserve: UInt64 = 64 * 1024 * 1024

  static func requireSpace(for source: String, at destination: String) throws(StoreError) {
    var status = stat()
    guard stat(source, &status) == 0 else { throw StoreError.system(errno, source) }
    var space = statvfs()
    let directory = DurableFile.directory(of: destination)
    guard statvfs(directory, &space) == 0 else { throw StoreError.system(errno, directory) }
    let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
    guard free >= UInt64(max(0, status.st_size)) + reserve else {
      throw .full("a copy in \(directory) would leave less than 64 MiB")
    }
  }

  static func refuseIfTaken(_ path: String) throws(StoreError) {
    var status = stat()
    guard lstat(path, &status) != 0 else { throw .refused("\(path) exists already") }
  }
}

/// Files that have to be there after a power cut.
enum DurableFile {
  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  /// An empty file that only its owner can read.
  static func create(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    Glibc.close(descriptor)
  }

  static func synchronise(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    defer { Glibc.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreError.system(errno, path) }
  }

  static func synchroniseDirectory(of path: String) throws(StoreError) {
    try synchronise(directory(of: path))
  }

  /// Gives a file its name, unless the name is taken, and makes that durable.
  static func move(_ path: String, toNew name: String) throws(StoreError) {
    // A link is refused where the name exists; a rename would replace it.
    guard link(path, name) == 0 else {
      throw errno == EEXIST ? .refused("\(name) exists already") : StoreError.system(errno, name)
    }
    _ = unlink(path)
    try synchroniseDirectory(of: name)
  }
}
