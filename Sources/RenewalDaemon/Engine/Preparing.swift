import InventoryStore
import RenewalCore

/// The free questions before the paid call: price, other payers, and last the
/// read that decides.
extension RenewalEngine {
  /// Starts as many as have a slot, nearest expiry first.
  func startPreparations() {
    guard !isStopping else { return }
    for name in accounts.keys.sorted() {
      while let account = accounts[name], let next = account.queue.first {
        let gate = gate(of: account)
        let preparing = preparations.keys.filter { $0.account == name }.count
        guard gate.openCalls + preparing < gate.callLimit else { break }
        accounts[name]?.queue.removeFirst()
        // What was queued before a try failed waits as long as that try says.
        let isObstructed = obstacles[next.key].map { reading.boot < $0.until } ?? false
        guard gate.checks.allSatisfy({ $0.passed || $0.check == .slotFree }), !isObstructed,
          preparations[next.key] == nil
        else { continue }
        prepare(next.key)
      }
    }
  }

  private func prepare(_ key: GroupKey) {
    guard let row = try? store.read({ try $0.group(key) }), let renewalKey = row.record.renewalKey,
      let rule = settings.policy.rule(for: row.record.latest, of: key.account)
    else { return }
    lastPreparation += 1
    preparations[key] = Preparation(
      number: lastPreparation, key: renewalKey, rule: rule, priced: row.record.latest)
    ask(.renewalPrice(key.group, rule.period), for: key)
  }

  func preparationReplied(_ key: GroupKey, _ reply: ReadReply, isTrusted: Bool) {
    guard var preparation = preparations[key] else { return }
    switch reply.result {
    // A key that may not ask for the balance still pays.
    case .failure where preparation.step == .askingBalance:
      searchOrders(&preparation, at: now(in: key.account))
    case .failure(let fault):
      // Billing that does not answer is a doubt, and nothing is paid on a doubt.
      let check: PolicyCheck =
        switch preparation.step {
        case .pricing: .quoteFresh
        case .askingNativeRenewal, .askingBalance, .searchingOrders: .billingClean
        case .reading: .readFresh
        }
      obstruct(
        key, CheckResult(check, false, input: fault.summary, "the cloud must answer"),
        isAnswered: false)
      raiseAccountAlert(fault, key.account)
    case .success(let answer):
      guard isTrusted, let at = reply.serverTime else {
        let doubt = accounts[key.account]?.clockDoubt ?? "the answer had no date"
        obstruct(
          key, CheckResult(.clockTrusted, false, input: doubt, "the cloud's clock must be known"),
          isAnswered: false)
        return
      }
      proceed(&preparation, answer, at: at, requestID: reply.requestID)
    }
  }

  private func ask(_ question: CloudRead, for key: GroupKey) {
    guard let number = preparations[key]?.number else { return }
    ask(question, of: key.account, for: .preparation(key, number: number))
  }

  private func proceed(
    _ preparation: inout Preparation, _ answer: CloudAnswer, at: Instant, requestID: String
  ) {
    let key = preparation.key.subject
    switch (preparation.step, answer) {
    case (.pricing, .renewalPrice(let quote)):
      preparation.quote = (quote, at)
      quotes[key] = KnownPrice(period: preparation.rule.period, price: quote.price, seenAt: at)
      if accounts[key.account]?.settings.readsBilling == true {
        preparation.step = .askingNativeRenewal
        preparations[key] = preparation
        ask(.nativeRenewal([key.group]), for: key)
      } else {
        readLast(preparation)
      }
    case (.askingNativeRenewal, .nativeRenewal(let found)):
      // A group that is not shown, or with a word that nobody knows, may be renewed
      // by the cloud all the same.
      let word = found.first { $0.instance == key.group.text }?.status
      preparation.isRenewedNatively = word?.known.map { $0 == .automatic }
      if preparation.isRenewedNatively == nil { tellUnreadableRenewal(of: key, word?.text) }
      preparation.step = .askingBalance
      preparations[key] = preparation
      ask(.balance, for: key)
    case (.askingBalance, .balance(let balance)):
      preparation.available = (balance.available, at)
      accounts[key.account]?.balance = balance.available
      searchOrders(&preparation, at: at)
    case (.searchingOrders, _):
      consume(answer, &preparation.search, of: key.account)
      preparations[key] = preparation
      continueSearch(of: key)
    case (.reading, .group(let group)):
      decide(preparation, on: group, at: at, requestID: requestID)
    default:
      obstruct(
        key,
        CheckResult(.readFresh, false, input: "an answer of another kind", "the cloud must answer"),
        isAnswered: false)
    }
  }

  /// Once for an account: billing that does not show one group shows none of them.
  private func tellUnreadableRenewal(of key: GroupKey, _ word: String?) {
    guard accounts[key.account]?.toldUnreadableRenewal == false else { return }
    let seen = word.map { "says '\($0)' of the group" } ?? "does not show the group"
    let recorded: Void? = record { transaction in
      try transaction.append(
        LedgerEntry(
          .alertRaised, at: now(in: key.account), account: key.account, group: key.group,
          subject: AlertKind.nativeAutoRenew.rawValue,
          reason: "billing \(seen): whether the cloud renews it by itself is not known"))
    }
    if recorded != nil { accounts[key.account]?.toldUnreadableRenewal = true }
  }

  private func searchOrders(_ preparation: inout Preparation, at: Instant) {
    let key = preparation.key.subject
    preparation.step = .searchingOrders
    preparation.search = orderSearch(for: key, from: at - preparation.rule.leadTime, now: at)
    preparations[key] = preparation
    continueSearch(of: key)
  }

