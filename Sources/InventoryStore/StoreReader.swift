import GRDB
import RenewalCore

/// What can be asked of the inventory. Lives as long as the read that made it.
package struct StoreReader {
  let database: Database

  package func group(_ key: GroupKey) throws -> GroupRow? {
    try GroupQueries.group(key, database)
  }

  /// Whether a single read of a group, which does not show all of its tags, tells
  /// nothing that the last one did not.
  package func isKnown(_ group: DeliveryGroup, in account: AccountName) throws -> Bool {
    try GroupQueries.isKnown(group, in: account, database)
  }

  /// A walk over all groups in key order, a page at a time.
  package func groups(after key: GroupKey?, limit: Int) throws -> [GroupRow] {
    try GroupQueries.page(after: key, limit: limit, database)
  }

  /// Groups by their name or id, which costs a look at every group.
  ///
  /// - Parameter account: `nil`: of any.
  package func groups(
    called text: String, in account: AccountName?, limit: Int
  ) throws -> [GroupRow] {
    try GroupQueries.called(text, in: account, limit: limit, database)
  }

  /// Groups whose time to be judged has come, the longest waiting first.
  package func groupsWaiting(
    in account: AccountName, at now: Instant, limit: Int
  ) throws -> [GroupRow] {
    try GroupQueries.waiting(in: account, at: now, limit: limit, database)
  }

  package func nextAttention(in account: AccountName) throws -> Instant? {
    try GroupQueries.nextAttention(in: account, database)
  }

  /// Every account that groups were ever seen in, configured or not.
  package func accounts() throws -> [AccountName] { try GroupQueries.accounts(database) }

  /// The highest expiry that any account has seen of a group.
  package func highestExpiry(of group: GroupID) throws -> Instant? {
    try GroupQueries.highestExpiry(of: group, database)
  }

  package func mentions(
    of group: GroupID, besides account: AccountName
  ) throws -> GroupMentions {
    try GroupQueries.mentions(of: group, besides: account, database)
  }

  /// The same group as the accounts list it, or have listed it: after an account was
  /// renamed, or where two accounts see one group.
  package func groups(
    of group: GroupID, besides account: AccountName? = nil
  ) throws -> [GroupRow] {
    try GroupQueries.rows(of: group, besides: account, database)
  }

  package func groups(notListedIn account: AccountName, since sweep: Int64) throws -> [GroupRow] {
    try GroupQueries.unlisted(in: account, since: sweep, database)
  }

  package func groupCount(in account: AccountName) throws -> Int {
    try GroupQueries.count(in: account, database)
  }

  /// How many of them an account still has, as far as is known.
  package func listedCount(in account: AccountName) throws -> Int {
    try GroupQueries.listedCount(in: account, database)
  }

  package func standings() throws -> [GroupStanding: Int] { try GroupQueries.standings(database) }
  package func nextDue() throws -> GroupRow? { try GroupQueries.nextDue(database) }

  package func openRenewals() throws -> [Renewal] { try RenewalQueries.open(database) }

  package func openRenewal(of key: GroupKey) throws -> Renewal? {
    try RenewalQueries.open(of: key, database)
  }

  package func attempts(for key: RenewalKey) throws -> [Renewal] {
    try RenewalQueries.attempts(for: key, database)
  }

  package func renewals(of key: GroupKey, limit: Int) throws -> [Renewal] {
    try RenewalQueries.latest(of: key, limit: limit, database)
  }

  /// A page of the attempts that fit, in the order in which they were opened.
  package func renewals(
    _ filter: RenewalFilter, after id: Int64, limit: Int
  ) throws -> [Renewal] {
    try RenewalQueries.page(filter, after: id, limit: limit, database)
  }

  /// How many of them cost money, and how much: as `BudgetUse.spent` counts it.
  package func spent(_ filter: RenewalFilter) throws -> (count: Int, money: [Money]) {
    try RenewalQueries.spent(filter, database)
  }

  /// What a budget holds, in one currency.
  ///
  /// - Parameters:
  ///   - from: where its period begins.
  ///   - lingersSince: requests dated later may still take effect.
  ///   - own: a renewal that is not counted.
  ///   - order: an order of a new group that is not counted.
  package func use(
    of budget: Budget, in currency: Currency, from: Instant, lingersSince: Instant,
    without own: Int64? = nil, order: Int64? = nil
  ) throws -> BudgetUse {
    try SpendingQueries.use(
      of: budget, in: currency, from: from, lingersSince: lingersSince, without: own, database)
      + CreationSpending.use(
        of: budget, in: currency, from: from, lingersSince: lingersSince, without: order, database)
  }

  /// How many renewals were paid for, or may have been, and their money, later
  /// than an instant.
  ///
  /// - Parameter account: `nil`: in all.
  package func paid(
    since: Instant, in account: AccountName? = nil, without own: Int64? = nil
  ) throws -> (count: Int, money: [Money]) {
    try SpendingQueries.paid(since: since, in: account, without: own, database)
  }

  /// Whether anything was paid for by a rule of that name, or may have been.
  package func hasPaid(_ rule: String, since: Instant) throws -> Bool {
    try SpendingQueries.hasPaid(rule, since: since, database)
  }

  /// What the newest settled renewal of a group by a period cost.
  package func lastPaid(for group: GroupID, _ period: BillingPeriod) throws -> Money? {
    try SpendingQueries.lastPaid(for: group, period, database)
  }

  /// How many groups are due before an instant, in flight or held included.
  package func dueBefore(_ instant: Instant) throws -> Int {
    try SpendingQueries.dueBefore(instant, database)
  }

  /// The newest words about a group's renewal, whatever expiry they are about.
  package func deliberation(of key: GroupKey) throws -> Deliberation? {
    try DeliberationQueries.deliberation(of: key, database)
  }

  package func lastSettled(in account: AccountName) throws -> Instant? {
    try RenewalQueries.lastSettled(in: account, database)
  }

  /// Orders of new groups whose outcome is open, the oldest first.
  package func openCreations() throws -> [Creation] { try CreationQueries.open(database) }

  /// The newest first.
  package func creations(limit: Int) throws -> [Creation] {
    try CreationQueries.latest(limit: limit, database)
  }

  package func creation(_ id: Int64) throws -> Creation? {
    try CreationQueries.creation(id, database)
  }

  /// The last orders of groups of the name, the newest first.
  package func creations(named name: String) throws -> [Creation] {
    try CreationQueries.creations(named: name, database)
  }

  /// How often a group of the name was ordered.
  package func creationAttempts(named name: String) throws -> Int {
    try CreationQueries.attempts(named: name, database)
  }

  /// Groups of the name that an account has.
  package func groups(named name: String, in account: AccountName) throws -> [GroupRow] {
    try GroupQueries.named(name, in: account, database)
  }

  package func alerts() throws -> [Alert] { try AlertQueries.all(database) }

  package func alerts(of account: AccountName, _ group: GroupID) throws -> [Alert] {
    try AlertQueries.of(account, group, database)
  }

  package func ledger(after sequence: Int64, limit: Int) throws -> [LedgerRow] {
    try LedgerQueries.rows(after: sequence, limit: limit, database)
  }

  /// Newest first.
  package func ledger(before sequence: Int64, limit: Int) throws -> [LedgerRow] {
    try LedgerQueries.rows(before: sequence, limit: limit, database)
  }

  /// Newest first.
  package func ledger(
    of key: GroupKey, before sequence: Int64 = .max, limit: Int
  ) throws -> [LedgerRow] {
    try LedgerQueries.rows(of: key, before: sequence, limit: limit, database)
  }

  /// Newest first.
  package func ledger(of renewal: Renewal) throws -> [LedgerRow] {
    try LedgerQueries.rows(of: renewal, database)
  }

  /// The newest row of a kind about a group, about an account as a whole, or
  /// about neither.
  package func latest(
    _ kind: LedgerKind, account: AccountName? = nil, group: GroupID? = nil, subject: String? = nil
  ) throws -> LedgerRow? {
    try LedgerQueries.latest(kind, account: account, group: group, subject: subject, database)
  }

  package func setting(_ setting: StoreSetting) throws -> String? {
    let statement = try database.cachedStatement(sql: "SELECT value FROM settings WHERE name = ?")
    return try String.fetchOne(statement, arguments: [setting.name])
  }
}

