/// Payments since an instant that only moves on, with their sums.
struct PaymentWindow: Sendable {
  private var payments: [(at: Instant, amount: Money)] = []
  private var first = 0
  /// Wider than an amount, so that no number of them overflows.
  private var sums: [Currency: Int128] = [:]

  var count: Int { payments.count - first }
  var earliest: Instant? { first < payments.count ? payments[first].at : nil }
  var money: [Money] { sums.keys.map { money(in: $0) } }

  /// Beyond 64 bits it is all the money there can be: it fits into no budget.
  func money(in currency: Currency) -> Money {
    Money(minorUnits: Int64(clamping: sums[currency] ?? 0), currency: currency)
  }

  mutating func add(_ amount: Money, at: Instant) {
    payments.append((at, amount))
    sums[amount.currency, default: 0] += Int128(amount.minorUnits)
  }

  mutating func drop(before instant: Instant) {
    while first < payments.count, payments[first].at < instant {
      sums[payments[first].amount.currency]? -= Int128(payments[first].amount.minorUnits)
      first += 1
    }
  }
}

/// A budget on a clock that moves on.
struct BudgetWindow: Sendable {
  let budget: Budget
  private let limit: Money
  var payments = PaymentWindow()

  /// `nil` for one without a limit: it binds nothing.
  init?(_ budget: Budget) {
    guard let limit = budget.limit else { return nil }
    self.budget = budget
    self.limit = limit
  }

  mutating func move(to now: Instant, _ zone: NamedZone) {
    payments.drop(before: budget.per.bounds(at: now, in: zone).from)
  }

  func standing(at now: Instant, _ zone: NamedZone) -> BudgetStanding {
    let (from, to) = budget.per.bounds(at: now, in: zone)
    return BudgetStanding(budget: budget, use: use, from: from, to: to)
  }

  func allows(_ price: Money) -> Bool { budget.allows(price, beside: use) }

  /// When less is counted again. `nil`: nothing is, and a price that does not
  /// fit now never does.
  func nextChange(after now: Instant, _ zone: NamedZone) -> Instant? {
    guard let earliest = payments.earliest else { return nil }
    if case .rolling(let span) = budget.per { return earliest + span + .seconds(1) }
    return budget.per.bounds(at: now, in: zone).to
  }

  private var use: BudgetUse {
    BudgetUse(
      spent: payments.money(in: limit.currency),
      reserved: Money(minorUnits: 0, currency: limit.currency))
  }
}

/// What a fuse against storms counts in an hour or a day of UTC.
struct StormWindow: Sendable {
  private let length: Span
  private var end: Instant?
  private var foreseen = 0
  var payments = PaymentWindow()

  init(length: Span) { self.length = length }

  var storm: FuseCounts.Storm { FuseCounts.Storm(paid: payments.count, foreseen: foreseen) }

  /// Foresees what is due when a new hour or day begins, as the engine does.
  mutating func move(to now: Instant, _ members: [PolicySimulation.Member]) {
    if let end, now < end { return }
    let start = Instant(now.seconds - now.seconds % length.seconds)
    let end = start + length
    self.end = end
    payments.drop(before: start)
    foreseen =
      payments.count
      + members.count { member in
        member.situation.isSubscription && !member.situation.isGone
          && member.situation.dueAt.map { $0 < end } ?? false
      }
  }
}
