import FoundationEssentials
import Testing

@testable import SandboxCloud

/// Requests that the vendor's own client sent to a recording server.
struct CapturedRequest: Decodable, CustomTestStringConvertible, Sendable {
  var name: String
  var method: String
  var path: String
  var raw_query: String
  var headers: [[String]]
  var raw_body: String

  var testDescription: String { name }

  var request: WireRequest {
    WireRequest(
      method: method, target: "\(path)?\(raw_query)",
      headers: headers.map { ($0[0], $0[1]) }, body: Array(raw_body.utf8))
  }

  /// Captures and vectors stand beside the tests of the client, which uses them as well.
  static let all: [CapturedRequest] = {
    struct File: Decodable { var requests: [CapturedRequest] }
    return decode(File.self, "AppStreamingTests/Captured/captured-requests.json")?.requests ?? []
  }()

  static func decode<File: Decodable>(_ type: File.Type, _ path: String) -> File? {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try? Data(contentsOf: tests.appending(path: path))
    return data.flatMap { try? JSONDecoder().decode(type, from: $0) }
  }

  static let acs3 = all.filter { $0.request.header("authorization") != nil }
  static let legacy = all.filter { $0.raw_query.contains("SignatureMethod=HMAC-SHA1") }
}

/// Vectors that the vendor's own signing code produced.
struct SignatureVector: Decodable, CustomTestStringConvertible, Sendable {
  struct Input: Decodable, Sendable {
    var method: String
    var path: String?
    var query: [String: String]?
    var headers_to_sign: [String: String]?
    var body: String?
    var params: [String: String]?
    var access_key_secret: String
  }

  struct Output: Decodable, Sendable {
    var canonical_request: String?
    var authorization: String?
    var signature: String
  }

  var name: String
  var input: Input
  var output: Output

  var testDescription: String { name }

  private struct File: Decodable {
    var acs3_hmac_sha256: [SignatureVector]
    var legacy_hmac_sha1_rpc: [SignatureVector]
  }

  private static let file = CapturedRequest.decode(
    File.self, "CloudSigningTests/Vectors/signature-vectors.json")
  static let acs3 = file?.acs3_hmac_sha256 ?? []
  static let legacy = file?.legacy_hmac_sha1_rpc ?? []
}

@Suite struct `Signature of a request` {
  private let secret = "testAccessKeySecret"

  @Test func `all captured requests and vectors are there`() {
    #expect(SignatureVector.acs3.count == 26)
    #expect(SignatureVector.legacy.count == 4)
    #expect(CapturedRequest.all.count == 40)
    #expect(CapturedRequest.acs3.count == 28)
    #expect(CapturedRequest.legacy.count == 3)
  }

  @Test(arguments: CapturedRequest.acs3)
  func `the vendor's signature is accepted`(_ captured: CapturedRequest) throws {
    let request = captured.request
    let authorization = try #require(request.header("authorization"))
    let signature = try #require(ACS3Signature(authorization: authorization))
    #expect(signature.isValid(for: request, secret: secret))
    #expect(request.header("x-acs-content-sha256") == Digest.sha256(request.body))
  }

  @Test(arguments: CapturedRequest.acs3)
  func `a changed request is not accepted`(_ captured: CapturedRequest) throws {
    let authorization = try #require(captured.request.header("authorization"))
    let signature = try #require(ACS3Signature(authorization: authorization))
    var query = captured.request
    query.rawQuery += query.rawQuery.isEmpty ? "AutoPay=true" : "&AutoPay=true"
    var body = captured.request
    body.body.append(UInt8(ascii: "x"))
    var header = captured.request
    header.headers = header.headers.map {
      $0.name == "x-acs-action" ? ($0.name, $0.value + "s") : $0
    }
    var method = captured.request
    method.method = "GET"
    for changed in [query, body, header, method] {
      #expect(!signature.isValid(for: changed, secret: secret))
    }
    #expect(!signature.isValid(for: captured.request, secret: secret + "x"))
  }

