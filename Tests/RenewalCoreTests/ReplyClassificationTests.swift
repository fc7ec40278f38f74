import RenewalCore
import Testing

@Suite struct `A reply to a paid call` {
  private func answered(
    _ status: Int, code: String = "", order: OrderID? = nil, isReadable: Bool = true
  ) -> PaymentReply {
    PaymentReply(
      delivery: .answered(status: status), isReadable: isReadable, code: code, orderID: order)
  }

  private func isUnknown(_ reply: PaymentReply) -> Bool {
    if case .unknown = reply.outcome { true } else { false }
  }

  @Test(arguments: ["", "200", "Success", "success"])
  func `is an order when it names one and no error`(code: String) {
    #expect(answered(200, code: code, order: "1").outcome == .accepted("1"))
  }

  @Test(arguments: [
    ("Throttling.User", RefusalCause.throttled), ("InvalidTimeStamp.Expired", .clock),
    ("InvalidAccessKeyId.NotFound", .credentials), ("SignatureDoesNotMatch", .credentials),
    ("Forbidden.RAM", .permission), ("NoPermission", .permission),
    ("MissingParameter", .parameter), ("InvalidParameter.Period", .parameter),
  ])
  func `is a refusal only by the fixed list`(code: String, cause: RefusalCause) {
    guard case .refused(cause, let refusal) = answered(400, code: code).outcome else {
      Issue.record("\(code) is no refusal")
      return
    }
    #expect(refusal.code == code)
  }

  @Test(arguments: [
    "SignatureNonceUsed", "InternalError", "ServiceUnavailable", "", "SomethingNew",
    "PAY.INSUFFICIENT_BALANCE", "throttling",
  ])
  func `with another code proves nothing`(code: String) {
    #expect(isUnknown(answered(400, code: code)))
  }

  @Test(arguments: [500, 502, 503, 504, 301, 302, 100, 600])
  func `with another status proves nothing, whatever its code`(status: Int) {
    #expect(isUnknown(answered(status, code: "Throttling.User")))
    #expect(isUnknown(answered(status, order: "1")))
  }

  @Test func `with an order beside an error code keeps the order and proves nothing`() {
    let reply = answered(200, code: "InvalidParameter.ProductType", order: "7")
    guard case .unknown(_, "7") = reply.outcome else {
      Issue.record("\(reply.outcome)")
      return
    }
  }

  @Test func `that refuses and names an order is no refusal`() {
    #expect(isUnknown(answered(400, code: "Throttling.User", order: "1")))
  }

  @Test func `of success without an order proves nothing`() {
    #expect(isUnknown(answered(200)))
    #expect(isUnknown(answered(204)))
  }

  @Test func `that cannot be read proves nothing`() {
    #expect(isUnknown(answered(200, order: "1", isReadable: false)))
    #expect(isUnknown(answered(400, code: "Throttling.User", isReadable: false)))
  }

  @Test func `that never came proves nothing, unless nothing was sent`() {
    #expect(isUnknown(PaymentReply(delivery: .interrupted("reset"))))
    #expect(PaymentReply(delivery: .notSent("refused")).outcome == .notSent("refused"))
  }
}
