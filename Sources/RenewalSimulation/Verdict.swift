import CFaultDisk
import RenewalCore
import RenewalDaemon

/// What was promised, held against what happened.
extension World {
  /// What people read in the journal.
  func hear(_ row: LedgerRow) {
    let entry = row.entry
    guard let kind = entry.subject.flatMap({ AlertKind(rawValue: $0) }) else { return }
    switch entry.kind {
    case .alertRaised, .alertRepeated:
      outcome.mix(UInt64(kind.rawValue.utf8.count))
      guard kind.severity == .page else { return }
      if let group = entry.group {
        // Whose page was taken back by a wrong date, believed for an hour at most, was called.
        let ended = endedPages[group].flatMap { time - $0.at <= 3_600_000 ? $0.since : nil }
        pages[group, default: [:]][kind] = pages[group]?[kind] ?? ended ?? time
      } else {
        generalPageSince = generalPageSince ?? time
      }
    case .alertCleared: entry.group.map { endPage(kind, of: $0) }
    case .alertAcknowledged where kind.needsAcknowledgement:
      entry.group.map { endPage(kind, of: $0) }
    default: break
    }
  }

  private func endPage(_ kind: AlertKind, of group: GroupID) {
    // One that has lapsed is about to be judged by it.
    guard let index = cloud.index(of: group), cloud.groups[index].expiry.seconds * 1000 > time,
      let since = pages[group]?.removeValue(forKey: kind)
    else { return }
    endedPages[group] = (since, time)
  }

  func checkEffects(of order: SimulatedCloud.Order) {
    guard let own = order.own else { return }
    if let count = cloud.effects[own.key], count > 1 {
      outcome.violations.append("paid \(count) times for \(own.key)")
    }
    let purchase = Audit.Purchase(
      key: own.key, rule: rule(of: own.key)?.name ?? "", signed: own.signed, amount: order.amount)
    outcome.breaches += audit.book(
      purchase, nonce: own.nonce, settings.policy, sweepInterval: settings.sweepInterval)
  }

  /// Within it everything settles once there are no more faults: what is under way
  /// may be disproved, and people come by.
  private var settling: Span {
    parameters.quarantine + parameters.pollInterval + .days(2)
  }

  func rule(of key: RenewalKey) -> RenewalRule? {
    settings.policy.rules.first { $0.match.ids.contains(key.subject.group) }
  }

  /// A lapse is a violation unless somebody was called a day before, or the
  /// daemon could not: it was down, if only since it was about to, or people dealt
  /// with its disk, and it called as soon as that was over. Once the faults are over and nothing holds a group, it is one too.
  func expire(_ group: Int, _ expiry: Instant) {
    guard cloud.groups[group].expiry == expiry else { return }
    let id = cloud.groups[group].id
    let hour: Int64 = 3_600_000
    let callDue = expiry.seconds * 1000 - 24 * hour
    let called = Array(pages[id, default: [:]].values) + [generalPageSince].compactMap(\.self)
    let first = called.min() ?? .max
    if !isLimited, time > chaosEnd + settling.seconds * 1000,
      audit.holds[id].map({ $0 <= expiry }) ?? true
    {
      outcome.violations.append(
        "\(id) lapsed at \(expiry), long after the last fault: \(standing(of: id))")
    } else if first <= callDue + hour {
      outcome.pagedLapses += 1
    } else if troubles.contains(where: { $0.from <= callDue + 60_000 && first <= $0.to + hour }) {
      outcome.faults.count("called as soon as a trouble was over")
    } else if downSince.map({ $0 < callDue + hour }) ?? false {
      outcome.faults.count("lapsed while the daemon was down")
    } else {
      outcome.violations.append(
        "\(id) lapsed at \(expiry) and nobody was called a day before: \(standing(of: id))")
    }
    // People renew it the next day.
    agenda.plan(
      .humanRenews(group: group, expiry), at: time + peopleLuck.number(1...48) * 3_600_000)
  }

  /// What the daemon thinks of a group, for whoever looks into a violation.
  private func standing(of id: GroupID) -> String {
    guard let engine else { return "the daemon is down since \(downSince ?? 0)" }
    if let fault = engine.storageFault { return "its storage failed: \(fault)" }
    let row = try? engine.store.read {
      try $0.group(GroupKey(account: account, group: id))
    }
    return row.map {
      "\($0.standing), \($0.reason), looks again \(String(describing: $0.attentionAt))"
    }
      ?? "it does not know the group"
  }

  func judgeEnd() {
    guard outcome.isClean else { return }
    let now = Instant(end / 1000)
    // Of a lapse was judged then; people take two days to renew by hand.
    for group in cloud.groups where group.expiry + .days(3) <= now {
      outcome.violations.append(
        "\(group.id) is expired since \(group.expiry), long after the last fault: "
          + standing(of: group.id))
    }
    for (key, count) in cloud.effects where count > 1 {
      outcome.violations.append("paid \(count) times for \(key)")
    }
    guard let store = engine?.store else {
      outcome.violations.append("the daemon is not running after the last fault")
      return
    }
    let open = (try? store.read { try $0.openRenewals() }) ?? []
    for renewal in open where now - renewal.since > settling {
      outcome.violations.append(
        "renewal \(renewal.id) is \(renewal.state) since \(renewal.since), long after the last fault"
      )
    }
    outcome.mix(UInt64(bitPattern: store.head.sequence))
    outcome.mix(store.head.hash)
  }
}
