import CFaultDisk
import RenewalCore
import RenewalDaemon

/// What happens to the machine, and what people do about it.
extension World {
  func planMishaps() {
    let rates: [(Mishap, Int)] = [
      (.kill, plan.kills), (.powerCut, plan.powerCuts), (.diskFault, plan.diskFaults),
      (.rollback, plan.rollbacks), (.liveRestore, plan.liveRestores),
      (.imageRestore, plan.imageRestores), (.clockStep, plan.clockSteps),
      (.suspension, plan.suspensions),
    ]
    for (mishap, perTenYears) in rates {
      let whole = perTenYears * shape.years
      let count = whole / 10 + (machineLuck.happens(whole % 10 * 100) ? 1 : 0)
      for _ in 0..<count {
        agenda.plan(.mishap(mishap), at: machineLuck.number(start...chaosEnd))
      }
    }
  }

  func befall(_ mishap: Mishap) {
    switch mishap {
    case .kill:
      // Between any two of the coming effects.
      if effectsUntilKill == 0 { effectsUntilKill = machineLuck.number(1...100) }
    case .powerCut:
      // At a random operation soon, not between two events.
      guard engine != nil, !isFaultArmed else { return }
      outcome.faults.count("power cut")
      isFaultArmed = fault_disk_arm(
        disk.raw, .every, machineLuck.number(1...200), 1,
        machineLuck.happens(500) ? .offBefore : .offAfter)
    case .diskFault:
      guard engine != nil, !isFaultArmed else { return }
      outcome.faults.count("disk fault")
      _ = fault_disk_arm(
        disk.raw, machineLuck.pick([.write, .sync, .read, .delete, .truncate]),
        machineLuck.number(1...100), 1,
        machineLuck.pick([.error, .full, .markedClean]))
    case .rollback: restoreOldDatabase(whileRunning: false)
    case .liveRestore: restoreOldDatabase(whileRunning: true)
    case .imageRestore: restoreImage()
    case .clockStep:
      outcome.faults.count("wall clock stepped")
      wallOffset = machineLuck.pick([
        0, 0, -60_000, 240_000, -7_200_000, 86_400_000, -31_536_000_000,
      ])
    case .suspension:
      // The machine sleeps: the boot clock runs on, events come late.
      guard engine != nil else { return }
      outcome.faults.count("suspended")
      let asleep = time
      time += machineLuck.number(1...14_400) * 1000
      troubles.append((asleep, time))
    }
  }

  /// Puts back an older copy of the database alone, as from a backup; the
  /// sidecar stays.
  private func restoreOldDatabase(whileRunning: Bool) {
    guard engine != nil else { return }
    guard let snapshot else {
      self.snapshot = disk.snapshot()
      return
    }
    audit.forgetWords()
    outcome.faults.count(whileRunning ? "database replaced while running" : "database rolled back")
    if !whileRunning { stopProcess(restartIn: machineLuck.number(10...3600)) }
    fault_disk_restore(disk.raw, snapshot, disk.databasePath)
    renewSnapshot()
  }

  /// Puts back the whole machine from an older image: database, sidecar and
  /// all. Nothing on it can tell; a new boot does.
  private func restoreImage() {
    guard let snapshot else {
      self.snapshot = disk.snapshot()
      return
    }
    outcome.faults.count("machine restored from an image")
    audit.forgetWords()
    audit.forgetPurchases()
    if machineLuck.happens(300) {
      outcome.faults.count("image booted on another machine")
      machine += 1
    }
    engine = nil
    process += 1
    downSince = downSince ?? time
    disk.kill()
    fault_disk_restore(disk.raw, snapshot, nil)
    disk.anchor = nil
    boot += 1
    let back = machineLuck.number(60...7200)
    bootedAt = time + back * 1000 - 20_000
    agenda.plan(.restart, at: time + back * 1000)
    renewSnapshot()
  }

  private func renewSnapshot() {
    if let snapshot { fault_disk_snapshot_free(snapshot) }
    snapshot = disk.snapshot()
  }

