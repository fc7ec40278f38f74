/// The texts in which instants travel: RFC 3339 for people and sockets, what
/// the cloud writes in its answers, and the HTTP `Date` header.
extension Instant: CustomStringConvertible {
  /// RFC 3339 in UTC without a fraction: `2026-03-10T16:00:00Z`.
  ///
  /// Years beyond 9999 have no such form; they read as the last second that has.
  package var description: String {
    let bounded = min(max(self, Instant(-62_135_596_800)), Instant(253_402_300_799))
    let (date, second) = bounded.civil()
    return
      "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
      + "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
  }

  /// Reads ISO 8601 as the cloud writes it: date, `T`, time with or without
  /// seconds and fraction, then `Z`, `+08:00` or `+0800` (API reference,
  /// section 5.5). Anything else, a missing zone included, is `nil`: a time
  /// that has to be guessed is no basis for a payment.
  package init?(iso8601 text: some StringProtocol) {
    var reader = DigitReader(Substring(text).utf8)
    guard let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
      let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2)
    else { return nil }
    var second = 0
    if reader.skip(":") {
      guard let value = reader.number(digits: 2) else { return nil }
      second = value
      if reader.skip(".") {
        guard reader.skipDigits() else { return nil }
      }
    }
    var offset = Span.zero
    if reader.skip("Z") || reader.skip("z") {
      // UTC as it is.
    } else {
      let positive = reader.skip("+")
      guard positive || reader.skip("-"), let offsetHour = reader.number(digits: 2) else {
        return nil
      }
      _ = reader.skip(":")
      guard let offsetMinute = reader.number(digits: 2), offsetHour <= 23, offsetMinute <= 59
      else { return nil }
      let size = Span.minutes(Int64(offsetHour * 60 + offsetMinute))
      offset = positive ? size : -size
    }
    guard reader.isAtEnd else { return nil }
    self.init(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second,
      offset: offset)
  }

  /// Reads an HTTP date in its one form that may be sent (RFC 9110, section
  /// 5.6.7, IMF-fixdate): `Sun, 06 Nov 1994 08:49:37 GMT`.
  package init?(httpDate text: some StringProtocol) {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", parts[0].utf8.count == 4,
      let day = Int(parts[1]), let year = Int(parts[3]),
      let monthIndex = Instant.monthNames.firstIndex(where: { $0 == parts[2] })
    else { return nil }
    let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
    guard time.count == 3, let hour = Int(time[0]), let minute = Int(time[1]),
      let second = Int(time[2])
    else { return nil }
    self.init(
      year: year, month: monthIndex + 1, day: day, hour: hour, minute: minute, second: second)
  }

  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

private func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Walks ASCII bytes; every step says whether it matched.
private struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ bytes: Substring.UTF8View) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let byte = rest.first, (48...57).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 48)
      rest.removeFirst()
    }
    return value
  }

  /// At least one digit, and all that follow.
  mutating func skipDigits() -> Bool {
    let before = rest.startIndex
    while let byte = rest.first, (48...57).contains(byte) { rest.removeFirst() }
    return rest.startIndex > before
  }
}
