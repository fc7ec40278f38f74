import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

/// A fixed course of numbers for each seed (SplitMix64).
private struct Luck {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}

/// What left, as an observer outside the daemon counts it.
private struct Paid {
  var group: GroupID
  var price: Int64
  var date: Instant
  var hasEffect: Bool
}

/// A fleet over weeks of reloads, restarts, crashes, lost answers, price
/// changes, approvals and vetoes; each payment that leaves is judged by what
/// the observer has counted and the configuration then in force.
private final class Ordeal {
  let harness: EngineHarness
  var luck: Luck
  var paid: [Paid] = []
  var seen = 0
  var problems: [String] = []
  /// Effects that do not show yet: their renewals stay open beside the next ones.
  private var hidden: [(group: GroupID, expiry: Instant, since: Instant)] = []

  init(seed: UInt64) throws {
    luck = Luck(state: seed)
    harness = try EngineHarness()
    harness.cloud = [:]
    draw()
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    harness.advance(harness.parameters.quarantine + .seconds(1))
    for number in 1...6 {
      harness.show(GroupID("aig-\(number)"), expiringIn: .days(Int64(4 + luck.below(12))))
    }
    harness.tell(.woke)
  }

  private var policy: RenewalPolicy { harness.settings.policy }

  private func money(_ units: Int) -> Money { Money(minorUnits: Int64(units), currency: .cny) }

  /// A new configuration.
  private func draw() {
    let price = 90_000
    var rule = RenewalRule(
      name: "all", action: luck.below(5) == 0 ? .approve : .renew, period: .oneMonth,
      leadTime: .days(7), maximumPrice: money(price + luck.below(30_000)))
    if luck.below(3) == 0 { rule.notice = .hours(Int64(1 + luck.below(30))) }
    if luck.below(3) == 0 { rule.approveOver = money(price + luck.below(10_000) - 5_000) }
    if luck.below(3) == 0 { rule.maximumDrift = Percentage(hundredths: luck.below(1_500)) }
    if luck.below(4) == 0 {
      rule.hours.windows = (0...4).map { WeeklyHours(weekday: $0, start: 32_400, end: 64_800) }
    }
    harness.settings.policy.rules = [rule]
    harness.settings.policy.budgets = [
      Budget(name: "day", per: .day, limit: money(max(0, luck.below(6) - 1) * 110_000)),
      Budget(name: "month", per: .month, limit: money((1 + luck.below(5)) * 110_000)),
      Budget(name: "week", per: .rolling(.days(7)), limit: money((1 + luck.below(4)) * 110_000)),
      Budget(name: "one", per: .rolling(.days(90)), groups: ["aig-1"], limit: money(250_000)),
    ]
    harness.settings.policy.fuses.groupsPerSweep = luck.below(10) == 0 ? 2 : nil
  }

  /// Some at each step, and each long before it could count as without effect.
  private func showEffects() {
    hidden.removeAll { effect in
      guard luck.below(2) == 0 || harness.server - effect.since > .hours(12) else { return false }
      harness.cloud[effect.group]?.expiry = effect.expiry
      return true
    }
  }

  func step() throws {
    showEffects()
    switch luck.below(20) {
    case 0:
      draw()
      harness.tell(.reconfigured(harness.settings))
    case 1: try restart()
    case 2, 3: harness.price = money(85_000 + luck.below(25_000))
    case 4, 5, 6:
      let key = GroupKey(account: "main", group: GroupID("aig-\(1 + luck.below(6))"))
      let words = (try? harness.engine.store.read { try $0.deliberation(of: key) }).flatMap { $0 }
      if let asked = words?.asked?.price {
        try? harness.operate(.approve(key, seen: asked, reason: "agreed"))
      }
    case 7:
      let key = GroupKey(account: "main", group: GroupID("aig-\(1 + luck.below(6))"))
      try? harness.operate(luck.below(3) == 0 ? .veto(key, reason: "no") : .release(key))
    case 8:
      if let fuse = harness.engine.blownFuse {
        try? harness.operate(.liftFuse(fuse.name, reason: "looked at"))
      }
    default:
      harness.advance(.minutes(Int64(1 + luck.below(240))))
      harness.tell(.woke)
    }
    // Some answers come, some are overtaken by what happens next.
    for _ in 0..<(1 + luck.below(40)) {
      guard harness.answer() else { break }
      judgePayments()
    }
    judgePayments()
  }

