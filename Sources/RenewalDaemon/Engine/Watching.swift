import InventoryStore
import RenewalCore

/// Observe: look at open renewals until the expiry moved, or until it is
/// proven that it will not.
extension RenewalEngine {
  func lookAtOpenRenewals() {
    guard canRecord else { return }
    for id in watches.keys.sorted() {
      guard var watch = watches[id], let due = watch.nextLook, reading.boot >= due else { continue }
      let key = watch.renewal.intent.key.subject
      // A call that is out is answered first.
      guard watch.renewal.state != .submitted, let account = witness(of: key) else {
        watch.nextLook = boot(after: .minutes(10))
        watches[id] = watch
        continue
      }
      watch.nextLook = nil
      watches[id] = watch
      ask(.group(key.group), of: account, for: .watch(renewal: id, of: account))
    }
  }

  /// - Parameter account: the one that was asked.
  func watchReplied(
    _ id: Int64, _ reply: ReadReply, by account: AccountName, isTrusted: Bool
  ) {
    guard var watch = watches[id] else { return }
    if watch.search != nil {
      searchReplied(id, reply, isTrusted: isTrusted)
      return
    }
    let key = watch.renewal.intent.key.subject
    guard isTrusted, let at = reply.serverTime, case .success(.group(let group)) = reply.result,
      group.id == key.group
    else {
      if case .failure(let fault) = reply.result { raiseAccountAlert(fault, account) }
      lookLater(id)
      return
    }
    let observed: Void? = observe(group, in: account, at: at, requestID: reply.requestID)
    guard observed != nil, let expiry = group.expiry else {
      lookLater(id)
      return
    }
    watch.seen = Watch.Seen(expiry: expiry, serverTime: at, requestID: reply.requestID)
    watches[id] = watch
    guard accounts[key.account]?.settings.readsBilling == true else {
      conclude(id, .unavailable)
      return
    }
    askBilling(id)
  }

  /// Billing as the second witness: the order that the cloud named, or any
  /// order of the group since the intent.
  private func askBilling(_ id: Int64) {
    guard var watch = watches[id] else { return }
    let key = watch.renewal.intent.key.subject
    let intent = watch.renewal.intent
    watch.search = orderSearch(
      for: key, from: intent.date - .minutes(5), now: watch.seen?.serverTime ?? intent.date)
    watches[id] = watch
    if let order = watch.renewal.order {
      ask(.order(order), of: key.account, for: .watch(renewal: id, of: key.account))
    } else if let question = watch.search?.next() {
      ask(question, of: key.account, for: .watch(renewal: id, of: key.account))
    }
  }

  func orderSearch(for key: GroupKey, from: Instant, now: Instant) -> OrderSearch {
    let account = accounts[key.account]
    return OrderSearch(
      group: key.group, from: from, now: now,
      visibleAfter: (account?.parameters ?? .withoutBilling).visibilityBound,
      index: account?.orders ?? OrderIndex())
  }

  /// Takes in the answer to a question of a search.
  func consume(_ answer: CloudAnswer, _ search: inout OrderSearch?, of account: AccountName) {
    // An account that was removed meanwhile keeps no index.
    var index = accounts[account]?.orders ?? OrderIndex()
    search?.consume(answer, index: &index)
    accounts[account]?.orders = index
  }

  private func searchReplied(_ id: Int64, _ reply: ReadReply, isTrusted: Bool) {
    guard var watch = watches[id] else { return }
    let key = watch.renewal.intent.key.subject
    guard isTrusted, case .success(let answer) = reply.result else {
      conclude(id, .unanswered)
      return
    }
    if let order = watch.renewal.order {
      var charged: Money?
      if case .order(let lines) = answer { charged = lines.amount(of: order) }
      conclude(id, evidence(of: order, answer, for: key.group), charged: charged)
      return
    }
    consume(answer, &watch.search, of: key.account)
    watches[id] = watch
    if let question = watch.search?.next() {
      ask(question, of: key.account, for: .watch(renewal: id, of: key.account))
      return
    }
    guard let search = watch.search, search.failure == nil else {
      conclude(id, .unanswered)
      return
    }
    let found = evidence(of: search.matches, for: watch.renewal.intent)
    var charged: Money?
    if case .own(let order, _) = found {
      charged = search.matches.first { $0.id == order }?.amount
    }
    conclude(id, found, charged: charged)
  }

  private func evidence(of order: OrderID, _ answer: CloudAnswer, for group: GroupID)
    -> OrderEvidence
  {
    guard case .order(let lines) = answer else { return .unanswered }
    let own = lines.filter { $0.id == order }
    let instances = own.flatMap(\.instances)
    // An order that does not say yet what it is for proves nothing.
    guard let line = own.first, !instances.isEmpty else { return .unanswered }
    guard instances.contains(group.text) else {
      return .mismatched(order)
    }
    return line.status.known.map { .own(order, $0) } ?? .unanswered
  }

  /// An order from within the request's life is ours: no token says so, but
  /// nobody else was to pay for the group in that hour.
  private func evidence(of orders: [OrderSummary], for intent: RenewalIntent) -> OrderEvidence {
    let parameters = bounds(of: intent.key.subject.account)
    let life = (intent.date - .minutes(1))...(intent.date + parameters.requestLife)
    // Tried twice in that time it may have two orders. A cancelled one moves
    // nothing any more, and says nothing about the other.
    let own = orders.filter { $0.created.map(life.contains) ?? true }
    if let own = own.first(where: { $0.status.known != .cancelled }) ?? own.first {
      return own.status.known.map { .own(own.id, $0) } ?? .unanswered
    }
    // What was cancelled moves nothing any more.
    return orders.first { $0.status.known != .cancelled }.map { .foreign($0.id) } ?? .none
  }

  private func conclude(_ id: Int64, _ orders: OrderEvidence, charged: Money? = nil) {
    guard let watch = watches[id], let seen = watch.seen else { return }
    apply(
      .observed(
        ExpiryEvidence(
          expiry: seen.expiry, serverTime: seen.serverTime, orders: orders, charged: charged)),
      toRenewal: id, requestID: seen.requestID)
    // Unchanged, or changed to another open state: look again later.
    if watches[id]?.renewal.state == watch.renewal.state { lookLater(id) }
  }

  private func lookLater(_ id: Int64) {
    guard var watch = watches[id] else { return }
    let key = watch.renewal.intent.key.subject
    watch.looks += 1
    watch.seen = nil
    watch.search = nil
    let now = now(in: witness(of: key) ?? key.account)
    watch.nextLook = boot(after: watch.delay(bounds(of: key.account), at: now))
    watches[id] = watch
  }
}
