import FoundationEssentials
import GRDB
import RenewalCore

enum LedgerQueries {
  private static let columns = """
    sequence, kind, at, account, group_id, renewal, subject, old_expiry, new_expiry, order_id, \
    amount, currency, request_id, actor, reason, detail
    """
  private static let insert = """
    INSERT OR ABORT INTO ledger (\(columns), hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  private static let selectHead = "SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1"
  private static let selectHash = "SELECT hash FROM ledger WHERE sequence = ?"
  private static let selectAll = "SELECT \(columns), hash FROM ledger ORDER BY sequence"
  private static let selectAfter =
    "SELECT \(columns) FROM ledger WHERE sequence > ? ORDER BY sequence LIMIT ?"
  private static let selectBefore =
    "SELECT \(columns) FROM ledger WHERE sequence < ? ORDER BY sequence DESC LIMIT ?"
  private static let selectOfGroup = """
    SELECT \(columns) FROM ledger WHERE account = ? AND group_id = ? AND sequence < ?
    ORDER BY sequence DESC LIMIT ?
    """
  private static let selectOfRenewal = """
    SELECT \(columns) FROM ledger WHERE account = ? AND group_id = ? AND renewal = ?
    ORDER BY sequence DESC
    """
  private static let selectLatestOfGroup = """
    SELECT \(columns) FROM ledger WHERE account = ? AND group_id = ? AND kind = ?
      AND (?4 IS NULL OR subject = ?4)
    ORDER BY sequence DESC LIMIT 1
    """
  private static let selectLatest = """
    SELECT \(columns) FROM ledger WHERE account IS ? AND group_id IS NULL AND kind = ?
      AND (?3 IS NULL OR subject = ?3)
    ORDER BY sequence DESC LIMIT 1
    """
  private static let selectRenewalRows = """
    SELECT ledger.sequence, ledger.hash, ledger.kind, ledger.subject, ledger.order_id,
      ledger.new_expiry, ledger.detail, coalesce(renewals.nonce, ledger.detail)
    FROM ledger LEFT JOIN renewals ON renewals.id = ledger.renewal
    WHERE ledger.sequence > ? AND ledger.kind IN
      ('renewal-intended', 'renewal-changed', 'creation-intended', 'creation-changed')
    ORDER BY ledger.sequence
    """

  static func head(_ database: Database) throws -> LedgerHead {
    let statement = try database.cachedStatement(sql: selectHead)
    guard let row = try Row.fetchOne(statement) else { return .empty }
    let hash: Data = row[1]
    return LedgerHead(sequence: row[0], hash: LedgerChain.hex(hash))
  }

  /// Walks the whole chain.
  ///
  /// - Throws: `StoreError.corrupt` naming the first row that does not follow.
  static func verifiedHead(_ database: Database) throws -> LedgerHead {
    var previous: [UInt8] = []
    var sequence: Int64 = 0
    let rows = try Row.fetchCursor(database, sql: selectAll)
    while let row = try rows.next() {
      let ledgerRow = try decode(row)
      let stored: Data = row[16]
      let hash = LedgerChain.hash(
        after: previous, sequence: ledgerRow.sequence, entry: ledgerRow.entry)
      guard ledgerRow.sequence == sequence + 1, hash == [UInt8](stored) else {
        throw StoreError.corrupt("the ledger's chain breaks at row \(sequence + 1)")
      }
      previous = hash
      sequence += 1
    }
    return LedgerHead(sequence: sequence, hash: LedgerChain.hex(previous))
  }

  static func append(_ entry: LedgerEntry, after head: LedgerHead, _ database: Database) throws
    -> LedgerHead
  {
    let entry = entry.withoutNulls
    let sequence = head.sequence + 1
    let hash = LedgerChain.hash(
      after: LedgerChain.bytes(hex: head.hash), sequence: sequence, entry: entry)
    try database.cachedStatement(sql: insert).execute(arguments: [
      sequence, entry.kind.rawValue, entry.at.seconds, entry.account?.text, entry.group?.text,
      entry.renewal, entry.subject, entry.oldExpiry?.seconds, entry.newExpiry?.seconds,
      entry.order?.text, entry.amount?.minorUnits, entry.amount?.currency.code, entry.requestID,
      entry.actor, entry.reason, entry.detail, Data(hash),
    ])
    return LedgerHead(sequence: sequence, hash: LedgerChain.hex(hash))
  }

  static func hash(of sequence: Int64, _ database: Database) throws -> String? {
    let statement = try database.cachedStatement(sql: selectHash)
    return try Data.fetchOne(statement, arguments: [sequence]).map { LedgerChain.hex($0) }
  }

  static func rows(after sequence: Int64, limit: Int, _ database: Database) throws -> [LedgerRow] {
    let statement = try database.cachedStatement(sql: selectAfter)
    return try Row.fetchCursor(statement, arguments: [sequence, limit]).mapArray(decode)
  }

  static func rows(before sequence: Int64, limit: Int, _ database: Database) throws -> [LedgerRow] {
    let statement = try database.cachedStatement(sql: selectBefore)
    return try Row.fetchCursor(statement, arguments: [sequence, limit]).mapArray(decode)
  }

  static func rows(
    of key: GroupKey, before sequence: Int64, limit: Int, _ database: Database
  ) throws -> [LedgerRow] {
    let statement = try database.cachedStatement(sql: selectOfGroup)
    return try Row.fetchCursor(
      statement, arguments: [key.account.text, key.group.text, sequence, limit]
    ).mapArray(decode)
  }

  static func rows(of renewal: Renewal, _ database: Database) throws -> [LedgerRow] {
    // By way of the group, for which there is an index.
    let key = renewal.intent.key.subject
    let statement = try database.cachedStatement(sql: selectOfRenewal)
    return try Row.fetchCursor(
      statement, arguments: [key.account.text, key.group.text, renewal.id]
    ).mapArray(decode)
  }

  static func latest(
    _ kind: LedgerKind, account: AccountName?, group: GroupID?, subject: String?,
    _ database: Database
  ) throws -> LedgerRow? {
    if let account, let group {
      let statement = try database.cachedStatement(sql: selectLatestOfGroup)
      return try Row.fetchOne(
        statement, arguments: [account.text, group.text, kind.rawValue, subject]
      ).map(decode)
    }
    let statement = try database.cachedStatement(sql: selectLatest)
    return try Row.fetchOne(statement, arguments: [account?.text, kind.rawValue, subject])
      .map(decode)
  }

  /// The lines that the sidecar should have of rows after this one.
  static func sidecarLines(after sequence: Int64, _ database: Database) throws -> [SidecarLine] {
    let decoder = JSONDecoder()
    let statement = try database.cachedStatement(sql: selectRenewalRows)
    return try Row.fetchCursor(statement, arguments: [sequence]).mapArray { row in
      let hash: Data = row[1]
      let state: String = row[3]
      let detail: String? = row[6]
      guard let state = RenewalState(rawValue: state) else {
        throw StoreError.corrupt("the ledger names an unknown state '\(state)'")
      }
      var line = SidecarLine(
        sequence: row[0], hash: LedgerChain.hex(hash), nonce: row[7], state: state,
        order: (row[4] as String?).map { OrderID($0) },
        newExpiry: (row[5] as Int64?).map { Instant($0) })
      switch LedgerKind(rawValue: row[2]) {
      case .creationIntended:
        line.creation = try detail.map {
          try decoder.decode(CreationIntent.self, from: Data($0.utf8))
        }
        line.nonce = line.creation?.nonce ?? line.nonce
      case .creationChanged: break
      default:
        line.intent = try detail.map {
          try decoder.decode(RenewalIntent.self, from: Data($0.utf8))
        }
      }
      return line
    }
  }

  static func decode(_ row: Row) throws -> LedgerRow {
    let kind: String = row[1]
    guard let known = LedgerKind(rawValue: kind) else {
      throw StoreError.corrupt("the ledger has a row of unknown kind '\(kind)'")
    }
    let amount: Int64? = row[10]
    let currency: String? = row[11]
    var entry = LedgerEntry(known, at: Instant(row[2]), actor: row[13], reason: row[14])
    entry.account = (row[3] as String?).map { AccountName($0) }
    entry.group = (row[4] as String?).map { GroupID($0) }
    entry.renewal = row[5]
    entry.subject = row[6]
    entry.oldExpiry = (row[7] as Int64?).map { Instant($0) }
    entry.newExpiry = (row[8] as Int64?).map { Instant($0) }
    entry.order = (row[9] as String?).map { OrderID($0) }
    if let amount, let currency = currency.flatMap({ Currency($0) }) {
      entry.amount = Money(minorUnits: amount, currency: currency)
    }
    entry.requestID = row[12]
    entry.detail = row[15]
    return LedgerRow(sequence: row[0], entry: entry)
  }
}

extension String {
  /// SQLite's text ends at a NUL, the chain's does not: a hash over what the
  /// file cannot hold would break the ledger at the next start.
  var withoutNulls: String {
    utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
  }
}

extension LedgerEntry {
  fileprivate var withoutNulls: LedgerEntry {
    var entry = self
    entry.account = account.map { AccountName($0.text.withoutNulls) }
    entry.group = group.map { GroupID($0.text.withoutNulls) }
    entry.subject = subject?.withoutNulls
    entry.order = order.map { OrderID($0.text.withoutNulls) }
    entry.requestID = requestID?.withoutNulls
    entry.actor = actor.withoutNulls
    entry.reason = reason.withoutNulls
    entry.detail = detail?.withoutNulls
    return entry
  }
}

extension Cursor {
  func mapArray<Value>(_ transform: (Element) throws -> Value) throws -> [Value] {
    var values: [Value] = []
    while let element = try next() { values.append(try transform(element)) }
    return values
  }
}