  private func restart() throws {
    try harness.restart()
    seen = 0
  }

  private func judgePayments() {
    while seen < harness.payments.count {
      let (renewal, _, payment) = harness.payments[seen]
      seen += 1
      judge(renewal, payment)
      // The order has its effect, or the request is lost; the answer comes or not.
      let hasEffect = luck.below(8) != 0
      paid.append(
        Paid(
          group: payment.request.group, price: quote(of: renewal), date: payment.date,
          hasEffect: hasEffect))
      if hasEffect, let expiry = harness.cloud[payment.request.group]?.expiry {
        hidden.append(
          (payment.request.group, payment.request.period.forecast(from: expiry), harness.server))
      }
      let isAnswered = hasEffect && luck.below(3) != 0
      harness.tell(
        .paymentReplied(
          renewal: renewal,
          isAnswered
            ? PaymentReply(
              delivery: .answered(status: 200), isReadable: true, orderID: OrderID("\(renewal)"))
            : PaymentReply(delivery: .interrupted("reset"))))
    }
  }

  private func quote(of renewal: Int64) -> Int64 {
    (try? harness.engine.store.read { try $0.openRenewals() })?
      .first { $0.id == renewal }?.intent.quote.minorUnits ?? 0
  }

  private func judge(_ id: Int64, _ payment: SignedPayment) {
    let key = GroupKey(account: "main", group: payment.request.group)
    let price = quote(of: id)
    let rule = policy.rules[0]
    func claim(_ holds: Bool, _ what: String) {
      if !holds { problems.append("\(key) at \(harness.server), \(price): \(what)") }
    }
    claim(price > 0 && price <= rule.maximumPrice?.minorUnits ?? 0, "above the maximum")
    for budget in policy.budgets where budget.covers(key, rule: rule.name) {
      let from = budget.per.bounds(at: payment.date, in: policy.zone).from
      let before = paid.filter {
        $0.hasEffect && $0.date >= from
          && (budget.groups.isEmpty || budget.groups.contains($0.group))
      }.map(\.price).reduce(0, +)
      claim(
        before + price <= budget.limit?.minorUnits ?? .max,
        "\(before) spent already, budget \(budget.name) of \(budget.limit?.description ?? "")")
    }
    let words = try? harness.engine.store.read { try $0.deliberation(of: key) }
    let expiry = harness.cloud[key.group]?.expiry
    let own = words.flatMap { $0 }.flatMap { $0.expiry == expiry ? $0 : nil }
    claim(own?.veto == nil, "vetoed")
    if rule.needsApproval(of: money(Int(price))) {
      claim(
        own?.approval?.covers(money(Int(price)), at: harness.server) ?? false, "not approved")
    }
    guard let expiry else { return }
    let bound = expiry - harness.parameters.leastLeadTime(for: rule.period)
    if rule.notice > .zero {
      let end = own?.noticedAt.map { $0 + rule.notice } ?? Instant(.max)
      claim(
        harness.server >= end || (own?.noticedAt != nil && harness.server >= bound), "not announced"
      )
    }
    claim(
      rule.hours.closure(at: harness.server) == nil || harness.server >= bound, "outside its hours")
    claim(harness.engine.blownFuse == nil, "a fuse is blown")
  }
}

@Suite struct `No course of events` {
  @Test func `exceeds a budget or pays outside the rules`() throws {
    var payments = 0
    for seed in UInt64(1)...6 {
      let ordeal = try Ordeal(seed: seed)
      for _ in 0..<240 where ordeal.problems.isEmpty { try ordeal.step() }
      #expect(ordeal.problems == [], "seed \(seed)")
      payments += ordeal.paid.count
    }
    // It is no proof if nothing is paid for at all.
    #expect(payments > 15)
  }
}
