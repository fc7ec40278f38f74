import InventoryStore
import RenewalCore

/// Observe: walk over all groups of an account, page by page.
extension RenewalEngine {
  func startSweeps() {
    for name in accounts.keys.sorted() {
      guard let state = accounts[name], state.sweep == nil, reading.boot >= state.nextSweep,
        canRecord
      else { continue }
      let last = (try? store.read { try $0.setting(.sweep(name)) }).flatMap { $0 }
      let number = (last.flatMap { Int64($0) } ?? 0) + 1
      accounts[name]?.sweep = Sweep(number: number)
      accounts[name]?.nextSweep = boot(after: settings.sweepInterval)
      ask(.groups(page: 1), of: name, for: .sweep(name))
    }
  }

  func sweepReplied(_ account: AccountName, _ reply: ReadReply) {
    guard var sweep = accounts[account]?.sweep else { return }
    switch reply.result {
    case .failure(let fault):
      endPartialSweep(account, fault.summary, fault)
    case .success(.groups(let page)):
      // Times that come with a doubtful clock still show what groups there
      // are; their expiries are read again before anything is paid.
      let isTrusted = accounts[account]?.clockDoubt == nil
      let at = isTrusted ? reply.serverTime ?? reading.wall : now(in: account)
      let new = page.groups.filter { sweep.listed.insert($0.id).inserted }
      let isLast = page.groups.isEmpty || sweep.listed.count >= page.total
      sweep.page += 1
      accounts[account]?.sweep = sweep
      let recorded: Void? = record { transaction in
        for group in new {
          try observe(
            group, in: account, at: at, source: "list", requestID: reply.requestID,
            sweep: sweep.number, transaction)
        }
        if sweep.page == 2 { try transaction.set(.sweep(account), String(sweep.number)) }
        if isLast { try completeSweep(sweep, of: account, at: at, total: page.total, transaction) }
      }
      if recorded == nil {
        endPartialSweep(account, "the inventory could not be written", nil)
      } else if isLast {
        accounts[account]?.sweep = nil
        accounts[account]?.sweepFailures = 0
        accounts[account]?.walks += 1
        effects.append(
          .sweepEnded(
            account, groups: sweep.listed.count, isComplete: sweep.listed.count >= page.total))
      } else {
        ask(.groups(page: sweep.page), of: account, for: .sweep(account))
      }
    case .success:
      endPartialSweep(account, "an answer of another kind", nil)
    }
  }

  /// A sweep that did not see every page says nothing about the groups that it
  /// did not list.
  private func endPartialSweep(_ account: AccountName, _ reason: String, _ fault: CloudFault?) {
    guard var state = accounts[account] else { return }
    effects.append(
      .sweepEnded(account, groups: state.sweep?.listed.count ?? 0, isComplete: false))
    state.sweep = nil
    state.sweepFailures += 1
    let waits: [Span] = [.seconds(15), .minutes(1), .minutes(2), .minutes(5), .minutes(10)]
    let wait = min(waits[min(state.sweepFailures, waits.count) - 1], settings.sweepInterval)
    state.nextSweep = boot(after: max(wait, fault?.boundedRetryAfter ?? .zero))
    accounts[account] = state
    _ = record { transaction in
      if let alert = fault?.accountAlert {
        try raise(alert, account: account, reason: reason, in: transaction)
      } else if state.sweepFailures >= 3 {
        try raise(.sweepFailing, account: account, reason: reason, in: transaction)
      }
    }
  }

  private func completeSweep(
    _ sweep: Sweep, of account: AccountName, at: Instant, total: Int,
    _ transaction: StoreTransaction
  ) throws {
    let isComplete = sweep.listed.count >= total
    // Two absences count only if they lie a poll interval apart: a page walk
    // may miss a row while others come and go.
    let last = accounts[account]?.lastComplete
    let parameters = accounts[account]?.parameters ?? .withoutBilling
    let isApart =
      last.map { at - $0 >= min(parameters.pollInterval, settings.sweepInterval) } ?? true
    if isComplete, isApart, accounts[account]?.clockDoubt == nil {
      for var row in try transaction.reader.groups(notListedIn: account, since: sweep.number) {
        row.record.absences += 1
        row.attentionAt = at
        try transaction.save(row)
      }
    }
    if isComplete, accounts[account]?.clockDoubt == nil {
      try transaction.set(.completeSweep(account), String(at.seconds))
      accounts[account]?.lastComplete = at
      accounts[account]?.groupCount = sweep.listed.count
    }
    // The reader's key works; what was refused to the payer still is.
    let payerIsRefused = accounts[account]?.blockingRefusal != nil
    for kind in AlertKind.allCases
    where kind.clearsWithSweep && !(payerIsRefused && kind == .authentication) {
      try clear(kind, account: account, in: transaction)
    }
  }

  /// Folds a read of one group into the inventory. Most show what is known, and
  /// then nothing is written.
  ///
  /// - Returns: `nil` where it could not be recorded.
  func observe(
    _ group: DeliveryGroup, in account: AccountName, at: Instant, requestID: String
  ) -> Void? {
    if canRecord, (try? store.read({ try $0.isKnown(group, in: account) })) == true { return () }
    return record { transaction in
      try observe(
        group, in: account, at: at, source: "get", requestID: requestID, transaction)
    }
  }

