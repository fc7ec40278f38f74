import GRDB
import RenewalCore

/// Conditions on attempts; all have to hold.
package struct RenewalFilter: Hashable, Sendable {
  package var account: AccountName?
  package var group: GroupID?
  /// Opened at or after.
  package var from: Instant?
  /// Opened before.
  package var to: Instant?
  package var openOnly: Bool

  package init(
    account: AccountName? = nil, group: GroupID? = nil, from: Instant? = nil, to: Instant? = nil,
    openOnly: Bool = false
  ) {
    self.account = account
    self.group = group
    self.from = from
    self.to = to
    self.openOnly = openOnly
  }
}

enum RenewalQueries {
  private static let columns = """
    id, account, group_id, expiry, attempt, period, auto_pay, promotion_id, amount, currency, \
    date, nonce, request_hash, rule, boot_id, state, since, order_id, new_expiry, charged
    """
  private static let insert = """
    INSERT OR ABORT INTO renewals (account, group_id, expiry, attempt, period, auto_pay,
      promotion_id, amount, currency, date, nonce, request_hash, rule, boot_id, state, since)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'submitted', ?)
    """
  // The state that the caller believes in is part of the condition: a change
  // that was made meanwhile must not be overwritten.
  private static let change = """
    UPDATE renewals SET state = ?, since = ?, order_id = ?, new_expiry = ?, charged = ?
    WHERE id = ? AND state = ?
    """
  private static let open = "('submitted', 'accepted', 'unknown', 'unpaid', 'stuck')"
  private static let selectOpen =
    "SELECT \(columns) FROM renewals WHERE state IN \(open) ORDER BY expiry, id"
  private static let selectOpenOfGroup = """
    SELECT \(columns) FROM renewals WHERE group_id = ? AND state IN \(open)
    """
  private static let selectOfKey = """
    SELECT \(columns) FROM renewals WHERE group_id = ? AND expiry = ? ORDER BY attempt
    """
  private static let selectOfGroup = """
    SELECT \(columns) FROM renewals WHERE group_id = ? ORDER BY id DESC LIMIT ?
    """
  private static let selectByNonce = "SELECT \(columns) FROM renewals WHERE nonce = ?"
  private static let filter = """
    (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR group_id = ?2)
    AND (?3 IS NULL OR date >= ?3) AND (?4 IS NULL OR date < ?4)
    AND (NOT ?5 OR state IN \(open))
    """
  private static let selectPage =
    "SELECT \(columns) FROM renewals WHERE \(filter) AND id > ?6 ORDER BY id LIMIT ?7"
  private static let selectSpent = SpendingQueries.sums(
    from: "renewals WHERE \(filter) AND \(SpendingQueries.spent)")
  private static let selectLastSettled =
    "SELECT max(since) FROM renewals WHERE account = ? AND state = 'settled'"

  static func insert(_ intent: RenewalIntent, at now: Instant, _ database: Database) throws
    -> Renewal
  {
    try database.cachedStatement(sql: insert).execute(arguments: [
      intent.key.subject.account.text, intent.key.subject.group.text, intent.key.expiry.seconds,
      intent.attempt, intent.period.rawValue, intent.autoPay, intent.promotionID,
      intent.quote.minorUnits, intent.quote.currency.code, intent.date.seconds, intent.nonce,
      intent.requestHash, intent.rule, intent.bootID, now.seconds,
    ])
    return Renewal(
      id: database.lastInsertedRowID, intent: intent, state: .submitted, since: now)
  }

  static func change(
    _ renewal: Renewal, to state: RenewalState, order: OrderID?, newExpiry: Instant?,
    charged: Money?, at now: Instant, _ database: Database
  ) throws {
    try database.cachedStatement(sql: change).execute(arguments: [
      state.rawValue, now.seconds, order?.text, newExpiry?.seconds, charged?.minorUnits,
      renewal.id, renewal.state.rawValue,
    ])
    guard database.changesCount == 1 else {
      throw StoreError.refused("renewal \(renewal.id) is no longer \(renewal.state.rawValue)")
    }
  }

  static func open(_ database: Database) throws -> [Renewal] {
    try Row.fetchCursor(database.cachedStatement(sql: selectOpen)).mapArray(decode)
  }

  static func open(of key: GroupKey, _ database: Database) throws -> Renewal? {
    let statement = try database.cachedStatement(sql: selectOpenOfGroup)
    return try Row.fetchOne(statement, arguments: [key.group.text]).map(decode)
  }

  static func attempts(for key: RenewalKey, _ database: Database) throws -> [Renewal] {
    let statement = try database.cachedStatement(sql: selectOfKey)
    return try Row.fetchCursor(
      statement, arguments: [key.subject.group.text, key.expiry.seconds]
    ).mapArray(decode)
  }

  static func latest(of key: GroupKey, limit: Int, _ database: Database) throws -> [Renewal] {
    let statement = try database.cachedStatement(sql: selectOfGroup)
    return try Row.fetchCursor(statement, arguments: [key.group.text, limit]).mapArray(decode)
  }

  static func renewal(nonce: String, _ database: Database) throws -> Renewal? {
    let statement = try database.cachedStatement(sql: selectByNonce)
    return try Row.fetchOne(statement, arguments: [nonce]).map(decode)
  }

  static func page(
    _ filter: RenewalFilter, after id: Int64, limit: Int, _ database: Database
  ) throws -> [Renewal] {
    let statement = try database.cachedStatement(sql: selectPage)
    return try Row.fetchCursor(
      statement, arguments: arguments(filter) + [id, limit]
    ).mapArray(decode)
  }

  static func spent(_ filter: RenewalFilter, _ database: Database) throws -> (
    count: Int, money: [Money]
  ) {
    try SpendingQueries.sums(
      of: try database.cachedStatement(sql: selectSpent), arguments(filter))
  }

  private static func arguments(_ filter: RenewalFilter) -> StatementArguments {
    [
      filter.account?.text, filter.group?.text, filter.from?.seconds, filter.to?.seconds,
      filter.openOnly,
    ]
  }

  static func lastSettled(in account: AccountName, _ database: Database) throws -> Instant? {
    let statement = try database.cachedStatement(sql: selectLastSettled)
    return try Int64.fetchOne(statement, arguments: [account.text]).map { Instant($0) }
  }

  private static func decode(_ row: Row) throws -> Renewal {
    let word: String = row[15]
    let periodText: String = row[5]
    let currencyText: String = row[9]
    guard let state = RenewalState(rawValue: word),
      let period = BillingPeriod(rawValue: periodText),
      let currency = Currency(currencyText)
    else {
      throw StoreError.corrupt("renewal \(row[0] as Int64) reads '\(word)', '\(periodText)'")
    }
    let subject = GroupKey(account: AccountName(row[1]), group: GroupID(row[2]))
    let intent = RenewalIntent(
      key: RenewalKey(subject: subject, expiry: Instant(row[3])), attempt: row[4], period: period,
      autoPay: row[6], promotionID: row[7], quote: Money(minorUnits: row[8], currency: currency),
      date: Instant(row[10]), nonce: row[11], requestHash: row[12], rule: row[13], bootID: row[14])
    return Renewal(
      id: row[0], intent: intent, state: state, order: (row[17] as String?).map { OrderID($0) },
      since: Instant(row[16]), newExpiry: (row[18] as Int64?).map { Instant($0) },
      charged: (row[19] as Int64?).map { Money(minorUnits: $0, currency: currency) })
  }
}
