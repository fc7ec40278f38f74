import CloudSigning
import RenewalCore

/// What stands around the content of every answer (API reference, section 8.1).
struct CloudReply: Sendable {
  let status: Int
  /// `nil` where the body is no JSON object within the limits.
  let content: JSONValue?
  /// Empty where the answer has none.
  let code: String
  let message: String
  let requestID: String
  let serverTime: Instant?
  let retryAfter: Span?

  init(_ response: HTTPResponse) {
    status = response.status
    let root = JSONText(response.body)?.root
    content = root.flatMap { $0.isObject ? $0 : nil }
    code = content?.field("Code")?.string ?? ""
    message = content?.field("Message")?.string ?? ""
    requestID =
      content?.field("RequestId")?.string ?? response.header("x-acs-request-id") ?? ""
    serverTime = response.header("date").flatMap { Instant(httpDate: $0) }
    retryAfter = response.header("x-acs-retry-after").flatMap { retryAfterSpan($0) }
  }

  /// The content of a read that went well.
  ///
  /// Billing says no with status 200 and `Success: false`, App Streaming with a
  /// `Code` inside a 200 (sections 5.1 and 7); both are refusals.
  func readContent() throws(CloudFault) -> JSONValue {
    guard (200..<300).contains(status) else { throw errorFault }
    guard let content else {
      throw .unreadable("status \(status) with a body that is no JSON object")
    }
    guard isSuccessWord(code), content.field("Success")?.boolean != false else {
      throw .refused(refusal)
    }
    return content
  }

  private var errorFault: CloudFault {
    switch status {
    // A load balancer in front of the service answers in HTML or not at all
    // when the service is down or flooded: the cloud's own trouble, not a
    // change of what it speaks.
    case 429, 500...: .refused(refusal)
    case 400..<500 where content != nil: .refused(refusal)
    case 400..<500: .unreadable("status \(status) with a body that is no JSON object")
    default: .unreadable("status \(status) is no answer that the reference knows")
    }
  }

  private var refusal: CloudRefusal {
    CloudRefusal(
      code: code, message: message, httpStatus: status, requestID: requestID,
      retryAfter: retryAfter)
  }
}

extension PaymentReply {
  /// Only what was said, not what it means.
  init(_ result: Result<HTTPResponse, HTTPFailure>) {
    switch result {
    case .failure(.notSent(let text)): self.init(delivery: .notSent(text))
    case .failure(.interrupted(let text)): self.init(delivery: .interrupted(text))
    case .success(let response):
      let reply = CloudReply(response)
      // A new group's order lies one step deeper (section 5.2).
      let model = reply.content?["AppInstanceGroupModel"]
      let order = reply.content?.field("OrderId") ?? model?["OrderId"]
      self.init(
        delivery: .answered(status: reply.status),
        // An order id that is neither text nor number is no answer to rely on.
        isReadable: reply.content != nil && (order == nil || order?.string != nil),
        code: reply.code, message: reply.message,
        orderID: order?.nonEmptyString.map { OrderID($0) },
        newGroup: model?["AppInstanceGroupId"]?.nonEmptyString.map { GroupID($0) },
        requestID: reply.requestID, serverTime: reply.serverTime, retryAfter: reply.retryAfter)
    }
  }
}

extension JSONValue {
  /// A member of the envelope, in either of the two spellings that the vendor's
  /// clients read: `Code`, `code` (section 8.1).
  func field(_ name: String) -> JSONValue? {
    self[name] ?? self[name.prefix(1).lowercased() + name.dropFirst()]
  }
}

/// What other tools of the vendor's take for success in a `Code` (section 8.2).
private func isSuccessWord(_ code: String) -> Bool {
  ["", "success", "ok", "200", "0"].contains(code.lowercased())
}

/// `x-acs-retry-after` counts milliseconds (section 10); a second that has begun counts.
private func retryAfterSpan(_ text: String) -> Span? {
  guard let milliseconds = Int64(text), milliseconds > 0 else { return nil }
  return .seconds((milliseconds - 1) / 1000 + 1)
}
