import GRDB
import Glibc
import RenewalCore

/// Puts a copy of the inventory in the place of the inventory.
///
/// What stood there is kept beside it. The daemon that opens the copy finds
/// the mark in it and stops all payments until a person has compared it with
/// the cloud; what the log beside the inventory knows and the copy does not is
/// taken over by opening it, as always.
package enum StoreRestore {
  package struct Outcome: Hashable, Sendable {
    package var inspection: StoreInspection
    /// Where the inventory that stood there is now; `nil` where there was none.
    package var replaced: String?
  }

  /// - Parameters:
  ///   - copy: the file to restore; it stays as it is.
  ///   - path: of the inventory; its directory is locked by the caller.
  ///   - sidecar: what was recorded beside the inventory.
  ///   - accounts: those that are configured.
  /// - Throws: `StoreError`: `foreignFile` for a copy of another ledger or other
  ///   accounts, `newerVersion` and `corrupt` for what cannot be read.
  package static func restore(
    _ copy: String, to path: String, sidecar: [SidecarLine], accounts: Set<AccountName>,
    at now: Instant
  ) throws(StoreError) -> Outcome {
    let inspection = try StoreInspection(of: copy)
    let strangers = Set(inspection.accounts).subtracting(accounts)
    guard strangers.isEmpty else {
      throw .foreignFile(
        "\(copy) holds groups of \(strangers.map(\.text).sorted().joined(separator: ", ")), which "
          + "is no configured account")
    }
    // One ledger may have had several courses, as after an earlier restore;
    // another ledger shares no row with it.
    let agreement = try StoreInspection.compare(copy, with: sidecar)
    guard agreement.same > 0 || agreement.different == 0 else {
      throw .foreignFile("\(copy) is the ledger of another daemon: no row is as recorded here")
    }
    let partial = path + ".restoring"
    do {
      try prepare(copy, as: partial, inspection: inspection, at: now)
      let replaced = try exchange(partial, with: path, at: now)
      return Outcome(inspection: inspection, replaced: replaced)
    } catch {
      _ = unlink(partial)
      throw StoreError(error)
    }
  }

  /// The copy, of the present schema and with the mark in it.
  private static func prepare(
    _ copy: String, as partial: String, inspection: StoreInspection, at now: Instant
  ) throws {
    try StoreBackup.requireSpace(for: copy, at: partial)
    _ = unlink(partial)
    try DurableFile.create(partial)
    try DurableFile.giveToOwner(ofDirectoryOf: partial)
    let from = try StoreConnection.openReadOnly(path: copy)
    defer { try? from.close() }
    do {
      let to = try DatabaseQueue(path: partial)
      try from.backup(to: to)
      try to.close()
    }
    let store = try InventoryStore(
      path: partial, sidecar: NoSidecar(), identity: nil, now: now)
    try store.write {
      try $0.set(
        .restored,
        "restored at \(now) from a copy that ends at row \(inspection.head.sequence)"
          + (inspection.newest.map { " of \($0)" } ?? ""))
    }
    try store.close()
    try DurableFile.synchronise(partial)
  }

  private static func exchange(
    _ partial: String, with path: String, at now: Instant
  ) throws -> String? {
    let aside = path + ".replaced-" + now.description.filter { $0 != ":" }
    var status = stat()
    let isReplacing = lstat(path, &status) == 0
    // A journal belongs to the file that it was written for: under a file of
    // the same name it would be played back into that.
    let journal = path + "-journal"
    if lstat(journal, &status) == 0 {
      guard rename(journal, aside + "-journal") == 0 else {
        throw StoreError.system(errno, journal)
      }
    }
    if isReplacing {
      guard link(path, aside) == 0 else { throw StoreError.system(errno, aside) }
    }
    guard rename(partial, path) == 0 else { throw StoreError.system(errno, path) }
    try DurableFile.synchroniseDirectory(of: path)
    return isReplacing ? aside : nil
  }
}

extension DurableFile {
  /// The daemon's user has to own what root puts into his directory.
  static func giveToOwner(ofDirectoryOf path: String) throws(StoreError) {
    var status = stat()
    let directory = directory(of: path)
    guard stat(directory, &status) == 0 else { throw StoreError.system(errno, directory) }
    guard status.st_uid != geteuid() || status.st_gid != getegid() else { return }
    guard lchown(path, status.st_uid, status.st_gid) == 0 else {
      throw StoreError.system(errno, path)
    }
  }
}
