import RenewalCore
import RenewalDaemon

/// What the simulated network and gateway do to requests and replies.
extension World {
  func carry(_ id: ReadID, _ read: CloudRead) {
    let delay = networkLuck.number(20...3000)
    let reply = replyTo(read, at: time + delay)
    let late = if case .failure(.unreachable) = reply.result { 30_000 as Int64 } else { delay }
    agenda.plan(.readReply(process: process, id, reply), at: time + late)
  }

  private func replyTo(_ read: CloudRead, at time: Int64) -> ReadReply {
    if networkLuck.happens(plan.readUnreachable) {
      outcome.faults.count("read unreachable")
      return ReadReply(.failure(.unreachable("no route")), serverTime: nil)
    }
    var server = Instant(time / 1000)
    if networkLuck.happens(plan.wrongDate) {
      outcome.faults.count("wrong date")
      server =
        server + .seconds(networkLuck.pick([-86_400_000, -7200, -300, 300, 7200, 86_400_000]))
    }
    if networkLuck.happens(plan.readServerError) {
      outcome.faults.count("read failed with 503")
      return ReadReply(
        .failure(.refused(CloudRefusal(code: "ServiceUnavailable", httpStatus: 503))),
        serverTime: server)
    }
    if networkLuck.happens(plan.readThrottled) {
      outcome.faults.count("read throttled")
      return ReadReply(
        .failure(
          .refused(
            CloudRefusal(code: "Throttling.User", httpStatus: 400, retryAfter: .seconds(5)))),
        serverTime: server)
    }
    if networkLuck.happens(plan.readUnreadable) {
      outcome.faults.count("read unreadable")
      return ReadReply(.failure(.unreadable("not JSON")), serverTime: server)
    }
    var replica = 0
    if networkLuck.happens(plan.readStale) {
      outcome.faults.count("read from the slower replica")
      replica = 1
    }
    guard var answer = cloud.answer(read, at: time, replica: replica) else {
      return ReadReply(
        .failure(.refused(CloudRefusal(code: "NotFound", httpStatus: 404))), serverTime: server)
    }
    if case .group(var group) = answer, networkLuck.happens(plan.readWithoutExpiry) {
      outcome.faults.count("read without an expiry")
      group.expiry = nil
      group.expiryText = "soon"
      answer = .group(group)
    }
    return ReadReply(.success(answer), serverTime: server, requestID: "")
  }

  /// How long each replica takes to show an effect. Both are below W.
  func lags() -> [Int64] {
    let bound = parameters.visibilityBound.seconds * 1000 - 5000
    let slow = networkLuck.happens(plan.slowVisibility)
    let one = slow ? longTailed(0...bound) : networkLuck.number(0...5000)
    return [one, plan.readStale > 0 ? longTailed(one...bound) : one]
  }

  /// Anywhere in the range, and mostly near its beginning: half of the draws lie
  /// in the first sixteenth, and one of forty in the last tenth.
  private func longTailed(_ range: ClosedRange<Int64>) -> Int64 {
    let part = Double(networkLuck.number(0...1_000_000)) / 1_000_000
    return range.lowerBound
      + Int64(Double(range.upperBound - range.lowerBound) * part * part * part * part)
  }

