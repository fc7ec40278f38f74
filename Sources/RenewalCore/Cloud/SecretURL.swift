/// A URL whose path and query may be a secret, as those of webhooks are: whoever
/// knows it may write there. It has no text form beyond its host.
package struct SecretURL: Hashable, Sendable {
  package let endpoint: Endpoint
  /// Path and query, as they are sent.
  package let target: String

  /// Reads `https://host[:port]/path?query`, or `http://` to a loopback host.
  ///
  /// - Throws: `EndpointError`; `surplus` also for a fragment, a blank and what is
  ///   no ASCII, which no request line has a place for.
  package init(_ text: String) throws(EndpointError) {
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") }) else {
      throw .surplus
    }
    let scheme = text.firstRange(of: "://")?.upperBound ?? text.startIndex
    let path = text[scheme...].firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
    endpoint = try Endpoint(String(text[..<path]))
    let rest = text[path...]
    target = rest.hasPrefix("/") ? String(rest) : "/" + rest
  }

  private init(_ endpoint: Endpoint, _ target: String) {
    self.endpoint = endpoint
    self.target = target
  }

  /// With one more step of the path, before the query.
  package func appending(_ step: String) -> SecretURL {
    let query = target.firstIndex(of: "?") ?? target.endIndex
    let path = target[..<query]
    return SecretURL(
      endpoint, path + (path.hasSuffix("/") ? "" : "/") + step + target[query...])
  }

  /// With more of a query, which has to be encoded already.
  package func adding(query: String) -> SecretURL {
    SecretURL(endpoint, target + (target.contains("?") ? "&" : "?") + query)
  }
}

extension SecretURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "\(endpoint)/…" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
