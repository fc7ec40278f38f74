import RenewalCore

/// The luck of one seed: how often each fault happens in its world. Each seed
/// draws its own rates first, many of them zero, so that some worlds are calm,
/// some have one kind of trouble and some have all at once ("swarm testing",
/// Groce et al., ISSTA 2012).
package struct FaultPlan: Sendable {
  // Reads, per mille.
  var readUnreachable = 0
  var readServerError = 0
  var readThrottled = 0
  var readUnreadable = 0
  var readWithoutExpiry = 0
  /// Answered from a replica that has not caught up.
  var readStale = 0
  var wrongDate = 0

  // Payments, per mille; what is left goes well.
  var paymentNotSent = 0
  var paymentLost = 0
  var paymentReplyLost = 0
  var paymentErrorBefore = 0
  var paymentErrorAfter = 0
  var paymentDelayed = 0
  var paymentUnreadable = 0
  var paymentThrottled = 0
  var paymentDuplicated = 0
  var paymentUnpaidOrder = 0
  var paymentCodeAndOrder = 0

  // The machine, in events per ten years. Kills and power cuts come with one of
  // the next things that the daemon does, since in idle hours they teach nothing.
  var kills = 0
  var powerCuts = 0
  var diskFaults = 0
  var rollbacks = 0
  var liveRestores = 0
  var imageRestores = 0
  var clockSteps = 0
  var suspensions = 0

  // People, per mille of the expiries.
  var humanRenewals = 0
  /// Of the same: the last extension is given back.
  var refunds = 0
  /// Days from an order's acceptance to a visible expiry, at most W.
  var slowVisibility = 0

  static let calm = FaultPlan()

  static func drawn(_ luck: inout Seeded) -> FaultPlan {
    var plan = FaultPlan()
    func rate(_ most: Int) -> Int {
      luck.happens(500) ? 0 : Int(luck.number(1...Int64(most)))
    }
    plan.readUnreachable = rate(200)
    plan.readServerError = rate(100)
    plan.readThrottled = rate(100)
    plan.readUnreadable = rate(50)
    plan.readWithoutExpiry = rate(20)
    plan.readStale = rate(500)
    plan.wrongDate = rate(10)
    plan.paymentNotSent = rate(200)
    plan.paymentLost = rate(100)
    plan.paymentReplyLost = rate(200)
    plan.paymentErrorBefore = rate(100)
    plan.paymentErrorAfter = rate(200)
    plan.paymentDelayed = rate(200)
    plan.paymentUnreadable = rate(100)
    plan.paymentThrottled = rate(100)
    plan.paymentDuplicated = rate(300)
    plan.paymentUnpaidOrder = rate(50)
    plan.paymentCodeAndOrder = rate(50)
    plan.kills = rate(200)
    plan.powerCuts = rate(100)
    plan.diskFaults = rate(40)
    plan.rollbacks = rate(10)
    plan.liveRestores = rate(10)
    plan.imageRestores = rate(10)
    plan.clockSteps = rate(40)
    plan.suspensions = rate(100)
    plan.humanRenewals = rate(50)
    plan.slowVisibility = rate(500)
    plan.refunds = rate(20)
    return plan
  }
}

/// Counts by the name of a fault.
package struct FaultCounts: Codable, Sendable {
  package var counts: [String: Int] = [:]

  mutating func count(_ name: String) { counts[name, default: 0] += 1 }

  mutating func add(_ other: FaultCounts) { counts.merge(other.counts, uniquingKeysWith: +) }
}
