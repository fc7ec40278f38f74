import RenewalCore

/// An instant as it travels on the socket: RFC 3339 in UTC.
package struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  package var instant: Instant

  package init(_ instant: Instant) { self.instant = instant }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instant = Instant(iso8601: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is no instant in RFC 3339")
    }
    self.instant = instant
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.instant < right.instant
  }

  package var description: String { instant.description }
}

extension Instant {
  package var timestamp: Timestamp { Timestamp(self) }
}
