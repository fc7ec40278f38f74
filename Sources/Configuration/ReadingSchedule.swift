import RenewalCore

/// `[schedule]`: what all rules have unless they or `[defaults]` say otherwise.
struct Schedule {
  var zone = NamedZone.utc
  var staffed: [WeeklyHours] = []
  var settings = HourSettings()

  init() {}

  init(reading table: TableReader) {
    var table = table
    zone =
      table.text("time_zone", "a name such as \"Asia/Shanghai\"", ZoneDatabase.zone)?.value ?? .utc
    staffed = table.texts("staffed", WeeklyHours.parse)?.value.flatMap { $0 } ?? []
    settings = HourSettings(reading: &table)
    table.finish()
  }

  func hours(_ own: HourSettings) -> PaymentHours {
    PaymentHours(
      zone: zone, windows: own.windows?.value ?? [], staffed: staffed,
      blackouts: own.blackouts.map {
        // A time that exists twice is closed both times.
        Blackout(from: zone.first($0.from), until: zone.last($0.until))
      })
  }
}

/// What `[schedule]`, `[defaults]` and `[[rule]]` have in common.
struct HourSettings {
  var windows: Located<[WeeklyHours]>?
  var blackouts: [WallBlackout] = []
  var spread: Located<Span>?

  init() {}

  init(reading table: inout TableReader) {
    windows = table.texts("windows", WeeklyHours.parse).map {
      Located(value: $0.value.flatMap { $0 }, position: $0.position)
    }
    blackouts = table.texts("blackouts", WallBlackout.init)?.value ?? []
    spread = table.text("spread", "a duration such as \"12h\"", DurationText.parse)
  }

  /// Windows are the nearest that are given; blackouts add up.
  func over(_ wider: HourSettings) -> HourSettings {
    var merged = self
    merged.windows = windows ?? wider.windows
    merged.blackouts = wider.blackouts + blackouts
    merged.spread = spread ?? wider.spread
    return merged
  }
}

extension WeeklyHours {
  private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  /// Reads `Mon-Fri 09:00-18:00`, `Sat,Sun 10:00-12:00`, `22:00-06:00`.
  /// Hours past midnight belong to the day on which they begin.
  static func parse(_ text: String) throws(Misread) -> [WeeklyHours] {
    let usage = Misread(
      "'\(text)' names no hours; write for instance \"Mon-Fri 09:00-18:00\" or \"22:00-06:00\"")
    let parts = text.split(separator: " ")
    guard let hours = parts.last, parts.count <= 2 else { throw usage }
    let ends = hours.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let start = ClockText.second(ends[0]),
      let end = ClockText.second(ends[1]), start < 86400
    else { throw usage }
    guard start != end else {
      throw Misread("'\(text)' ends as it begins; the whole day is \"00:00-24:00\"")
    }
    let weekdays = parts.count == 2 ? try weekdays(parts[0], usage) : Array(0..<7)
    return weekdays.flatMap { day in
      start < end
        ? [WeeklyHours(weekday: day, start: start, end: end)]
        : [
          WeeklyHours(weekday: day, start: start, end: 86400),
          WeeklyHours(weekday: (day + 1) % 7, start: 0, end: end),
        ].filter { $0.start < $0.end }
    }
  }

  private static func weekdays(_ text: Substring, _ usage: Misread) throws(Misread) -> [Int] {
    var found: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = ends.first, let last = ends.last
      else { throw usage }
      var day = try weekday(first, of: text)
      let end = try weekday(last, of: text)
      found.append(day)
      while day != end {
        day = (day + 1) % 7
        found.append(day)
      }
    }
    return found
  }

  private static func weekday(_ text: Substring, of hours: Substring) throws(Misread) -> Int {
    if let day = days.firstIndex(of: String(text)) { return day }
    let hint = suggestion(for: String(text), among: days).map { "; did you mean \"\($0)\"?" }
    throw Misread("'\(text)' in '\(hours)' is no day of \"Mon\" to \"Sun\"\(hint ?? "")")
  }
}

/// Two times by a clock on the wall, with a slash between.
struct WallBlackout {
  var from: WallTime
  var until: WallTime

  init(_ text: String) throws(Misread) {
    let ends = text.split(separator: "/", omittingEmptySubsequences: false)
    guard ends.count == 2, let from = ClockText.wallTime(ends[0]),
      let until = ClockText.wallTime(ends[1])
    else {
      throw Misread(
        "'\(text)' is no time to be closed; write for instance "
          + "\"2026-12-24 00:00/2027-01-02 00:00\"")
    }
    guard from < until else { throw Misread("'\(text)' ends before it begins") }
    self.from = from
    self.until = until
  }
}

enum ClockText {
  /// `09:00` to `24:00` as the second of the day.
  static func second(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
      let minute = Int(parts[1]), (0...24).contains(hour), (0...59).contains(minute),
      hour < 24 || minute == 0
    else { return nil }
    return hour * 3600 + minute * 60
  }

  /// `2026-12-24 00:00`.
  static func wallTime(_ text: Substring) -> WallTime? {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let second = second(parts[1]) else { return nil }
    let numbers = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 3, numbers[0].utf8.count == 4, let year = Int(numbers[0]),
      let month = Int(numbers[1]), let day = Int(numbers[2]),
      Instant(year: year, month: month, day: day) != nil
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    return WallTime(
      date: second == 86400 ? date.adding(days: 1) : date, second: second % 86400)
  }
}

extension TableReader {
  /// One string or a list of them, each with a meaning of its own.
  mutating func texts<Value>(
    _ key: String, _ read: (String) throws(Misread) -> Value
  ) -> Located<[Value]>? {
    let texts = strings(key)
    guard let first = texts.first else { return nil }
    var values: [Value] = []
    for text in texts {
      do throws(Misread) { values.append(try read(text.value)) } catch {
        diagnosis.report(text.position, error.message)
      }
    }
    return Located(value: values, position: first.position)
  }
}
