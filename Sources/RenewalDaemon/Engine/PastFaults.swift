import InventoryStore
import RenewalCore

/// What could be no row when it happened, and becomes one as soon as it can: how
/// slow orders are, and that the disk failed.
extension RenewalEngine {
  /// Notes how long an accepted order took to show.
  func noteVisibility(
    of latency: Span, in account: AccountName, _ parameters: ProtocolParameters,
    _ transaction: StoreTransaction
  ) throws {
    var visibility =
      try transaction.reader.setting(.visibility(account)).flatMap { Visibility(text: $0) }
      ?? Visibility()
    visibility.note(latency)
    try transaction.set(.visibility(account), visibility.text)
    if parameters.isSlow(latency) {
      let reason =
        "an order took \(latency) to show, and one that takes \(parameters.visibilityBound) "
        + "counts as unpaid"
      try raise(.visibilitySlow, account: account, reason: reason, in: transaction)
    } else {
      try clear(.visibilitySlow, account: account, in: transaction)
    }
  }

  /// Raises the alert of a fault that is over: of an earlier boot, or of a disk
  /// that was full. It stands until a person has read it, and stops nothing.
  func recordPastFault() {
    guard canRecord, let fault = faultMark?.load() else { return }
    let recorded: Void? = record { try raise(.storageFault, reason: fault, in: $0) }
    if recorded != nil { faultMark?.save(nil) }
  }
}
