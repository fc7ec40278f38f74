import CloudSigning
import Foundation
import Testing

@testable import AppStreaming

/// One request as the vendor's own client sent it (API reference, data file
/// captured-requests.json).
struct CapturedRequest: Decodable {
  var name: String
  var method: String
  var path: String
  var query: [[String]]
  var form: [[String]]
  var headers: [[String]]

  static func named(_ name: String) throws -> CapturedRequest {
    try #require(try all().first { $0.name == name })
  }

  static func all() throws -> [CapturedRequest] {
    struct File: Decodable { var requests: [CapturedRequest] }
    let folder = try #require(Bundle.module.resourceURL)
    return try JSONDecoder().decode(
      File.self,
      from: Data(contentsOf: folder.appendingPathComponent("Captured/captured-requests.json"))
    ).requests
  }

  func header(_ name: String) -> String? { headers.first { $0[0].lowercased() == name }?[1] }

  /// Where each parameter travels and what it says. The one difference that is
  /// documented: the vendor's client writes booleans as `True` and `False`.
  var parameters: SentParameters {
    func decoded(_ pairs: [[String]]) -> [String: String] {
      Dictionary(
        pairs.map { ($0[0], ["True": "true", "False": "false"][$0[1]] ?? $0[1]) },
        uniquingKeysWith: { $1 })
    }
    return SentParameters(query: decoded(query), form: decoded(form))
  }
}

struct SentParameters: Equatable {
  var query: [String: String]
  var form: [String: String]

  init(query: [String: String], form: [String: String] = [:]) {
    self.query = query
    self.form = form
  }

  /// Decodes what is about to be sent.
  init(_ request: HTTPRequest) {
    let parts = request.target.split(separator: "?", maxSplits: 1)
    query = decodedPairs(parts.count > 1 ? String(parts[1]) : "")
    form = decodedPairs(String(decoding: request.body, as: UTF8.self))
  }
}

private func decodedPairs(_ text: String) -> [String: String] {
  Dictionary(
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        String(parts[0]).removingPercentEncoding ?? "?",
        String(parts[1]).removingPercentEncoding ?? "?"
      )
    }, uniquingKeysWith: { first, _ in first + " REPEATED" })
}
