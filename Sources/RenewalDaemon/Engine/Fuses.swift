import FoundationEssentials
import InventoryStore
import RenewalCore

/// How many groups are due in an hour or a day, by the expiry dates at its
/// beginning. Taken anew after a start, a reload and a lifted fuse, when what
/// was paid for by then is part of it.
struct Forecast {
  var start: Instant
  var end: Instant
  var groups: Int
}

/// Fuses: what they count, how they blow and how they are lifted.
extension RenewalEngine {
  /// - Parameter own: a renewal that is not counted.
  func fuseCounts(
    at now: Instant, without own: Int64? = nil, _ reader: StoreReader
  ) throws -> FuseCounts {
    let limits = settings.policy.fuses
    var counts = FuseCounts()
    if limits.groupsPerSweep != nil || limits.sharePerSweep != nil || !limits.moneyPerSweep.isEmpty
    {
      // Lifted in the future: by a clock that was wrong then.
      let lifted = fuseLiftedAt.flatMap { $0 <= now + .minutes(1) ? $0 : nil }
      let start = max(now - settings.sweepInterval, lifted ?? Instant(.min))
      let paid = try reader.paid(since: start, without: own)
      (counts.paidInSweep, counts.spentInSweep) = (paid.count, paid.money)
    }
    if limits.sharePerSweep != nil { counts.fleet = try fleetSize(reader) }
    if limits.stormMargin != nil {
      counts.hour = try storm(hourForecast, .hours(1), at: now, without: own, reader)
      // Of a day that nothing is known of yet the hours alone are bounded.
      counts.day = try dayForecast.map {
        try storm($0, .days(1), at: now, without: own, reader)
      }
    }
    return counts
  }

  private func storm(
    _ forecast: Forecast?, _ length: Span, at now: Instant, without own: Int64?,
    _ reader: StoreReader
  ) throws -> FuseCounts.Storm {
    let isCurrent = forecast.map { now >= $0.start && now < $0.end } ?? false
    let start = Instant(now.seconds - now.seconds % length.seconds)
    let paid = try reader.paid(since: start - .seconds(1), without: own)
    return FuseCounts.Storm(
      paid: paid.count, foreseen: forecast?.groups ?? 0, isCurrent: isCurrent)
  }

  /// As the last sweeps listed it; before an account's first, as the inventory
  /// knows it.
  private func fleetSize(_ reader: StoreReader) throws -> Int {
    try accounts.reduce(0) { sum, account in
      sum + (try account.value.groupCount ?? reader.listedCount(in: account.key))
    }
  }

  /// Takes the forecasts whose hour or day has begun, once every group is known
  /// and judged. An account that was never seen whole keeps none from the others:
  /// what is known of it counts, and each of its groups that appears.
  func foresee() {
    guard settings.policy.fuses.stormMargin != nil, review == .done,
      let now = trustedTimes(where: { $0.lastComplete != nil }).max()
    else { return }
    hourForecast = foreseen(hourForecast, .hours(1), at: now)
    dayForecast = foreseen(dayForecast, .days(1), at: now)
  }

  /// The cloud's time in the accounts whose clock is beyond doubt.
  private func trustedTimes(
    where condition: (AccountState) -> Bool = { _ in true }
  ) -> [Instant] {
    accounts.values.filter { $0.clockDoubt == nil && condition($0) }
      .compactMap { $0.clock.now(at: reading) }
  }

  /// A group that is seen for the first time is due by its own terms.
  func foresee(_ newcomer: Instant?) {
    guard let newcomer else { return }
    if let end = hourForecast?.end, newcomer < end { hourForecast?.groups += 1 }
    if let end = dayForecast?.end, newcomer < end { dayForecast?.groups += 1 }
  }

  private func foreseen(_ last: Forecast?, _ length: Span, at now: Instant) -> Forecast? {
    if let last, now >= last.start, now < last.end { return last }
    let start = Instant(now.seconds - now.seconds % length.seconds)
    let end = start + length
    let groups = try? store.read { reader in
      try reader.dueBefore(end) + reader.paid(since: start - .seconds(1)).count
    }
    return groups.map { Forecast(start: start, end: end, groups: $0) } ?? last
  }

  func forgetForecasts() {
    hourForecast = nil
    dayForecast = nil
  }

  /// Stops all payments, in one durable transaction.
  func blow(_ name: FuseName, _ reason: String) {
    let fuse = BlownFuse(name: name, at: now, reason: reason)
    let recorded: Void? = record { transaction in
      let text = String(decoding: try JSONEncoder().encode(fuse), as: UTF8.self)
      try transaction.set(.blownFuse, text)
      try transaction.append(
        LedgerEntry(.fuseBlown, at: fuse.at, subject: name.rawValue, reason: reason))
      try raise(.fuse, reason: "\(name.rawValue): \(reason)", in: transaction)
    }
    guard recorded != nil else { return }
    blownFuse = fuse
    preparations = [:]
    judgeAll()
  }

  /// An operator's word that payments may go on.
  func lift(_ name: FuseName, reason: String, actor: String) throws(OperatorRefusal) {
    guard let fuse = blownFuse else { throw .notNow("no fuse is blown") }
    guard fuse.name == name else {
      throw .notNow("the fuse that is blown is \(fuse.name.rawValue)")
    }
    // The fuses count from here: the machine's own clock may be ahead, and the
    // earliest of the cloud's is in no account's future.
    guard let at = trustedTimes().min() else {
      throw .notNow("the cloud's time is not known")
    }
    let recorded: Void? = record { transaction in
      try transaction.append(
        LedgerEntry(.fuseLifted, at: at, subject: name.rawValue, actor: actor, reason: reason))
      try transaction.set(.blownFuse, nil)
      try transaction.set(.fuseLifted, String(at.seconds))
      try clear(.fuse, in: transaction)
    }
    guard recorded != nil else { throw .notNow("the ledger could not be written") }
    blownFuse = nil
    fuseLiftedAt = at
    forgetForecasts()
    obstacles = obstacles.filter { $0.value.check.check != .withinFuses }
    judgeAll()
  }

  /// What the last process left. A fuse that cannot be read is still blown.
  func recallFuse(_ reader: StoreReader) throws {
    fuseLiftedAt = try reader.setting(.fuseLifted).flatMap { Int64($0) }.map { Instant($0) }
    blownFuse = try reader.setting(.blownFuse).map { text in
      (try? JSONDecoder().decode(BlownFuse.self, from: Data(text.utf8)))
        ?? BlownFuse(name: .groupsPerSweep, at: now, reason: "it cannot be read: \(text)")
    }
  }
}
