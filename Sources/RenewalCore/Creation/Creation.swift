/// A decision to order a group, on disk before any byte of it leaves.
package struct CreationIntent: Hashable, Sendable, Codable {
  package var account: AccountName
  /// After a lost answer the group is looked for by it.
  package var name: String
  /// Counts from 1 over all orders of the name.
  package var attempt: Int
  package var region: String
  package var chargeType: String
  package var period: BillingPeriod
  /// Nodes.
  package var amount: Int
  package var instanceType: String
  /// That will cover the group: its budgets count the order.
  package var rule: String?
  package var autoPay: Bool
  /// What the operator confirmed. A higher price is not paid.
  package var quote: Money
  /// The groups that had the name before: one more of it is the new one.
  package var namesakes: [GroupID]
  /// The date inside the signature, in the cloud's time: what the request's
  /// life is counted from.
  package var date: Instant
  package var nonce: String
  /// Names the signed bytes; see `SignedCreation.hash`.
  package var requestHash: String
  /// Who asked for it.
  package var actor: String
  package var bootID: String

  package init(
    account: AccountName, creation: GroupCreation, attempt: Int, quote: Money,
    rule: String? = nil, namesakes: [GroupID], date: Instant, nonce: String, requestHash: String,
    actor: String, bootID: String
  ) {
    self.account = account
    name = creation.name
    self.attempt = attempt
    region = creation.region
    chargeType = creation.chargeType.rawValue
    period = creation.period
    amount = creation.amount
    instanceType = creation.instanceType
    self.rule = rule
    autoPay = creation.autoPay
    self.quote = quote
    self.namesakes = namesakes
    self.date = date
    self.nonce = nonce
    self.requestHash = requestHash
    self.actor = actor
    self.bootID = bootID
  }

  /// From this instant of the cloud's time a list without a new group of the
  /// name proves that the request had no effect: d + L + W.
  package func provableFrom(_ parameters: ProtocolParameters) -> Instant {
    date + parameters.requestLife + parameters.visibilityBound
  }
}

/// One order of a new group, and where it stands. Its states are those of a
/// renewal, but for `foreign`: what is settled is a group that was seen.
package struct Creation: Hashable, Sendable {
  package var id: Int64
  package var intent: CreationIntent
  package var state: RenewalState
  package var order: OrderID?
  package var group: GroupID?
  /// When the state was entered.
  package var since: Instant
  /// Why, for a person.
  package var reason: String

  package init(
    id: Int64, intent: CreationIntent, state: RenewalState, order: OrderID? = nil,
    group: GroupID? = nil, since: Instant, reason: String = ""
  ) {
    self.id = id
    self.intent = intent
    self.state = state
    self.order = order
    self.group = group
    self.since = since
    self.reason = reason
  }
}

/// What happened to one order of a new group.
package enum CreationEvent: Hashable, Sendable {
  case replied(PaymentOutcome, GroupID?)
  /// A new process found it open: its answer, if any, is lost.
  case restarted
  /// A complete list of the groups of the name at an instant of the cloud's:
  /// those of them that are new, and what billing says.
  case observed([GroupID], at: Instant, OrderEvidence)
  /// An operator looked at the console and says so.
  case confirmedCreated
  case confirmedNotCreated
}

/// What an event makes of an order. The caller records it, alerts in the same
/// transaction, before anything else happens.
package struct CreationTransition: Hashable, Sendable {
  package var state: RenewalState
  package var order: OrderID?
  package var group: GroupID?
  /// Alerts of the event itself, which stay until somebody acknowledges them.
  package var alerts: [AlertKind]
  /// Why, for the ledger and for a person.
  package var reason: String

  package init(
    state: RenewalState, order: OrderID?, group: GroupID?, alerts: [AlertKind] = [],
    reason: String
  ) {
    self.state = state
    self.order = order
    self.group = group
    self.alerts = alerts
    self.reason = reason
  }
}

