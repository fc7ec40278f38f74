import GRDB
import RenewalCore

enum AlertQueries {
  private static let columns =
    "id, kind, account, group_id, raised, acknowledged, last_told, reason"
  private static let upsert = """
    INSERT INTO alerts (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, account, group_id) DO UPDATE SET
      acknowledged = excluded.acknowledged, last_told = excluded.last_told,
      reason = excluded.reason
    """
  private static let remove =
    "DELETE FROM alerts WHERE kind = ? AND account = ? AND group_id = ?"
  private static let selectAll = "SELECT \(columns) FROM alerts ORDER BY raised, kind, group_id"
  private static let selectOf =
    "SELECT \(columns) FROM alerts WHERE account = ? AND group_id = ?"

  static func save(_ alert: Alert, _ database: Database) throws {
    try database.cachedStatement(sql: upsert).execute(arguments: [
      alert.id, alert.kind.rawValue, alert.account.text, alert.group.text, alert.raised.seconds,
      alert.acknowledged, alert.lastTold.seconds, alert.reason,
    ])
  }

  static func remove(_ alert: Alert, _ database: Database) throws {
    try database.cachedStatement(sql: remove).execute(arguments: [
      alert.kind.rawValue, alert.account.text, alert.group.text,
    ])
  }

  static func all(_ database: Database) throws -> [Alert] {
    try Row.fetchCursor(database.cachedStatement(sql: selectAll)).mapArray(decode)
      .compactMap { $0 }
  }

  static func of(_ account: AccountName, _ group: GroupID, _ database: Database) throws -> [Alert] {
    let statement = try database.cachedStatement(sql: selectOf)
    return try Row.fetchCursor(statement, arguments: [account.text, group.text]).mapArray(decode)
      .compactMap { $0 }
  }

  private static func decode(_ row: Row) -> Alert? {
    guard let kind = AlertKind(rawValue: row[1]) else { return nil }
    return Alert(
      id: row[0], kind: kind, account: AccountName(row[2]), group: GroupID(row[3]),
      raised: Instant(row[4]), acknowledged: row[5], lastTold: Instant(row[6]), reason: row[7])
  }
}
