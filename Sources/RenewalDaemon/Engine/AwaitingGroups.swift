import InventoryStore
import RenewalCore

/// Observe: look for the group of an open order by its name, until it is there
/// or it is proven that it will not come.
extension RenewalEngine {
  func lookAtOpenCreations() {
    guard canRecord else { return }
    for id in creating.watches.keys.sorted() {
      guard var watch = creating.watches[id], let due = watch.nextLook, reading.boot >= due
      else { continue }
      let search = NameSearch(watch.creation.intent.name)
      let account = watch.creation.intent.account
      guard watch.creation.state != .submitted, accounts[account] != nil,
        let question = search.question
      else {
        watch.nextLook = boot(after: .minutes(10))
        creating.watches[id] = watch
        continue
      }
      watch.nextLook = nil
      watch.search = search
      watch.seenAt = nil
      watch.purchases = nil
      creating.watches[id] = watch
      ask(question, of: account, for: .creationWatch(id))
    }
  }

  func creationWatched(_ id: Int64, _ reply: ReadReply, isTrusted: Bool) {
    guard var watch = creating.watches[id], var search = watch.search else { return }
    let creation = watch.creation
    let account = creation.intent.account
    guard isTrusted, let at = reply.serverTime, case .success(let answer) = reply.result else {
      if case .failure(let fault) = reply.result { raiseAccountAlert(fault, account) }
      // Without billing's word there is still what the list showed.
      if search.isComplete { conclude(id, .unanswered) } else { lookLater(id) }
      return
    }
    if search.isComplete {
      billingAnswered(id, answer)
      return
    }
    search.consume(answer)
    watch.search = search
    // The oldest page counts: a group may have come behind the walk's back.
    watch.seenAt = watch.seenAt ?? at
    creating.watches[id] = watch
    if search.failure != nil {
      lookLater(id)
    } else if let question = search.question {
      ask(question, of: account, for: .creationWatch(id))
    } else if !search.matches(beside: creation.intent.namesakes).isEmpty {
      conclude(id, .none)
    } else if accounts[account]?.settings.readsBilling == true {
      askBilling(aboutCreation: id, at: at)
    } else {
      conclude(id, .unavailable)
    }
  }

  /// Billing as the second witness: the order that the cloud named, or any
  /// purchase since the intent.
  private func askBilling(aboutCreation id: Int64, at: Instant) {
    guard let creation = creating.watches[id]?.creation else { return }
    if let order = creation.order {
      ask(.order(order), of: creation.intent.account, for: .creationWatch(id))
      return
    }
    // Nothing that billing could say changes it without an order.
    guard creation.state != .stuck, let known = try? store.read({ try $0.creations(limit: 1000) })
    else {
      return conclude(id, .unanswered)
    }
    let parameters = accounts[creation.intent.account]?.parameters ?? .withoutBilling
    let latest = creation.intent.date + parameters.requestLife
    let search = PurchaseSearch(
      from: creation.intent.date - .minutes(5), to: min(at, latest) + .minutes(1),
      besides: Set(known.filter { $0.id != id }.compactMap(\.order)))
    creating.watches[id]?.purchases = search
    if let question = search.question {
      ask(question, of: creation.intent.account, for: .creationWatch(id))
    }
  }

  private func billingAnswered(_ id: Int64, _ answer: CloudAnswer) {
    guard let watch = creating.watches[id] else { return }
    guard var search = watch.purchases else {
      return conclude(id, evidence(of: watch.creation, answer))
    }
    search.consume(answer)
    creating.watches[id]?.purchases = search
    if let question = search.question {
      ask(question, of: watch.creation.intent.account, for: .creationWatch(id))
    } else {
      conclude(
        id, search.failure == nil ? evidence(of: watch.creation, search) : .unanswered)
    }
  }

  private func evidence(of creation: Creation, _ answer: CloudAnswer) -> OrderEvidence {
    guard case .order(let lines) = answer, let order = creation.order,
      let status = lines.first(where: { $0.id == order })?.status.known
    else { return .unanswered }
    return .own(order, status)
  }

  /// A purchase within the request's life may be ours, unless it brought groups
  /// that are known by other names.
  private func evidence(of creation: Creation, _ search: PurchaseSearch) -> OrderEvidence {
    let intent = creation.intent
    let parameters = accounts[intent.account]?.parameters ?? .withoutBilling
    let life = (intent.date - .minutes(1))...(intent.date + parameters.requestLife)
    let possible = search.found.first { order, instances in
      order.created.map(life.contains) ?? true && !isKnown(instances, beside: intent)
    }
    return possible.map { .foreign($0.order.id) } ?? .none
  }

