import GRDB
import RenewalCore

/// How often the ledger tells what, and how much money with it: counters that
/// outlive every process. Brought up to date from where it ended, so that each
/// row is counted once, however often it is asked.
package struct LedgerTally: Hashable, Sendable {
  /// The last row that is counted.
  package private(set) var sequence: Int64 = 0
  /// Attempts to renew that were decided.
  package private(set) var attempts = 0
  /// How often a renewal entered a state.
  package private(set) var renewals: [RenewalState: Int] = [:]
  package private(set) var alertsRaised: [AlertKind: Int] = [:]
  /// What settled renewals were quoted.
  package private(set) var spend: [Spender: Money] = [:]

  package struct Spender: Hashable, Sendable {
    package var account: AccountName
    package var currency: Currency

    package init(_ account: AccountName, _ currency: Currency) {
      self.account = account
      self.currency = currency
    }
  }

  package init() {}

  // Kinds and states as the words that are stored.
  private static let select = """
    SELECT kind, subject, account, currency, count(*), sum(amount) FROM ledger
    WHERE sequence > ? AND sequence <= ?
      AND kind IN ('renewal-intended', 'renewal-changed', 'alert-raised')
    GROUP BY kind, subject, account, currency
    """

  /// Adds the rows up to one.
  ///
  /// - Throws: what SQLite reports, `MoneyError` for a sum beyond 64 bits; the
  ///   tally is then as it was.
  package mutating func count(upTo head: Int64, _ reader: StoreReader) throws {
    guard head > sequence else { return }
    var new = self
    let statement = try reader.database.cachedStatement(sql: Self.select)
    let rows = try Row.fetchCursor(statement, arguments: [sequence, head])
    while let row = try rows.next() { try new.add(row) }
    new.sequence = head
    self = new
  }

  private mutating func add(_ row: Row) throws {
    let kind: String = row[0]
    let subject: String = (row[1] as String?) ?? ""
    let count: Int = row[4]
    switch LedgerKind(rawValue: kind) {
    case .renewalIntended: attempts += count
    case .alertRaised:
      if let alert = AlertKind(rawValue: subject) { alertsRaised[alert, default: 0] += count }
    case .renewalChanged:
      guard let state = RenewalState(rawValue: subject) else { return }
      renewals[state, default: 0] += count
      guard state == .settled, let account: String = row[2], let code: String = row[3],
        let currency = Currency(code), let amount: Int64 = row[5]
      else { return }
      let spender = Spender(AccountName(account), currency)
      let money = Money(minorUnits: amount, currency: currency)
      spend[spender] = try spend[spender]?.adding(money) ?? money
    default: break
    }
  }
}
