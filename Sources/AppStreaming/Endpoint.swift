/// Where a service is reached: scheme, host and port, checked when it is made.
///
/// Plain HTTP is for loopback only. Whatever else is configured has to be HTTPS:
/// a signature protects what is sent, not what is answered.
package struct Endpoint: Hashable, Sendable {
  package enum Scheme: String, Hashable, Sendable {
    case http, https

    fileprivate var port: Int { self == .http ? 80 : 443 }
  }

  package let scheme: Scheme
  /// A name, an IPv4 address, or an IPv6 address in brackets; lower case.
  package let host: String
  package let port: Int

  private init(scheme: Scheme, host: String, port: Int? = nil) {
    self.scheme = scheme
    self.host = host
    self.port = port ?? scheme.port
  }

  /// Reads `https://host`, `https://host:port` or a bare host, which is HTTPS.
  package init(_ text: String) throws(EndpointError) {
    var rest = text.lowercased()[...]
    var scheme = Scheme.https
    if let separator = rest.firstRange(of: "://") {
      guard let known = Scheme(rawValue: String(rest[..<separator.lowerBound])) else {
        throw .malformed(text)
      }
      scheme = known
      rest = rest[separator.upperBound...]
    }
    if rest.last == "/" { rest.removeLast() }

    let host: Substring
    if rest.first == "[", let bracket = rest.firstIndex(of: "]") {
      host = rest[...bracket]
      guard host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
      else { throw .malformed(text) }
    } else {
      host = rest.prefix { $0 != ":" }
      // No user, no path, no query: whatever is beside the host has no meaning here.
      guard host.utf8.allSatisfy({ isHostByte($0) }) else { throw .malformed(text) }
    }
    guard !host.isEmpty else { throw .malformed(text) }
    rest = rest[host.endIndex...]
    var port: Int?
    if rest.first == ":" {
      guard let number = Int(rest.dropFirst()), (1...65535).contains(number) else {
        throw .malformed(text)
      }
      port = number
    } else if !rest.isEmpty {
      throw .malformed(text)
    }

    self.init(scheme: scheme, host: String(host), port: port)
    guard scheme == .https || isLoopback else { throw .plainHTTP(self.host) }
  }

  /// Whether requests stay on this machine.
  package var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// As the `host` header says it: with the port where it is not the scheme's own.
  package var authority: String { port == scheme.port ? host : "\(host):\(port)" }
}

extension Endpoint {
  /// The endpoint of App Streaming for an endpoint region. That is not the
  /// region of a group (API reference, section 2).
  ///
  /// The vendor's client forms a host for any region; only two are published,
  /// and a name that merely resolves is not a place to spend money at.
  package static func appStreaming(region: String) throws(EndpointError) -> Endpoint {
    guard appStreamingRegions.contains(region) else { throw .unknownRegion(region) }
    return Endpoint(scheme: .https, host: "appstream-center.\(region).aliyuncs.com")
  }

  package static let appStreamingRegions = ["cn-shanghai", "ap-southeast-1"]

  /// Billing has one host for each site of the cloud. Which of them knows an
  /// account depends on where it was opened, not on any region (section 2).
  package enum BillingSite: Hashable, Sendable { case china, international }

  package static func billing(_ site: BillingSite) -> Endpoint {
    switch site {
    case .china: Endpoint(scheme: .https, host: "business.aliyuncs.com")
    case .international: Endpoint(scheme: .https, host: "business.ap-southeast-1.aliyuncs.com")
    }
  }

  /// The token service (section 2).
  package static let tokens = Endpoint(scheme: .https, host: "sts.aliyuncs.com")

  /// The metadata service of the cloud's own machines (section 9.4): a
  /// link-local address, which no router forwards and no certificate can name.
  static let metadata = Endpoint(scheme: .http, host: "100.100.100.200")
}

extension Endpoint: CustomStringConvertible {
  package var description: String { "\(scheme.rawValue)://\(authority)" }
}

/// Why an endpoint is refused. The configuration has to change; no repetition helps.
package enum EndpointError: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(String)
  case plainHTTP(String)
  case unknownRegion(String)

  package var description: String {
    switch self {
    case .malformed(let text):
      "'\(text)' is no endpoint; write https://HOST or https://HOST:PORT"
    case .plainHTTP(let host):
      "plain http to \(host) is refused: anything but loopback has to be https"
    case .unknownRegion(let region):
      "App Streaming publishes no endpoint in '\(region)'; use "
        + Endpoint.appStreamingRegions.joined(separator: " or ") + ", or name the endpoint itself"
    }
  }
}

private func isHostByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
    UInt8(ascii: "."), UInt8(ascii: "-"):
    true
  default: false
  }
}
