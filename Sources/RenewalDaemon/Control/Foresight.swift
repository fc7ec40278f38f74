import InventoryStore
import RenewalCore

/// What is known ahead of an account's money, as metrics and status tell it.
struct Outlook: Hashable {
  /// The first planned payment for which the balance does not suffice; `nil` where it
  /// lasts up to the horizon, and where it is not known.
  fileprivate(set) var balanceEnd: Instant?
  /// What the rules pay within a month, by currency.
  fileprivate(set) var planned: [Money]
  /// Renewals of that month whose price nobody knows; they are in no sum.
  fileprivate(set) var unpriced: Int
}

/// The outlooks of all accounts, and the run that makes the next ones.
struct Foresight {
  static let days: Int64 = 30
  /// How far a balance is followed.
  static let horizon = Span.days(92)
  /// So many times prices are asked for after one walk: a thousand of a new fleet.
  fileprivate static let rounds = 5
  /// Time enough to have money moved by people.
  static let warning = Span.days(14)

  fileprivate(set) var outlooks: [AccountName: Outlook] = [:]
  /// Accounts whose balance is to be asked for.
  fileprivate var unasked: Set<AccountName> = []
  fileprivate(set) var isRunning = false
  /// Something changed since the run began.
  fileprivate var isOutdated = false
}

/// After each walk over an account's groups its balance is asked for and the rules are
/// run once, in pieces and past the engine. Whoever looks is then answered with what is
/// known, however large the fleet is.
extension ControlService {
  func sweepWasCompleted(of name: AccountName) {
    if engine.accounts[name]?.settings.readsBilling == true { foresight.unasked.insert(name) }
    foresee()
  }

  /// What was said of the time to come under other rules is said no more.
  func foreseeAnew() {
    foresight.outlooks = [:]
    foresee()
  }

  /// One lost answer leaves what was known; a key that may not ask any more does not.
  private func take(_ reply: ReadReply, asBalanceOf name: AccountName) {
    switch reply.result {
    case .success(.balance(let balance)): engine.accounts[name]?.balance = balance.available
    case .failure(let fault) where fault.accountAlert == .permission:
      engine.accounts[name]?.balance = nil
    case .success, .failure: break
    }
  }

  private func foresee() {
    guard !foresight.isRunning else { return foresight.isOutdated = true }
    foresight.isRunning = true
    askForBalances()
  }

  private func askForBalances() {
    guard let name = foresight.unasked.popFirst() else { return look(asking: Foresight.rounds) }
    withHost { host in
      host.ask(.balance, of: name) { [self] reply in
        turns.take { [self] in
          take(reply, asBalanceOf: name)
          askForBalances()
        }
      }
    }
  }

  /// - Parameter rounds: how often prices that are missing are asked for, and all is then
  ///   looked at once more.
  private func look(asking rounds: Int) {
    turns.take { [self] in
      withHost { host in
        engine.reading = host.reading()
        advance(projection(asking: rounds))
      }
    }
  }

  private func projection(asking rounds: Int) -> Projection {
    foresight.isOutdated = false
    let now = engine.now
    let monthEnd = now + .days(Foresight.days)
    let zone = engine.settings.policy.zone
    var spending = SpendingForecast(
      zone: zone, balances: engine.accounts.compactMapValues(\.balance))
    var months = engine.accounts.mapValues { _ in SpendingForecast(zone: zone) }
    var wanted: [(GroupKey, BillingPeriod)] = []
    var unpriced: Set<GroupKey> = []
    return Projection(
      ProjectionRules(engine.settings), bounds: .none, from: now, until: now + Foresight.horizon,
      step: { [engine] step in
        guard case .pays(let price, _, _) = step.outcome, let rule = step.rule else { return }
        let key = step.record.key
        spending.add(price, of: key.account, at: step.at)
        if step.at < monthEnd { months[key.account]?.add(price, of: key.account, at: step.at) }
        if price == nil, engine.accounts[key.account]?.balance != nil,
          wanted.count < PriceInquiry.limit, unpriced.insert(key).inserted
        {
          wanted.append((key, rule.period))
        }
      },
      finish: { [self] in
        if rounds > 0, !wanted.isEmpty, !foresight.isOutdated {
          let inquiry = PriceInquiry(wanted, engine) { _, _ in }
          return pursue(inquiry) { [self] _ in look(asking: rounds - 1) }
        }
        conclude(spending, months)
      })
  }

  private func advance(_ projection: Projection) {
    turns.take { [self] in
      // What cannot be read now is read after the next walk.
      guard let isOver = try? projection.advance(engine) else {
        return foresight.isRunning = false
      }
      if !isOver { advance(projection) }
    }
  }

  private func conclude(
    _ spending: SpendingForecast, _ months: [AccountName: SpendingForecast]
  ) {
    foresight.isRunning = false
    guard !foresight.isOutdated else { return foresee() }
    foresight.outlooks = months.mapValues {
      Outlook(balanceEnd: nil, planned: $0.total.sums, unpriced: $0.total.unpriced)
    }
    for (name, end) in spending.endsOfBalances { foresight.outlooks[name]?.balanceEnd = end }
    stateMayHaveChanged()
    withHost { host in
      for name in engine.accounts.keys.sorted() {
        host.foreseen(name, problem: problem(of: name))
      }
    }
  }

  private func problem(of name: AccountName) -> String? {
    guard engine.settings.mode == .pay, let balance = engine.accounts[name]?.balance,
      let end = foresight.outlooks[name]?.balanceEnd, end - engine.now < Foresight.warning
    else { return nil }
    return "\(balance) does not cover what is planned for \(end) and later"
  }
}
