import FoundationEssentials
import GRDB
import RenewalCore

/// A group's row: the record, and what the last judgement made of it.
package struct GroupRow: Hashable, Sendable {
  package var record: GroupRecord
  package var standing: GroupStanding
  package var reason: String
  package var dueAt: Instant?
  package var attentionAt: Instant?
  /// An operator's `retry-once`, for the expiry that it was granted for.
  package var granted: (expiry: Instant, attempt: Int)? {
    get { grantedExpiry.map { ($0, grantedAttempt) } }
    set {
      grantedExpiry = newValue?.expiry
      grantedAttempt = newValue?.attempt ?? 0
    }
  }
  /// The sweep that last listed it.
  package var sweep: Int64
  private var grantedExpiry: Instant?
  private var grantedAttempt = 0

  package init(
    record: GroupRecord, standing: GroupStanding = .ok, reason: String = "",
    dueAt: Instant? = nil, attentionAt: Instant? = nil, sweep: Int64 = 0
  ) {
    self.record = record
    self.standing = standing
    self.reason = reason
    self.dueAt = dueAt
    self.attentionAt = attentionAt
    self.sweep = sweep
  }
}

/// Where else a group is spoken of. Most groups are in their own row alone, and one
/// question tells that in place of several.
package struct GroupMentions: OptionSet, Sendable {
  package let rawValue: Int
  package static let renewals = Self(rawValue: 1)
  package static let otherAccounts = Self(rawValue: 2)

  package init(rawValue: Int) { self.rawValue = rawValue }
}

enum GroupQueries {
  private static let columns = """
    account, group_id, name, region, charge_type, status, resource_status, instance_type, \
    node_amount, tags, expiry, expiry_text, maximum_expiry, was_subscription, first_seen, \
    last_seen, sweep, absences, hold_until, hold_reason, granted_expiry, granted_attempt, \
    standing, reason, due_at, attention_at
    """
  private static let upsert = """
    INSERT INTO groups (\(columns))
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account, group_id) DO UPDATE SET
      name = excluded.name, region = excluded.region, charge_type = excluded.charge_type,
      status = excluded.status, resource_status = excluded.resource_status,
      instance_type = excluded.instance_type, node_amount = excluded.node_amount,
      tags = excluded.tags, expiry = excluded.expiry, expiry_text = excluded.expiry_text,
      maximum_expiry = excluded.maximum_expiry, was_subscription = excluded.was_subscription,
      last_seen = excluded.last_seen, sweep = excluded.sweep, absences = excluded.absences,
      hold_until = excluded.hold_until, hold_reason = excluded.hold_reason,
      granted_expiry = excluded.granted_expiry, granted_attempt = excluded.granted_attempt,
      standing = excluded.standing, reason = excluded.reason, due_at = excluded.due_at,
      attention_at = excluded.attention_at
    """
  private static let judge = """
    UPDATE groups SET standing = ?, reason = ?, due_at = ?, attention_at = ?
    WHERE account = ? AND group_id = ?
    """
  private static let isKnown = """
    account = ?3 AND group_id = ?4 AND name = ?5 AND region = ?6 AND charge_type = ?7
    AND status = ?8 AND resource_status = ?9 AND instance_type = ?10 AND node_amount = ?11
    AND expiry IS ?12 AND expiry_text = ?13 AND absences = 0 AND (?14 IS NULL OR tags = ?14)
    """
  private static let markListed =
    "UPDATE groups SET sweep = ?1, last_seen = ?2 WHERE \(isKnown)"
  private static let selectKnown =
    "SELECT 1 FROM groups WHERE ?1 IS NULL AND ?2 IS NULL AND \(isKnown)"
  private static let selectOne =
    "SELECT \(columns) FROM groups WHERE account = ? AND group_id = ?"
  private static let selectPage = """
    SELECT \(columns) FROM groups WHERE (account, group_id) > (?, ?)
    ORDER BY account, group_id LIMIT ?
    """
  private static let selectWaiting = """
    SELECT \(columns) FROM groups WHERE account = ? AND attention_at <= ?
    ORDER BY attention_at LIMIT ?
    """
  private static let selectNextAttention =
    "SELECT min(attention_at) FROM groups WHERE account = ? AND attention_at IS NOT NULL"
  /// A seek for each account, where DISTINCT would read every group.
  private static let selectAccounts = """
    WITH RECURSIVE known (account) AS (
      SELECT min(account) FROM groups
      UNION ALL
      SELECT (SELECT min(account) FROM groups WHERE account > known.account) FROM known
      WHERE account IS NOT NULL
    ) SELECT account FROM known WHERE account IS NOT NULL
    """
  private static let selectHighestExpiry =
    "SELECT max(maximum_expiry) FROM groups WHERE group_id = ?"
  private static let selectBesides = """
    SELECT \(columns) FROM groups WHERE group_id = ? AND account IS NOT ? ORDER BY account
    """
  private static let selectMentions = """
    SELECT EXISTS (SELECT 1 FROM renewals WHERE group_id = ?1)
      + 2 * EXISTS (SELECT 1 FROM groups WHERE group_id = ?1 AND account <> ?2)
    """
  private static let selectUnlisted =
    "SELECT \(columns) FROM groups WHERE account = ? AND sweep < ?"
  private static let selectNamed = """
    SELECT \(columns) FROM groups WHERE account = ? AND name = ? ORDER BY group_id
    """
  private static let selectStandings = "SELECT standing, groups FROM standings WHERE groups > 0"
  /// One seek in an index for each standing, where a list of standings would
  /// sort every group in them.
  private static let selectNextDue = """
    SELECT \(columns) FROM groups WHERE standing = ? AND due_at IS NOT NULL
    ORDER BY due_at LIMIT 1
    """
  private static let standingsWithNextDue: [GroupStanding] = [
    .ok, .due, .noticed, .held, .inFlight, .unknown,
  ]
  private static let selectCalled = """
    SELECT \(columns) FROM groups WHERE (name = ?1 OR group_id = ?1)
      AND (?2 IS NULL OR account = ?2) ORDER BY account, group_id LIMIT ?3
    """

