import GRDB
import RenewalCore

/// What was announced, asked and said: one row for each group, about its
/// newest expiry that anything was said about.
enum DeliberationQueries {
  private static let columns = """
    expiry, noticed_at, asked_amount, asked_currency, asked_at, ceiling_amount, \
    ceiling_currency, approved_at, approved_until, approved_by, approval_reason, vetoed_at, \
    vetoed_by, veto_reason
    """
  private static let replace = """
    INSERT INTO deliberations (account, group_id, \(columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, group_id) DO UPDATE SET
      expiry = excluded.expiry, noticed_at = excluded.noticed_at,
      asked_amount = excluded.asked_amount, asked_currency = excluded.asked_currency,
      asked_at = excluded.asked_at, ceiling_amount = excluded.ceiling_amount,
      ceiling_currency = excluded.ceiling_currency, approved_at = excluded.approved_at,
      approved_until = excluded.approved_until, approved_by = excluded.approved_by,
      approval_reason = excluded.approval_reason, vetoed_at = excluded.vetoed_at,
      vetoed_by = excluded.vetoed_by, veto_reason = excluded.veto_reason
    """
  private static let select =
    "SELECT \(columns) FROM deliberations WHERE account = ? AND group_id = ?"

  static func save(_ words: Deliberation, of key: GroupKey, _ database: Database) throws {
    let (asked, approval, veto) = (words.asked, words.approval, words.veto)
    try database.cachedStatement(sql: replace).execute(arguments: [
      key.account.text, key.group.text, words.expiry.seconds, words.noticedAt?.seconds,
      asked?.price.minorUnits, asked?.price.currency.code, asked?.at.seconds,
      approval?.ceiling.minorUnits, approval?.ceiling.currency.code, approval?.at.seconds,
      approval?.until.seconds, approval?.actor, approval?.reason, veto?.at.seconds, veto?.actor,
      veto?.reason,
    ])
  }

  static func deliberation(of key: GroupKey, _ database: Database) throws -> Deliberation? {
    let statement = try database.cachedStatement(sql: select)
    return try Row.fetchOne(statement, arguments: [key.account.text, key.group.text])
      .map { row in
        var words = Deliberation(expiry: Instant(row[0]), noticedAt: instant(row, 1))
        if let price = try money(row, 2) {
          words.asked = .init(price: price, at: Instant(row[4]))
        }
        if let ceiling = try money(row, 5) {
          words.approval = .init(
            ceiling: ceiling, at: Instant(row[7]), until: Instant(row[8]), actor: row[9],
            reason: row[10])
        }
        if let at = instant(row, 11) {
          words.veto = .init(at: at, actor: row[12], reason: row[13])
        }
        return words
      }
  }

  private static func money(_ row: Row, _ column: Int) throws -> Money? {
    guard let amount = row[column] as Int64? else { return nil }
    let code: String = row[column + 1]
    guard let currency = Currency(code) else {
      throw StoreError.corrupt("a price was asked about in '\(code)'")
    }
    return Money(minorUnits: amount, currency: currency)
  }

  private static func instant(_ row: Row, _ column: Int) -> Instant? {
    (row[column] as Int64?).map { Instant($0) }
  }
}
