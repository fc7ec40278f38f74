/// The waits of the renewal protocol. All are measured in the cloud's time.
///
/// The defaults are bounds, not guesses of the usual case: too long costs
/// hours before a second attempt, too short may pay twice.
package struct ProtocolParameters: Hashable, Sendable {
  /// L: how long after its date a signed request may still take effect. The
  /// gateway refuses dates more than 15 minutes off by its newer error list
  /// and an hour by an older one; five minutes are for its own clocks.
  package var requestLife: Span
  /// W: from the gateway's acceptance to an expiry that every read shows,
  /// asynchronous fulfilment of the order included.
  package var visibilityBound: Span
  /// eps: how often a group is read again while something about it is open.
  package var pollInterval: Span
  /// CAP: automatic attempts for one (group, expiry). Refused and unsent
  /// attempts do not count; `refusalCap` bounds those.
  package var attemptCap: Int
  package var refusalCap: Int
  /// H: how long before expiry a person must have been called.
  package var humanTime: Span
  /// The bytes of an intent are sent within this time of their date, or never.
  package var sendWindow: Span
  /// The end of waiting for an answer to the paid call.
  package var paymentDeadline: Span
  /// How old the deciding read may be when the intent is recorded.
  package var readFreshness: Span
  /// How old a quote may be when the intent is recorded.
  package var quoteFreshness: Span
  /// How far the local clock may be from the cloud's before an alert, and
  /// before payments stop.
  package var clockAlert: Span
  package var clockRefusal: Span
  /// How far the cloud's clock and the machine's may drift between two answers
  /// before it counts as a break: a resumed snapshot, a frozen machine.
  package var discontinuity: Span

  /// With billing reads as a second witness.
  package static let withBilling = ProtocolParameters(visibilityBound: .minutes(60), attemptCap: 3)
  /// Without them: one attempt, and a day of quarantine behind it.
  package static let withoutBilling = ProtocolParameters(visibilityBound: .hours(24), attemptCap: 1)

  package init(
    requestLife: Span = .minutes(65), visibilityBound: Span, pollInterval: Span = .minutes(10),
    attemptCap: Int, refusalCap: Int = 20, humanTime: Span = .hours(48),
    sendWindow: Span = .seconds(60), paymentDeadline: Span = .seconds(60),
    readFreshness: Span = .seconds(30), quoteFreshness: Span = .minutes(10),
    clockAlert: Span = .seconds(120), clockRefusal: Span = .minutes(10),
    discontinuity: Span = .seconds(120)
  ) {
    self.requestLife = requestLife
    self.visibilityBound = visibilityBound
    self.pollInterval = pollInterval
    self.attemptCap = attemptCap
    self.refusalCap = refusalCap
    self.humanTime = humanTime
    self.sendWindow = sendWindow
    self.paymentDeadline = paymentDeadline
    self.readFreshness = readFreshness
    self.quoteFreshness = quoteFreshness
    self.clockAlert = clockAlert
    self.clockRefusal = clockRefusal
    self.discontinuity = discontinuity
  }

  /// Q = L + W + eps: after this much of the cloud's time nothing that was sent
  /// before can still take effect unseen.
  package var quarantine: Span { requestLife + visibilityBound + pollInterval }

  /// H for a period: a week leaves no two days for people.
  package func humanTime(for period: BillingPeriod) -> Span {
    period == .oneWeek ? humanTime / 2 : humanTime
  }

  /// The least lead time at which every attempt fits before a person has to be
  /// called: CAP * Q + H.
  package func leastLeadTime(for period: BillingPeriod) -> Span {
    quarantine * Int64(attemptCap) + humanTime(for: period)
  }

  /// A third of the term, at most a week.
  package static func defaultLeadTime(for period: BillingPeriod) -> Span {
    guard let months = period.months else { return .hours(56) }
    return min(.days(7), .days(Int64(months * 28)) / 3)
  }
}
