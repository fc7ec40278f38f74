import RenewalCore
import Testing

@Suite struct `Copies that are kept` {
  private let now = Instant(iso8601: "2026-11-26T20:00:00Z") ?? Instant(0)

  @Test func `are the newest of each of the last days and months`() {
    let daily = (0..<800).map { now - .days(Int64($0)) }
    let retention = BackupRetention(daily: 35, monthly: 24)
    let kept = retention.kept(of: daily)
    #expect(daily.prefix(35).allSatisfy(kept.contains))
    // November and October are among the days; of 22 earlier months the last day each.
    #expect(kept.count == 35 + 22)
    #expect(kept.contains(Instant(iso8601: "2026-09-30T20:00:00Z") ?? now))
    #expect(!kept.contains(Instant(iso8601: "2026-09-29T20:00:00Z") ?? now))
    // Thinning again removes nothing more.
    #expect(retention.kept(of: kept) == kept)
  }

  @Test func `count days that have a copy, not days that passed`() {
    let old = now - .days(400)
    #expect(BackupRetention(daily: 2, monthly: 0).kept(of: [old, now]) == [old, now])
  }

  @Test func `of one day are the newest, and all of the last hour`() {
    let copies = [now, now - .minutes(59), now - .hours(2), now - .hours(3)]
    #expect(BackupRetention(daily: 1, monthly: 0).kept(of: copies) == Set(copies.prefix(2)))
    #expect(BackupRetention().kept(of: []).isEmpty)
  }
}
