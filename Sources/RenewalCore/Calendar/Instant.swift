/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
///
/// Always UTC. Zones appear only where a person reads or writes a time.
package struct Instant: Hashable, Comparable, Sendable, Codable {
  package var seconds: Int64

  package init(_ seconds: Int64) { self.seconds = seconds }

  package init(from decoder: any Decoder) throws {
    seconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(seconds)
  }

  package static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

  // Saturating: an absurd expiry from outside must sort last, never trap.
  package static func + (instant: Instant, span: Span) -> Instant {
    let (sum, overflow) = instant.seconds.addingReportingOverflow(span.seconds)
    return Instant(overflow ? (span.seconds > 0 ? .max : .min) : sum)
  }

  package static func - (instant: Instant, span: Span) -> Instant {
    let (difference, overflow) = instant.seconds.subtractingReportingOverflow(span.seconds)
    return Instant(overflow ? (span.seconds > 0 ? .min : .max) : difference)
  }

  package static func - (later: Instant, earlier: Instant) -> Span {
    let (difference, overflow) = later.seconds.subtractingReportingOverflow(earlier.seconds)
    return Span(seconds: overflow ? (later > earlier ? .max : .min) : difference)
  }
}

/// A length of time in whole seconds. May be negative.
package struct Span: Hashable, Comparable, Sendable {
  package var seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  package static let zero = Span(seconds: 0)
  package static func seconds(_ count: Int64) -> Span { Span(seconds: count) }
  package static func minutes(_ count: Int64) -> Span { Span(seconds: count * 60) }
  package static func hours(_ count: Int64) -> Span { Span(seconds: count * 3600) }
  package static func days(_ count: Int64) -> Span { Span(seconds: count * 86400) }

  package static func < (left: Span, right: Span) -> Bool { left.seconds < right.seconds }
  package static func + (left: Span, right: Span) -> Span {
    let (sum, overflow) = left.seconds.addingReportingOverflow(right.seconds)
    return Span(seconds: overflow ? (right.seconds > 0 ? .max : .min) : sum)
  }
  package static func - (left: Span, right: Span) -> Span {
    let (difference, overflow) = left.seconds.subtractingReportingOverflow(right.seconds)
    return Span(seconds: overflow ? (right.seconds > 0 ? .min : .max) : difference)
  }
  package static func * (span: Span, factor: Int64) -> Span {
    let (product, overflow) = span.seconds.multipliedReportingOverflow(by: factor)
    let positive = (span.seconds > 0) == (factor > 0)
    return Span(seconds: overflow ? (positive ? .max : .min) : product)
  }
  package static func / (span: Span, divisor: Int64) -> Span {
    Span(seconds: span.seconds / divisor)
  }
  package static prefix func - (span: Span) -> Span { .zero - span }

  package var magnitude: Span { seconds < 0 ? -self : self }
}

extension Span: CustomStringConvertible {
  /// The two largest units, as in `6d 4h`; seconds below a minute.
  package var description: String {
    if seconds < 0 { return "-" + (-self).description }
    let units: [(Int64, String)] = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    var rest = seconds
    var parts: [String] = []
    for (size, name) in units where rest >= size && parts.count < 2 {
      parts.append("\(rest / size)\(name)")
      rest %= size
    }
    return parts.isEmpty ? "0s" : parts.joined(separator: " ")
  }
}
