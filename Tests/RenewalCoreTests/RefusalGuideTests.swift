import RenewalCore
import Testing

@Suite struct `Guide to refusals` {
  func entry(_ code: String, _ status: Int = 400) -> RefusalGuide {
    RefusalGuide.entry(for: CloudRefusal(code: code, httpStatus: status))
  }

  @Test(arguments: [
    ("Throttling", RefusalGuide.Repetition.afterWait), ("Throttling.User", .afterWait),
    ("Throttling.Api", .afterWait), ("Rejected.Throttling", .afterWait),
    ("InvalidTimeStamp.Expired", .afterWait), ("IllegalTimestamp", .afterWait),
    ("SignatureNonceUsed", .afterObserving), ("SignatureDoesNotMatch", .never),
    ("IncompleteSignature", .never), ("InvalidSignatureMethod", .never),
    ("InvalidAccessKeyId.NotFound", .never), ("InvalidAccessKeyId.Inactive", .never),
    ("InvalidSecurityToken.Expired", .afterWait), ("Forbidden", .never), ("Forbidden.RAM", .never),
    ("NoPermission", .never), ("ActionUnauthorized", .never), ("Forbidden.RiskControl", .never),
    ("RealNameAuthenticationError", .never), ("MissingPeriod", .never),
    ("MissingParameter", .never), ("InvalidParameter.ProductType", .never),
    ("InvalidPeriod", .never),
    ("UnsupportedParameter", .never), ("InvalidApi.NotFound", .never), ("InvalidAction", .never),
    ("InvalidVersion", .never), ("InvalidProduct.NotFound", .never),
    ("InvalidProtocol.NeedSsl", .never), ("ServiceUnavailable", .afterObserving),
    ("InternalError", .afterObserving), ("UnknownError", .afterObserving),
    ("PAY.INSUFFICIENT_BALANCE", .afterObserving), ("InsufficientBalance", .afterObserving),
    ("PAY.USER_DECLINED", .afterObserving), ("PAY.COUPON_EXPIRED", .afterObserving),
    ("INSTANCE_HAS_INACTIVE_CHANGE", .afterWait), ("SYSTEM.CONCURRENT_OPERATE", .afterObserving),
    ("ORDER.OPEND", .afterObserving), ("COMMODITY.INVALID_COMPONENT", .never),
    ("CreateOrderFailed", .never), ("NotApplicable", .never), ("StockError.NoStock", .afterWait),
    ("StockError.InvalidResourceRequest", .afterObserving), ("InvalidAmount.UnIncrease", .never),
  ])
  func `every documented code has its entry`(code: String, repetition: RefusalGuide.Repetition) {
    #expect(!entry(code).pattern.isEmpty)
    #expect(entry(code).repetition == repetition)
  }

  @Test func `the longest pattern wins, and a wrong host is not the program's fault`() {
    #expect(entry("InvalidParameter.X").fault == .program)
    #expect(entry("InvalidAccessKeyId.NotFound").fault == .operator)
    #expect(entry("InvalidApi.NotFound").fault == .operator)
    #expect(entry("Forbidden.RiskControl").remedy != entry("Forbidden.RAM").remedy)
  }

  @Test func `an unknown code is judged by its status`() {
    #expect(entry("Novel.Code", 403).repetition == .never)
    #expect(entry("Novel.Code", 500).repetition == .afterObserving)
    #expect(entry("Novel.Code", 200).repetition == .afterObserving)
    #expect(entry("", 404).repetition == .afterObserving)
  }

  @Test func `every entry says what to do and who says so`() {
    for entry in RefusalGuide.entries {
      #expect(!entry.remedy.isEmpty && entry.source.hasPrefix("API reference, section"))
    }
    #expect(Set(RefusalGuide.entries.map(\.pattern)).count == RefusalGuide.entries.count)
  }
}