  private func isKnown(_ instances: [String], beside intent: CreationIntent) -> Bool {
    !instances.isEmpty
      && instances.allSatisfy { instance in
        let key = GroupKey(account: intent.account, group: GroupID(instance))
        let row = (try? store.read { try $0.group(key) }).flatMap { $0 }
        return row.map { $0.record.latest.name != intent.name } ?? false
      }
  }

  private func conclude(_ id: Int64, _ orders: OrderEvidence) {
    guard let watch = creating.watches[id], let seenAt = watch.seenAt, let search = watch.search
    else { return }
    let found = search.matches(beside: watch.creation.intent.namesakes)
    apply(
      .observed(found.map(\.id), at: seenAt, orders), toCreation: id,
      enrolling: found, seenAt: seenAt)
    // Unchanged, or changed to another open state: look again later.
    if creating.watches[id]?.creation.state == watch.creation.state { lookLater(id) }
  }

  private func lookLater(_ id: Int64) {
    guard var watch = creating.watches[id] else { return }
    let parameters = accounts[watch.creation.intent.account]?.parameters ?? .withoutBilling
    watch.looks += 1
    watch.search = nil
    let delay = earlyDelay(after: watch.looks, parameters) ?? parameters.pollInterval
    watch.nextLook = boot(after: delay)
    creating.watches[id] = watch
  }

  /// Records what an event makes of an open order, and with it the groups that
  /// came of it.
  func apply(
    _ event: CreationEvent, toCreation id: Int64, requestID: String? = nil,
    actor: String = "daemon", enrolling found: [DeliveryGroup] = [], seenAt: Instant? = nil
  ) {
    guard let creation = creating.watches[id]?.creation else { return }
    let account = creation.intent.account
    let parameters = accounts[account]?.parameters ?? .withoutBilling
    guard let transition = creation.applying(event, parameters: parameters) else { return }
    let changed: Creation? = record { transaction in
      for group in found {
        try observe(
          group, in: account, at: seenAt ?? now(in: account), source: "its order",
          requestID: requestID ?? "", transaction)
      }
      let changed = try transaction.apply(
        transition, to: creation, at: now(in: account), requestID: requestID, actor: actor)
      for alert in transition.alerts {
        try raise(
          alert, account: account, group: transition.group ?? "", reason: transition.reason,
          in: transaction)
      }
      try alignCreationAlerts(of: account, with: changed, transition.reason, in: transaction)
      return changed
    }
    // Not recorded: the state on disk is still the old one, and a new process
    // will find it open and unknown.
    guard let changed else { return }
    creating.watches[id] =
      changed.state.isOpen ? CreationWatch(changed, nextLook: reading.boot) : nil
    if !changed.state.isOpen { creating.pending[id] = nil }
  }

  /// A group that appears after its order was settled by another one of the name,
  /// within the time in which the order could take effect: it was bought twice.
  func noticeTwin(
    _ group: DeliveryGroup, in account: AccountName, at: Instant, _ transaction: StoreTransaction
  ) throws {
    let parameters = bounds(of: account)
    let settled = try transaction.reader.creations(named: group.name).first { creation in
      let intent = creation.intent
      return creation.state == .settled && intent.account == account
        && creation.group.map { $0 != group.id } ?? false
        && !intent.namesakes.contains(group.id) && at <= intent.provableFrom(parameters)
    }
    guard let settled, let own = settled.group else { return }
    try raise(
      .createdTwice, account: account, group: group.id,
      reason: "'\(group.name)' was ordered once and is there as \(own) already",
      in: transaction)
  }

  private func alignCreationAlerts(
    of account: AccountName, with changed: Creation, _ reason: String,
    in transaction: StoreTransaction
  ) throws {
    let others = creating.watches.values.map(\.creation)
      .filter { $0.intent.account == account && $0.id != changed.id }
    let alerts: [(AlertKind, [RenewalState])] = [
      (.creationUnknown, [.unknown]), (.creationStuck, [.stuck, .unpaid]),
    ]
    for (kind, causes) in alerts {
      if causes.contains(changed.state) {
        // News also where the alert stands for another order, or was read for it.
        let beside = others.filter { causes.contains($0.state) }.map { "'\($0.intent.name)'" }
        try clear(kind, account: account, in: transaction)
        try raise(
          kind, account: account,
          reason: "'\(changed.intent.name)': \(reason)"
            + (beside.isEmpty ? "" : "; also " + beside.sorted().joined(separator: ", ")),
          in: transaction)
      } else if !others.contains(where: { causes.contains($0.state) }) {
        try clear(kind, account: account, in: transaction)
      }
    }
  }
}
