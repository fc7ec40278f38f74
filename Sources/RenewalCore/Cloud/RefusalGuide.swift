/// What a code of the cloud's means for the operation that was refused: whether
/// it may be repeated, whose fault it is, what to do, and who says so.
///
/// For people. Whether a *payment* was refused for certain is the
/// renewal protocol's own, much shorter list.
package struct RefusalGuide: Hashable, Sendable {
  package enum Repetition: String, Hashable, Sendable {
    /// Not executed: again after a wait, and after the remedy.
    case afterWait
    /// It may have been executed: look first.
    case afterObserving
    /// Not executed, and no repetition will change that.
    case never
  }

  package enum Fault: String, Hashable, Sendable {
    /// The account, its money, its keys or this machine: the operator's.
    case `operator`
    case cloud
    /// This program sent what it should not have.
    case program
  }

  /// A code, or with a star at its end all that begin so.
  package var pattern: String
  package var repetition: Repetition
  package var fault: Fault
  /// One sentence for the operator.
  package var remedy: String
  package var source: String

  fileprivate init(
    _ pattern: String, _ repetition: Repetition, _ fault: Fault, _ remedy: String, _ source: String
  ) {
    self.pattern = pattern
    self.repetition = repetition
    self.fault = fault
    self.remedy = remedy
    self.source = source
  }

  fileprivate func covers(_ code: String) -> Bool {
    pattern.last == "*" ? code.hasPrefix(pattern.dropLast()) : code == pattern
  }
}

extension CloudRefusal {
  /// What the operator does next, in one sentence.
  package var remedy: String { RefusalGuide.entry(for: self).remedy }
}

extension RefusalGuide {
  /// The entry with the longest pattern that covers the code; for an unknown
  /// code what its status allows (API reference, section 8.3, last note).
  package static func entry(for refusal: CloudRefusal) -> RefusalGuide {
    let known = entries.filter { $0.covers(refusal.code) }
      .max { $0.pattern.utf8.count < $1.pattern.utf8.count }
    if let known { return known }
    return (400..<500).contains(refusal.httpStatus) && !refusal.code.isEmpty
      ? unknownRefusal : unknownAnswer
  }

  private static let unknownRefusal = RefusalGuide(
    "", .never, .program,
    "read the message; if it tells of something temporary, start it again by hand", fallback)
  private static let unknownAnswer = RefusalGuide(
    "", .afterObserving, .cloud, "nothing, unless it stays so for hours", fallback)

  private static let fallback = "API reference, section 8.3, fallback [assumed]"
  private static let gateway = "API reference, section 8.3, gateway codes [docs]"
  private static let payment = "API reference, section 8.3, payment codes [docs]"
  private static let order = "API reference, section 8.3, order codes [docs]"

  package static let entries: [RefusalGuide] =
    throttling + clockAndSignature + keys + accounts
    + requests + outages + money + orders

  private static let throttling = [
    RefusalGuide(
      "Throttling*", .afterWait, .cloud, "nothing; reads slow down by themselves", gateway),
    RefusalGuide(
      "Rejected.Throttling", .afterWait, .cloud, "nothing; reads slow down by themselves", gateway),
  ]

  private static let clockAndSignature: [RefusalGuide] =
    ["InvalidTimeStamp.*", "IllegalTimestamp"].map {
      RefusalGuide($0, .afterWait, .operator, "set this machine's clock", gateway)
    }
    + [
      RefusalGuide(
        "SignatureNonceUsed", .afterObserving, .cloud,
        "look for whatever sends requests twice, such as a proxy; the first copy was accepted",
        gateway)
    ]
    + ["SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignatureMethod"].map {
      RefusalGuide($0, .never, .operator, "check the access key secret", gateway)
    }

  private static let keys: [RefusalGuide] = [
    RefusalGuide(
      "InvalidAccessKeyId*", .never, .operator, "enable the access key, or configure another",
      gateway),
    RefusalGuide(
      "InvalidSecurityToken.*", .afterWait, .operator,
      "nothing if the session is renewed by itself; else give a new one", gateway),
  ]

  private static let accounts: [RefusalGuide] =
    ["Forbidden*", "NoPermission*", "ActionUnauthorized"].map {
      RefusalGuide(
        $0, .never, .operator, "grant the key the actions of config/ram-policy-*.json", gateway)
    }
    + ["Forbidden.RiskControl", "Forbidden.UserVerification", "RealNameAuthenticationError"].map {
      RefusalGuide($0, .never, .operator, "settle the account's state in the console", gateway)
    }
    + [
      RefusalGuide(
        "NotApplicable", .never, .operator,
        "configure billing_endpoint for the site at which the account was opened", gateway)
    ]

  private static let requests: [RefusalGuide] =
    ["Missing*", "InvalidParameter*", "Invalid*", "UnsupportedParameter"].map {
      RefusalGuide($0, .never, .program, "report the message and the request id", gateway)
    }
    + [
      "InvalidApi.NotFound", "InvalidAction*", "InvalidVersion", "InvalidProduct.NotFound",
      "UnsupportedHTTPMethod", "InvalidProtocol.NeedSsl",
    ].map { RefusalGuide($0, .never, .operator, "check the configured endpoint", gateway) }
    + [
      RefusalGuide(
        "InvalidAmount.UnIncrease", .never, .operator, "ask for more nodes than there are",
        "API reference, section 5.7 [SDK]")
    ]

  private static let outages: [RefusalGuide] =
    ["ServiceUnavailable", "InternalError", "UnknownError"].map {
      RefusalGuide($0, .afterObserving, .cloud, "nothing, unless it stays so for hours", gateway)
    }

  private static let money: [RefusalGuide] =
    [
      "PAY.INSUFFICIENT_BALANCE", "InsufficientBalance", "AccountBalance*",
      "ACCOUNT_BALANCE_EXCEEDED", "AccountMoneyValidateError",
    ].map {
      RefusalGuide(
        $0, .afterObserving, .operator, "add money, and cancel or pay an unpaid order that is left",
        payment)
    }
    + [
      RefusalGuide(
        "PAY.*", .afterObserving, .operator,
        "settle the means of payment, and cancel or pay an unpaid order that is left", payment)
    ]

  private static let orders: [RefusalGuide] =
    [
      RefusalGuide(
        "INSTANCE_HAS_INACTIVE_CHANGE", .afterWait, .cloud,
        "nothing; a change of the group takes effect the next day", order),
      RefusalGuide(
        "SYSTEM.CONCURRENT_OPERATE", .afterObserving, .cloud,
        "nothing; another order for the group is being worked on", order),
      RefusalGuide(
        "ORDER.OPEND", .afterObserving, .cloud, "check that the order is the one wanted", order),
      RefusalGuide(
        "StockError.NoStock", .afterWait, .cloud, "choose another region or instance type",
        "API reference, section 5.2 [docs]"),
      RefusalGuide(
        "StockError.InvalidResourceRequest", .afterObserving, .cloud,
        "look for the new group before ordering it again", "API reference, section 5.2 [docs]"),
    ]
    + ["COMMODITY.INVALID_COMPONENT", "CreateOrderFailed", "CommodityCodeNotExists"].map {
      RefusalGuide(
        $0, .never, .operator, "check that this group and period can be ordered in the console",
        order)
    }
}
