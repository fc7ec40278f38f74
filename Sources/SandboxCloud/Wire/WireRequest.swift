/// One HTTP request, whole.
struct WireRequest: Sendable {
  var method: String
  /// Without the query.
  var path: String
  /// As it stood on the wire, without the question mark.
  var rawQuery: String
  /// Names in lower case, in wire order.
  var headers: [(name: String, value: String)]
  var body: [UInt8]

  init(
    method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]
  ) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = String(parts[0])
    rawQuery = parts.count > 1 ? String(parts[1]) : ""
    self.headers = headers.map { ($0.name.lowercased(), $0.value) }
    self.body = body
  }

  /// The first header of this (lower-case) name.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// One HTTP answer, and how it is to be put on the wire.
struct WireAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: [UInt8]
  var manner = Manner.whole
  /// Real milliseconds to wait before anything is sent.
  var delayMilliseconds = 0

  /// What becomes of the connection.
  enum Manner: Sendable {
    case whole
    /// Nothing is ever sent; the connection stays open.
    case hang
    /// The body goes out byte by byte, with this pause between two bytes.
    case drip(milliseconds: Int)
    /// Closed in order, nothing sent.
    case cut
    /// Closed by a TCP reset, nothing sent.
    case reset
    /// Headers promise the whole body, half of it comes, then the end.
    case short
  }

  static func json(_ value: WireJSON, status: Int = 200) -> WireAnswer {
    WireAnswer(
      status: status, headers: [("content-type", "application/json;charset=utf-8")],
      body: value.bytes)
  }

  static func text(_ text: String) -> WireAnswer {
    WireAnswer(status: 200, headers: [("content-type", "text/plain")], body: Array(text.utf8))
  }
}
