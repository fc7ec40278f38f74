import RenewalCore

/// Lengths of time as people write them: `90s`, `15min`, `48h`, `7d`, `1d 12h`.
enum DurationText {
  private static let units: [(name: String, span: Span)] = [
    ("d", .days(1)), ("h", .hours(1)), ("min", .minutes(1)), ("s", .seconds(1)),
  ]

  /// No wait of this daemon is longer; a longer one is a slip of the pen.
  private static let longest = Span.days(3660)

  static func parse(_ text: String) throws(Misread) -> Span {
    let usage = Misread(
      "'\(text)' is not a duration; write for instance \"90s\", \"48h\" or \"7d\"")
    let parts = text.split(separator: " ")
    guard !parts.isEmpty else { throw usage }
    var sum = Span.zero
    for part in parts {
      let digits = part.prefix { $0.isASCII && $0.isNumber }
      let unit = part.dropFirst(digits.count)
      guard let count = Int64(digits) else { throw usage }
      if unit == "m" {
        throw Misread("'\(text)' may mean minutes or months; write \"\(count)min\"")
      }
      guard let size = units.first(where: { $0.name == unit })?.span else { throw usage }
      sum = sum + size * count
    }
    guard sum <= longest else { throw Misread("'\(text)' is longer than ten years") }
    return sum
  }

  /// Exact, and readable by `parse`.
  static func exact(_ span: Span) -> String {
    var rest = span.seconds
    var parts: [String] = []
    for (name, size) in units where rest >= size.seconds {
      parts.append("\(rest / size.seconds)\(name)")
      rest %= size.seconds
    }
    return parts.isEmpty ? "0s" : parts.joined(separator: " ")
  }
}

/// Why a text is not what its key holds: one sentence for the operator.
struct Misread: Error {
  var message: String

  init(_ message: String) { self.message = message }
}
