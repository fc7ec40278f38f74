/// An instant of the sandbox's clock: UTC, whole seconds since 1970.
package struct CloudTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var seconds: Int

  package init(_ seconds: Int) { self.seconds = seconds }

  package static func < (left: CloudTime, right: CloudTime) -> Bool {
    left.seconds < right.seconds
  }
  package static func + (left: CloudTime, seconds: Int) -> CloudTime {
    CloudTime(left.seconds + seconds)
  }
  package static func - (left: CloudTime, right: CloudTime) -> Int {
    left.seconds - right.seconds
  }

  package static let day = 86400

  /// China has kept one zone, UTC+8 without summer time, since 1991; billing
  /// months are months of that zone's calendar.
  static let beijingOffset = 8 * 3600

  /// Reads `2030-01-02T03:04:05` followed by an optional fraction, which is
  /// dropped, and by `Z`, `+08:00` or `+0800`; also a bare date, as midnight UTC.
  package init?(_ text: some StringProtocol) {
    var rest = Substring(text)
    func number(_ digits: Int) -> Int? {
      let part = rest.prefix(digits)
      guard part.utf8.count == digits, part.utf8.allSatisfy({ (48...57).contains($0) })
      else { return nil }
      rest = rest.dropFirst(digits)
      return Int(part)
    }
    func skip(_ mark: Character) -> Bool {
      guard rest.first == mark else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"),
      let day = number(2), (1...12).contains(month),
      (1...CivilDay.daysIn(month: month, year: year)).contains(day)
    else { return nil }
    let midnight = CivilDay(year: year, month: month, day: day).daysSinceEpoch * CloudTime.day
    if rest.isEmpty {
      seconds = midnight
      return
    }
    guard skip("T"), let hour = number(2), skip(":"), let minute = number(2), skip(":"),
      let second = number(2), hour < 24, minute < 60, second < 60
    else { return nil }
    if skip(".") {
      let fraction = rest.prefix { $0.isASCII && $0.isNumber }
      guard !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(fraction.count)
    }
    var offset = 0
    if !skip("Z") {
      let sign = rest.first == "-" ? -1 : 1
      guard skip("+") || skip("-"), let hours = number(2) else { return nil }
      _ = skip(":")
      guard let minutes = number(2) else { return nil }
      offset = sign * (hours * 3600 + minutes * 60)
    }
    guard rest.isEmpty else { return nil }
    seconds = midnight + hour * 3600 + minute * 60 + second - offset
  }

  /// `2030-01-02T03:04:05Z`, as signatures and billing write it.
  package var description: String { "\(dateAndTime)Z" }

  /// `2030-01-02T03:04:05.000+00:00`, as delivery groups write it (API
  /// reference, section 5.5).
  var groupText: String { "\(dateAndTime).000+00:00" }

  /// `Wed, 02 Jan 2030 03:04:05 GMT`, for the `Date` header (RFC 9110, section 5.6.7).
  var httpDate: String {
    let days = seconds.flooredQuotient(by: CloudTime.day)
    let date = CivilDay(daysSinceEpoch: days)
    // 1970-01-01 was a Thursday.
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days.flooredRemainder(by: 7)]
    let month = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][date.month - 1]
    return "\(weekday), \(date.day.padded(2)) \(month) \(date.year.padded(4)) \(timeOfDay) GMT"
  }

  /// The calendar day in Beijing.
  var beijingDay: CivilDay {
    CivilDay(
      daysSinceEpoch: (seconds + CloudTime.beijingOffset).flooredQuotient(by: CloudTime.day))
  }

  /// Midnight in Beijing at the start of a day.
  init(beijingMidnightOf day: CivilDay) {
    seconds = day.daysSinceEpoch * CloudTime.day - CloudTime.beijingOffset
  }

  /// The same time of day in Beijing so many calendar months later; the month's
  /// last day where there is no such day.
  func adding(months: Int) -> CloudTime {
    let day = beijingDay
    let timeOfDay = self - CloudTime(beijingMidnightOf: day)
    return CloudTime(beijingMidnightOf: day.adding(months: months)) + timeOfDay
  }

  private var dateAndTime: String {
    let date = CivilDay(daysSinceEpoch: seconds.flooredQuotient(by: CloudTime.day))
    return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))T\(timeOfDay)"
  }

  private var timeOfDay: String {
    let second = seconds.flooredRemainder(by: CloudTime.day)
    return [second / 3600, second / 60 % 60, second % 60].map { $0.padded(2) }
      .joined(separator: ":")
  }
}

/// A day of the Gregorian calendar, counted with the algorithms of H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
struct CivilDay: Hashable, Sendable {
  var year: Int
  var month: Int
  var day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// civil_from_days.
  init(daysSinceEpoch days: Int) {
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted.flooredRemainder(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// days_from_civil.
  var daysSinceEpoch: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredQuotient(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  func adding(months: Int) -> CivilDay {
    let index = year * 12 + month - 1 + months
    let newYear = index.flooredQuotient(by: 12)
    let newMonth = index.flooredRemainder(by: 12) + 1
    return CivilDay(
      year: newYear, month: newMonth,
      day: min(day, CivilDay.daysIn(month: newMonth, year: newYear)))
  }

  static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int {
  fileprivate func flooredQuotient(by divisor: Int) -> Int {
    (self - flooredRemainder(by: divisor)) / divisor
  }

  fileprivate func flooredRemainder(by divisor: Int) -> Int {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }

  func padded(_ width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
