import RenewalCore
import Testing

@Suite struct `A month of a zone` {
  /// Summer time in 2026 from 29 March, 01:00Z, to 25 October, 01:00Z.
  private let berlin = NamedZone(
    name: "Europe/Berlin", firstOffset: .hours(1),
    transitions: [
      .init(at: Instant(1_774_746_000), offset: .hours(2)),
      .init(at: Instant(1_792_890_000), offset: .hours(1)),
    ])
  private let shanghai = NamedZone(name: "Asia/Shanghai", firstOffset: .hours(8))

  private func bounds(_ text: String, _ zone: NamedZone) throws -> [String] {
    let month = try #require(CalendarMonth(text))
    #expect(month.description == text)
    #expect(CalendarMonth(of: month.start(in: zone), in: zone) == month)
    #expect(CalendarMonth(of: month.adding(1).start(in: zone) - .seconds(1), in: zone) == month)
    return [month.start(in: zone), month.adding(1).start(in: zone)].map(\.description)
  }

  @Test func `begins and ends at its midnights, to the second`() throws {
    #expect(try bounds("2026-03", .utc) == ["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"])
    // 743 hours: the clock is set forward within.
    #expect(try bounds("2026-03", berlin) == ["2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"])
    // 745 hours.
    #expect(try bounds("2026-10", berlin) == ["2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"])
    // A leap day.
    #expect(try bounds("2028-02", shanghai) == ["2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z"])
    #expect(try bounds("2026-12", shanghai) == ["2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z"])
  }

  @Test(arguments: [
    "2026-13", "2026-00", "2026-3", "26-03", "2026/03", "2026-03-01", "", "２０２６-03",
  ])
  func `is read from four digits and two, and from nothing else`(text: String) {
    #expect(CalendarMonth(text) == nil)
  }

  @Test func `goes on over the year's end, both ways`() throws {
    let december = try #require(CalendarMonth("2026-12"))
    #expect(december.adding(2).description == "2027-02")
    #expect(december.adding(-12).description == "2025-12")
    #expect(december < december.adding(1))
  }
}
