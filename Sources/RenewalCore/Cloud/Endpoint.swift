/// Where a service answers: scheme, host and port, and nothing else.
///
/// Plain HTTP is for this machine only: a signature protects what is sent, not
/// what is answered.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Hashable, Sendable {
    case http, https

    fileprivate var port: UInt16 { self == .http ? 80 : 443 }
  }

  package let scheme: Scheme
  /// A name, an IPv4 address, or an IPv6 address in brackets; lower case.
  package let host: String
  /// `nil`: the scheme's own.
  package let port: UInt16?

  private init(_ scheme: Scheme, host: String) {
    self.scheme = scheme
    self.host = host
    port = nil
  }

  /// Reads `https://host[:port]`, or `http://` to a loopback host.
  ///
  /// - Throws: `EndpointError` for any other scheme, a missing host, and for a
  ///   user, path, query or fragment, which the signed request has no place for.
  package init(_ text: String) throws(EndpointError) {
    try self.init(parsing: text)
    guard scheme == .https || isLoopback else { throw .plainHTTP }
  }

  fileprivate init(parsing text: String) throws(EndpointError) {
    guard let separator = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: String(text[..<separator.lowerBound]))
    else { throw .scheme }
    var rest = text[separator.upperBound...]
    if rest.last == "/" { rest.removeLast() }
    guard !rest.contains(where: { "/?#@ \\".contains($0) }) else { throw .surplus }
    let host: Substring
    if rest.first == "[" {
      guard let bracket = rest.firstIndex(of: "]") else { throw .host }
      host = rest[...bracket]
      let address = host.dropFirst().dropLast().lowercased()
      guard !address.isEmpty, address.utf8.allSatisfy(Self.isAddressByte) else { throw .host }
    } else {
      host = rest.prefix { $0 != ":" }
      guard !host.isEmpty, host.lowercased().utf8.allSatisfy(Self.isNameByte) else { throw .host }
    }
    rest = rest[host.endIndex...]
    var port: UInt16?
    if rest.first == ":" {
      rest.removeFirst()
      guard rest.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(rest), number > 0
      else { throw .port }
      port = number == scheme.port ? nil : number
    } else if !rest.isEmpty {
      throw .host
    }
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
  }

  /// Whether the host can only be this machine: `localhost` (RFC 6761,
  /// section 6.3), 127.0.0.0/8 and ::1.
  package var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// As the `host` header says it: with the port where it is not the scheme's own.
  package var authority: String { host + (port.map { ":\($0)" } ?? "") }

  package var description: String { "\(scheme.rawValue)://\(authority)" }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46
  }

  /// Hexadecimal digits, colons and the dots of an embedded IPv4 address.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    (97...102).contains(byte) || (48...58).contains(byte) || byte == 46
  }
}

/// Why an endpoint is refused. What names it has to change; no repetition helps.
package enum EndpointError: Error, Hashable, Sendable, CustomStringConvertible {
  case scheme, surplus, host, port, plainHTTP, proxy

  package var description: String {
    switch self {
    case .scheme: "an endpoint starts with https://"
    case .surplus: "an endpoint is a host and a port, without user, path or query"
    case .host: "the endpoint names no valid host"
    case .port: "the endpoint's port is not a number from 1 to 65535"
    case .proxy: "a proxy is http://HOST:PORT, without user, path or query"
    case .plainHTTP: "plain http is allowed only to a loopback address; write https://"
    }
  }
}

extension Endpoint {
  /// Regions with a published App Streaming endpoint (API reference, section 2).
  package static let publishedRegions = ["cn-shanghai", "ap-southeast-1"]

  /// The endpoint of App Streaming for an endpoint region, which is not the
  /// region of a group. `nil` for a region whose endpoint is not published: the
  /// vendor's rule forms a host for any region, and that host may be anybody's.
  package static func appStreaming(region: String) -> Endpoint? {
    guard publishedRegions.contains(region) else { return nil }
    return Endpoint(.https, host: "appstream-center.\(region).aliyuncs.com")
  }

  /// The billing endpoint of the China site or of the international one, as the
  /// vendor's client maps regions (API reference, section 2). Which one answers
  /// depends on the account's site, so an explicit endpoint always wins.
  package static func billing(region: String) -> Endpoint {
    Endpoint(
      .https,
      host: region.hasPrefix("cn-")
        ? "business.aliyuncs.com" : "business.ap-southeast-1.aliyuncs.com")
  }

  /// The token service (API reference, section 2).
  package static let tokens = Endpoint(.https, host: "sts.aliyuncs.com")

  /// The metadata service of the cloud's own machines (API reference, section
  /// 9.4): a link-local address, which no router forwards and no certificate
  /// can name.
  package static let metadata = Endpoint(.http, host: "100.100.100.200")
}

/// What requests by TLS go through where a machine has no other way out. It is
/// asked to pass bytes on (`CONNECT`, RFC 9110, section 9.3.6), and so sees which
/// hosts are talked to and nothing else.
package struct Proxy: Hashable, Sendable, CustomStringConvertible {
  private let address: Endpoint

  /// Reads `http://host:port`.
  ///
  /// - Throws: `EndpointError.proxy`.
  package init(_ text: String) throws(EndpointError) {
    guard let address = try? Endpoint(parsing: text), address.scheme == .http else { throw .proxy }
    self.address = address
  }

  /// Always with a port: where none stands libcurl takes another one than 80.
  package var description: String { "http://\(address.host):\(address.port ?? 80)" }
}
