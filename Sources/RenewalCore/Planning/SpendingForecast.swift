/// What payments cost month by month, and on which day a balance runs out.
package struct SpendingForecast: Hashable, Sendable {
  package struct Month: Hashable, Sendable {
    package fileprivate(set) var renewals = 0
    /// Renewals whose price nobody knows yet; they are in no sum.
    package fileprivate(set) var unpriced = 0
    fileprivate var units: [Currency: Int128] = [:]

    package init() {}

    /// By currency, in order of its code. A sum beyond 64 bits stays at the
    /// largest amount, which nobody will take for a real one.
    package var sums: [Money] {
      units.sorted { $0.key.code < $1.key.code }
        .map { Money(minorUnits: Int64(clamping: $0.value), currency: $0.key) }
    }
  }

  /// Whose months are counted.
  package let zone: NamedZone
  package private(set) var months: [CalendarMonth: Month] = [:]
  /// All months together.
  package private(set) var total = Month()
  private var balances: [AccountName: Money]
  /// The first payment for which an account's balance does not suffice, if
  /// nobody adds to it.
  package private(set) var endsOfBalances: [AccountName: Instant] = [:]

  /// - Parameter balances: what the accounts can spend at the beginning.
  package init(zone: NamedZone, balances: [AccountName: Money] = [:]) {
    self.zone = zone
    self.balances = balances
  }

  /// Counts a payment; they come in order of time.
  package mutating func add(_ price: Money?, of account: AccountName, at instant: Instant) {
    let month = CalendarMonth(of: instant, in: zone)
    months[month, default: Month()].add(price)
    total.add(price)
    guard let price, let balance = balances[account], balance.currency == price.currency,
      endsOfBalances[account] == nil
    else { return }
    let (rest, overflow) = balance.minorUnits.subtractingReportingOverflow(price.minorUnits)
    if rest < 0 || overflow { endsOfBalances[account] = instant }
    balances[account]?.minorUnits = rest
  }
}

extension SpendingForecast.Month {
  fileprivate mutating func add(_ price: Money?) {
    renewals += 1
    guard let price else {
      unpriced += 1
      return
    }
    units[price.currency, default: 0] += Int128(price.minorUnits)
  }
}
