/// What one renewal is about: a group at the expiry that was observed.
///
/// An effect moves the expiry, so paying twice for one key is the fault that
/// everything here is built against.
package struct RenewalKey: Hashable, Sendable, Codable, CustomStringConvertible {
  package var subject: GroupKey
  package var expiry: Instant

  package init(subject: GroupKey, expiry: Instant) {
    self.subject = subject
    self.expiry = expiry
  }

  package var description: String { "\(subject) at \(expiry)" }
}

/// A decision to spend, on disk before any byte of it leaves.
package struct RenewalIntent: Hashable, Sendable, Codable {
  package var key: RenewalKey
  /// Counts from 1 over all attempts for the key, refused ones included.
  package var attempt: Int
  package var period: BillingPeriod
  package var autoPay: Bool
  package var promotionID: String?
  /// What the cloud asked for this renewal a moment before.
  package var quote: Money
  /// The date inside the signature, in the cloud's time: what the request's
  /// life is counted from.
  package var date: Instant
  package var nonce: String
  /// Names the signed bytes; see `SignedPayment.hash`.
  package var requestHash: String
  /// The rule that said so, by its name.
  package var rule: String
  package var bootID: String

  package init(
    key: RenewalKey, attempt: Int, period: BillingPeriod, autoPay: Bool = true,
    promotionID: String? = nil, quote: Money, date: Instant, nonce: String, requestHash: String,
    rule: String, bootID: String
  ) {
    self.key = key
    self.attempt = attempt
    self.period = period
    self.autoPay = autoPay
    self.promotionID = promotionID
    self.quote = quote
    self.date = date
    self.nonce = nonce
    self.requestHash = requestHash
    self.rule = rule
    self.bootID = bootID
  }

  /// From this instant of the cloud's time a read that still shows the old
  /// expiry proves that the request had no effect: d + L + W.
  package func provableFrom(_ parameters: ProtocolParameters) -> Instant {
    date + parameters.requestLife + parameters.visibilityBound
  }
}
