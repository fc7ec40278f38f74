import Testing

@testable import SandboxCloud

@Suite struct `The seeded fleet` {
  private func fleet(_ count: Int = 12, seed: UInt64 = 7) -> [SandboxGroup] {
    var generator = SeededGenerator(seed: seed)
    return SeededFleet.groups(count, at: Caller.start, using: &generator)
  }

  @Test func `the same seed gives the same fleet, another seed another`() {
    #expect(fleet().map(\.id) == fleet().map(\.id))
    #expect(fleet().map(\.expiry) == fleet().map(\.expiry))
    #expect(fleet().map(\.id) != fleet(seed: 8).map(\.id))
    #expect(Set(fleet(500).map(\.id)).count == 500)
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func `a dozen has four due, one held, one pay as you go and one expired`(_ seed: UInt64) {
    let groups = fleet(seed: seed)
    let days = groups.map { $0.expiry.map { Double($0 - Caller.start) / 86400 } }
    func count(_ range: Range<Double>) -> Int { days.count { $0.map(range.contains) == true } }
    #expect(count(1..<7) == 5)
    #expect(groups.count { $0.name.hasPrefix("hold-") } == 1)
    #expect(groups.count { $0.chargeType == .postPaid } == 1)
    #expect(groups.allSatisfy { ($0.chargeType == .postPaid) == ($0.expiry == nil) })
    #expect(count(-4..<0) == 1)
    #expect(count(19..<301) == 5)
    #expect(groups.allSatisfy { $0.created < Caller.start })
    #expect(groups.allSatisfy { $0.expiry.map { $0.seconds % 86400 == 16 * 3600 } ?? true })
  }
}

@Suite struct `The sandbox's calendar` {
  @Test(arguments: [
    ("2030-01-02T03:04:05Z", 1_893_553_445), ("2030-01-02T11:04:05+08:00", 1_893_553_445),
    ("2030-01-02T11:04:05.123+0800", 1_893_553_445), ("1970-01-01", 0), ("2000-02-29", 951_782_400),
    ("1969-12-31T23:59:59Z", -1),
  ])
  func `instants are read in every form`(_ text: String, _ seconds: Int) {
    #expect(CloudTime(text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "2030", "2030-13-01", "2030-02-29", "2030-01-02T03:04:05", "2030-01-02T24:00:00Z",
    "2030-01-02T03:04:05.Z", "2030-01-02T03:04:05Zx", "2030-01-02 03:04:05Z", "+030-01-02",
  ])
  func `anything else is no instant`(_ text: String) {
    #expect(CloudTime(text) == nil)
  }

  @Test func `instants are written as each header and field wants them`() {
    let time = CloudTime(1_893_553_445)
    #expect(time.description == "2030-01-02T03:04:05Z")
    #expect(time.groupText == "2030-01-02T03:04:05.000+00:00")
    #expect(time.httpDate == "Wed, 02 Jan 2030 03:04:05 GMT")
  }

  @Test func `days survive the way there and back for four centuries`() {
    for day in stride(from: -80_000, through: 80_000, by: 17) {
      #expect(CivilDay(daysSinceEpoch: day).daysSinceEpoch == day)
    }
  }

  @Test func `amounts are exact and refuse what they cannot hold`() {
    #expect(Amount("1234.5", currency: "CNY")?.minorUnits == 123_450)
    #expect(Amount("1234", currency: "JPY")?.minorUnits == 1234)
    for text in ["", ".5", "1.", "1.234", "-1", "1e3", "1,000"] {
      #expect(Amount(text, currency: "CNY") == nil)
    }
    #expect(Amount("1.0", currency: "JPY") == nil)
    #expect(
      Amount(minorUnits: 123_456_789).text(currency: "CNY", separators: true) == "1,234,567.89")
    #expect(Amount(minorUnits: -5).text(currency: "CNY") == "-0.05")
  }
}
