extension Cloud {
  /// Lets happen what has become due by itself since the last look, in the order of
  /// time: orders that were not paid in time, and calls that take effect late.
  /// Expiry, recycling and release need no event; they follow from the clock.
  mutating func settle(at now: CloudTime) {
    for index in orders.indices where orders[index].status == .unpaid {
      if now >= orders[index].created + settings.unpaidOrderLife {
        orders[index].status = .cancelled
      }
    }
    while let index = lateCalls.firstIndex(where: { $0.due <= now }) {
      var call = lateCalls.remove(at: index).call
      call.now = now
      // Nobody waits for this answer.
      _ = try? perform(call)
    }
    nonces = nonces.filter { abs(now - $0.value) <= 2 * Cloud.dateTolerance }
  }
}
