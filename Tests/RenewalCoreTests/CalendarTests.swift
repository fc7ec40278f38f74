import RenewalCore
import Testing

@Suite struct `Instants` {
  @Test(arguments: [
    ("2022-04-27T16:00:00.000+00:00", 1_651_075_200), ("2022-04-27T16:00:00Z", 1_651_075_200),
    ("2022-04-28T00:00:00+08:00", 1_651_075_200), ("2022-04-28T00:00:00.5+0800", 1_651_075_200),
    ("2022-04-27T16:00Z", 1_651_075_200), ("1970-01-01T00:00:00Z", 0),
    ("1969-12-31T23:59:59Z", -1), ("2024-02-29T00:00:00Z", 1_709_164_800),
    ("9999-12-31T23:59:59Z", 253_402_300_799), ("2022-04-27T10:30:00-05:30", 1_651_075_200),
  ])
  func `are read in every form that the cloud writes`(text: String, seconds: Int64) {
    #expect(Instant(iso8601: text) == Instant(seconds))
  }

  @Test(arguments: [
    "", "soon", "2022-04-27", "2022-04-27T16:00:00", "2022-13-27T16:00:00Z",
    "2023-02-29T00:00:00Z", "2022-04-27T24:00:00Z", "2022-04-27T16:00:00.Z",
    "2022-04-27T16:00:00+8", "2022-04-27T16:00:00Zx", "0000-01-01T00:00:00Z",
    "２０２２-04-27T16:00:00Z", "2022-04-27T16:00:Z", "2022-04-27T16:00:0Z",
    "2022-04-27T16:00:00+24:00", "2022-04-27T16:00:00+08:60", "2022-04-27T16:00:00+08:",
  ])
  func `that would have to be guessed are none`(text: String) {
    #expect(Instant(iso8601: text) == nil)
  }

  @Test func `are written so that they read as themselves`() {
    for seconds in stride(from: Int64(-62_135_596_800), to: 253_402_300_799, by: 86_399 * 997) {
      let instant = Instant(seconds)
      #expect(Instant(iso8601: instant.description) == instant)
    }
  }

  @Test func `are read from an HTTP date, which has one form`() {
    #expect(Instant(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT") == Instant(784_111_777))
    #expect(Instant(httpDate: "Sunday, 06-Nov-94 08:49:37 GMT") == nil)
    #expect(Instant(httpDate: "Sun, 06 Nov 1994 08:49:37 CET") == nil)
    #expect(Instant(httpDate: "Sun, 31 Feb 1994 08:49:37 GMT") == nil)
    #expect(Instant(httpDate: "Sun, 06 Nov 1994 08:49 GMT") == nil)
    #expect(Instant(httpDate: "Sun, 06 Nov 1994 08:49:3x GMT") == nil)
  }

  @Test func `saturate instead of overflowing`() {
    #expect(Instant(.max) + .days(1) == Instant(.max))
    #expect(Instant(.min) - .days(1) == Instant(.min))
    #expect(Instant(.min) + -.days(1) == Instant(.min))
    #expect(Instant(.max) - -.days(1) == Instant(.max))
    #expect((Instant(.max) - Instant(.min)).seconds == .max)
    #expect((Instant(.min) - Instant(.max)).seconds == .min)
  }

  @Test func `are apart by spans that saturate as well`() {
    let longest = Span(seconds: .max)
    let shortest = Span(seconds: .min)
    #expect(longest + .days(1) == longest && longest - -.days(1) == longest)
    #expect(shortest + -.days(1) == shortest && shortest - .days(1) == shortest)
    #expect(-shortest == longest && shortest.magnitude == longest)
    #expect(Span.days(1) * .max == longest && -Span.days(1) * .min == longest)
    #expect(Span.days(1) * .min == shortest && -Span.days(1) * .max == shortest)
  }

