/// What has to be known of a new group for its price.
package struct GroupOrder: Hashable, Sendable {
  package var region: String
  package var instanceType: String
  /// Nodes.
  package var amount: Int
  package var chargeType: ChargeType
  package var period: BillingPeriod

  package init(
    region: String, instanceType: String, amount: Int, chargeType: ChargeType,
    period: BillingPeriod
  ) {
    self.region = region
    self.instanceType = instanceType
    self.amount = amount
    self.chargeType = chargeType
    self.period = period
  }

  /// `nil` for a package, whose price is not asked for by its nodes.
  package init?(_ creation: GroupCreation) {
    guard !creation.instanceType.isEmpty else { return nil }
    self.init(
      region: creation.region, instanceType: creation.instanceType, amount: creation.amount,
      chargeType: creation.chargeType, period: creation.period)
  }
}

/// The final bytes of an order for a new group: like a payment's, they are
/// sent as they are, once, or never, for creation is not idempotent either
/// (API reference, section 5.2).
package struct SignedCreation: Hashable, Sendable {
  package var creation: GroupCreation
  package var nonce: String
  /// The date inside the signature, in the cloud's time.
  package var date: Instant
  /// Path and query.
  package var target: String
  package var headers: [SignedPayment.Header]
  package var body: [UInt8]
  /// Lower-case hex SHA-256 over the canonical request: names the bytes in the ledger.
  package var hash: String

  package init(
    creation: GroupCreation, nonce: String, date: Instant, target: String = "/",
    headers: [SignedPayment.Header] = [], body: [UInt8] = [], hash: String
  ) {
    self.creation = creation
    self.nonce = nonce
    self.date = date
    self.target = target
    self.headers = headers
    self.body = body
    self.hash = hash
  }
}

extension SignedCreation: CustomStringConvertible {
  /// Without the headers: they hold a signature and may hold a session token.
  package var description: String { "order of a group \(hash)" }
}
