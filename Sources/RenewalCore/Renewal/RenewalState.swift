/// Where one attempt to renew stands. The words are those of the ledger.
///
/// Open states block every new intent for the group. The way out of an open
/// state is an observed expiry, a proof that nothing happened, or a person.
package enum RenewalState: String, Hashable, Sendable, Codable, CaseIterable {
  /// The intent is on disk and its bytes may have left: one state, because
  /// nothing that could be written between the two would still be true after
  /// a crash.
  /// Can become: `accepted`, `unpaid`, `refused`, `notSent`, `unknown`.
  case submitted
  /// The cloud named an order; the new expiry has not been seen yet.
  /// Can become: `settled`, `foreign`, `unpaid`, `stuck`, `notEffected`.
  case accepted
  /// Money may or may not have moved.
  /// Can become: `settled`, `foreign`, `unpaid`, `stuck`, `notEffected`.
  case unknown
  /// An order of ours waits to be paid.
  /// Can become: `settled`, `foreign`, `unknown`, `notEffected` (by a person).
  case unpaid
  /// An order of ours exists and the expiry did not move in time: for a person.
  /// Can become: `settled`, `foreign`, `notEffected`.
  case stuck

  // Terminal. A later renewal is a new intent.
  /// The expiry moved by a period of ours.
  case settled
  /// The expiry moved, and not by us.
  case foreign
  /// Proven: no effect, and none can come.
  case notEffected
  /// The gateway turned the request away.
  case refused
  /// No byte left.
  case notSent

  package var isOpen: Bool {
    switch self {
    case .submitted, .accepted, .unknown, .unpaid, .stuck: true
    case .settled, .foreign, .notEffected, .refused, .notSent: false
    }
  }

  /// Whether the attempt counts towards CAP: it may have paid.
  package var spendsAttempt: Bool {
    switch self {
    case .refused, .notSent: false
    case .submitted, .accepted, .unknown, .unpaid, .stuck, .settled, .foreign, .notEffected: true
    }
  }
}

/// What happened to one attempt.
package enum RenewalEvent: Hashable, Sendable {
  case replied(PaymentOutcome)
  /// A new process found the attempt open: its answer, if any, is lost.
  case restarted
  case observed(ExpiryEvidence)
  /// An operator looked at the console and says so.
  case confirmedPaid
  case confirmedNotPaid
}

/// One trusted read of a group, and what billing says beside it.
package struct ExpiryEvidence: Hashable, Sendable {
  package var expiry: Instant
  /// The `Date` of the answer that showed it.
  package var serverTime: Instant
  package var orders: OrderEvidence
  /// What the order of ours cost, where billing says so.
  package var charged: Money?

  package init(
    expiry: Instant, serverTime: Instant, orders: OrderEvidence, charged: Money? = nil
  ) {
    self.expiry = expiry
    self.serverTime = serverTime
    self.orders = orders
    self.charged = charged
  }
}

/// What the billing service knows of orders for the group since the intent.
package enum OrderEvidence: Hashable, Sendable {
  /// The key may not read billing; the longer quarantine stands in for it.
  case unavailable
  /// It may, and did not answer this time: no proof either way.
  case unanswered
  /// No renewal order for the group.
  case none
  case own(OrderID, PaymentStatus)
  /// An order for the group that this daemon did not place.
  case foreign(OrderID)
  /// The order that the cloud named to us is for something else.
  case mismatched(OrderID)
}

/// A state and an event that cannot meet: a defect of the caller.
package struct InvalidTransition: Error, Hashable, Sendable {
  package var state: RenewalState
  package var event: RenewalEvent

  package init(state: RenewalState, event: RenewalEvent) {
    self.state = state
    self.event = event
  }
}

/// One attempt: its intent, and where it stands.
package struct Renewal: Hashable, Sendable {
  package var id: Int64
  package var intent: RenewalIntent
  package var state: RenewalState
  package var order: OrderID?
  /// When the state was entered.
  package var since: Instant
  /// What the expiry became, once it was seen to move.
  package var newExpiry: Instant?
  /// What the order cost, where billing told it.
  package var charged: Money?

  package init(
    id: Int64, intent: RenewalIntent, state: RenewalState, order: OrderID? = nil, since: Instant,
    newExpiry: Instant? = nil, charged: Money? = nil
  ) {
    self.id = id
    self.intent = intent
    self.state = state
    self.order = order
    self.since = since
    self.newExpiry = newExpiry
    self.charged = charged
  }
}

/// What an event makes of an attempt. The caller records it, alerts in the
/// same transaction, before anything else happens.
package struct RenewalTransition: Hashable, Sendable {
  package var state: RenewalState
  package var order: OrderID?
  package var newExpiry: Instant?
  /// What the order cost; only in the quote's currency.
  package var charged: Money?
  /// Alerts of the event itself, which stay until somebody acknowledges them.
  package var alerts: [AlertKind]
  /// Why, for the ledger and for a person.
  package var reason: String

  package init(
    state: RenewalState, order: OrderID?, newExpiry: Instant? = nil, charged: Money? = nil,
    alerts: [AlertKind] = [], reason: String
  ) {
    self.state = state
    self.order = order
    self.newExpiry = newExpiry
    self.charged = charged
    self.alerts = alerts
    self.reason = reason
  }
}

