import Testing

@testable import SandboxCloud

/// A sandbox with a clock that stands still, and a key that signs for it.
///
/// It signs with the sandbox's own reading of the rules, which the captured
/// requests of the vendor's client hold to the truth.
final class Caller {
  static let start = CloudTime(1_893_553_445)  // 2030-01-02T03:04:05Z

  let server: SandboxServer
  var keyID = "testAccessKeyId"
  var secret = "testAccessKeySecret"
  var token: String?
  private var nonce = 0

  init(_ change: (inout SandboxConfiguration) -> Void = { _ in }) {
    var configuration = SandboxConfiguration()
    configuration.clock = Self.start
    configuration.clockRuns = false
    change(&configuration)
    server = SandboxServer(configuration)
  }

  /// The fleet's first group of a role, by the order that roles have.
  var dueGroup: SandboxGroup { server.groups[0] }
  var payAsYouGoGroup: SandboxGroup { server.groups[3] }
  var expiredGroup: SandboxGroup { server.groups[4] }

  func group(_ id: String) -> SandboxGroup? { server.groups.first { $0.id == id } }

  func signed(
    _ operation: String, version: String = "2021-09-01", _ query: [String: String] = [:],
    form: [String: String] = [:], date: CloudTime? = nil, nonce: String? = nil
  ) -> WireRequest {
    self.nonce += 1
    func encode(_ pairs: [String: String]) -> String {
      pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\(Percent.encode($0.value))" }
        .joined(separator: "&")
    }
    let body = Array(encode(form).utf8)
    var headers = [
      ("host", "127.0.0.1:18080"), ("x-acs-action", operation), ("x-acs-version", version),
      ("x-acs-date", (date ?? server.now).description),
      ("x-acs-signature-nonce", nonce ?? "nonce-\(self.nonce)"),
      ("x-acs-content-sha256", Digest.sha256(body)),
      ("content-type", "application/x-www-form-urlencoded"),
    ]
    if let token { headers.append(("x-acs-security-token", token)) }
    var request = WireRequest(
      method: "POST", target: "/?\(encode(query))", headers: headers, body: body)
    sign(&request)
    return request
  }

  func sign(_ request: inout WireRequest) {
    request.headers.removeAll { $0.name == "authorization" }
    let names = request.headers.map(\.name).sorted()
    let empty =
      "ACS3-HMAC-SHA256 Credential=\(keyID),SignedHeaders=\(names.joined(separator: ";")),Signature="
    guard let canonical = ACS3Signature(authorization: empty + "0")?.canonicalRequest(of: request)
    else {
      Issue.record("the request cannot be signed")
      return
    }
    let text = "ACS3-HMAC-SHA256\n\(Digest.sha256(Array(canonical.utf8)))"
    request.headers.append(
      ("authorization", empty + Digest.hmacSHA256(key: secret, text)))
  }

  func send(_ request: WireRequest) -> Reply { Reply(server.answer(request)) }

  @discardableResult
  func call(_ operation: String, _ query: [String: String] = [:], form: [String: String] = [:])
    -> Reply
  {
    var query = query
    query["ProductType"] = query["ProductType"] ?? "CloudApp"
    return send(signed(operation, query, form: form))
  }

  func bill(_ operation: String, _ query: [String: String] = [:]) -> Reply {
    send(signed(operation, version: "2017-12-14", query))
  }

  func tokens(_ operation: String, _ query: [String: String] = [:]) -> Reply {
    send(signed(operation, version: "2015-04-01", query))
  }

  @discardableResult
  func renew(
    _ group: String, _ count: Int = 1, _ unit: String = "Month", autoPay: String? = "true",
    promotion: String? = nil
  ) -> Reply {
    var query = [
      "AppInstanceGroupId": group, "Period": String(count), "PeriodUnit": unit,
    ]
    query["AutoPay"] = autoPay
    query["PromotionId"] = promotion
    return call("RenewAppInstanceGroup", query)
  }

  /// What the group's expiry looks like to a reader.
  func visibleExpiry(_ group: String) -> CloudTime? {
    call("GetAppInstanceGroup", ["AppInstanceGroupId": group])
      .json["AppInstanceGroupModels"]?["ExpiredTime"]?.text.flatMap { CloudTime($0) }
  }

  @discardableResult
  func control(_ method: String, _ path: String, _ body: String = "") -> Reply {
    Reply(
      server.control(
        WireRequest(method: method, target: path, headers: [], body: Array(body.utf8))))
  }
}

struct Reply {
  var answer: WireAnswer
  var status: Int { answer.status }
  var json: WireJSON

  init(_ answer: WireAnswer) {
    self.answer = answer
    json = WireJSON(bytes: answer.body) ?? .null
  }

  var code: String? { json["Code"]?.text }
  func header(_ name: String) -> String? { answer.headers.first { $0.name == name }?.value }
}

/// Midnight UTC, or the given hour, of a day.
func time(_ text: String) -> CloudTime {
  guard let time = CloudTime(text) else {
    Issue.record("\(text) is not a time")
    return CloudTime(0)
  }
  return time
}
