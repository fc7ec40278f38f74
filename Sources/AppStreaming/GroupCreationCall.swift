import CloudSigning
import RenewalCore

extension OperationCall {
  /// Objects travel as JSON text in one value, lists of texts under numbered
  /// names, and everything in the form but `UserDefinePolicy` (API reference,
  /// sections 3.2 and 3.3).
  static func create(_ settings: [String: SettingValue]) -> OperationCall {
    var call = OperationCall(operation: .createAppInstanceGroup, form: [])
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      switch value {
      case .list(let values):
        call.form?.append(contentsOf: repeated(name, values.compactMap(\.text)))
      case .table where name == "UserDefinePolicy":
        call.query.append(Parameter(name, value.jsonText))
      case .table: call.form?.append(Parameter(name, value.jsonText))
      case .text(let text): call.form?.append(Parameter(name, text))
      case .integer, .boolean: call.form?.append(Parameter(name, value.jsonText))
      case .other: break
      }
    }
    return call
  }
}

extension SettingValue {
  /// Compact JSON with members in order; characters beyond ASCII stay as they are.
  var jsonText: String {
    switch self {
    case .text(let text): jsonString(text)
    case .integer(let number): String(number)
    case .boolean(let isOn): isOn ? "true" : "false"
    case .list(let values): "[" + values.map(\.jsonText).joined(separator: ",") + "]"
    case .table(let members):
      "{"
        + members.sorted { $0.key < $1.key }
        .map { "\(jsonString($0.key)):\($0.value.jsonText)" }.joined(separator: ",") + "}"
    case .other: "null"
    }
  }
}

private func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": json += "\\\(scalar)"
    case "\n": json += "\\n"
    case "\r": json += "\\r"
    case "\t": json += "\\t"
    case "\u{0}"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}

/// The final bytes of an order for a new group: like a payment's, they are
/// sent as they are, once, or never, for creation is not idempotent either
/// (section 5.2).
package struct SignedCreation: Hashable, Sendable {
  package let creation: GroupCreation
  package let nonce: String
  /// In the cloud's time.
  package let date: Instant
  let request: SignedRequest

  /// Lower-case hex SHA-256 over the canonical request.
  package var hash: String { request.hash }
}

/// What came back from ordering a group, before anybody judges what it means.
package struct CreationReply: Hashable, Sendable {
  package var reply: PaymentReply
  /// `nil` where the answer names none.
  package var group: GroupID?

  /// The order and the group lie in `AppInstanceGroupModel`; there is no code
  /// in a success (section 5.2).
  init(_ reply: PaymentReply, _ result: Result<HTTPResponse, HTTPFailure>) {
    self.reply = reply
    guard case .success(let response) = result,
      let model = CloudReply(response).content?["AppInstanceGroupModel"]
    else { return }
    group = model["AppInstanceGroupId"]?.nonEmptyString.map { GroupID($0) }
    self.reply.orderID = model["OrderId"]?.nonEmptyString.map { OrderID($0) }
  }
}

extension GroupOrder {
  /// `nil` for a package, whose price is not asked for by its nodes.
  package init?(_ creation: GroupCreation) {
    guard !creation.instanceType.isEmpty else { return nil }
    self.init(
      region: creation.region, instanceType: creation.instanceType, amount: creation.amount,
      chargeType: creation.chargeType, period: creation.period)
  }
}
