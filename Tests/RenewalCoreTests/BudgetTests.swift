import RenewalCore
import Testing

@Suite struct `A budget's limit` {
  private func money(_ units: Int64, _ currency: Currency = .cny) -> Money {
    Money(minorUnits: units, currency: currency)
  }

  private func budget(_ limit: Money?) -> Budget {
    Budget(name: "all", per: .month, limit: limit)
  }

  @Test func `counts what is spent and what is reserved, and may be reached`() {
    let use = BudgetUse(spent: money(50), reserved: money(30))
    #expect(budget(money(100)).allows(money(20), beside: use))
    #expect(!budget(money(100)).allows(money(21), beside: use))
    #expect(budget(nil).allows(money(.max), beside: use))
    #expect(!budget(money(.max)).allows(money(.max), beside: use))
    let none = BudgetUse(spent: money(0), reserved: money(0))
    #expect(!budget(money(0)).allows(money(1), beside: none))
  }

  @Test func `is never compared with other money`() {
    let none = BudgetUse(spent: money(0), reserved: money(0))
    let dollars = BudgetUse(spent: money(0, .usd), reserved: money(0, .usd))
    #expect(!budget(money(100)).allows(money(1, .usd), beside: none))
    #expect(!budget(money(100)).allows(money(1, .usd), beside: dollars))
    #expect(!budget(money(100)).allows(money(1), beside: dollars))
  }
}
