import RenewalCore
import Testing

@Suite struct `What an order cost` {
  private func line(_ id: OrderID, _ units: Int64?, _ currency: Currency = .cny) -> OrderLine {
    OrderLine(
      id: id, status: CloudWord(.paid), instances: ["aig-1"],
      amount: units.map { Money(minorUnits: $0, currency: currency) })
  }

  @Test func `is the sum of its lines and of no other's`() {
    let lines = [line("1", 60_00), line("2", 1), line("1", 40_50)]
    #expect(lines.amount(of: "1") == Money(minorUnits: 100_50, currency: .cny))
    #expect(lines.amount(of: "2") == Money(minorUnits: 1, currency: .cny))
    #expect(lines.amount(of: "3") == nil)
  }

  @Test func `is not known where one line does not say, or is in other money`() {
    #expect([line("1", nil), line("1", 60_00)].amount(of: "1") == nil)
    #expect([line("1", 60_00), line("1", nil)].amount(of: "1") == nil)
    #expect([line("1", 60_00), line("1", 1, .usd)].amount(of: "1") == nil)
    #expect([line("1", .max), line("1", 1)].amount(of: "1") == nil)
  }
}
