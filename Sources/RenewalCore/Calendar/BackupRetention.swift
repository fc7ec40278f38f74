/// Which copies of the ledger are kept: of each of the last days and of each of
/// the last months that have any, the newest; and all of the last hour, which
/// somebody may be fetching.
package struct BackupRetention: Hashable, Sendable {
  /// Days in UTC, at least 1.
  package var daily: Int
  /// Months in UTC.
  package var monthly: Int

  package init(daily: Int = 35, monthly: Int = 24) {
    self.daily = daily
    self.monthly = monthly
  }

  /// The copies to keep, by when they were made.
  package func kept(of copies: some Sequence<Instant>) -> Set<Instant> {
    let newestFirst = copies.sorted(by: >)
    // RFC 3339 begins with the day, which begins with the month.
    let hour = newestFirst.first.map { $0 - .hours(1) } ?? Instant(0)
    return Set(newestFirst.prefix { $0 >= hour })
      .union(newest(newestFirst, count: daily) { $0.description.prefix(10) })
      .union(newest(newestFirst, count: monthly) { $0.description.prefix(7) })
  }

  private func newest(
    _ newestFirst: [Instant], count: Int, in period: (Instant) -> Substring
  ) -> Set<Instant> {
    var seen: Set<Substring> = []
    var kept: Set<Instant> = []
    for instant in newestFirst where seen.count < count {
      if seen.insert(period(instant)).inserted { kept.insert(instant) }
    }
    return kept
  }
}
