/// A fault to commit on the next calls that match.
package struct SandboxFault: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// No answer, and the connection stays open.
    case hang
    /// The answer comes byte by byte, one each `milliseconds`.
    case drip
    /// The connection ends in order, without an answer.
    case cut
    /// The connection ends by a TCP reset, without an answer.
    case reset
    /// The answer comes `milliseconds` late.
    case delay
    /// An error answer with `status`, `code` and `message`.
    case status
    /// 200 with `code` and `message`, no order.
    case code
    /// 200 with `code`, `message` and an order id: the order's own if one was placed.
    case codeWithOrder
    /// A page for people, with `status`.
    case html
    /// Nothing but headers, with `status`.
    case empty
    /// A whole HTTP answer that ends in the middle of its JSON.
    case truncated
    /// The connection ends in the middle of the body.
    case short
    /// The answer with `bytes` of padding in it.
    case huge
    /// A redirect to `value`.
    case redirect
    /// 400 `Throttling.User` with `x-acs-retry-after: milliseconds`.
    case throttle
    /// A `Date` header that is `seconds` off.
    case date
    /// No `Date` header.
    case noDate
    /// What was true `seconds` ago.
    case stale
    /// Each row of a list twice.
    case duplicates
    /// Rows that move on by one between two pages.
    case movingRows
    /// The member `field` is left out, wherever it stands.
    case missingField
    /// The member `field` has the value `value`, wherever it stands: unknown words,
    /// numbers for text.
    case setField
  }

  /// Whether the call does what it says.
  package enum Effect: String, Sendable, CaseIterable {
    case none
    case done
    /// `seconds` of the cloud's clock later, long after the answer.
    case late
  }

  package var kind: Kind
  /// `nil` for every operation.
  package var operation: String?
  /// `nil` for every group.
  package var group: String?
  /// How many calls are still to meet it; `nil` for all until it is removed.
  package var count: Int?
  package var effect: Effect
  package var status = 503
  package var code: String
  package var message = "Scripted by the sandbox."
  package var milliseconds = 100
  package var seconds = 3600
  package var bytes = 8 << 20
  package var field = ""
  package var value = WireJSON.null

  /// - Parameter effect: `nil` for what the kind suggests: none where there is no
  ///   proper answer, done where the answer is merely odd.
  package init(
    _ kind: Kind, operation: String? = nil, group: String? = nil, count: Int? = 1,
    effect: Effect? = nil
  ) {
    self.kind = kind
    self.operation = operation
    self.group = group
    self.count = count
    switch kind {
    case .hang, .cut, .reset, .status, .code, .html, .empty, .redirect, .throttle:
      self.effect = effect ?? .none
    case .drip, .delay, .codeWithOrder, .truncated, .short, .huge, .date, .noDate, .stale,
      .duplicates, .movingRows, .missingField, .setField:
      self.effect = effect ?? .done
    }
    code =
      switch kind {
      // The published sample of the renew call is this code beside an order id.
      case .codeWithOrder: "InvalidParameter.ProductType"
      case .code: "SYSTEM.CONCURRENT_OPERATE"
      default: "ServiceUnavailable"
      }
  }

  func matches(operation: String, group: String?) -> Bool {
    (self.operation == nil || self.operation == operation)
      && (self.group == nil || self.group == group)
  }

  /// Bends the answer that the call would have had.
  ///
  /// - Parameter body: the answer's JSON; without an effect only the request id.
  func shape(_ honest: WireAnswer, body: WireJSON) -> WireAnswer {
    var answer = honest
    switch kind {
    case .hang: answer.manner = .hang
    case .drip: answer.manner = .drip(milliseconds: milliseconds)
    case .cut: answer.manner = .cut
    case .reset: answer.manner = .reset
    case .short: answer.manner = .short
    case .delay: answer.delayMilliseconds = milliseconds
    case .status:
      answer = .json(body.naming(code, message), status: status)
    case .code:
      var named = body.naming(code, message)
      named["OrderId"] = nil
      answer = .json(named)
    case .codeWithOrder:
      var named = body.naming(code, message)
      named["OrderId"] = body["OrderId"] ?? "299999999999999"
      answer = .json(named)
    case .html:
      answer = WireAnswer(
        status: status, headers: [("content-type", "text/html")],
        body: Array("<html><body><h1>\(status)</h1></body></html>".utf8))
    case .empty:
      answer = WireAnswer(status: status, body: [])
    case .truncated:
      answer.body = Array(answer.body.prefix(answer.body.count / 2))
    case .huge:
      var padded = body
      padded["Padding"] = .string(String(repeating: "x", count: bytes))
      answer.body = padded.bytes
    case .redirect:
      answer = WireAnswer(
        status: 302, headers: [("location", value.text ?? "http://127.0.0.1:1/")], body: [])
    case .throttle:
      answer = .json(
        body.naming("Throttling.User", "Request was denied due to user flow control."),
        status: 400)
      answer.headers.append(("x-acs-retry-after", String(milliseconds)))
    case .duplicates:
      var doubled = body
      doubled["AppInstanceGroupModels"] = body["AppInstanceGroupModels"].flatMap(\.elements)
        .map { rows in .array(rows.flatMap { [$0, $0] }) }
      answer.body = doubled.bytes
    case .missingField:
      answer.body = body.replacing(field, by: nil).bytes
    case .setField:
      answer.body = body.replacing(field, by: value).bytes
    case .date, .noDate, .stale, .movingRows:
      // The header is set, and the rows are chosen, elsewhere.
      break
    }
    return answer
  }
}

extension WireJSON {
  fileprivate func naming(_ code: String, _ message: String) -> WireJSON {
    var named = self
    named["Code"] = .string(code)
    named["Message"] = .string(message)
    return named
  }

  /// Every member of this name, at any depth, replaced or, by `nil`, removed.
  fileprivate func replacing(_ name: String, by value: WireJSON?) -> WireJSON {
    switch self {
    case .array(let elements):
      return .array(elements.map { $0.replacing(name, by: value) })
    case .object(let members):
      var result = members.mapValues { $0.replacing(name, by: value) }
      if result[name] != nil { result[name] = value }
      return .object(result)
    default:
      return self
    }
  }
}
