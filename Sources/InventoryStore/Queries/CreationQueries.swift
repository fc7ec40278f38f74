import FoundationEssentials
import GRDB
import RenewalCore

enum CreationQueries {
  private static let columns = "id, intent, state, since, order_id, group_id, reason"
  private static let insert = """
    INSERT OR ABORT INTO creations (account, name, attempt, amount, currency, date, nonce,
      request_hash, intent, state, since, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'submitted', ?, ?)
    """
  // The state that the caller believes in is part of the condition: a change
  // that was made meanwhile must not be overwritten.
  private static let change = """
    UPDATE creations SET state = ?, since = ?, order_id = ?, group_id = ?, reason = ?
    WHERE id = ? AND state = ?
    """
  private static let selectOpen = """
    SELECT \(columns) FROM creations
    WHERE state IN ('submitted', 'accepted', 'unknown', 'unpaid', 'stuck') ORDER BY id
    """
  private static let selectLatest = "SELECT \(columns) FROM creations ORDER BY id DESC LIMIT ?"
  private static let selectByID = "SELECT \(columns) FROM creations WHERE id = ?"
  private static let selectByNonce = "SELECT \(columns) FROM creations WHERE nonce = ?"
  private static let selectNamed =
    "SELECT \(columns) FROM creations WHERE name = ? ORDER BY id DESC LIMIT 20"
  private static let selectAttempts = "SELECT count(*) FROM creations WHERE name = ?"

  private static let decided = "decided; nothing is known to have been sent"

  /// - Parameter text: the intent as JSON with sorted keys.
  static func insert(
    _ intent: CreationIntent, text: String, at now: Instant, _ database: Database
  ) throws -> Creation {
    try database.cachedStatement(sql: insert).execute(arguments: [
      intent.account.text, intent.name, intent.attempt, intent.quote.minorUnits,
      intent.quote.currency.code, intent.date.seconds, intent.nonce, intent.requestHash, text,
      now.seconds, decided,
    ])
    return Creation(
      id: database.lastInsertedRowID, intent: intent, state: .submitted, since: now,
      reason: decided)
  }

  static func change(
    _ creation: Creation, by transition: CreationTransition, at now: Instant, _ database: Database
  ) throws {
    try database.cachedStatement(sql: change).execute(arguments: [
      transition.state.rawValue, now.seconds, transition.order?.text, transition.group?.text,
      transition.reason, creation.id, creation.state.rawValue,
    ])
    guard database.changesCount == 1 else {
      throw StoreError.refused("creation \(creation.id) is no longer \(creation.state.rawValue)")
    }
  }

  static func open(_ database: Database) throws -> [Creation] {
    try Row.fetchCursor(database.cachedStatement(sql: selectOpen)).mapArray(decode)
  }

  static func latest(limit: Int, _ database: Database) throws -> [Creation] {
    let statement = try database.cachedStatement(sql: selectLatest)
    return try Row.fetchCursor(statement, arguments: [limit]).mapArray(decode)
  }

  static func creation(_ id: Int64, _ database: Database) throws -> Creation? {
    let statement = try database.cachedStatement(sql: selectByID)
    return try Row.fetchOne(statement, arguments: [id]).map(decode)
  }

  static func creation(nonce: String, _ database: Database) throws -> Creation? {
    let statement = try database.cachedStatement(sql: selectByNonce)
    return try Row.fetchOne(statement, arguments: [nonce]).map(decode)
  }

  static func creations(named name: String, _ database: Database) throws -> [Creation] {
    let statement = try database.cachedStatement(sql: selectNamed)
    return try Row.fetchCursor(statement, arguments: [name]).mapArray(decode)
  }

  static func attempts(named name: String, _ database: Database) throws -> Int {
    let statement = try database.cachedStatement(sql: selectAttempts)
    return try Int.fetchOne(statement, arguments: [name]) ?? 0
  }

  private static func decode(_ row: Row) throws -> Creation {
    let text: String = row[1]
    let word: String = row[2]
    guard let state = RenewalState(rawValue: word),
      let intent = try? JSONDecoder().decode(CreationIntent.self, from: Data(text.utf8))
    else { throw StoreError.corrupt("creation \(row[0] as Int64) reads '\(word)', '\(text)'") }
    return Creation(
      id: row[0], intent: intent, state: state, order: (row[4] as String?).map { OrderID($0) },
      group: (row[5] as String?).map { GroupID($0) }, since: Instant(row[3]),
      reason: row[6])
  }
}
