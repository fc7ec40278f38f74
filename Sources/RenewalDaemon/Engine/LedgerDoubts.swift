import InventoryStore
import RenewalCore

/// What is found out about the ledger itself, and told as alerts.
extension RenewalEngine {
  /// A copy of the ledger that is not made one day is missed on another.
  func backupEnded(_ problem: String?) {
    _ = record { transaction in
      if let problem {
        try raise(.backupFailed, reason: problem, in: transaction)
      } else {
        try clear(.backupFailed, in: transaction)
      }
    }
  }

  func raise(_ doubt: OpeningDoubt, in transaction: StoreTransaction) throws {
    switch doubt {
    case .rolledBack(let rows):
      try raise(
        .rollback, reason: "the ledger lacked \(rows) rows that were recorded beside it",
        in: transaction)
    case .tampered(let rows):
      try raise(
        .ledgerTamper, reason: "\(rows) rows differ from what was recorded beside them",
        in: transaction)
    case .sidecarBehind: break
    }
  }
}

extension RuntimeAnchor {
  func isEqualButForClocks(_ other: RuntimeAnchor) -> Bool {
    head == other.head && bootID == other.bootID && storageFault == other.storageFault
      && accounts.mapValues(\.holdUntil) == other.accounts.mapValues(\.holdUntil)
  }
}
