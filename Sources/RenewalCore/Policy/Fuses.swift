/// Limits that stop all payments when they are passed, until an operator lifts
/// the fuse: what happens there is no ordinary day.
package struct FuseLimits: Hashable, Sendable {
  /// Renewals paid for within one interval of the sweep. `nil`: no limit.
  package var groupsPerSweep: Int?
  /// The same, as a share of all groups; one group at least.
  package var sharePerSweep: Percentage?
  /// Money within one interval, one amount for each currency. Empty: no limit.
  package var moneyPerSweep: [Money]
  /// How far the renewals paid for in an hour or a day of UTC may pass the
  /// number that was due by the expiry dates when it began. `nil`: no limit.
  package var stormMargin: Percentage?
  /// Paid calls at a time once the first of the day has settled: 1 to 4.
  package var callsAtOnce: Int

  package init(
    groupsPerSweep: Int? = nil, sharePerSweep: Percentage? = nil, moneyPerSweep: [Money] = [],
    stormMargin: Percentage? = Percentage(hundredths: 5_000), callsAtOnce: Int = 4
  ) {
    self.groupsPerSweep = groupsPerSweep
    self.sharePerSweep = sharePerSweep
    self.moneyPerSweep = moneyPerSweep
    self.stormMargin = stormMargin
    self.callsAtOnce = callsAtOnce
  }

  /// Groups that nobody foresaw, such as new ones, in a small fleet.
  package static let stormAllowance = 5
}

package enum FuseName: String, Hashable, Sendable, CaseIterable, Codable {
  case groupsPerSweep = "groups-per-sweep"
  case sharePerSweep = "share-per-sweep"
  case moneyPerSweep = "money-per-sweep"
  case stormPerHour = "storm-per-hour"
  case stormPerDay = "storm-per-day"
}

/// A fuse that stops all payments. Outlives the process.
package struct BlownFuse: Hashable, Sendable, Codable {
  package var name: FuseName
  package var at: Instant
  package var reason: String

  package init(name: FuseName, at: Instant, reason: String) {
    self.name = name
    self.at = at
    self.reason = reason
  }
}

/// What the fuses count, the renewal that is about to be paid for not included.
package struct FuseCounts: Hashable, Sendable {
  package var paidInSweep: Int
  package var spentInSweep: [Money]
  /// All groups that are known.
  package var fleet: Int
  package var hour: Storm?
  package var day: Storm?

  /// Renewals since the hour or the day began, and how many were due in it.
  package struct Storm: Hashable, Sendable {
    package var paid: Int
    package var foreseen: Int
    /// Whether that number is of this hour or day: else it is the last that was
    /// known, or zero, and what passes it waits and blows nothing.
    package var isCurrent: Bool

    package init(paid: Int, foreseen: Int, isCurrent: Bool = true) {
      self.paid = paid
      self.foreseen = foreseen
      self.isCurrent = isCurrent
    }
  }

  package init(
    paidInSweep: Int = 0, spentInSweep: [Money] = [], fleet: Int = 0, hour: Storm? = nil,
    day: Storm? = nil
  ) {
    self.paidInSweep = paidInSweep
    self.spentInSweep = spentInSweep
    self.fleet = fleet
    self.hour = hour
    self.day = day
  }
}

extension FuseLimits {
  /// The fuse that one more renewal at this price would blow, and why.
  package func blown(by price: Money, beside counts: FuseCounts) -> (
    name: FuseName, reason: String
  )? {
    let groups = counts.paidInSweep + 1
    if let groupsPerSweep, groups > groupsPerSweep {
      return (
        .groupsPerSweep,
        "this would be renewal \(groups) within one interval of the sweep, at most \(groupsPerSweep)"
      )
    }
    if let sharePerSweep {
      let most = max(1, sharePerSweep.roundedUp(of: counts.fleet))
      if groups > most {
        return (
          .sharePerSweep,
          "this would be renewal \(groups) of \(counts.fleet) groups within one interval of the "
            + "sweep, at most \(sharePerSweep)"
        )
      }
    }
    if let most = moneyPerSweep.first(where: { $0.currency == price.currency }) {
      let spent =
        counts.spentInSweep.first { $0.currency == price.currency }
        ?? Money(minorUnits: 0, currency: price.currency)
      let sum = try? spent.adding(price)
      if sum.map({ $0.minorUnits > most.minorUnits }) ?? true {
        return (
          .moneyPerSweep,
          "this would be \(sum?.description ?? "too much") within one interval of the sweep, "
            + "at most \(most)"
        )
      }
    }
    return storm(counts, isCurrent: true)
  }

  /// Why one more renewal has to wait until it is known how many are due. A few are
  /// let through each hour: a forecast that never comes must not let a fleet lapse.
  package func wait(beside counts: FuseCounts) -> String? {
    storm(counts, isCurrent: false).map { "how many are due is not known yet; \($0.reason)" }
  }

  /// The currencies are listed, and the price is in none of them.
  package func lacksLimit(for price: Money) -> Bool {
    !moneyPerSweep.isEmpty && !moneyPerSweep.contains { $0.currency == price.currency }
  }

  private func storm(
    _ counts: FuseCounts, isCurrent: Bool
  ) -> (name: FuseName, reason: String)? {
    storm(.stormPerHour, counts.hour, "hour", isCurrent: isCurrent)
      ?? storm(.stormPerDay, counts.day, "day", isCurrent: isCurrent)
  }

  private func storm(
    _ name: FuseName, _ storm: FuseCounts.Storm?, _ time: String, isCurrent: Bool
  ) -> (name: FuseName, reason: String)? {
    guard let stormMargin, let storm, storm.isCurrent == isCurrent else { return nil }
    let most = storm.foreseen + stormMargin.roundedUp(of: storm.foreseen) + Self.stormAllowance
    guard storm.paid + 1 > most else { return nil }
    return (
      name,
      "this would be renewal \(storm.paid + 1) of the \(time) in which \(storm.foreseen) were due "
        + "when it began, at most \(most)"
    )
  }
}
