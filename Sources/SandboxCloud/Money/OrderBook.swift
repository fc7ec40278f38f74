extension Cloud {
  /// Enters an unpaid order.
  ///
  /// - Returns: its place in the order book.
  mutating func placeOrder(
    _ action: SandboxOrder.Action, group index: Int, term: Term, amount: Amount,
    origin: SandboxOrder.Origin, at now: CloudTime
  ) -> Int {
    orders.append(
      SandboxOrder(
        // Ids have 15 digits, as those of the published samples.
        id: String(200_000_000_000_001 + orders.count), group: groups[index].id, action: action,
        term: term, amount: amount, currency: currency, status: .unpaid, origin: origin,
        created: now, expiryBefore: groups[index].expiry))
    return orders.count - 1
  }

  /// Takes the money and delivers what was ordered.
  ///
  /// A sibling product documents that automatic payment with too little money
  /// leaves the order behind, so the order stays unpaid then (API reference,
  /// section 8.4).
  ///
  /// - Throws: when balance and credit together do not cover the amount.
  mutating func pay(_ index: Int, at now: CloudTime) throws(Refusal) {
    let amount = orders[index].amount
    guard balance + credit >= amount else {
      throw Refusal(
        400, "PAY.INSUFFICIENT_BALANCE",
        "Your account balance is insufficient for order \(orders[index].id).")
    }
    // A negative balance is credit in use.
    balance -= amount
    orders[index].status = .paid
    orders[index].paid = now
    guard let group = groupIndex(orders[index].group) else { return }
    switch orders[index].action {
    case .create:
      groups[group].isDelivered = true
      groups[group].created = now
      if groups[group].chargeType == .prePaid {
        groups[group].setExpiry(orders[index].term.end(from: now), at: now)
      }
    case .renew:
      guard let expiry = groups[group].expiry else { return }
      groups[group].setExpiry(orders[index].term.end(from: expiry), at: now)
    case .expand:
      groups[group].nodeAmount += orders[index].addedNodes
    }
    orders[index].expiryAfter = groups[group].expiry
  }
}
