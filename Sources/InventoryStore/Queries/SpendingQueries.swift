import FoundationEssentials
import GRDB
import RenewalCore

/// What renewals cost: sums over the index `renewals_by_date` alone.
///
/// Each sum is taken in two halves of 32 bits, which two thousand million rows
/// cannot overflow; SQLite's own sum of large amounts ends in an error.
enum SpendingQueries {
  static let open = "('submitted', 'accepted', 'unknown', 'unpaid', 'stuck')"
  /// An effect of ours: the expiry moved by it, or an order of ours exists.
  static let spent = "(state = 'settled' OR (state = 'foreign' AND order_id IS NOT NULL))"
  /// Ended without an effect that is known of, and not beyond doubt before the
  /// request's life is over. Of one that was not sent no byte left.
  private static let lingering = """
    (state IN ('notEffected', 'refused') OR (state = 'foreign' AND order_id IS NULL))
    """
  private static let scope = """
    currency = ?1 AND id IS NOT ?2
    AND (?3 IS NULL OR account IN (SELECT value FROM json_each(?3)))
    AND (?4 IS NULL OR rule IN (SELECT value FROM json_each(?4)))
    AND (?5 IS NULL OR group_id IN (SELECT value FROM json_each(?5)))
    """
  private static let selectUse = """
    SELECT \(halves("coalesce(charged, amount)", where: spent)),
      \(halves("amount", where: "(state IN \(open) OR (\(lingering) AND date > ?7))"))
    FROM renewals INDEXED BY renewals_by_date WHERE \(scope) AND date >= ?6
    """
  /// What is open from before, and what lingers from before.
  private static let selectOlderOpen = """
    SELECT \(halves("amount")) FROM renewals INDEXED BY one_open_renewal_per_group
    WHERE state IN \(open) AND \(scope) AND date < ?6
    """
  private static let selectOlderLingering = """
    SELECT \(halves("amount")) FROM renewals INDEXED BY renewals_by_date
    WHERE \(lingering) AND \(scope) AND date < ?6 AND date > ?7
    """
  private static let selectPaid = sums(
    from: """
      renewals INDEXED BY renewals_by_date
      WHERE date > ?1 AND id IS NOT ?2 AND (?3 IS NULL OR account = ?3)
        AND state IN ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck', 'settled')
      """)
  private static let selectPaidByRule = """
    SELECT 1 FROM renewals INDEXED BY renewals_by_date
    WHERE date >= ? AND rule = ?
      AND state IN ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck', 'settled') LIMIT 1
    """
  private static let selectLastPaid = """
    SELECT coalesce(charged, amount), currency FROM renewals
    WHERE group_id = ? AND period = ? AND state = 'settled'
    ORDER BY expiry DESC, attempt DESC LIMIT 1
    """
  private static let selectDueBefore = """
    SELECT count(*) FROM groups
    WHERE standing IN ('ok', 'due', 'noticed', 'held', 'inFlight', 'unknown') AND due_at < ?
    """

  static func halves(_ amount: String, where condition: String? = nil) -> String {
    let counted = condition.map { "CASE WHEN \($0) THEN \(amount) ELSE 0 END" } ?? amount
    return "coalesce(sum(\(counted) >> 32), 0), coalesce(sum(\(counted) & 4294967295), 0)"
  }

  /// - Parameters:
  ///   - lingersSince: requests dated later may still take effect.
  ///   - own: a renewal that is not counted.
  static func use(
    of budget: Budget, in currency: Currency, from: Instant, lingersSince: Instant,
    without own: Int64?, _ database: Database
  ) throws -> BudgetUse {
    let scope: StatementArguments = [
      currency.code, own, try list(budget.accounts.map(\.text)), try list(budget.rules),
      try list(budget.groups.map(\.text)), from.seconds,
    ]
    func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
      try Row.fetchOne(database.cachedStatement(sql: sql), arguments: arguments)
    }
    let lingering = scope + [lingersSince.seconds]
    let within = try row(selectUse, lingering)
    let older = try [row(selectOlderOpen, scope), row(selectOlderLingering, lingering)]
    let reserved = ([(within, 2)] + older.map { ($0, 0) }).reduce(Int64(0)) { sum, part in
      saturating(sum, units(part.0, part.1))
    }
    return BudgetUse(
      spent: Money(minorUnits: units(within, 0), currency: currency),
      reserved: Money(minorUnits: reserved, currency: currency))
  }

  static func paid(
    since: Instant, in account: AccountName?, without own: Int64?, _ database: Database
  ) throws -> (count: Int, money: [Money]) {
    try sums(
      of: try database.cachedStatement(sql: selectPaid), [since.seconds, own, account?.text])
  }

  /// The statement behind `sums(of:_:)`: what renewals cost, by currency.
  static func sums(from condition: String) -> String {
    """
    SELECT currency, count(*), \(halves("coalesce(charged, amount)"))
    FROM \(condition) GROUP BY currency ORDER BY currency
    """
  }

  static func sums(
    of statement: Statement, _ arguments: StatementArguments
  ) throws -> (count: Int, money: [Money]) {
    var count = 0
    var money: [Money] = []
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    while let row = try rows.next() {
      count += row[1] as Int
      let code: String = row[0]
      guard let currency = Currency(code) else {
        throw StoreError.corrupt("a renewal was paid in '\(code)'")
      }
      money.append(Money(minorUnits: units(row, 2), currency: currency))
    }
    return (count, money)
  }

  static func hasPaid(_ rule: String, since: Instant, _ database: Database) throws -> Bool {
    let statement = try database.cachedStatement(sql: selectPaidByRule)
    return try Int.fetchOne(statement, arguments: [since.seconds, rule]) != nil
  }

  static func lastPaid(
    for group: GroupID, _ period: BillingPeriod, _ database: Database
  ) throws -> Money? {
    let statement = try database.cachedStatement(sql: selectLastPaid)
    return try Row.fetchOne(statement, arguments: [group.text, period.rawValue]).map { row in
      let code: String = row[1]
      guard let currency = Currency(code) else {
        throw StoreError.corrupt("a renewal was paid in '\(code)'")
      }
      return Money(minorUnits: row[0], currency: currency)
    }
  }

  static func dueBefore(_ instant: Instant, _ database: Database) throws -> Int {
    let statement = try database.cachedStatement(sql: selectDueBefore)
    return try Int.fetchOne(statement, arguments: [instant.seconds]) ?? 0
  }

  static func list(_ words: [String]) throws -> String? {
    words.isEmpty ? nil : String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
  }

  /// Beyond 64 bits it is all the money there can be: it fits into no budget.
  static func units(_ row: Row?, _ column: Int) -> Int64 {
    guard let row else { return 0 }
    let high: Int64 = row[column]
    let low: Int64 = row[column + 1]
    let (shifted, overflow) = high.multipliedReportingOverflow(by: 1 << 32)
    return overflow ? .max : saturating(shifted, low)
  }

  private static func saturating(_ one: Int64, _ other: Int64) -> Int64 {
    let (sum, overflow) = one.addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
