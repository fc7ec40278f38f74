import Glibc
import RenewalCore

/// The system's time zones (package tzdata), as compiled files of RFC 8536.
///
/// Read here and not asked of Foundation: its zones come with a database of
/// their own, which the system's updates do not reach.
enum ZoneDatabase {
  static let directory = "/usr/share/zoneinfo"

  /// Rules are written out until then; what lies beyond has no offset changes.
  static let lastYear = 2200

  /// - Throws: for a name that the database does not have, with the one that
  ///   was probably meant.
  static func zone(_ name: String) throws(Misread) -> NamedZone {
    if name == NamedZone.utc.name { return .utc }
    let isName =
      !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"),
          UInt8(ascii: "-"), UInt8(ascii: "+"):
          true
        default: false
        }
      }
    guard isName, let bytes = contents(directory + "/" + name) else {
      let hint = suggestion(for: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw Misread(
        access(directory, R_OK) == 0
          ? "no time zone is called '\(name)'\(hint)"
          : "\(directory) is missing, install tzdata; without it \"UTC\" is the only time zone")
    }
    guard let zone = ZoneFile.zone(name, bytes) else {
      throw Misread("'\(name)' is no time zone that can be read: \(directory)/\(name)")
    }
    return zone
  }

  /// All names, from the database's text form.
  private static var names: [String] {
    guard let bytes = contents(directory + "/tzdata.zi") else { return ["UTC"] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      switch fields.first {
      case "Z" where fields.count > 1: return String(fields[1])
      case "L" where fields.count > 2: return String(fields[2])
      default: return nil
      }
    }
  }

  private static func contents(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count < 1 << 20 {
      let count = read(descriptor, &buffer, buffer.count)
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
    return nil
  }
}

/// One compiled zone (RFC 8536, version 2 or later).
enum ZoneFile {
  /// `nil` for anything that is not such a file.
  static func zone(_ name: String, _ bytes: [UInt8]) -> NamedZone? {
    var reader = ByteReader(bytes: bytes[...])
    guard let old = Header(&reader), old.version >= UInt8(ascii: "2"),
      reader.skip(old.size(ofTime: 4)), let header = Header(&reader),
      let times = reader.list(header.times, { $0.integer(8) }),
      let kinds = reader.list(header.times, { $0.integer(1) }),
      let types = reader.list(
        header.types,
        { reader in
          let offset = reader.integer(4).map { Int64(Int32(truncatingIfNeeded: $0)) }
          return reader.skip(2) ? offset : nil
        }),
      reader.skip(header.rest), let first = types.first
    else { return nil }
    var transitions: [NamedZone.Transition] = []
    for (time, kind) in zip(times, kinds) {
      guard kind < types.count, transitions.last.map({ $0.at.seconds < time }) ?? true
      else { return nil }
      transitions.append(.init(at: Instant(time), offset: .seconds(types[Int(kind)])))
    }
    let footer = String(decoding: reader.bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    guard footer.count >= 2 else { return nil }
    if !footer[1].isEmpty {
      guard let rule = ZoneRule(String(footer[1])) else { return nil }
      transitions += rule.transitions(after: transitions.last?.at)
    }
    return NamedZone(name: name, firstOffset: .seconds(first), transitions: transitions)
  }

  private struct Header {
    var version: UInt8
    var utc, standard, leaps, times, types, characters: Int

    init?(_ reader: inout ByteReader) {
      guard reader.take(4).map({ Array($0) == Array("TZif".utf8) }) == true,
        let version = reader.take(1)?.first, reader.skip(15),
        let counts = reader.list(6, { $0.integer(4) }), counts.allSatisfy({ $0 < 1 << 16 })
      else { return nil }
      self.version = version
      utc = Int(counts[0])
      standard = Int(counts[1])
      leaps = Int(counts[2])
      times = Int(counts[3])
      types = Int(counts[4])
      characters = Int(counts[5])
    }

    func size(ofTime width: Int) -> Int {
      times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standard + utc
    }

    /// Behind the types of the second block.
    var rest: Int { characters + leaps * 12 + standard + utc }
  }
}

/// Big-endian numbers from a slice of bytes.
private struct ByteReader {
  var bytes: ArraySlice<UInt8>

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, bytes.count >= count else { return nil }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }

  mutating func skip(_ count: Int) -> Bool { take(count) != nil }

