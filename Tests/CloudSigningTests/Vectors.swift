import Foundation
import Testing

/// The vectors that the vendor's own signing code produced (API reference,
/// data file signature-vectors.json).
struct SignatureVectors: Decodable {
  struct Request: Decodable, CustomTestStringConvertible {
    struct Input: Decodable {
      var access_key_id: String
      var access_key_secret: String
      var security_token: String?
      var method: String
      var host: String
      var path: String
      var query: [String: String]
      var headers_to_sign: [String: String]
      var body: String
      var date: String
      var nonce: String
    }
    struct Output: Decodable {
      var hashed_payload: String
      var canonical_query: String
      var canonical_request: String
      var hashed_canonical_request: String
      var string_to_sign: String
      var signed_headers: String
      var signature: String
      var authorization: String
    }
    var name: String
    var input: Input
    var output: Output
    var testDescription: String { name }
  }

  struct Legacy: Decodable, CustomTestStringConvertible {
    struct Input: Decodable {
      var method: String
      var params: [String: String]
      var access_key_secret: String
    }
    struct Output: Decodable {
      var canonical_query: String
      var string_to_sign: String
      var signature: String
    }
    var name: String
    var input: Input
    var output: Output
    var testDescription: String { name }
  }

  var acs3_hmac_sha256: [Request]
  var legacy_hmac_sha1_rpc: [Legacy]

  static let all: SignatureVectors = {
    do {
      let file = Bundle.module.resourceURL?
        .appendingPathComponent("Vectors/signature-vectors.json")
      return try JSONDecoder().decode(
        SignatureVectors.self, from: Data(contentsOf: file ?? URL(fileURLWithPath: "/nowhere")))
    } catch {
      // The suites check the counts, so an unreadable file fails them.
      return SignatureVectors(acs3_hmac_sha256: [], legacy_hmac_sha1_rpc: [])
    }
  }()
}
