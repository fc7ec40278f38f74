import ArgumentParser
import RenewalCore

/// The languages of the report. Both texts of a phrase stand where it is used.
enum ReportLanguage: String, CaseIterable, ExpressibleByArgument, Sendable {
  case en
  case zh

  func callAsFunction(_ english: String, _ chinese: String) -> String {
    self == .en ? english : chinese
  }

  /// As HTML names it.
  var tag: String { self("en", "zh-Hans") }
}

/// Days, spans and amounts as the report's reader writes them.
struct ReportSpeech: Sendable {
  var language: ReportLanguage
  var clock: ClockFace

  func callAsFunction(_ english: String, _ chinese: String) -> String {
    language(english, chinese)
  }

  /// `10 March 2026`.
  func day(_ instant: Instant) -> String { day(clock.civil(instant).date) }

  func day(_ date: CivilDate) -> String {
    language(
      "\(date.day) \(Self.months[date.month - 1]) \(date.year)",
      "\(date.year)年\(date.month)月\(date.day)日")
  }

  /// `10 Mar`, where the year is plain from what stands around it.
  func shortDay(_ instant: Instant) -> String {
    let date = clock.civil(instant).date
    return language(
      "\(date.day) \(Self.months[date.month - 1].prefix(3))", "\(date.month)月\(date.day)日")
  }

  func month(_ month: CalendarMonth) -> String {
    language("\(Self.months[month.number - 1]) \(month.year)", "\(month.year)年\(month.number)月")
  }

  func shortMonth(_ month: CalendarMonth) -> String {
    language(String(Self.months[month.number - 1].prefix(3)), "\(month.number)月")
  }

  /// `in 12 days`, `3 hours ago`.
  func distance(to instant: Instant) -> String {
    let span = instant - clock.now
    if span.magnitude < .minutes(1) { return language("now", "现在") }
    let text = length(span.magnitude)
    return span > .zero ? language("in \(text)", "\(text)后") : language("\(text) ago", "\(text)前")
  }

  private typealias Unit = (seconds: Int64, one: String, many: String, chinese: String)
  private static let units: [Unit] = [
    (86400, "day", "days", "天"), (3600, "hour", "hours", "小时"),
    (60, "minute", "minutes", "分钟"), (1, "second", "seconds", "秒"),
  ]

  /// In its largest unit: what is days away needs no minutes.
  private func length(_ span: Span) -> String {
    let units = Self.units
    let unit = units.first { span.seconds >= $0.seconds * ($0.seconds == 3600 ? 2 : 1) } ?? units[3]
    return text(of: span, in: unit)
  }

  /// As a rule has it, to the second: `7 days`, `36 hours`.
  func exactLength(_ span: Span) -> String {
    text(of: span, in: Self.units.first { span.seconds % $0.seconds == 0 } ?? Self.units[3])
  }

  private func text(of span: Span, in unit: Unit) -> String {
    let number = Int(span.seconds / unit.seconds)
    return language("\(number) \(number == 1 ? unit.one : unit.many)", "\(number) \(unit.chinese)")
  }

  /// `1,234,567`.
  func number(_ number: Int) -> String { Self.grouped(String(number)) }

  /// `1,234.50 CNY`: exact, as in the ledger.
  func amount(_ money: Money) -> String { "\(Self.grouped(money.decimalText)) \(money.currency)" }

  func amounts(_ amounts: [Money]) -> String {
    amounts.isEmpty ? language("nothing", "无") : amounts.map(amount).joined(separator: " + ")
  }

  /// `1 Month`, as the ledger has it, or in Chinese.
  func period(_ text: String) -> String {
    guard language == .zh, let period = BillingPeriod(rawValue: text) else { return text }
    let unit =
      switch period.unit {
      case .week: "周"
      case .month: "个月"
      case .year: "年"
      }
    return "\(period.count) \(unit)"
  }

  private static func grouped(_ text: String) -> String {
    let end = text.firstIndex(of: ".") ?? text.endIndex
    var result = String(text[end...])
    var count = 0
    for digit in text[..<end].reversed() {
      if count > 0, count % 3 == 0, digit.isNumber { result = "," + result }
      result = String(digit) + result
      count += 1
    }
    return result
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
}
