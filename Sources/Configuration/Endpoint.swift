/// Where a service answers: scheme, host and port, and nothing else.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// Plain HTTP is possible only to this machine.
  package let isEncrypted: Bool
  /// A name or an address, IPv6 without its brackets, in lower case.
  package let host: String
  /// `nil`: the scheme's own.
  package let port: UInt16?

  /// Reads `https://host[:port]`, or `http://` to a loopback host.
  ///
  /// - Throws: `EndpointError` for any other scheme, a missing host, and for a
  ///   user, path, query or fragment, which the signed request has no place for.
  package init(_ text: String) throws(EndpointError) {
    var rest = text[...]
    if rest.hasPrefix("https://") {
      isEncrypted = true
      rest = rest.dropFirst(8)
    } else if rest.hasPrefix("http://") {
      isEncrypted = false
      rest = rest.dropFirst(7)
    } else {
      throw .scheme
    }
    if rest.last == "/" { rest = rest.dropLast() }
    guard !rest.contains(where: { "/?#@ \\".contains($0) }) else { throw .surplus }
    var portText: Substring?
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { throw .host }
      host = rest[..<end].dropFirst().lowercased()
      rest = rest[end...].dropFirst()
      guard rest.isEmpty || rest.first == ":" else { throw .host }
      portText = rest.isEmpty ? nil : rest.dropFirst()
      guard !host.isEmpty, host.utf8.allSatisfy(Self.isAddressByte) else { throw .host }
    } else {
      let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      host = parts[0].lowercased()
      portText = parts.count > 1 ? parts[1] : nil
      guard !host.isEmpty, host.utf8.allSatisfy(Self.isNameByte) else { throw .host }
    }
    if let portText {
      guard portText.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(portText),
        number > 0
      else { throw .port }
      port = number
    } else {
      port = nil
    }
    guard isEncrypted || isLoopback else { throw .plainHTTP }
  }

  /// Whether the host can only be this machine: `localhost` (RFC 6761,
  /// section 6.3), 127.0.0.0/8 and ::1.
  package var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  package var description: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return (isEncrypted ? "https://" : "http://") + shown + (port.map { ":\($0)" } ?? "")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46
  }

  /// Hexadecimal digits, colons and the dots of an embedded IPv4 address.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    (97...102).contains(byte) || (48...58).contains(byte) || byte == 46
  }
}

package enum EndpointError: Error, Hashable, Sendable, CustomStringConvertible {
  case scheme, surplus, host, port, plainHTTP

  package var description: String {
    switch self {
    case .scheme: "an endpoint starts with https://"
    case .surplus: "an endpoint is a host and a port, without user, path or query"
    case .host: "the endpoint names no valid host"
    case .port: "the endpoint's port is not a number from 1 to 65535"
    case .plainHTTP: "plain http is allowed only to a loopback address; write https://"
    }
  }
}

extension Endpoint {
  private init(publicHost host: String) {
    isEncrypted = true
    self.host = host
    port = nil
  }

  /// Regions with a published App Streaming endpoint (API reference, section 2).
  package static let publishedRegions = ["cn-shanghai", "ap-southeast-1"]

  /// `nil` for a region whose endpoint is not published: the vendor's rule
  /// forms a host for any region, and that host may be anybody's.
  package static func appStreaming(region: String) -> Endpoint? {
    guard publishedRegions.contains(region) else { return nil }
    return Endpoint(publicHost: "appstream-center.\(region).aliyuncs.com")
  }

  /// The billing endpoint of the China site or of the international one, as the
  /// vendor's client maps regions (API reference, section 2). Which one answers
  /// depends on the account's site, so an explicit endpoint always wins.
  package static func billing(region: String) -> Endpoint {
    Endpoint(
      publicHost: region.hasPrefix("cn-")
        ? "business.aliyuncs.com" : "business.ap-southeast-1.aliyuncs.com")
  }
}