  @Test func `of all days from 1970 to 2200 survive the calendar and back`() {
    for day in 0..<84_000 {
      let date = CivilDate(daysSinceEpoch: day)
      #expect(date.daysSinceEpoch == day)
    }
    #expect(CivilDate(daysSinceEpoch: 0) == CivilDate(year: 1970, month: 1, day: 1))
  }

  @Test func `of days before the year 1 survive the calendar and back`() {
    let days = stride(from: -1_500_000, to: -700_000, by: 97)
    #expect(days.filter { CivilDate(daysSinceEpoch: $0).daysSinceEpoch != $0 } == [])
    // The year 0 is a leap year, and the one before it ends on the day before.
    #expect(CivilDate(year: 0, month: 2, day: 29).daysSinceEpoch == -719_469)
    #expect(CivilDate(year: 0, month: 3, day: 1).daysSinceEpoch == -719_468)
    #expect(CivilDate(daysSinceEpoch: -719_529) == CivilDate(year: -1, month: 12, day: 31))
  }

  @Test func `of a month before another keep their day, or take its last`() {
    func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
      CivilDate(year: year, month: month, day: day)
    }
    #expect(date(2028, 3, 31).adding(months: -1) == date(2028, 2, 29))
    #expect(date(2027, 1, 31).adding(months: -2) == date(2026, 11, 30))
    // The year before the first, and the one before that.
    #expect(date(0, 1, 31).adding(months: -1) == date(-1, 12, 31))
    #expect(date(0, 1, 31).adding(months: -12) == date(-1, 1, 31))
    #expect(date(0, 1, 31).adding(months: -13) == date(-2, 12, 31))
  }
}

@Suite struct `Billing periods` {
  @Test func `exist only for what is sold`() {
    let sold: [(Int, BillingPeriod.Unit)] = [
      (1, .week), (1, .month), (2, .month), (3, .month), (6, .month), (1, .year), (2, .year),
      (3, .year),
    ]
    for unit in BillingPeriod.Unit.allCases {
      for count in 0...13 {
        let isSold = sold.contains { $0 == (count, unit) }
        #expect((BillingPeriod(count: count, unit: unit) != nil) == isSold, "\(count) \(unit)")
      }
    }
  }

  @Test(arguments: [
    ("2026-01-30T16:00:00Z", BillingPeriod.oneMonth, "2026-02-27T16:00:00Z"),
    ("2024-01-30T16:00:00Z", .oneMonth, "2024-02-28T16:00:00Z"),
    ("2024-02-28T16:00:00Z", .oneYear, "2025-02-27T16:00:00Z"),
    ("2026-03-10T16:00:00Z", .sixMonths, "2026-09-10T16:00:00Z"),
    ("2026-11-30T16:00:00Z", .threeMonths, "2027-02-28T16:00:00Z"),
    ("2026-03-10T16:00:00Z", .oneWeek, "2026-03-17T16:00:00Z"),
  ])
  func `forecast in Beijing's calendar`(from: String, period: BillingPeriod, to: String) throws {
    let start = try #require(Instant(iso8601: from))
    #expect(period.forecast(from: start) == Instant(iso8601: to))
  }

  @Test func `always forecast within their least and greatest extension`() {
    for day in stride(from: Int64(0), to: 84_000, by: 13) {
      let start = Instant(day * 86400 + 57_600)
      for period in BillingPeriod.allCases {
        let moved = period.forecast(from: start) - start
        #expect(moved >= period.minimumExtension && moved <= period.maximumExtension)
      }
    }
  }

  @Test func `cannot be mistaken for two of themselves`() {
    for period in BillingPeriod.allCases {
      #expect(period.minimumExtension + period.minimumExtension > period.maximumExtension)
    }
  }

  @Test func `leave room for every attempt before a person is called`() {
    for parameters in [ProtocolParameters.withBilling, .withoutBilling] {
      for period in BillingPeriod.allCases {
        #expect(
          ProtocolParameters.defaultLeadTime(for: period) >= parameters.leastLeadTime(for: period))
      }
    }
  }
}
