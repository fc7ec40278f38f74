/// What is bought by one `RenewAppInstanceGroup`.
///
/// `RenewMode`, `RenewAmount` and `RenewNodes` exist in newer clients without
/// any documentation and are never sent (API reference, section 5.1).
package struct RenewalRequest: Hashable, Sendable {
  package var group: GroupID
  package var period: BillingPeriod
  /// False leaves an unpaid order behind and extends nothing.
  package var autoPay: Bool
  package var promotionID: String?

  package init(
    group: GroupID, period: BillingPeriod, autoPay: Bool = true, promotionID: String? = nil
  ) {
    self.group = group
    self.period = period
    self.autoPay = autoPay
    self.promotionID = promotionID
  }
}

/// The final bytes of a paid request, built and signed before the intent is
/// recorded. They are sent as they are, once, or never: the cloud refuses a
/// date too old and a nonce seen before, so that one such value has a bounded
/// life and at most one effect.
package struct SignedPayment: Hashable, Sendable {
  package var request: RenewalRequest
  package var nonce: String
  /// The date inside the signature, in the cloud's time.
  package var date: Instant
  /// Path and query.
  package var target: String
  package var headers: [Header]
  /// Lower-case hex SHA-256 over the canonical request: names the bytes in the ledger.
  package var hash: String

  package struct Header: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(
    request: RenewalRequest, nonce: String, date: Instant, target: String = "/",
    headers: [Header] = [], hash: String
  ) {
    self.request = request
    self.nonce = nonce
    self.date = date
    self.target = target
    self.headers = headers
    self.hash = hash
  }
}

extension SignedPayment: CustomStringConvertible {
  /// Without the headers: they hold a signature and may hold a session token.
  package var description: String { "payment \(hash)" }
}

/// What came back from sending a payment, before anybody judges what it means.
package struct PaymentReply: Hashable, Sendable {
  package enum Delivery: Hashable, Sendable {
    /// The transport proves that no byte of the request was written.
    case notSent(String)
    /// Bytes may have left, and no complete answer came back.
    case interrupted(String)
    /// A complete HTTP answer.
    case answered(status: Int)
  }

  package var delivery: Delivery
  /// Whether the body was a JSON object within the limits of size and depth.
  package var isReadable: Bool
  /// Empty where the answer has none.
  package var code: String
  package var message: String
  package var orderID: OrderID?
  /// The group that an order for a new one names.
  package var newGroup: GroupID?
  package var requestID: String
  package var serverTime: Instant?
  package var retryAfter: Span?

  package init(
    delivery: Delivery, isReadable: Bool = false, code: String = "", message: String = "",
    orderID: OrderID? = nil, newGroup: GroupID? = nil, requestID: String = "",
    serverTime: Instant? = nil, retryAfter: Span? = nil
  ) {
    self.delivery = delivery
    self.isReadable = isReadable
    self.code = code
    self.message = message
    self.orderID = orderID
    self.newGroup = newGroup
    self.requestID = requestID
    self.serverTime = serverTime
    self.retryAfter = retryAfter
  }
}
