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
