import InventoryStore
import RenewalCore

/// The way out of an expiry that moved back: lowering the fence by a person's word.
///
/// The highest expiry ever seen is a fence against reads that are behind: one that
/// shows an older expiry may be from before a payment. It may be lowered when that is
/// out of the question: whatever moved the expiry up came before it was seen there,
/// and W later every read shows it. A read from after that which still shows the older
/// one shows the truth. Nothing of ours may be under way that could move it again.
///
/// No key can be paid for twice by it: a key that this daemon has paid for stays paid
/// for, whatever was refunded (`PolicyCheck.attemptsLeft`).
extension RenewalEngine {
  func acceptExpiry(_ row: GroupRow, reason: String, actor: String) throws(OperatorRefusal) {
    let record = row.record
    let key = record.key
    try refuseBeforeAcceptance(of: record)
    obstacles[key] = nil
    let recorded: Void? = self.record { transaction in
      try transaction.append(
        LedgerEntry(
          .expiryAccepted, at: now(in: key.account), account: key.account, group: key.group,
          oldExpiry: record.maximumExpiry, newExpiry: record.latest.expiry, actor: actor,
          reason: reason))
      var accepted = row
      accepted.record.maximumExpiry = record.latest.expiry
      try transaction.save(accepted)
      try judge([accepted], in: transaction)
    }
    guard recorded != nil else { throw .notNow("the ledger could not be written") }
  }

  private func refuseBeforeAcceptance(of record: GroupRecord) throws(OperatorRefusal) {
    let key = record.key
    guard let account = accounts[key.account], account.clockDoubt == nil,
      let server = account.clock.now(at: reading)
    else { throw .notNow("the cloud's time is not known") }
    let subject = AlertBoard.Subject(
      kind: .expiryRegressed, account: key.account, group: key.group)
    guard let alert = alerts.standing[subject] else {
      throw .notNow("the expiry is the highest that was ever seen")
    }
    let highest = (try? store.read { try $0.highestExpiry(of: key.group) }) ?? nil
    guard highest == record.maximumExpiry else {
      throw .notNow("another account has seen the group with a later expiry")
    }
    let parameters = account.parameters
    let renewals = (try? store.read { try $0.renewals(of: key, limit: 1000) }) ?? []
    let proofs = renewals.filter(\.state.spendsAttempt).map { $0.intent.provableFrom(parameters) }
    let provable = max(alert.raised + parameters.visibilityBound, proofs.max() ?? alert.raised)
    guard server >= provable else {
      throw .notNow("a read may still be behind; what is read after \(provable) is not")
    }
    guard record.lastSeen >= provable, record.lastSeen <= server + .minutes(1) else {
      throw .notNow("the next sweep has to show it once more; the last was at \(record.lastSeen)")
    }
  }
}