  /// People look at the journal a few times a day and do what it asks for.
  func peopleLook() {
    if wallOffset != 0, peopleLuck.happens(300) { wallOffset = 0 }
    guard let engine else { return }
    // Only a reboot lifts it.
    if engine.storageFault?.latches == true, peopleLuck.happens(500) {
      outcome.faults.count("rebooted by an operator")
      return powerCut()
    }
    for alert in engine.standingAlerts {
      switch alert.kind {
      case .doubleExtension, .orderMismatch, .amountMismatch, .rollback, .ledgerTamper:
        if peopleLuck.happens(500) { operate(.acknowledge(alert.id)) }
      case .machineChanged:
        if peopleLuck.happens(500) { operate(.acknowledge(alert.id, note: "it is the only one")) }
      case .expiryRegressed:
        acceptExpiry(alert.group)
      case .stuckOrder, .unpaidOrder:
        lookIntoConsole(alert.group)
      case .fuse:
        if let name = engine.blownFuse?.name, peopleLuck.happens(500) { liftFuse(name) }
      case .approvalNeeded, .approvalOverdue:
        if peopleLuck.happens(600) { decide(alert.group) }
      case .expiryNear, .attemptsExhausted:
        guard !alert.acknowledged, peopleLuck.happens(300),
          let index = cloud.index(of: alert.group)
        else { continue }
        operate(.acknowledge(alert.id))
        // As the alert says: hold first, wait for what may be under way, then pay.
        let key = GroupKey(account: account, group: alert.group)
        let hold = Hold(until: engineNow + .hours(26), reason: "renewing by hand")
        if operate(.hold(key, hold)) { audit.holds[key.group] = hold.until }
        agenda.plan(
          .humanRenews(group: index, cloud.groups[index].expiry), at: time + 4 * 3_600_000)
      // Read, and told no more.
      default:
        if !alert.acknowledged, peopleLuck.happens(700) { operate(.acknowledge(alert.id)) }
      }
      if self.engine == nil { return }
    }
    guard engine.storageFault == nil else { return }
    if let since = generalPageSince,
      !engine.standingAlerts.contains(where: {
        $0.group.text.isEmpty && $0.kind.severity == .page
      })
    {
      troubles.append((since, time))
      generalPageSince = nil
    }
  }

  /// The console shows the true expiry, and whether that is what the daemon reads.
  private func acceptExpiry(_ group: GroupID) {
    guard let engine, let index = cloud.index(of: group),
      let offer = try? engine.prepareOverride(
        of: GroupKey(account: account, group: group), at: reading),
      offer.renewal == nil
    else { return }
    // A hasty person does not look, and has to be refused in time.
    guard cloud.groups[index].expiry == offer.key.expiry || peopleLuck.happens(300) else { return }
    operate(.override(.acceptExpiry, token: offer.token, reason: "refunded"))
  }

  private var engineNow: Instant { Instant(time / 1000) }

  /// The console shows all orders of the group, so that a person can say what
  /// became of the renewal.
  private func lookIntoConsole(_ group: GroupID) {
    guard let engine, let index = cloud.index(of: group),
      !cloud.orders.contains(where: { $0.group == index && $0.status == .unpaid }),
      let offer = try? engine.prepareOverride(
        of: GroupKey(account: account, group: group), at: reading),
      let renewal = offer.renewal
    else { return }
    // Whatever is under way is over by then.
    guard engineNow > renewal.intent.provableFrom(parameters) else { return }
    let isPaid = cloud.orders.contains { $0.key == renewal.intent.key && $0.status == .paid }
    operate(
      .override(isPaid ? .confirmPaid : .confirmNotPaid, token: offer.token, reason: "console"))
  }

  private func liftFuse(_ name: FuseName) {
    outcome.faults.count("fuse \(name.rawValue) lifted")
    audit.fuseLifted = engineNow
    operate(.liftFuse(name, reason: "looked into it"))
  }

  /// Somebody says yes, or seldom no, to a price that waits.
  private func decide(_ group: GroupID) {
    guard let engine else { return }
    let key = GroupKey(account: account, group: group)
    guard let row = try? engine.store.read({ try $0.group(key) }),
      let renewal = row.record.renewalKey, let rule = rule(of: renewal),
      let asked = (try? engine.store.read { try $0.deliberation(of: key) })??.asked
    else { return }
    if peopleLuck.happens(100) {
      outcome.faults.count("vetoed")
      if operate(.veto(key, reason: "no")) { audit.vetoes.insert(renewal) }
    } else {
      outcome.faults.count("approved")
      let approval = Audit.Approval(
        ceiling: asked.price.minorUnits, until: engineNow + rule.approvalLife + .minutes(5))
      // It may be used before this returns.
      audit.approvals[renewal] = approval
      operate(.approve(key, seen: asked.price, reason: "yes"))
    }
  }

  /// - Returns: whether it was carried out, for sure.
  @discardableResult
  private func operate(_ command: OperatorCommand) -> Bool {
    guard let engine else { return false }
    let (effects, refusal) = engine.operate(command, actor: "operator", at: reading)
    guard !disk.isOff else {
      powerCut()
      return false
    }
    perform(effects)
    return refusal == nil
  }
}
