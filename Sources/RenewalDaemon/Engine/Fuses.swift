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
      let start = max(now - settings.sweepInterval, fuseLiftedAt ?? Instant(.min))
      let paid = try reader.paid(since: start, without: own)
      (counts.paidInSweep, counts.spentInSweep) = (paid.count, paid.money)
    }
    if limits.sharePerSweep != nil { counts.fleet = try fleetSize(reader) }
    if limits.stormMargin != nil {
      counts.hour = try storm(hourForecast, at: now, without: own, reader)
      counts.day = try storm(dayForecast, at: now, without: own, reader)
    }
    return counts
  }

  private func storm(
    _ forecast: Forecast?, at now: Instant, without own: Int64?, _ reader: StoreReader
  ) throws -> FuseCounts.Storm? {
    guard let forecast, now >= forecast.start, now < forecast.end else { return nil }
    let paid = try reader.paid(since: forecast.start - .seconds(1), without: own)
    return FuseCounts.Storm(paid: paid.count, foreseen: forecast.groups)
  }

  /// As the last sweeps listed it; before them, as the inventory knows it.
  private func fleetSize(_ reader: StoreReader) throws -> Int {
    let listed = accounts.values.map(\.groupCount)
    guard listed.allSatisfy({ $0 > 0 }) else {
      return try reader.standings().values.reduce(0, +)
    }
    return listed.reduce(0, +)
  }

  /// Takes the forecasts whose hour or day has begun, once every group is known
  /// and judged.
  func foresee() {
    guard settings.policy.fuses.stormMargin != nil, !accounts.isEmpty, review == .done,
      accounts.values.allSatisfy({ $0.lastComplete != nil && $0.clockDoubt == nil })
    else { return }
    hourForecast = foreseen(hourForecast, .hours(1))
    dayForecast = foreseen(dayForecast, .days(1))
  }

  /// A group that is seen for the first time is due by its own terms.
  func foresee(_ newcomer: Instant?) {
    guard let newcomer else { return }
    if let end = hourForecast?.end, newcomer < end { hourForecast?.groups += 1 }
    if let end = dayForecast?.end, newcomer < end { dayForecast?.groups += 1 }
  }

  private func foreseen(_ last: Forecast?, _ length: Span) -> Forecast? {
    let now = now
    if let last, now >= last.start, now < last.end { return last }
    let start = Instant(now.seconds - now.seconds % length.seconds)
    let end = start + length
    let groups = try? store.read { reader in
      try reader.dueBefore(end) + reader.paid(since: start - .seconds(1)).count
    }
    return groups.map { Forecast(start: start, end: end, groups: $0) }
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
    let at = now
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