extension Creation {
  /// Applies one event. `nil` when it changes nothing, as do events that do not
  /// meet the state: a late answer to an order that is closed.
  package func applying(
    _ event: CreationEvent, parameters: ProtocolParameters
  ) -> CreationTransition? {
    switch (state, event) {
    case (.submitted, .replied(let outcome, let group)): replied(outcome, group)
    case (.submitted, .restarted):
      become(.unknown, "the daemon was restarted before an answer was recorded")
    case (.accepted, .observed(let groups, let at, let orders)),
      (.unknown, .observed(let groups, let at, let orders)),
      (.unpaid, .observed(let groups, let at, let orders)),
      (.stuck, .observed(let groups, let at, let orders)):
      groups.isEmpty ? absent(at, orders, parameters) : appeared(groups, at, parameters)
    case (.accepted, .confirmedCreated), (.unknown, .confirmedCreated),
      (.unpaid, .confirmedCreated), (.stuck, .confirmedCreated):
      become(.settled, "an operator confirmed that the group exists")
    case (.accepted, .confirmedNotCreated), (.unknown, .confirmedNotCreated),
      (.unpaid, .confirmedNotCreated), (.stuck, .confirmedNotCreated):
      become(.notEffected, "an operator confirmed that nothing was bought")
    case (.submitted, _), (.accepted, _), (.unknown, _), (.unpaid, _), (.stuck, _), (.settled, _),
      (.foreign, _), (.notEffected, _), (.refused, _), (.notSent, _):
      nil
    }
  }

  private func replied(_ outcome: PaymentOutcome, _ group: GroupID?) -> CreationTransition {
    switch outcome {
    // What is paid by use is not paid for here.
    case .accepted(let order) where intent.autoPay || intent.chargeType != prePaid:
      become(.accepted, order: order, group: group, "the cloud named order \(order)")
    case .accepted(let order):
      become(
        .unpaid, order: order, group: group,
        "order \(order) was placed without automatic payment")
    case .refused(let cause, let refusal):
      become(.refused, "refused (\(cause.rawValue)): \(refusal.code); next: \(refusal.remedy)")
    case .notSent(let reason):
      become(.notSent, "nothing was sent: \(reason)")
    case .unknown(let reason, let order):
      become(.unknown, order: order, group: group, reason)
    }
  }

  /// A group that the answer named is waited for: another one of the name is then
  /// none that was ordered here, and one too many when the named one comes too.
  private func appeared(
    _ groups: [GroupID], _ at: Instant, _ parameters: ProtocolParameters
  ) -> CreationTransition? {
    let all = groups.map(\.text).joined(separator: ", ")
    if let group, !groups.contains(group) {
      guard at >= intent.provableFrom(parameters), state != .stuck else { return nil }
      return become(
        .stuck, "the cloud named group \(group), and of the name only \(all) is there",
        alerts: [.createdTwice])
    }
    let own = group ?? groups[0]
    guard groups.count > 1 else {
      return become(.settled, group: own, "group \(own) is there")
    }
    return become(
      .settled, group: own, "\(groups.count) new groups of the name are there: \(all)",
      alerts: [.createdTwice])
  }

  private func absent(
    _ at: Instant, _ orders: OrderEvidence, _ parameters: ProtocolParameters
  ) -> CreationTransition? {
    state.whereNothingMoved(
      order: order, orders: orders, isProvable: at >= intent.provableFrom(parameters),
      isDayOver: at >= intent.date + ProtocolParameters.longestProof,
      sight: "no group of the name is there"
    ).map { become($0.state, order: $0.order, $0.reason) }
  }

  private var prePaid: String { ChargeType.prePaid.rawValue }

  private func become(
    _ state: RenewalState, order: OrderID? = nil, group: GroupID? = nil, _ reason: String,
    alerts: [AlertKind] = []
  ) -> CreationTransition {
    CreationTransition(
      state: state, order: order ?? self.order, group: group ?? self.group, alerts: alerts,
      reason: reason)
  }
}