  @Test(arguments: CapturedRequest.legacy)
  func `the older signature in the query is accepted, and only unchanged`(
    _ captured: CapturedRequest
  ) throws {
    let parameters = try Parameters(captured.request)
    let signature = LegacySignature(parameters: parameters.pairs)
    #expect(signature.isValid(method: captured.method, secret: secret))
    #expect(!signature.isValid(method: captured.method, secret: "other"))
    let changed = LegacySignature(parameters: parameters.pairs + [("AutoPay", "true")])
    #expect(!changed.isValid(method: captured.method, secret: secret))
  }

  @Test(arguments: SignatureVector.acs3)
  func `a vector gives the same text and signature, in whatever order it is sent`(
    _ vector: SignatureVector
  ) throws {
    // Against the order of signing, which has to be restored.
    let query = (vector.input.query ?? [:]).sorted { $0.key > $1.key }
      .map { "\($0.key)=\(Percent.encode($0.value))" }.joined(separator: "&")
    let request = WireRequest(
      method: vector.input.method, target: "\(vector.input.path ?? "/")?\(query)",
      headers: (vector.input.headers_to_sign ?? [:]).map { ($0.key, $0.value) },
      body: Array((vector.input.body ?? "").utf8))
    let authorization = try #require(vector.output.authorization)
    let signature = try #require(ACS3Signature(authorization: authorization))
    #expect(signature.canonicalRequest(of: request) == vector.output.canonical_request)
    #expect(signature.isValid(for: request, secret: vector.input.access_key_secret))
  }

  @Test(arguments: SignatureVector.legacy)
  func `a vector of the older signature is accepted`(_ vector: SignatureVector) {
    let pairs = (vector.input.params ?? [:]).map { ($0.key, $0.value) }
    let signature = LegacySignature(
      parameters: pairs + [("Signature", vector.output.signature)])
    #expect(
      signature.isValid(method: vector.input.method, secret: vector.input.access_key_secret))
  }

  @Test func `a blank is signed as %20 however it is sent`() throws {
    let caller = Caller()
    var request = caller.signed("ListRegions", ["ProductType": "CloudApp", "BizSource": "a b*~+/"])
    #expect(request.rawQuery.contains("a%20b%2A~%2B%2F"))
    request.rawQuery = request.rawQuery.replacing("a%20b%2A", with: "a+b*")
    #expect(caller.send(request).status == 200)
  }
}

@Suite struct `Authentication` {
  @Test func `a wrong secret gives SignatureDoesNotMatch and never the secret`() {
    let caller = Caller()
    caller.secret = "wrong"
    let reply = caller.call("ListRegions")
    #expect(reply.status == 400)
    #expect(reply.code == "SignatureDoesNotMatch")
    #expect(!String(decoding: reply.answer.body, as: UTF8.self).contains("testAccessKeySecret"))
  }

  @Test func `an unknown key is told from a wrong secret`() {
    let caller = Caller()
    caller.keyID = "nobody"
    let reply = caller.call("ListRegions")
    #expect(reply.status == 404)
    #expect(reply.code == "InvalidAccessKeyId.NotFound")
  }

