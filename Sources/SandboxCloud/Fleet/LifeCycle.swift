extension Cloud {
  /// What happens by itself. Expiry, recycling and release are not among it: they
  /// follow from the clock alone.
  private enum Event {
    case orderLapses(Int)
    case autoRenewal(Int)
    case lateCall(Int)
  }

  /// Lets happen, in the order of time, what has become due since the last look.
  mutating func settle(at now: CloudTime) {
    while let (at, event) = nextEvent(), at <= now {
      switch event {
      case .orderLapses(let index):
        orders[index].status = .cancelled
      case .autoRenewal(let index):
        renewAutomatically(index, at: at)
      case .lateCall(let index):
        var call = lateCalls.remove(at: index).call
        call.now = at
        // Nobody waits for this answer.
        _ = try? perform(call)
      }
    }
    if nonces.count > nonceLimit {
      // A nonce matters only as long as its request's date would still pass.
      nonces = nonces.filter { abs(now - $0.value) <= 2 * settings.dateTolerance }
      nonceLimit = max(1024, 2 * nonces.count)
    }
  }

  private func nextEvent() -> (at: CloudTime, event: Event)? {
    var first: (at: CloudTime, event: Event)?
    func consider(_ at: CloudTime, _ event: Event) {
      if first.map({ at < $0.at }) ?? true { first = (at, event) }
    }
    for index in orders.indices where orders[index].status == .unpaid {
      consider(orders[index].created + settings.unpaidOrderLife, .orderLapses(index))
    }
    for index in groups.indices {
      if let at = nextAutoRenewal(of: groups[index]) { consider(at, .autoRenewal(index)) }
    }
    for index in lateCalls.indices { consider(lateCalls[index].due, .lateCall(index)) }
    return first
  }

  /// When billing next tries to renew a group by itself: from nine days before the
  /// expiry, daily at 08:00 in Beijing, until it succeeds or the group is locked; a
  /// purchase inside the nine days counts from the day after (API reference,
  /// section 11.1, of ECS; App Streaming's own timing is not published).
  func nextAutoRenewal(of group: SandboxGroup) -> CloudTime? {
    guard group.renewStatus == .auto, group.exists, let last = group.expiries.last else {
      return nil
    }
    let nineDaysBefore = CloudTime(
      beijingMidnightOf: CivilDay(daysSinceEpoch: last.expiry.beijingDay.daysSinceEpoch - 9))
    let earliest = max(
      nineDaysBefore, last.at + CloudTime.day, group.autoRenewalSince,
      group.lastAutoRenewal + 1)
    // 08:00 in Beijing is midnight UTC.
    let day = (earliest.seconds + CloudTime.day - 1) / CloudTime.day
    let attempt = CloudTime(day * CloudTime.day)
    return attempt < last.expiry + settings.recyclingAfter ? attempt : nil
  }

  private mutating func renewAutomatically(_ index: Int, at now: CloudTime) {
    groups[index].lastAutoRenewal = now
    let term = groups[index].renewTerm
    let amount = quote(groups[index], term).trade
    // An attempt that cannot be paid leaves no order; it is made again tomorrow.
    guard balance + credit >= amount else { return }
    let order = placeOrder(
      .renew, group: index, term: term, amount: amount, origin: .autoRenewal, at: now)
    try? pay(order, at: now)
  }
}