  static func save(_ row: GroupRow, _ database: Database) throws {
    let group = row.record.latest
    try database.cachedStatement(sql: upsert).execute(arguments: [
      row.record.account.text, group.id.text, group.name, group.region, group.chargeType.text,
      group.status.text, group.resourceStatus, group.instanceType, group.nodeAmount,
      try encode(group.tags), group.expiry?.seconds, group.expiryText,
      row.record.maximumExpiry?.seconds, row.record.wasSubscription, row.record.firstSeen.seconds,
      row.record.lastSeen.seconds, row.sweep, row.record.absences,
      row.record.hold?.until?.seconds, row.record.hold?.reason, row.granted?.expiry.seconds,
      row.granted?.attempt, row.standing.rawValue, row.reason, row.dueAt?.seconds,
      row.attentionAt?.seconds,
    ])
  }

  /// For a group that was saved already.
  static func saveJudgement(_ row: GroupRow, _ database: Database) throws {
    try database.cachedStatement(sql: judge).execute(arguments: [
      row.standing.rawValue, row.reason, row.dueAt?.seconds, row.attentionAt?.seconds,
      row.record.account.text, row.record.latest.id.text,
    ])
  }

  /// For a group that is listed unchanged: most rows of most sweeps, and then
  /// none of them is read.
  static func markListed(
    _ group: DeliveryGroup, in account: AccountName, sweep: Int64, at: Instant,
    _ database: Database
  ) throws -> Bool {
    try database.cachedStatement(sql: markListed).execute(
      arguments: [sweep, at.seconds] + identity(group, account, tags: try encode(group.tags)))
    return database.changesCount == 1
  }

  /// Whether a single read, which does not show all tags, told nothing new.
  static func isKnown(
    _ group: DeliveryGroup, in account: AccountName, _ database: Database
  ) throws -> Bool {
    let statement = try database.cachedStatement(sql: selectKnown)
    return try Int.fetchOne(
      statement, arguments: [nil, nil] + identity(group, account, tags: nil)) != nil
  }

  private static func identity(
    _ group: DeliveryGroup, _ account: AccountName, tags: String?
  ) -> StatementArguments {
    [
      account.text, group.id.text, group.name, group.region, group.chargeType.text,
      group.status.text, group.resourceStatus, group.instanceType, group.nodeAmount,
      group.expiry?.seconds, group.expiryText, tags,
    ]
  }

  static func group(_ key: GroupKey, _ database: Database) throws -> GroupRow? {
    let statement = try database.cachedStatement(sql: selectOne)
    return try Row.fetchOne(statement, arguments: [key.account.text, key.group.text]).map(decode)
  }

  static func named(
    _ name: String, in account: AccountName, _ database: Database
  ) throws -> [GroupRow] {
    let statement = try database.cachedStatement(sql: selectNamed)
    return try Row.fetchCursor(statement, arguments: [account.text, name]).mapArray(decode)
  }

  static func page(after key: GroupKey?, limit: Int, _ database: Database) throws -> [GroupRow] {
    let statement = try database.cachedStatement(sql: selectPage)
    return try Row.fetchCursor(
      statement, arguments: [key?.account.text ?? "", key?.group.text ?? "", limit]
    ).mapArray(decode)
  }

  static func waiting(
    in account: AccountName, at now: Instant, limit: Int, _ database: Database
  ) throws -> [GroupRow] {
    let statement = try database.cachedStatement(sql: selectWaiting)
    return try Row.fetchCursor(statement, arguments: [account.text, now.seconds, limit])
      .mapArray(decode)
  }

