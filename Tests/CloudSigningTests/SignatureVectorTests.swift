import CloudSigning
import Testing

@Suite struct `Signature vectors` {
  @Test func `none is missing`() {
    #expect(SignatureVectors.all.acs3_hmac_sha256.count == 26)
    #expect(SignatureVectors.all.legacy_hmac_sha1_rpc.count == 4)
  }

  @Test(arguments: SignatureVectors.all.acs3_hmac_sha256)
  func `ACS3 gives the vendor's canonical request and signature`(
    vector: SignatureVectors.Request
  ) throws {
    let input = vector.input
    let key = AccessKey(
      id: input.access_key_id, secret: try #require(AccessKeySecret(input.access_key_secret)))
    let query = input.query.map { Parameter($0.key, $0.value) }
    #expect(query.sortedByName.urlEncoded == vector.output.canonical_query)

    let payloadHash = sha256Hex(input.body.utf8)
    #expect(payloadHash == vector.output.hashed_payload)
    let canonical = CanonicalRequest(
      method: input.method, path: input.path, query: query,
      headers: input.headers_to_sign.map { Parameter($0.key, $0.value) }, payloadHash: payloadHash)
    #expect(canonical.text == vector.output.canonical_request)
    #expect(canonical.hash == vector.output.hashed_canonical_request)
    #expect(canonical.stringToSign == vector.output.string_to_sign)
    #expect(canonical.signedHeaders == vector.output.signed_headers)
    #expect(canonical.authorization(by: key) == vector.output.authorization)
    #expect(canonical.authorization(by: key).hasSuffix(vector.output.signature))
  }

  @Test(arguments: SignatureVectors.all.legacy_hmac_sha1_rpc)
  func `the query signature is the vendor's`(vector: SignatureVectors.Legacy) throws {
    let parameters = vector.input.params.map { Parameter($0.key, $0.value) }
    #expect(parameters.sortedByName.urlEncoded == vector.output.canonical_query)
    let signature = LegacySignature(method: vector.input.method, parameters: parameters)
    #expect(signature.stringToSign == vector.output.string_to_sign)
    let secret = try #require(AccessKeySecret(vector.input.access_key_secret))
    #expect(signature.signature(by: secret) == vector.output.signature)
  }
}

@Suite struct `Signed request` {
  let date = "2030-01-02T03:04:05Z"
  let nonce = "0123456789abcdef0123456789abcdef"

  func key(token: String = "") throws -> AccessKey {
    AccessKey(
      id: "testAccessKeyId", secret: try #require(AccessKeySecret("testAccessKeySecret")),
      securityToken: AccessKeySecret(token))
  }

  /// The two vectors that sign what this program signs: `host`, `content-type` and `x-acs-*`.
  @Test(arguments: SignatureVectors.all.acs3_hmac_sha256.filter { $0.name.hasPrefix("minimal-") })
  func `a renewal is signed as in the vectors with minimal headers`(
    vector: SignatureVectors.Request
  ) throws {
    let input = vector.input
    let signed = OperationRequest(
      action: "RenewAppInstanceGroup", version: "2021-09-01", host: input.host,
      query: input.query.map { Parameter($0.key, $0.value) }
    ).signed(
      by: try key(token: input.security_token ?? ""), date: input.date, nonce: input.nonce,
      userAgent: "renewald/1")
    #expect(
      signed.headers.first { $0.name == "Authorization" }?.value == vector.output.authorization)
    #expect(signed.hash == vector.output.hashed_canonical_request)
    #expect(signed.target == "/?" + vector.output.canonical_query)
  }

  @Test func `an empty form still names its content type, no form does not`() throws {
    func contentType(form: [Parameter]?) throws -> String? {
      OperationRequest(action: "X", version: "1", host: "h", form: form)
        .signed(by: try key(), date: date, nonce: nonce, userAgent: "u")
        .headers.first { $0.name == "content-type" }?.value
    }
    #expect(try contentType(form: []) == "application/x-www-form-urlencoded")
    #expect(try contentType(form: nil) == nil)
  }

  @Test func `no text form of a key, a secret or a request shows a secret`() throws {
    let key = try key(token: "sessionToken")
    let signed = OperationRequest(action: "X", version: "1", host: "h")
      .signed(by: key, date: date, nonce: nonce, userAgent: "u")
    for value in [key, key.secret, signed] as [Any] {
      let text = String(describing: value) + String(reflecting: value)
      for secret in ["testAccessKeyId", "testAccessKeySecret", "sessionToken"] {
        #expect(!text.contains(secret))
      }
    }
    var text = ""
    dump(key, to: &text)
    #expect(!text.contains("testAccessKeySecret") && !text.contains("sessionToken"))
  }

  @Test func `a secret has to have bytes`() {
    #expect(AccessKeySecret("") == nil)
    #expect(AccessKeySecret("s")?.withBytes { Array($0) } == [115])
  }

  @Test func `percent encoding leaves the unreserved alone and nothing else`() {
    #expect(percentEncoded("aZ09-_.~") == "aZ09-_.~")
    #expect(percentEncoded(" +*/é\u{1F600}") == "%20%2B%2A%2F%C3%A9%F0%9F%98%80")
  }
}