extension Renewal {
  /// Applies one event. `nil` when it changes nothing.
  package func applying(
    _ event: RenewalEvent, parameters: ProtocolParameters
  ) throws(InvalidTransition) -> RenewalTransition? {
    switch (state, event) {
    case (.submitted, .replied(let outcome)):
      return replied(outcome)
    case (.submitted, .restarted):
      return become(.unknown, "the daemon was restarted before an answer was recorded")
    case (.accepted, .restarted), (.unknown, .restarted), (.unpaid, .restarted),
      (.stuck, .restarted):
      return nil
    case (.accepted, .observed(let evidence)), (.unknown, .observed(let evidence)),
      (.unpaid, .observed(let evidence)), (.stuck, .observed(let evidence)):
      return observed(evidence, parameters).map { charging($0, evidence.charged) }
    case (.accepted, .confirmedPaid), (.unknown, .confirmedPaid), (.unpaid, .confirmedPaid),
      (.stuck, .confirmedPaid):
      return become(.settled, "an operator confirmed that it was paid")
    case (.accepted, .confirmedNotPaid), (.unknown, .confirmedNotPaid),
      (.unpaid, .confirmedNotPaid), (.stuck, .confirmedNotPaid):
      return become(.notEffected, "an operator confirmed that it was not paid")
    case (.submitted, .observed), (.submitted, .confirmedPaid), (.submitted, .confirmedNotPaid),
      (.accepted, .replied), (.unknown, .replied), (.unpaid, .replied), (.stuck, .replied),
      (.settled, _), (.foreign, _), (.notEffected, _), (.refused, _), (.notSent, _):
      throw InvalidTransition(state: state, event: event)
    }
  }

  private func replied(_ outcome: PaymentOutcome) -> RenewalTransition {
    switch outcome {
    case .accepted(let order) where intent.autoPay:
      become(.accepted, order: order, "the cloud named order \(order)")
    case .accepted(let order):
      become(.unpaid, order: order, "order \(order) was placed without automatic payment")
    case .refused(let cause, let refusal):
      become(.refused, "refused (\(cause.rawValue)): \(refusal.code); next: \(refusal.remedy)")
    case .notSent(let reason):
      become(.notSent, "nothing was sent: \(reason)")
    case .unknown(let reason, let order):
      become(.unknown, order: order, reason)
    }
  }

  private func observed(
    _ evidence: ExpiryEvidence, _ parameters: ProtocolParameters
  ) -> RenewalTransition? {
    let moved = evidence.expiry - intent.key.expiry
    let isProvable = evidence.serverTime >= intent.provableFrom(parameters)
    if case .mismatched(let order) = evidence.orders, state != .stuck {
      return become(
        .stuck, "order \(order) is not for this group", alerts: [.orderMismatch])
    }
    if moved >= intent.period.minimumExtension {
      return extended(evidence, by: moved)
    }
    if moved > .zero {
      // Too little for what we bought: somebody else's. Ours may still follow
      // until its life and its visibility are over.
      guard isProvable else { return nil }
      return become(
        .foreign, newExpiry: evidence.expiry,
        "the expiry moved by \(moved), less than the \(intent.period.rawValue) of this attempt")
    }
    // Behind the key: a regression, which is an alert of the group. An older
    // expiry proves nothing about this attempt.
    guard moved == .zero else { return nil }
    return unmoved(evidence, isProvable: isProvable)
  }

  private func extended(_ evidence: ExpiryEvidence, by moved: Span) -> RenewalTransition {
    let alerts: [AlertKind] =
      moved > intent.period.maximumExtension ? [.doubleExtension] : []
    if case .foreign(let order) = evidence.orders, self.order == nil {
      return become(
        .foreign, newExpiry: evidence.expiry, "order \(order) of another renewer moved the expiry",
        alerts: alerts)
    }
    var found: OrderID?
    if case .own(let id, _) = evidence.orders { found = id }
    return become(
      .settled, order: found, newExpiry: evidence.expiry,
      "the expiry moved to \(evidence.expiry)", alerts: alerts)
  }

  /// Notes what a settled order cost. More than was quoted is a difference
  /// between the ledger and the bill.
  private func charging(_ transition: RenewalTransition, _ charged: Money?) -> RenewalTransition {
    guard transition.state == .settled, let charged, charged.minorUnits >= 0 else {
      return transition
    }
    var transition = transition
    if charged.currency == intent.quote.currency { transition.charged = charged }
    if charged.currency != intent.quote.currency || charged.minorUnits > intent.quote.minorUnits {
      transition.alerts.append(.amountMismatch)
      transition.reason += "; the order cost \(charged), quoted were \(intent.quote)"
    }
    return transition
  }

  /// The read shows the key itself.
  private func unmoved(_ evidence: ExpiryEvidence, isProvable: Bool) -> RenewalTransition? {
    state.whereNothingMoved(
      order: order, orders: evidence.orders, isProvable: isProvable,
      isDayOver: evidence.serverTime >= intent.date + ProtocolParameters.longestProof,
      sight: "the expiry stands"
    ).map { become($0.state, order: $0.order, $0.reason) }
  }

  private func become(
    _ state: RenewalState, order: OrderID? = nil, newExpiry: Instant? = nil, _ reason: String,
    alerts: [AlertKind] = []
  ) -> RenewalTransition {
    RenewalTransition(
      state: state, order: order ?? self.order, newExpiry: newExpiry, alerts: alerts,
      reason: reason)
  }
}