  mutating func integer(_ width: Int) -> Int64? {
    take(width).map { Int64(bitPattern: $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
  }

  mutating func list(
    _ count: Int, _ element: (inout ByteReader) -> Int64?
  ) -> [Int64]? {
    var list: [Int64] = []
    for _ in 0..<count {
      guard let value = element(&self) else { return nil }
      list.append(value)
    }
    return list
  }
}

/// The rule for all years after the last listed transition, as POSIX writes it
/// in `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule {
  private var standard: Int64
  private var summer: (offset: Int64, start: Day, end: Day)?

  private struct Day {
    enum Date {
      /// `Mm.w.d`: the w-th such weekday of a month, the fifth being the last;
      /// Sunday is 0.
      case weekday(month: Int, week: Int, day: Int)
      /// `Jn`: 1 to 365, without 29 February.
      case julian(Int)
      /// `n`: 0 to 365.
      case dayOfYear(Int)
    }
    var date: Date
    var time: Int64
  }

  init?(_ text: String) {
    var rest = Substring(text)
    guard Self.name(&rest), let offset = Self.time(&rest) else { return nil }
    standard = -offset
    guard !rest.isEmpty else { return }
    guard Self.name(&rest) else { return nil }
    var summerOffset = standard + 3600
    if let next = rest.first, next != "," {
      guard let offset = Self.time(&rest) else { return nil }
      summerOffset = -offset
    }
    let days = rest.split(separator: ",", omittingEmptySubsequences: false).dropFirst()
    guard days.count == 2, let start = Self.day(days[days.startIndex]),
      let end = Self.day(days[days.startIndex + 1])
    else { return nil }
    summer = (summerOffset, start, end)
  }

  func transitions(after last: Instant?) -> [NamedZone.Transition] {
    guard let summer else { return [] }
    let year = last.map { $0.civil().date.year } ?? 1970
    guard year <= ZoneDatabase.lastYear else { return [] }
    return (year...ZoneDatabase.lastYear).flatMap { year in
      [
        NamedZone.Transition(
          at: instant(summer.start, year, offset: standard), offset: .seconds(summer.offset)),
        NamedZone.Transition(
          at: instant(summer.end, year, offset: summer.offset), offset: .seconds(standard)),
      ]
    }
    .sorted { $0.at < $1.at }.filter { change in last.map { change.at > $0 } ?? true }
  }

  private func instant(_ day: Day, _ year: Int, offset: Int64) -> Instant {
    let date: CivilDate
    switch day.date {
    case .weekday(let month, let week, let weekday):
      let first = CivilDate(year: year, month: month, day: 1)
      // The core counts from Monday, POSIX from Sunday.
      let ahead = (weekday + 6 - first.weekday + 7) % 7
      var number = 1 + ahead + 7 * (week - 1)
      while number > CivilDate.daysIn(month: month, year: year) { number -= 7 }
      date = CivilDate(year: year, month: month, day: number)
    case .julian(let number):
      let isLeap = CivilDate.daysIn(month: 2, year: year) == 29
      date = CivilDate(year: year, month: 1, day: 1)
        .adding(days: number - 1 + (isLeap && number >= 60 ? 1 : 0))
    case .dayOfYear(let number):
      date = CivilDate(year: year, month: 1, day: 1).adding(days: number)
    }
    return Instant(Int64(date.daysSinceEpoch) * 86400 + day.time - offset)
  }

  private static func name(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let letters = rest.prefix { $0.isASCII && $0.isLetter }
    rest = rest.dropFirst(letters.count)
    return letters.count >= 3
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func time(_ rest: inout Substring) -> Int64? {
    let text = rest.prefix { $0 == "+" || $0 == "-" || $0 == ":" || ($0.isASCII && $0.isNumber) }
    rest = rest.dropFirst(text.count)
    let isNegative = text.first == "-"
    let digits = text.drop { $0 == "+" || $0 == "-" }
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard (1...3).contains(parts.count), parts.allSatisfy({ $0.map { $0 < 168 } ?? false })
    else { return nil }
    let seconds = zip(parts, [3600, 60, 1]).reduce(Int64(0)) { $0 + ($1.0 ?? 0) * $1.1 }
    return isNegative ? -seconds : seconds
  }

  private static func day(_ text: Substring) -> Day? {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let date = parts.first else { return nil }
    var time: Int64 = 7200
    if parts.count == 2 {
      var rest = parts[1]
      guard let written = self.time(&rest), rest.isEmpty else { return nil }
      time = written
    }
    if date.first == "M" {
      let numbers = date.dropFirst().split(separator: ".").compactMap { Int($0) }
      guard numbers.count == 3, (1...12).contains(numbers[0]), (1...5).contains(numbers[1]),
        (0...6).contains(numbers[2])
      else { return nil }
      return Day(
        date: .weekday(month: numbers[0], week: numbers[1], day: numbers[2]), time: time)
    }
    if date.first == "J" {
      return Int(date.dropFirst()).flatMap {
        (1...365).contains($0) ? Day(date: .julian($0), time: time) : nil
      }
    }
    return Int(date).flatMap {
      (0...365).contains($0) ? Day(date: .dayOfYear($0), time: time) : nil
    }
  }
}