/// Single values that outlive the process.
package enum StoreSetting: Hashable, Sendable {
  /// The last ledger row that the journal was told.
  case announcedSequence
  /// The operator's reason, while payments are paused.
  case pauseReason
  /// How this ledger was restored, until its daemon has told so.
  case restored
  /// The number of the last sweep of an account that was begun.
  case sweep(AccountName)
  /// The cloud's time of its last complete sweep.
  case completeSweep(AccountName)
  /// A `BlownFuse` as JSON.
  case blownFuse
  /// When an operator last lifted one: the fuses count from there.
  case fuseLifted
  /// The last ledger row that a webhook was told of.
  case hookPosition(String)
  /// The machine that the ledger was written on, or that was adopted since.
  case machine
  /// The cloud's number of an account.
  case cloudAccount(AccountName)
  /// How long its orders took to show: `Visibility.text`.
  case visibility(AccountName)

  var name: String {
    switch self {
    case .announcedSequence: "announced-sequence"
    case .pauseReason: "pause-reason"
    case .restored: "restored"
    case .sweep(let account): "sweep/\(account)"
    case .completeSweep(let account): "complete-sweep/\(account)"
    case .blownFuse: "blown-fuse"
    case .fuseLifted: "fuse-lifted"
    case .hookPosition(let hook): "hook-position/\(hook)"
    case .machine: "machine"
    case .cloudAccount(let account): "cloud-account/\(account)"
    case .visibility(let account): "visibility/\(account)"
    }
  }
}
