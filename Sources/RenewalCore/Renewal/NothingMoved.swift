extension RenewalState {
  /// What a trusted read makes of an open attempt when it shows no effect: the
  /// same for a renewal whose expiry stands and for a new group that is not there.
  ///
  /// - Parameters:
  ///   - order: the one that the cloud named for the attempt.
  ///   - isProvable: the request's life and its visibility are over.
  ///   - isDayOver: so they are even by the bounds that hold without billing.
  ///   - sight: what the read showed, for the reason: `the expiry stands`.
  /// - Returns: `nil` where the state stays.
  func whereNothingMoved(
    order: OrderID?, orders: OrderEvidence, isProvable: Bool, isDayOver: Bool, sight: String
  ) -> (state: RenewalState, order: OrderID?, reason: String)? {
    switch (self, orders) {
    case (.accepted, .own(let id, .unpaid)), (.unknown, .own(let id, .unpaid)),
      (.stuck, .own(let id, .unpaid)):
      return (.unpaid, id, "order \(id) is not paid")
    case (.unpaid, .own(let id, .paid)), (.unpaid, .own(let id, .cancelled)):
      return (.unknown, id, "order \(id) is no longer unpaid")
    case (.accepted, .own(let id, .cancelled)), (.unknown, .own(let id, .cancelled)),
      (.stuck, .own(let id, .cancelled)):
      return isProvable ? (.notEffected, id, "order \(id) was cancelled and \(sight)") : nil
    case (.accepted, _), (.unknown, .own(_, .paid)):
      return isProvable ? (.stuck, order, "the order exists, its time is over, and \(sight)") : nil
    case (.unknown, .none), (.unknown, .unavailable):
      guard isProvable else { return nil }
      // An order that the cloud named may still be paid by somebody: only a
      // person can say that it never will be.
      if let order {
        return (.stuck, order, "order \(order) was named beside an error, and \(sight)")
      }
      return (.notEffected, nil, "\(sight) after the request's life and visibility")
    case (.unknown, .foreign(let id)):
      return isProvable ? (.stuck, order, "order \(id) may be of somebody else or ours") : nil
    case (.unknown, .unanswered):
      // Billing is silent. A day is as good a proof as where it is never read.
      guard isProvable, isDayOver else { return nil }
      return order == nil
        ? (.notEffected, nil, "\(sight) for a day, and billing does not answer")
        : (.stuck, order, "an order was named, and billing does not answer")
    case (.unknown, .mismatched), (.unpaid, _), (.stuck, _),
      (.submitted, _), (.settled, _), (.foreign, _), (.notEffected, _), (.refused, _),
      (.notSent, _):
      return nil
    }
  }
}

extension ProtocolParameters {
  /// L + W where billing is never read: as long as any proof takes.
  static var longestProof: Span { withoutBilling.requestLife + withoutBilling.visibilityBound }
}