  @Test func `a disabled key and a denied operation are refused with 403`() {
    let caller = Caller()
    caller.control("POST", "/keys", #"{"id":"testAccessKeyId","deny":["RenewAppInstanceGroup"]}"#)
    #expect(caller.renew(caller.dueGroup.id).code == "Forbidden.RAM")
    #expect(caller.call("ListRegions").status == 200)
    caller.control("POST", "/keys", #"{"id":"testAccessKeyId","active":false}"#)
    let reply = caller.call("ListRegions")
    #expect(reply.status == 403)
    #expect(reply.code == "InvalidAccessKeyId.Inactive")
    #expect(caller.server.orders.isEmpty)
  }

  @Test(arguments: [(900, 200), (-900, 200), (901, 400), (-901, 400)])
  func `a date may be 15 minutes off and no more`(_ seconds: Int, _ status: Int) {
    let caller = Caller()
    let request = caller.signed(
      "ListRegions", ["ProductType": "CloudApp"], date: caller.server.now + seconds)
    let reply = caller.send(request)
    #expect(reply.status == status)
    #expect(reply.code == (status == 200 ? nil : "InvalidTimeStamp.Expired"))
  }

  @Test func `a date in another form is refused`() {
    let caller = Caller()
    var request = caller.signed("ListRegions", ["ProductType": "CloudApp"])
    request.headers = request.headers.map {
      $0.name == "x-acs-date" ? ($0.name, "2030-01-02T03:04:05+00:00") : $0
    }
    caller.sign(&request)
    #expect(caller.send(request).code == "InvalidTimeStamp.Format")
  }

  @Test func `the same request sent twice is executed once`() {
    let caller = Caller()
    let request = caller.signed(
      "RenewAppInstanceGroup",
      [
        "ProductType": "CloudApp", "AppInstanceGroupId": caller.dueGroup.id, "Period": "1",
        "PeriodUnit": "Month", "AutoPay": "true",
      ])
    #expect(caller.send(request).status == 200)
    #expect(caller.send(request).code == "SignatureNonceUsed")
    #expect(caller.server.orders.count == 1)
  }

  @Test func `a nonce is not used up by a request that is refused`() {
    let caller = Caller()
    caller.secret = "wrong"
    _ = caller.send(caller.signed("ListRegions", ["ProductType": "CloudApp"], nonce: "n"))
    caller.secret = "testAccessKeySecret"
    let reply = caller.send(caller.signed("ListRegions", ["ProductType": "CloudApp"], nonce: "n"))
    #expect(reply.status == 200)
  }

  @Test(arguments: [
    "host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-version",
  ])
  func `a header that must be signed may not be left out`(_ name: String) {
    let caller = Caller()
    var request = caller.signed("ListRegions", ["ProductType": "CloudApp"])
    let left = request.headers.filter { $0.name == name }
    request.headers.removeAll { $0.name == name }
    caller.sign(&request)
    request.headers += left
    #expect(caller.send(request).code == "IncompleteSignature")
  }

  @Test func `no x-acs header travels unsigned`() {
    let caller = Caller()
    var request = caller.signed("ListRegions", ["ProductType": "CloudApp"])
    request.headers.append(("x-acs-anything", "1"))
    #expect(caller.send(request).code == "IncompleteSignature")
  }

  @Test func `a rehearsal may jump the clock and go on with its own dates`() {
    let caller = Caller()
    caller.control("POST", "/settings", #"{"dateTolerance":100000000}"#)
    caller.server.advanceClock(bySeconds: 30 * CloudTime.day)
    let request = caller.signed("ListRegions", ["ProductType": "CloudApp"], date: Caller.start)
    #expect(caller.send(request).status == 200)
  }

  @Test func `a body that does not match its digest is refused`() {
    let caller = Caller()
    var request = caller.signed(
      "DeleteAppInstanceGroup", form: ["ProductType": "CloudApp", "AppInstanceGroupId": "a"])
    request.body.append(UInt8(ascii: "x"))
    #expect(caller.send(request).code == "SignatureDoesNotMatch")
  }

  @Test func `a request without a signature is refused, except the one that is never signed`() {
    let caller = Caller()
    let unsigned = WireRequest(
      method: "POST", target: "/?ProductType=CloudApp",
      headers: [("x-acs-action", "ListRegions"), ("x-acs-version", "2021-09-01")], body: [])
    #expect(caller.send(unsigned).code == "IncompleteSignature")
    let token = WireRequest(
      method: "GET",
      target: "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&RoleArn=acs:ram::1:role/r"
        + "&RoleSessionName=renewal&OIDCProviderArn=acs:ram::1:oidc-provider/p&OIDCToken=a.b.c",
      headers: [], body: [])
    #expect(caller.send(token).status == 200)
  }

  @Test func `every answer carries the cloud's date and a request id, errors included`() {
    let caller = Caller()
    for reply in [caller.call("ListRegions"), caller.call("Nonsense")] {
      #expect(reply.header("date") == "Wed, 02 Jan 2030 03:04:05 GMT")
      #expect(reply.json["RequestId"]?.text?.count == 36)
    }
    #expect(caller.call("Nonsense").code == "InvalidApi.NotFound")
    #expect(
      caller.send(caller.signed("ListRegions", version: "1999-01-01")).code == "InvalidVersion")
  }
}
