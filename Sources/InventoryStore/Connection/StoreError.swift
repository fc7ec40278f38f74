import GRDB

/// Why the store could not do what it was asked. `remedy` says what to do,
/// `latches` whether anything may still be trusted to the disk.
package enum StoreError: Error, Hashable, Sendable {
  /// Another instance holds the state directory.
  case inUse(String)
  case readOnly(String)
  case cannotOpen(String)
  /// The file is no inventory of ours, or a newer version wrote it.
  case foreignFile(String)
  case newerVersion(String)
  /// Damaged pages, or a broken chain.
  case corrupt(String)
  /// No space: nothing was written.
  case full(String)
  /// A read, write or sync failed: what the disk holds is unknown.
  case inputOutput(String)
  /// The file under the running daemon is not the one that it opened, or its
  /// ledger does not end where the last transaction left it.
  case replaced(String)
  /// A rule of the schema refused the change, for instance a second open
  /// renewal of one group. Nothing was written.
  case refused(String)
  /// An earlier fault closed the store for writing.
  case closed(String)
}

extension StoreError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .inUse(let what): "another renewald uses \(what)"
    case .readOnly(let what): "the inventory cannot be written: \(what)"
    case .cannotOpen(let what): "the inventory cannot be opened: \(what)"
    case .foreignFile(let what): "not an inventory of renewald: \(what)"
    case .newerVersion(let what): "the inventory was written by a newer renewald: \(what)"
    case .corrupt(let what): "the inventory is damaged: \(what)"
    case .full(let what): "no space is left for the inventory: \(what)"
    case .inputOutput(let what): "the disk failed under the inventory: \(what)"
    case .replaced(let what): "the inventory was replaced under the running daemon: \(what)"
    case .refused(let what): "the inventory refused the change: \(what)"
    case .closed(let what): "the inventory is closed for writing: \(what)"
    }
  }

  package var remedy: String {
    switch self {
    case .inUse: "Stop the other instance, or give this one a state directory of its own."
    case .readOnly, .cannotOpen:
      "Let the daemon's user own the state directory, on a writable local file system."
    case .foreignFile: "Point state_directory at renewald's own directory."
    case .newerVersion: "Install that version again; a downgrade would misread the ledger."
    case .corrupt:
      "Stop the daemon and restore the newest copy that renewalctl verify FILE accepts: renewalctl "
        + "restore FILE. The copies are in backups in the state directory."
    case .full: "Free space on the file system of the state directory."
    case .inputOutput: "Check the disk; payments stay off until a reboot and a clean check."
    case .replaced:
      "Restart the daemon: it will compare the ledger with what was recorded beside it."
    case .refused: "This is a defect: please report it with the journal."
    case .closed: "See the first storage error in the journal."
    }
  }

  /// Whether nothing more may be written by this process: after a failed sync
  /// the kernel may call lost pages clean (Rebello et al., USENIX ATC 2020).
  package var latches: Bool {
    switch self {
    case .corrupt, .inputOutput, .replaced, .closed, .readOnly, .cannotOpen: true
    case .inUse, .foreignFile, .newerVersion, .full, .refused: false
    }
  }

  package init(_ error: any Error) {
    if let known = error as? StoreError {
      self = known
      return
    }
    guard let error = error as? DatabaseError else {
      self = .inputOutput(String(describing: error))
      return
    }
    let text = "\(error.message ?? "SQLite error") (\(error.extendedResultCode.rawValue))"
    switch error.resultCode {
    case .SQLITE_FULL: self = .full(text)
    case .SQLITE_CORRUPT: self = .corrupt(text)
    case .SQLITE_NOTADB: self = .foreignFile(text)
    case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(text)
    case .SQLITE_CANTOPEN: self = .cannotOpen(text)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .inUse(text)
    case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: self = .refused(text)
    default: self = .inputOutput(text)
    }
  }
}