  /// Folds one answer about a group into the inventory, and into the ledger
  /// where the expiry is a new one.
  func observe(
    _ group: DeliveryGroup, in account: AccountName, at: Instant, source: String,
    requestID: String, sweep: Int64? = nil, _ transaction: StoreTransaction
  ) throws {
    let key = GroupKey(account: account, group: group.id)
    var group = group
    // Nothing is sold for so long: a slip of the cloud, and as the highest
    // expiry ever seen it would keep the group from renewal for good.
    let isTrusted = accounts[account]?.clockDoubt == nil
    if isTrusted, let expiry = group.expiry, expiry > at + .days(3660) { group.expiry = nil }
    if let sweep, try transaction.markListed(group, in: account, sweep: sweep, at: at) { return }
    let known = try transaction.reader.group(key)
    // Some tags come with the list only (API reference, section 5.5): a single
    // read must not move a group to another rule.
    if sweep == nil, let known { group.tags = known.record.latest.tags }
    if let known, known.record.latest == group, known.record.absences == 0 { return }
    var row =
      known
      ?? GroupRow(
        record: GroupRecord(
          account: account, latest: group, maximumExpiry: nil, firstSeen: at, lastSeen: at,
          wasSubscription: false))
    let old = known?.record.latest.expiry
    row.record.latest = group
    row.record.lastSeen = at
    row.record.absences = 0
    row.sweep = sweep ?? row.sweep
    if group.chargeType.known == .prePaid { row.record.wasSubscription = true }
    if let expiry = group.expiry {
      row.record.maximumExpiry = max(row.record.maximumExpiry ?? expiry, expiry)
    }
    if known == nil || old != group.expiry {
      try transaction.append(
        LedgerEntry(
          .expiryObserved, at: at, account: account, group: group.id, subject: group.status.text,
          oldExpiry: old, newExpiry: group.expiry, requestID: requestID,
          reason: known == nil ? "first seen by \(source)" : "seen by \(source)"))
      try noticeForeignRenewal(key, from: old, to: group.expiry, transaction)
    }
    try transaction.save(row)
    try judge([row], in: transaction)
    if known == nil {
      try noticeTwin(group, in: account, at: at, transaction)
      // Another account may have waited for somebody who can see the group.
      if try transaction.reader.mentions(of: group.id, besides: account).contains(.otherAccounts) {
        try judge(
          try transaction.reader.groups(of: group.id, besides: account), in: transaction)
      }
    }
    if known == nil { foresee(try transaction.reader.group(key)?.dueAt) }
  }

  /// An expiry that moved on while nothing of ours was open.
  private func noticeForeignRenewal(
    _ key: GroupKey, from old: Instant?, to new: Instant?, _ transaction: StoreTransaction
  ) throws {
    guard let old, let new, new > old, try transaction.reader.openRenewal(of: key) == nil,
      try transaction.reader.attempts(for: RenewalKey(subject: key, expiry: old))
        .allSatisfy({ $0.state != .settled && $0.state != .foreign })
    else { return }
    try transaction.append(
      LedgerEntry(
        .alertRaised, at: now(in: key.account), account: key.account, group: key.group,
        subject: AlertKind.foreignRenewal.rawValue, oldExpiry: old, newExpiry: new,
        reason: "the expiry moved without a renewal of ours"))
  }
}

extension AlertKind {
  /// Alerts about an account that a sweep without a fault disproves.
  var clearsWithSweep: Bool {
    switch self {
    case .sweepFailing, .authentication: true
    default: false
    }
  }

  /// Alerts that follow from the judgement of a group.
  var isAboutGroup: Bool {
    switch self {
    case .outcomeUnknown, .stuckOrder, .unpaidOrder, .attemptsExhausted, .expiryNear, .renewalHeld,
      .lapsed, .gone, .converted, .doubleExtension, .orderMismatch, .priceRefused, .schemaDrift,
      .expiryRegressed, .foreignRenewal, .nativeAutoRenew, .unmanagedExpiring, .lapsing,
      .renewalNoticed, .approvalNeeded, .approvalOverdue, .hoursGaveWay, .budgetExhausted,
      .balanceLow, .amountMismatch:
      true
    case .authentication, .permission, .clock, .sweepFailing, .accountChanged, .balanceEnding,
      .visibilitySlow,
      .rollback, .machineChanged, .ledgerTamper, .storageFault, .backupFailed,
      .configurationRejected,
      .heartbeatFailing, .notifierFailing, .fuse, .creationUnknown, .creationStuck,
      .createdTwice:
      false
    }
  }
}

extension CloudFault {
  /// One line for a person.
  var summary: String {
    switch self {
    case .refused(let refusal): "\(refusal.code) (HTTP \(refusal.httpStatus))"
    case .unreachable(let reason): "no answer: \(reason)"
    case .unreadable(let reason): "an unreadable answer: \(reason)"
    case .noCredentials(let reason): "no credentials: \(reason)"
    }
  }

  /// An hour at most: a header from outside must not end the daemon's work.
  var boundedRetryAfter: Span? {
    guard case .refused(let refusal) = self else { return nil }
    return refusal.retryAfter.map { min($0, .hours(1)) }
  }

  /// The alert of the account that a refused read stands for.
  var accountAlert: AlertKind? {
    switch self {
    case .noCredentials: return .authentication
    case .unreachable, .unreadable: return nil
    case .refused(let refusal):
      switch RefusalCause(code: refusal.code) {
      case .credentials: return .authentication
      case .permission: return .permission
      case .clock: return .clock
      case .throttled, .parameter, nil: return nil
      }
    }
  }
}
