/// An answer with an error status (API reference, section 8.1).
struct Refusal: Error, Sendable {
  var status: Int
  var code: String
  var message: String
  /// Further members of the body.
  var extra: [String: WireJSON] = [:]

  init(_ status: Int, _ code: String, _ message: String, extra: [String: WireJSON] = [:]) {
    self.status = status
    self.code = code
    self.message = message
    self.extra = extra
  }

  static func missing(_ parameter: String) -> Refusal {
    Refusal(400, "Missing\(parameter)", "\(parameter) is mandatory for this action.")
  }

  /// - Parameter rule: what a valid value is, as the end of a sentence.
  static func invalid(_ parameter: String, _ rule: String) -> Refusal {
    Refusal(400, "InvalidParameter.\(parameter)", "The specified \(parameter) \(rule).")
  }
}
