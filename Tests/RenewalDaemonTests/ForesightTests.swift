import Configuration
import ControlProtocol
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

private func yuan(_ units: Int64) -> Money { Money(minorUnits: units * 100, currency: .cny) }

/// `aig-1` was renewed and is due again on day 29, `aig-2` is due on day 53; each costs 899.
@Suite struct `Foresight` {
  private let daemon: SteeredDaemon
  private let firstEnd = Sample.now + .days(5 + 31 - 7)
  private let secondEnd = Sample.now + .days(53)

  init() throws {
    daemon = try SteeredDaemon()
    daemon.change { $0.groups[0].expiry = Sample.now + .days(5 + 31) }
    daemon.advance(by: .minutes(2))
  }

  private func readBilling(mode: Mode = .pay) throws {
    var configuration = daemon.configuration()
    configuration.accounts[0].readsBilling = true
    configuration.mode = mode
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
  }

  private func setBalance(_ money: Money?) {
    daemon.change { $0.balance = money }
    daemon.advance(by: .hours(1))
  }

  private func lines(_ metric: Metric) throws -> [String] {
    try daemon.call(MetricsCall()).text.split(separator: "\n")
      .filter { $0.hasPrefix(metric.rawValue) }.map { String($0.dropFirst(metric.rawValue.count)) }
  }

  private var end: Instant? {
    get throws { try daemon.call(StatusCall()).status.accounts[0].balanceEndsAt?.instant }
  }

  private var alerts: [AlertReport] {
    get throws {
      try daemon.call(StatusCall()).status.alerts.filter { $0.kind == "BALANCE_ENDING" }
    }
  }

  @Test func `says when the balance ends as the forecast does, and only where it does`() throws {
    try readBilling()
    for (money, expected) in [
      (yuan(100), firstEnd), (yuan(899), secondEnd), (yuan(10_000), nil),
    ] {
      setBalance(money)
      #expect(try end == expected)
      #expect(try daemon.call(ForecastCall()).balances[0].balance == money)
      if expected != nil {
        #expect(try daemon.call(ForecastCall()).balances[0].endsAt?.instant == expected)
      }
      #expect(
        try lines(.balanceEnd) == (expected.map { ["{account=\"main\"} \($0.seconds)"] } ?? []))
      #expect(
        try lines(.accountBalance)
          == ["{account=\"main\",currency=\"CNY\"} \(money.decimalText)"])
    }
  }

  @Test func `knows no balance where billing is not read, or the key may not any more`() throws {
    daemon.change { $0.balance = yuan(100) }
    daemon.advance(by: .hours(1))
    #expect(try lines(.accountBalance) == [] && lines(.balanceEnd) == [])
    try readBilling()
    setBalance(yuan(100))
    #expect(try lines(.balanceEnd).count == 1)
    // An answer that is lost leaves what was known.
    setBalance(nil)
    #expect(try lines(.balanceEnd).count == 1)
    daemon.change {
      $0.balanceFault = .refused(CloudRefusal(code: "NoPermission", httpStatus: 403))
    }
    daemon.advance(by: .hours(1))
    #expect(try lines(.accountBalance) == [] && lines(.balanceEnd) == [])
  }

  @Test func `asks for the prices that it lacks, once the balance is known`() throws {
    // Due on day 23: within the month, and nobody knows its price.
    daemon.change {
      $0.groups.append(
        DeliveryGroup(id: "aig-3", name: "new", expiry: Sample.now + .days(30)))
    }
    daemon.advance(by: .hours(1))
    #expect(try lines(.forecastUnpriced) == ["{account=\"main\",days=\"30\"} 1"])
    #expect(
      try lines(.forecastSpend) == ["{account=\"main\",currency=\"CNY\",days=\"30\"} 899.00"])
    try readBilling()
    setBalance(yuan(100))
    #expect(try end == Sample.now + .days(23))
    #expect(try lines(.forecastUnpriced) == ["{account=\"main\",days=\"30\"} 0"])
    #expect(
      try lines(.forecastSpend) == ["{account=\"main\",currency=\"CNY\",days=\"30\"} 1798.00"])
    #expect(daemon.payments.count == 1)
    // Before the payment, and for two groups since.
    #expect(
      try lines(.requests).contains(
        "{api=\"GetResourceRenewPrice\",code_class=\"2xx\"} 3"))
  }

  @Test func `warns two weeks ahead, by an alert that ends with the money`() throws {
    try readBilling()
    setBalance(yuan(100))
    #expect(try alerts.isEmpty)
    daemon.advance(by: firstEnd - .days(14) - daemon.now)
    #expect(try alerts.isEmpty)
    daemon.advance(by: .hours(1))
    let alert = try #require(try alerts.first)
    #expect(alert.account == "main" && alert.severity == .warning)
    #expect(alert.text == "100.00 CNY does not cover what is planned for \(firstEnd) and later")
    // The word of it follows the money, without an alert of its own.
    setBalance(yuan(200))
    #expect(try alerts.map(\.id) == [alert.id])
    #expect(try alerts.first?.text.hasPrefix("200.00 CNY") == true)
    setBalance(yuan(10_000))
    #expect(try alerts.isEmpty)
  }

  @Test func `does not warn of what is not paid for`() throws {
    try readBilling(mode: .observe)
    daemon.change { $0.balance = yuan(100) }
    daemon.advance(by: firstEnd - .days(7) - daemon.now)
    #expect(try end == firstEnd)
    #expect(try alerts.isEmpty)
  }

  @Test func `says nothing by rules that are not in force any more`() throws {
    try readBilling()
    setBalance(yuan(100))
    #expect(try end == firstEnd)
    var configuration = daemon.configuration()
    configuration.policy.rules[0].action = .lapse
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    daemon.handle()
    #expect(try end == nil)
    #expect(try lines(.forecastSpend) == [])
  }
}
