import RenewalCore

/// What the operator of a world allows. A third of the worlds set no limit, so
/// that the protocol is seen alone there.
struct Allowance {
  var budgets: [Budget] = []
  var fuses = FuseLimits()
  /// Of all groups together, in a year.
  var priceChanges: Int64 = 0
  /// Whether it may keep the daemon from renewing.
  var isLimited = false

  static let zones = [
    NamedZone.utc,
    // A zone whose days begin elsewhere than those of UTC.
    NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8)),
  ]

  static func drawn(
    for groups: [SimulatedCloud.Group], rules: inout [RenewalRule], _ luck: inout Seeded
  ) -> Allowance {
    var allowance = Allowance()
    guard luck.happens(667) else { return allowance }
    allowance.isLimited = true
    let prices = groups.map(\.price)
    let yearly = groups.reduce(Int64(0)) { sum, group in
      let start = Instant(0)
      let term = group.period.forecast(from: start) - start
      return sum + group.price * Span.days(365).seconds / max(1, term.seconds)
    }
    func money(_ amount: Int64) -> Money { Money(minorUnits: amount, currency: .cny) }
    if luck.happens(600) {
      allowance.budgets.append(
        Budget(name: "month", per: .month, limit: money(yearly / luck.pick([1, 4, 8, 14]))))
    }
    if luck.happens(400) {
      let length = Span.days(luck.number(1...60))
      allowance.budgets.append(
        Budget(
          name: "rolling", per: .rolling(length), rules: rules.prefix(5).map(\.name),
          limit: money(yearly / luck.pick([2, 6, 20]))))
    }
    if luck.happens(300) {
      allowance.budgets.append(
        Budget(
          name: "day", per: .day, limit: money((prices.max() ?? 0) * luck.number(1...4))))
    }
    if luck.happens(300) { allowance.fuses.groupsPerSweep = Int(luck.number(4...20)) }
    if luck.happens(300) {
      allowance.fuses.moneyPerSweep = [money((prices.max() ?? 0) * luck.number(3...20))]
    }
    if luck.happens(600) { allowance.priceChanges = luck.number(1...40) }
    for index in rules.indices {
      let price = groups[index].price
      if luck.happens(300) { rules[index].maximumPrice = money(price * luck.pick([2, 3]) / 2) }
      if luck.happens(200) { rules[index].approveOver = money(price * luck.pick([1, 3]) / 2) }
      if luck.happens(100) { rules[index].maximumDrift = Percentage(hundredths: 2_000) }
      if luck.happens(200) { rules[index].notice = .hours(luck.number(1...24)) }
      if luck.happens(200) { rules[index].spread = .hours(luck.number(1...24)) }
      if luck.happens(200) {
        rules[index].hours = PaymentHours(
          windows: (1...5).map { WeeklyHours(weekday: $0, start: 9 * 3600, end: 17 * 3600) })
      }
    }
    return allowance
  }
}

/// What was really paid for and what people really said, kept apart from the
/// daemon's ledger to judge it by.
struct Audit {
  struct Purchase {
    var key: RenewalKey
    var rule: String
    var signed: Instant
    var amount: Int64
  }

  struct Approval {
    var ceiling: Int64
    var until: Instant
  }

  private var purchases: [Purchase] = []
  private var quotes: [String: Int64] = [:]
  var approvals: [RenewalKey: Approval] = [:]
  var vetoes: Set<RenewalKey> = []
  var holds: [GroupID: Instant] = [:]
  /// Before it nothing counts for a fuse.
  var fuseLifted = Instant(.min)

  /// People's words are in the ledger alone: one that was put back to an older
  /// state has forgotten them, and is not held to them.
  mutating func forgetWords() {
    approvals = [:]
    vetoes = []
    holds = [:]
  }

  /// Of a machine that was put back as a whole nothing is left to know it by.
  mutating func forgetPurchases() { purchases = [] }

  /// Whether a call may be made now.
  ///
  /// - Parameter prices: of the group, over the time for which a quote is good.
  mutating func judge(
    _ intent: RenewalIntent, under rule: RenewalRule?, prices: ClosedRange<Int64>, at now: Instant
  ) -> [String] {
    let quote = intent.quote.minorUnits
    quotes[intent.nonce] = quote
    guard let rule else { return ["\(intent.key) is paid for without a rule"] }
    var breaches: [String] = []
    if !prices.contains(quote) {
      breaches.append("\(intent.key) is paid for by the price \(quote), which is \(prices)")
    }
    if let maximum = rule.maximumPrice, quote > maximum.minorUnits {
      breaches.append("\(intent.key) costs \(quote), at most \(maximum) is allowed")
    }
    if rule.needsApproval(of: intent.quote) {
      let approval = approvals[intent.key]
      if approval.map({ quote > $0.ceiling || intent.date > $0.until }) ?? true {
        breaches.append("\(intent.key) was not approved at \(quote)")
      }
    }
    if vetoes.contains(intent.key) { breaches.append("\(intent.key) was vetoed") }
    if let until = holds[intent.key.subject.group], now < until {
      breaches.append("\(intent.key) is held until \(until)")
    }
    return breaches
  }

  /// Takes in an effect, by the price that the daemon knew, and says which
  /// budgets and fuses it breaks.
  mutating func book(
    _ purchase: Purchase, nonce: String, _ policy: RenewalPolicy, sweepInterval: Span
  ) -> [String] {
    var known = purchase
    known.amount = min(purchase.amount, quotes[nonce] ?? purchase.amount)
    purchases.append(known)
    var breaches: [String] = []
    for budget in policy.budgets where budget.covers(known.key.subject, rule: known.rule) {
      guard let limit = budget.limit else { continue }
      let covered = purchases.filter { budget.covers($0.key.subject, rule: $0.rule) }
      // Asked at each later purchase too: effects do not come in the order in
      // which their requests were signed.
      for last in covered where last.signed >= known.signed {
        let (from, to) = budget.per.bounds(at: last.signed, in: policy.zone)
        let after = to == nil ? from : from - .seconds(1)
        let sum = total(covered, after: after, upTo: last.signed)
        if sum > limit.minorUnits {
          breaches.append(
            "budget \(budget.name) of \(limit) holds \(sum) at \(last.signed), with \(known.key)")
          break
        }
      }
    }
    let since = max(known.signed - sweepInterval, fuseLifted)
    let recent = purchases.filter { $0.signed > since && $0.signed <= known.signed }
    if let most = policy.fuses.groupsPerSweep, recent.count > most {
      breaches.append("\(recent.count) renewals within a sweep, at most \(most)")
    }
    if let most = policy.fuses.moneyPerSweep.first?.minorUnits {
      let sum = total(recent, after: since, upTo: known.signed)
      if sum > most { breaches.append("\(sum) spent within a sweep, at most \(most)") }
    }
    return breaches
  }

  private func total(_ purchases: [Purchase], after: Instant, upTo end: Instant) -> Int64 {
    var sum: Int64 = 0
    for purchase in purchases where purchase.signed > after && purchase.signed <= end {
      sum += purchase.amount
    }
    return sum
  }
}
