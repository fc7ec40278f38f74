/// A calendar day of the proleptic Gregorian calendar.
///
/// Only for what people read, for plausibility and for forecasts: the expiry
/// that the cloud shows is the truth, never one that was computed.
package struct CivilDate: Hashable, Comparable, Sendable {
  package var year: Int
  /// 1 to 12.
  package var month: Int
  /// 1 to 31.
  package var day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days since 1970-01-01, after H. Hinnant, "chrono-Compatible Low-Level
  /// Date Algorithms" (days_from_civil): eras of 400 years that begin in March,
  /// so that the leap day is the last of its year.
  package var daysSinceEpoch: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146097 + dayOfEra - 719468
  }

  /// The inverse (civil_from_days of the same paper).
  package init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719468
    let era = (shifted >= 0 ? shifted : shifted - 146096) / 146097
    let dayOfEra = shifted - era * 146097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package static func < (left: CivilDate, right: CivilDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  package static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The same day so many months later, or the month's last where there is no
  /// such day: 31 January + 1 month is 28 or 29 February.
  package func adding(months: Int) -> CivilDate {
    let index = year * 12 + (month - 1) + months
    let newYear = index >= 0 ? index / 12 : (index - 11) / 12
    let newMonth = index - newYear * 12 + 1
    return CivilDate(
      year: newYear, month: newMonth,
      day: min(day, CivilDate.daysIn(month: newMonth, year: newYear)))
  }
}

extension Instant {
  /// `nil` where the numbers name no real time of day or calendar day.
  package init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    offset: Span = .zero
  ) {
    guard (1...12).contains(month), (1...9999).contains(year), day >= 1,
      day <= CivilDate.daysIn(month: month, year: year),
      (0...23).contains(hour), (0...59).contains(minute),
      // A leap second reads as the second after it.
      (0...60).contains(second)
    else { return nil }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    self.init(Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second) - offset.seconds)
  }

  /// The calendar day and the second of it at a fixed offset from UTC.
  package func civil(offset: Span = .zero) -> (date: CivilDate, secondOfDay: Int) {
    let shifted = (self + offset).seconds
    let day = shifted >= 0 ? shifted / 86400 : (shifted - 86399) / 86400
    return (CivilDate(daysSinceEpoch: Int(day)), Int(shifted - day * 86400))
  }
}

extension CivilDate {
  /// `2026-03-10`.
  package var text: String {
    "\(CalendarMonth(self))" + (day < 10 ? "-0" : "-") + "\(day)"
  }
}
