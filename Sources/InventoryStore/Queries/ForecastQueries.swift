import GRDB
import RenewalCore

/// What the renewals that become due by an instant will cost, as far as what each
/// group cost the last time tells.
package struct SpendForecast: Hashable, Sendable {
  /// By account and currency.
  package var amounts: [LedgerTally.Spender: Money] = [:]
  /// Groups that were never paid for and so have no price.
  package var unpriced = 0
}

enum ForecastQueries {
  private static let select = """
    SELECT groups.account, renewals.currency,
      sum(coalesce(renewals.charged, renewals.amount)), count(*)
    FROM groups LEFT JOIN renewals ON renewals.id = (
      SELECT max(id) FROM renewals
      WHERE renewals.group_id = groups.group_id AND renewals.state = 'settled')
    WHERE groups.due_at < ? AND groups.standing IN ('ok', 'due', 'held', 'inFlight', 'unknown')
    GROUP BY groups.account, renewals.currency
    """

  static func forecast(dueBefore end: Instant, _ database: Database) throws -> SpendForecast {
    var forecast = SpendForecast()
    let statement = try database.cachedStatement(sql: select)
    let rows = try Row.fetchCursor(statement, arguments: [end.seconds])
    while let row = try rows.next() {
      guard let code: String = row[1], let amount: Int64 = row[2], let currency = Currency(code)
      else {
        forecast.unpriced += row[3]
        continue
      }
      let spender = LedgerTally.Spender(AccountName(row[0]), currency)
      forecast.amounts[spender] = Money(minorUnits: amount, currency: currency)
    }
    return forecast
  }
}

extension StoreReader {
  package func spendForecast(dueBefore end: Instant) throws -> SpendForecast {
    try ForecastQueries.forecast(dueBefore: end, database)
  }
}
