import InventoryStore
import RenewalCore

/// A ledger that wakes up on another machine: a copy, whose first life may still pay.
extension RenewalEngine {
  /// Nothing is paid on a machine that the ledger does not know until an operator
  /// has adopted it. The first machine is known from the start.
  func compareMachine(in transaction: StoreTransaction) throws {
    guard let machineID else { return }
    let known = try transaction.reader.setting(.machine)
    if known == nil { try transaction.set(.machine, machineID) }
    if known == nil || known == machineID {
      try clear(.machineChanged, in: transaction)
    } else if let known {
      let reason =
        "the ledger was written on machine \(known.prefix(8)) and this is \(machineID.prefix(8))"
      try raise(.machineChanged, reason: reason, in: transaction)
    }
  }

  /// The word of an operator who acknowledges that alert, with his reason: the row
  /// of the acknowledgement is that of the adoption.
  func adoptMachine(in transaction: StoreTransaction) throws {
    if let machineID { try transaction.set(.machine, machineID) }
  }
}