  func carry(_ payment: SignedPayment, renewal: Int64, deadline: Span) {
    guard
      let intent = try? engine?.store.read({ try $0.openRenewals() })
        .first(where: { $0.id == renewal })?.intent
    else { return }
    let key = intent.key
    if let index = cloud.index(of: key.subject.group) {
      // A price is good for minutes; this one may be a little older.
      outcome.breaches += audit.judge(
        intent, under: rule(of: key),
        prices: cloud.groups[index].prices(since: time - 1_200_000),
        at: Instant(time / 1000))
    }
    func reply(_ reply: PaymentReply, after delay: Int64) {
      agenda.plan(
        .paymentReply(process: process, renewal: renewal, reply), at: time + delay)
    }
    let timeout = deadline.seconds * 1000
    if networkLuck.happens(plan.paymentNotSent) {
      outcome.faults.count("payment not sent")
      return reply(PaymentReply(delivery: .notSent("connection refused")), after: 1000)
    }
    if networkLuck.happens(plan.paymentLost) {
      outcome.faults.count("payment lost before the cloud")
      return reply(PaymentReply(delivery: .interrupted("deadline")), after: timeout)
    }
    if networkLuck.happens(plan.paymentThrottled) {
      outcome.faults.count("payment throttled")
      return reply(
        answered(400, code: "Throttling.User"), after: networkLuck.number(20...2000))
    }
    if networkLuck.happens(plan.paymentErrorBefore) {
      outcome.faults.count("payment 5xx without effect")
      return reply(answered(503, code: "ServiceUnavailable"), after: 1000)
    }
    let arrival: SimulatedCloud.Arrival =
      networkLuck.happens(plan.paymentUnpaidOrder) ? .unpaid : .effect
    if arrival == .unpaid { outcome.faults.count("order left unpaid") }
    if networkLuck.happens(plan.paymentDelayed) {
      // Anywhere within the request's life, long after the deadline.
      outcome.faults.count("payment delayed")
      let life = parameters.requestLife.seconds * 1000
      agenda.plan(
        .paymentArrives(payment, key, arrival), at: time + networkLuck.number(timeout...life))
      return reply(PaymentReply(delivery: .interrupted("deadline")), after: timeout)
    }
    let verdict = receive(payment, key, arrival)
    if networkLuck.happens(plan.paymentDuplicated) {
      outcome.faults.count("payment duplicated on the way")
      agenda.plan(
        .paymentArrives(payment, key, arrival), at: time + networkLuck.number(1...600_000))
    }
    let delay = networkLuck.number(50...5000)
    guard case .ordered(let order) = verdict else {
      return reply(answered(400, code: "SignatureNonceUsed"), after: delay)
    }
    if networkLuck.happens(plan.paymentReplyLost) {
      outcome.faults.count("reply lost after the effect")
      reply(PaymentReply(delivery: .interrupted("connection reset")), after: delay)
    } else if networkLuck.happens(plan.paymentErrorAfter) {
      outcome.faults.count("5xx after the effect")
      reply(answered(500, code: "InternalError"), after: delay)
    } else if networkLuck.happens(plan.paymentUnreadable) {
      outcome.faults.count("reply unreadable")
      var unreadable = answered(200)
      unreadable.isReadable = false
      reply(unreadable, after: delay)
    } else if networkLuck.happens(plan.paymentCodeAndOrder) {
      outcome.faults.count("200 with code and order")
      reply(answered(200, code: "InvalidParameter.ProductType", order: order), after: delay)
    } else {
      reply(answered(200, order: order), after: delay)
    }
  }

  private func answered(_ status: Int, code: String = "", order: OrderID? = nil) -> PaymentReply {
    PaymentReply(
      delivery: .answered(status: status), isReadable: true, code: code, orderID: order,
      serverTime: Instant(time / 1000))
  }

  func arrive(_ payment: SignedPayment, _ key: RenewalKey, _ arrival: SimulatedCloud.Arrival) {
    _ = receive(payment, key, arrival)
  }

  private func receive(
    _ payment: SignedPayment, _ key: RenewalKey, _ arrival: SimulatedCloud.Arrival
  ) -> SimulatedCloud.Verdict {
    let verdict = cloud.receive(
      payment, key: key, as: arrival, at: time, life: parameters.requestLife, lag: lags())
    if case .ordered = verdict {
      outcome.mix(payment.nonce)
      let order = cloud.orders.count - 1
      if arrival == .effect {
        planExpiry(of: cloud.orders[order].group)
        checkEffects(of: cloud.orders[order])
      } else {
        // Somebody in the console pays or cancels it within days.
        agenda.plan(
          .orderDecided(order: order, isPaid: peopleLuck.happens(500)),
          at: time + peopleLuck.number(1...48) * 3_600_000)
      }
    }
    return verdict
  }
}