  static func nextAttention(in account: AccountName, _ database: Database) throws -> Instant? {
    let statement = try database.cachedStatement(sql: selectNextAttention)
    return try Int64.fetchOne(statement, arguments: [account.text]).map { Instant($0) }
  }

  static func accounts(_ database: Database) throws -> [AccountName] {
    try String.fetchAll(database.cachedStatement(sql: selectAccounts)).map { AccountName($0) }
  }

  static func highestExpiry(of group: GroupID, _ database: Database) throws -> Instant? {
    let statement = try database.cachedStatement(sql: selectHighestExpiry)
    return try Int64.fetchOne(statement, arguments: [group.text]).map { Instant($0) }
  }

  static func mentions(
    of group: GroupID, besides account: AccountName, _ database: Database
  ) throws -> GroupMentions {
    let statement = try database.cachedStatement(sql: selectMentions)
    let bits = try Int.fetchOne(statement, arguments: [group.text, account.text])
    return GroupMentions(rawValue: bits ?? 0)
  }

  static func rows(
    of group: GroupID, besides account: AccountName?, _ database: Database
  ) throws -> [GroupRow] {
    let statement = try database.cachedStatement(sql: selectBesides)
    return try Row.fetchCursor(statement, arguments: [group.text, account?.text]).mapArray(decode)
  }

  static func unlisted(in account: AccountName, since sweep: Int64, _ database: Database) throws
    -> [GroupRow]
  {
    let statement = try database.cachedStatement(sql: selectUnlisted)
    return try Row.fetchCursor(statement, arguments: [account.text, sweep]).mapArray(decode)
  }

  static func count(in account: AccountName, _ database: Database) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*) FROM groups WHERE account = ?")
    return try Int.fetchOne(statement, arguments: [account.text]) ?? 0
  }

  static func listedCount(in account: AccountName, _ database: Database) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT count(*) FROM groups WHERE account = ? AND standing <> 'gone'")
    return try Int.fetchOne(statement, arguments: [account.text]) ?? 0
  }

  static func standings(_ database: Database) throws -> [GroupStanding: Int] {
    var counts: [GroupStanding: Int] = [:]
    let rows = try Row.fetchCursor(database.cachedStatement(sql: selectStandings))
    while let row = try rows.next() {
      let word: String = row[0]
      if let standing = GroupStanding(rawValue: word) { counts[standing] = row[1] }
    }
    return counts
  }

  static func nextDue(_ database: Database) throws -> GroupRow? {
    let statement = try database.cachedStatement(sql: selectNextDue)
    return try standingsWithNextDue.compactMap { standing in
      try Row.fetchOne(statement, arguments: [standing.rawValue]).map(decode)
    }.min { ($0.dueAt ?? Instant(.max)) < ($1.dueAt ?? Instant(.max)) }
  }

  static func called(
    _ text: String, in account: AccountName?, limit: Int, _ database: Database
  ) throws -> [GroupRow] {
    let statement = try database.cachedStatement(sql: selectCalled)
    return try Row.fetchCursor(statement, arguments: [text, account?.text, limit])
      .mapArray(decode)
  }

  private static func encode(_ tags: [String: String]) throws -> String {
    guard !tags.isEmpty else { return "{}" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(tags), as: UTF8.self)
  }

  private static func decode(_ row: Row) throws -> GroupRow {
    let tags: String = row[9]
    let group = DeliveryGroup(
      id: GroupID(row[1]), name: row[2], region: row[3], chargeType: CloudWord(row[4] as String),
      status: CloudWord(row[5] as String), resourceStatus: row[6], instanceType: row[7],
      nodeAmount: row[8], expiry: instant(row, 10), expiryText: row[11],
      tags: tags == "{}"
        ? [:] : try JSONDecoder().decode([String: String].self, from: Data(tags.utf8)))
    let holdReason: String? = row[19]
    let record = GroupRecord(
      account: AccountName(row[0]), latest: group, maximumExpiry: instant(row, 12),
      firstSeen: Instant(row[14]), lastSeen: Instant(row[15]), wasSubscription: row[13],
      absences: row[17],
      hold: holdReason.map { Hold(until: instant(row, 18), reason: $0) })
    var result = GroupRow(
      record: record, standing: GroupStanding(rawValue: row[22]) ?? .held, reason: row[23],
      dueAt: instant(row, 24), attentionAt: instant(row, 25), sweep: row[16])
    if let expiry = instant(row, 20) { result.granted = (expiry, row[21]) }
    return result
  }

  private static func instant(_ row: Row, _ column: Int) -> Instant? {
    (row[column] as Int64?).map { Instant($0) }
  }
}
