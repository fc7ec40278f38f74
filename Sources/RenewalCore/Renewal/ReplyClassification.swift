/// What the answer to a paid call proves. There are few proofs.
package enum PaymentOutcome: Hashable, Sendable {
  /// An order exists. Not yet a renewal: only an observed expiry is.
  case accepted(OrderID)
  /// The gateway turned the request away before anything could be ordered.
  case refused(RefusalCause, CloudRefusal)
  /// No byte of the request left this machine.
  case notSent(String)
  /// Money may or may not have moved. Never answered by sending again.
  case unknown(String, OrderID?)
}

/// What has to change before the same request could succeed.
package enum RefusalCause: String, Hashable, Sendable, CaseIterable {
  /// Time: too many calls.
  case throttled
  /// The clock by which the request was dated.
  case clock
  /// The key: unknown, disabled, or its secret is wrong.
  case credentials
  /// What the key may do.
  case permission
  /// The request itself.
  case parameter

  /// The gateway's rejections that come before any business logic, by the
  /// beginning of their code. The list is closed: a code joins it only after it
  /// was seen live without an effect, for a code that is trusted wrongly pays
  /// twice (API reference, section 8.3).
  package static let definite: [(prefix: String, cause: RefusalCause)] = [
    ("Throttling", .throttled),
    ("InvalidTimeStamp.Expired", .clock),
    ("InvalidAccessKeyId", .credentials),
    ("SignatureDoesNotMatch", .credentials),
    ("Forbidden", .permission),
    ("NoPermission", .permission),
    ("MissingParameter", .parameter),
    ("InvalidParameter", .parameter),
  ]

  /// `nil` for a code that is not on the list.
  package init?(code: String) {
    guard let cause = Self.definite.first(where: { code.hasPrefix($0.prefix) })?.cause else {
      return nil
    }
    self = cause
  }
}

extension PaymentReply {
  /// Judges the reply. Everything that is not proven is unknown: 5xx (the
  /// effect may precede the error), redirects, unreadable bodies, a nonce
  /// "already used" (then an identical copy arrived before), success without
  /// an order, an order beside an error code.
  package var outcome: PaymentOutcome {
    let status: Int
    switch delivery {
    case .notSent(let reason): return .notSent(reason)
    case .interrupted(let reason): return .unknown(reason, nil)
    case .answered(let answered): status = answered
    }
    guard isReadable else { return .unknown("an unreadable answer with HTTP \(status)", orderID) }

    switch (status, orderID) {
    case (200...299, .some(let order)) where meansSuccess:
      return .accepted(order)
    case (400...499, nil) where newGroup == nil:
      if let cause = RefusalCause(code: code) {
        return .refused(
          cause,
          CloudRefusal(
            code: code, message: message, httpStatus: status, requestID: requestID,
            retryAfter: retryAfter))
      }
      return .unknown("HTTP \(status) with code '\(code)', which proves nothing", nil)
    default:
      return .unknown("HTTP \(status) with code '\(code)'", orderID)
    }
  }

  /// An absent code, `Success` or `200` (API reference, section 1, point 5).
  private var meansSuccess: Bool {
    code.isEmpty || code == "200" || code.lowercased() == "success"
  }
}
