import InventoryStore
import RenewalCore

/// Renewals that are announced, and those that wait for a person's word.
extension RenewalEngine {
  /// Announces a renewal whose notice begins: a row before anything else, and
  /// the only way to a payment under a rule that gives notice.
  ///
  /// - Returns: what is known of the group now.
  func announcing(
    _ situation: GroupSituation, at now: Instant, in transaction: StoreTransaction
  ) throws -> GroupSituation {
    let key = situation.record.key
    guard settings.mode == .pay, let account = accounts[key.account], account.settings.hasPayer,
      account.clockDoubt == nil, account.clock.last != nil,
      situation.awaitsNotice(at: now, parameters: account.parameters),
      let rule = situation.rule, let expiry = situation.expiry
    else { return situation }
    var announced = situation
    announced.deliberation = situation.deliberation ?? Deliberation(expiry: expiry)
    announced.deliberation?.noticedAt = now
    guard let words = announced.deliberation,
      let end = announced.timing(account.parameters)?.noticeEndsAt
    else { return situation }
    try transaction.save(words, of: key)
    try transaction.append(
      LedgerEntry(
        .renewalNoticed, at: now, account: key.account, group: key.group, oldExpiry: expiry,
        reason: "rule '\(rule.name)' pays for \(rule.period.rawValue) after \(end)"))
    return announced
  }

  /// Remembers a price that a person has to approve. The group then waits
  /// without asking the cloud again.
  func ask(about price: Money, for situation: GroupSituation, _ refused: CheckResult) {
    let key = situation.record.key
    guard let expiry = situation.expiry else { return }
    let now = now(in: key.account)
    preparations[key] = nil
    obstacles[key] = nil
    _ = record { transaction in
      var words = situation.deliberation ?? Deliberation(expiry: expiry)
      // The same price again: only the approval ran out meanwhile.
      if words.asked?.price != price {
        words.asked = .init(price: price, at: now)
        try transaction.save(words, of: key)
        try transaction.append(
          LedgerEntry(
            .approvalAsked, at: now, account: key.account, group: key.group, oldExpiry: expiry,
            amount: price, reason: refused.sentence))
      }
      if let row = try transaction.reader.group(key) { try judge([row], in: transaction) }
    }
  }

  /// A person's yes to the price that was asked about, for this expiry.
  func approve(
    _ key: GroupKey, seen price: Money, reason: String, actor: String
  ) throws(OperatorRefusal) {
    let (row, situation) = try found(key)
    guard let rule = situation.rule, rule.action.buys, let expiry = situation.expiry,
      var words = situation.deliberation, let asked = words.asked,
      rule.needsApproval(of: asked.price)
    else { throw .notNow("no renewal of \(key) waits for approval") }
    // A yes to an older price must not be one to a higher.
    guard asked.price == price else {
      throw .notNow("the price is \(asked.price) by now, and \(price) is not what it was asked for")
    }
    if situation.open != nil { throw .notNow("a renewal of \(key) is open already") }
    if words.veto != nil { throw .notNow("the renewal was vetoed; release it first") }
    let now = now(in: key.account)
    let approval = Deliberation.Approval(
      ceiling: asked.price, at: now, until: min(now + rule.approvalLife, expiry), actor: actor,
      reason: reason)
    words.approval = approval
    obstacles[key] = nil
    try say(
      words, of: row,
      LedgerEntry(
        .renewalApproved, at: now, account: key.account, group: key.group, oldExpiry: expiry,
        amount: approval.ceiling, actor: actor, reason: "\(reason), until \(approval.until)"))
  }

  /// A person's no to the renewal past this expiry. What has left is not called
  /// back by it; nothing follows.
  func veto(_ key: GroupKey, reason: String, actor: String) throws(OperatorRefusal) {
    let (row, situation) = try found(key)
    guard situation.rule?.action.buys == true, let expiry = situation.expiry else {
      throw .notNow("\(key) is not renewed by a rule")
    }
    let now = now(in: key.account)
    var words = situation.deliberation ?? Deliberation(expiry: expiry)
    words.veto = .init(at: now, actor: actor, reason: reason)
    words.approval = nil
    dropPreparations(of: key.group)
    try say(
      words, of: row,
      LedgerEntry(
        .renewalVetoed, at: now, account: key.account, group: key.group, oldExpiry: expiry,
        actor: actor, reason: reason))
  }

  /// A no is said to the group, whichever account is about to pay for it.
  func dropPreparations(of group: GroupID) {
    preparations = preparations.filter { $0.key.group != group }
  }

  private func found(_ key: GroupKey) throws(OperatorRefusal) -> (GroupRow, GroupSituation) {
    guard let row = try? store.read({ try $0.group(key) }),
      let situation = try? store.read({ try self.situation(of: row, $0) })
    else { throw .noSuchGroup(key) }
    return (row, situation)
  }

  private func say(
    _ words: Deliberation, of row: GroupRow, _ entry: LedgerEntry
  ) throws(OperatorRefusal) {
    let recorded: Void? = record { transaction in
      try transaction.save(words, of: row.record.key)
      try transaction.append(entry)
      try judge(
        try transaction.reader.groups(of: row.record.latest.id), in: transaction)
    }
    if recorded == nil { throw .notNow("the ledger could not be written") }
  }
}
