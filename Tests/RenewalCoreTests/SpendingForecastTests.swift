import RenewalCore
import Testing

private func at(_ text: String) -> Instant { Instant(iso8601: text) ?? Instant(0) }
private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

@Suite struct `What a year costs` {
  private let shanghai = NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8))

  @Test func `is added up by the months of the zone and by currency, to the cent`() throws {
    var forecast = SpendingForecast(zone: shanghai)
    forecast.add(cny(10_05), of: "a", at: at("2027-01-31T15:59:59Z"))
    forecast.add(cny(20_10), of: "b", at: at("2027-01-31T15:59:59Z"))
    forecast.add(cny(40_20), of: "a", at: at("2027-01-31T16:00:00Z"))
    forecast.add(Money(minorUnits: 7_01, currency: .usd), of: "a", at: at("2027-02-01T00:00:00Z"))
    forecast.add(nil, of: "a", at: at("2027-02-01T00:00:00Z"))
    let january = try #require(CalendarMonth("2027-01"))
    #expect(forecast.months[january]?.sums == [cny(30_15)])
    #expect(forecast.months[january]?.renewals == 2)
    let february = forecast.months[january.adding(1)]
    #expect(february?.sums == [cny(40_20), Money(minorUnits: 7_01, currency: .usd)])
    #expect(february?.renewals == 3 && february?.unpriced == 1)
    #expect(forecast.total.sums == [cny(70_35), Money(minorUnits: 7_01, currency: .usd)])
    #expect(forecast.months.count == 2)
  }

  @Test func `ends a balance at the first payment that it cannot cover`() {
    var forecast = SpendingForecast(
      zone: .utc, balances: ["a": cny(100_00), "b": cny(60_00), "c": cny(1)])
    for (day, account) in [(1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "a")] {
      forecast.add(cny(50_00), of: AccountName(account), at: Instant(0) + .days(Int64(day)))
    }
    forecast.add(Money(minorUnits: 99_99, currency: .usd), of: "c", at: Instant(0) + .days(6))
    // The second payment takes all of it, the third finds nothing.
    #expect(forecast.endsOfBalances == ["a": Instant(0) + .days(4)])
  }

  @Test func `never overflows`() {
    var forecast = SpendingForecast(zone: .utc, balances: ["a": cny(.max)])
    for _ in 0..<3 { forecast.add(cny(.max), of: "a", at: Instant(0)) }
    #expect(forecast.total.sums == [cny(.max)])
    #expect(forecast.endsOfBalances["a"] == Instant(0))
  }
}
