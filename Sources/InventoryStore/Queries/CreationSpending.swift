import GRDB
import RenewalCore

/// What orders of new groups hold of a budget. There are few: a person gives each.
enum CreationSpending {
  private static let select = """
    SELECT state = 'settled', \(SpendingQueries.halves("amount")) FROM creations
    WHERE currency = ?1 AND id IS NOT ?2
      AND json_extract(intent, '$.chargeType') = 'PrePaid'
      AND (?3 IS NULL OR account IN (SELECT value FROM json_each(?3)))
      AND (?4 IS NULL OR json_extract(intent, '$.rule') IN (SELECT value FROM json_each(?4)))
      AND (?5 IS NULL OR group_id IN (SELECT value FROM json_each(?5)))
      AND (state IN \(SpendingQueries.open) OR (state = 'settled' AND date >= ?6)
        OR (state IN ('notEffected', 'refused') AND date > ?7))
    GROUP BY state = 'settled'
    """

  /// - Parameters:
  ///   - lingersSince: requests dated later may still take effect.
  ///   - own: an order that is not counted.
  static func use(
    of budget: Budget, in currency: Currency, from: Instant, lingersSince: Instant,
    without own: Int64?, _ database: Database
  ) throws -> BudgetUse {
    let nothing = Money(minorUnits: 0, currency: currency)
    var use = BudgetUse(spent: nothing, reserved: nothing)
    let rows = try Row.fetchCursor(
      database.cachedStatement(sql: select),
      arguments: [
        currency.code, own, try SpendingQueries.list(budget.accounts.map(\.text)),
        try SpendingQueries.list(budget.rules),
        try SpendingQueries.list(budget.groups.map(\.text)), from.seconds, lingersSince.seconds,
      ])
    while let row = try rows.next() {
      let money = Money(minorUnits: SpendingQueries.units(row, 1), currency: currency)
      if row[0] as Bool { use.spent = money } else { use.reserved = money }
    }
    return use
  }
}
