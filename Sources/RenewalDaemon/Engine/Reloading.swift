import InventoryStore
import RenewalCore

/// What a new configuration changes. Whoever reloads every few minutes changes
/// nothing by it: what was refused stays refused.
extension RenewalEngine {
  func reconfigure(_ settings: EngineSettings) {
    let old = self.settings
    let limitsChanged = old.policy != settings.policy || old.mode != settings.mode
    let changed = changedAccounts(from: old.accounts, to: settings.accounts)
    self.settings = settings
    let names = Set(settings.accounts.map(\.name))
    accounts = accounts.filter { names.contains($0.key) }
    for account in settings.accounts {
      if changed.contains(account.name) || accounts[account.name] == nil {
        adopt(account)
      }
      accounts[account.name]?.nextSweep = reading.boot
    }
    forget(changed)
    if limitsChanged {
      // What the old limits refused may fit into the new ones.
      obstacles = [:]
      preparations = [:]
      for name in names { accounts[name]?.queue = [] }
      forgetForecasts()
    }
    _ = record { transaction in
      try transaction.append(
        LedgerEntry(
          .configurationLoaded, at: now, subject: settings.mode.rawValue,
          reason: "\(settings.policy.rules.count) rules, \(settings.accounts.count) accounts"))
      try clear(.configurationRejected, in: transaction)
      for name in names.sorted() where mayBeGranted(name, changed) {
        try clear(.permission, account: name, in: transaction)
      }
      try alignOrphanedCreations(in: transaction)
      try tellForgottenSpending(since: old.policy, in: transaction)
    }
    judgeAll()
  }

  /// A budget counts what was paid by the names of rules as they were then: with
  /// another name, what is spent already is out of its sight.
  private func tellForgottenSpending(
    since old: RenewalPolicy, in transaction: StoreTransaction
  ) throws {
    let names = Set(settings.policy.rules.map(\.name))
    for budget in old.budgets where budget.limit != nil {
      let start = budget.per.bounds(at: now, in: old.zone).from
      for rule in budget.rules.filter({ !names.contains($0) })
      where try transaction.reader.hasPaid(rule, since: start) {
        try transaction.append(
          LedgerEntry(
            .alertRaised, at: now, subject: AlertKind.budgetExhausted.rawValue,
            reason: "rule '\(rule)' is not configured any more: what it paid since \(start) within "
              + "budget '\(budget.name)' counts in no budget of rules by other names"))
      }
    }
  }

  /// Those that are not what they were: gone, or with other keys, or another way
  /// to work.
  private func changedAccounts(
    from old: [AccountSettings], to new: [AccountSettings]
  ) -> Set<AccountName> {
    let kept = Set(old.filter { $0.identity != nil }).intersection(new)
    return Set((old + new).map(\.name)).subtracting(kept.map(\.name))
  }

  /// Begins with an account, or anew: its key may belong to somebody else now.
  /// Its clock is the cloud's, and stays.
  private func adopt(_ settings: AccountSettings) {
    var account =
      accounts[settings.name] ?? AccountState(settings: settings, nextSweep: reading.boot)
    account.settings = settings
    account.orders = OrderIndex()
    account.blockingRefusal = nil
    account.balance = nil
    account.queue = []
    account.sweep = nil
    account.sweepFailures = 0
    accounts[settings.name] = account
  }

  /// Nothing that was signed, offered or half asked with an old key goes on with
  /// the new one.
  private func forget(_ changed: Set<AccountName>) {
    guard !changed.isEmpty else { return }
    let reason = "the account's configuration or key was changed"
    withdrawPendingPayments(reason, of: changed)
    withdrawPendingCreations(reason, of: changed)
    questions = questions.filter { _, purpose in
      switch purpose {
      case .sweep(let account), .watch(_, let account): !changed.contains(account)
      case .creationWatch(let id):
        creating.watches[id].map { !changed.contains($0.creation.intent.account) } ?? false
      case .preparation, .confirmation, .draft, .creationConfirmation: true
      }
    }
    for (id, watch) in watches where watch.renewal.state != .submitted {
      // Of one that is not configured any more the witness may be another now.
      let account = watch.renewal.intent.key.subject.account
      guard changed.contains(account) || accounts[account] == nil else { continue }
      watches[id]?.seen = nil
      watches[id]?.search = nil
      watches[id]?.nextLook = reading.boot
    }
    for (id, watch) in creating.watches
    where watch.creation.state != .submitted && changed.contains(watch.creation.intent.account) {
      creating.watches[id] = CreationWatch(watch.creation, nextLook: reading.boot)
    }
    preparations = preparations.filter { !changed.contains($0.key.account) }
    obstacles = obstacles.filter { !changed.contains($0.key.account) }
  }

  /// Whether a missing permission may have been granted: at once with another key.
  /// A grant is made in the cloud and changes nothing here; so the alert also ends
  /// once it has stood for as long as it would be told again, and comes back
  /// where nothing was granted.
  private func mayBeGranted(_ account: AccountName, _ changed: Set<AccountName>) -> Bool {
    guard let alert = alerts.standing[.init(kind: .permission, account: account, group: "")],
      !changed.contains(account)
    else { return true }
    return accounts[account]?.blockingRefusal == nil
      && now(in: account) >= alert.raised + (alert.kind.severity.repetition ?? .zero)
  }
}