  private func continueSearch(of key: GroupKey) {
    guard var preparation = preparations[key], let search = preparation.search else { return }
    if let question = search.next() {
      ask(question, for: key)
      return
    }
    preparation.billing = verdict(of: search, for: preparation.key)
    readLast(preparation)
  }

  /// An order of the group in the lead time that did not end in an earlier
  /// renewal of ours is somebody else's, or one that we have lost track of.
  private func verdict(of search: OrderSearch, for key: RenewalKey) -> PaymentEvidence.Billing {
    if let failure = search.failure { return .doubt(failure) }
    // A paid order of ours explains itself only by an expiry that moved.
    let ended = (try? store.read { try $0.renewals(of: key.subject, limit: 100) }) ?? []
    let ours = ended.filter { $0.intent.key != key && $0.state == .settled }.compactMap(\.order)
    let pending = search.matches.first { order in
      switch order.status.known {
      case .cancelled: false
      case .unpaid: true
      case .paid, nil: !ours.contains(order.id)
      }
    }
    return pending.map { .doubt("order \($0.id) is \($0.status.text)") } ?? .clean
  }

  private func readLast(_ preparation: Preparation) {
    var preparation = preparation
    preparation.step = .reading
    let key = preparation.key.subject
    preparations[key] = preparation
    ask(.group(key.group), for: key)
  }

  /// The deciding read is in: all checks, once more and together.
  private func decide(
    _ preparation: Preparation, on group: DeliveryGroup, at: Instant, requestID: String
  ) {
    let key = preparation.key.subject
    preparations[key] = nil
    guard group.id == key.group, let account = accounts[key.account], let quote = preparation.quote
    else { return }
    let observed: Void? = observe(group, in: key.account, at: at, requestID: requestID)
    guard observed != nil, let row = try? store.read({ try $0.group(key) }),
      let situation = try? store.read({ try self.situation(of: row, $0) })
    else { return }
    let now = now(in: key.account)
    let evidence = PaymentEvidence(
      readExpiry: group.expiry, readAt: at, quote: quote.0, quotedAt: quote.at,
      billing: preparation.billing,
      isRenewedNatively: preparation.isRenewedNatively)
    guard
      let priceChecks = try? store.read({
        try self.priceChecks(
          of: quote.0.price, for: situation, at: now, with: preparation.available, $0)
      })
    else { return }
    let checks =
      situation.groupChecks(at: now, parameters: account.parameters) + gate(of: account).checks
      + evidence.checks(for: situation, at: now, parameters: account.parameters) + priceChecks
    if let failed = checks.first(where: { !$0.passed }) {
      refuse(situation, quote.0.price, failed)
    } else if group.expiry == preparation.key.expiry, situation.rule == preparation.rule,
      group.costs(asMuchAs: preparation.priced)
    {
      pay(preparation, situation, group, quote: quote.0)
    } else {
      // The group or the rules changed under the preparation: from the start, with
      // another price.
      lookAgain(at: key, after: .zero)
    }
  }

  /// Does what follows from the check that spoke against paying.
  func refuse(_ situation: GroupSituation, _ price: Money, _ failed: CheckResult) {
    let key = situation.record.key
    switch failed.check {
    case .priceApproved: ask(about: price, for: situation, failed)
    case .withinFuses:
      obstruct(key, failed)
      let counts = try? store.read { try fuseCounts(at: now(in: key.account), $0) }
      if let counts, let fuse = settings.policy.fuses.blown(by: price, beside: counts) {
        blow(fuse.name, "\(key): \(fuse.reason)")
      }
    default: obstruct(key, failed)
    }
  }

  /// Remembers why nothing was paid, and when to try again.
  ///
  /// - Parameter isAnswered: false where the try got no answer that can be used. It
  ///   says nothing against what an earlier one found, which goes on to stand.
  func obstruct(
    _ key: GroupKey, _ check: CheckResult, isAnswered: Bool = true, wait: Span? = nil
  ) {
    preparations[key] = nil
    effects.append(.heldBack(check.check))
    guard let row = try? store.read({ try $0.group(key) }), let expiry = row.record.latest.expiry
    else { return }
    let last = obstacles[key].flatMap { $0.expiry == expiry ? $0 : nil }
    let tries = (last?.tries ?? 0) + 1
    let waits: [Span] = [
      .minutes(1), .minutes(2), .minutes(5), .minutes(10), .minutes(30), .minutes(60),
    ]
    let longest = (accounts[key.account]?.parameters.pollInterval ?? .minutes(10)) * 6
    let delay = max(wait ?? .zero, min(waits[min(tries, waits.count) - 1], longest))
    let found = isAnswered ? nil : last.flatMap { $0.isAnswered ? $0.check : nil }
    obstacles[key] = Obstacle(
      expiry: expiry, check: found ?? check, isAnswered: isAnswered || found != nil,
      until: boot(after: delay), tries: tries)
    _ = record { try judge([row], in: $0) }
  }

  func lookAgain(at key: GroupKey, after span: Span) {
    _ = record { transaction in
      guard var row = try transaction.reader.group(key) else { return }
      row.attentionAt = now(in: key.account) + span
      try transaction.save(row)
    }
  }

  func raiseAccountAlert(_ fault: CloudFault, _ account: AccountName) {
    guard let alert = fault.accountAlert else { return }
    _ = record { try raise(alert, account: account, reason: fault.summary, in: $0) }
  }
}
