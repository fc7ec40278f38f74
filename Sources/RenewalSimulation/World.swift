import CFaultDisk
import InventoryStore
import RenewalCore
import RenewalDaemon

/// One simulated world: a cloud, a network, a machine with its disk, the
/// daemon's own engine and store, and the people around them. Single-threaded;
/// everything follows from the seed.
package final class World {
  package struct Shape: Sendable {
    package var years: Int
    package var groups: Int

    package init(years: Int, groups: Int) {
      self.years = years
      self.groups = groups
    }
  }

  enum Event {
    case wake(process: Int, number: Int)
    case readReply(process: Int, ReadID, ReadReply)
    case paymentArrives(SignedPayment, RenewalKey, SimulatedCloud.Arrival)
    case paymentReply(process: Int, renewal: Int64, PaymentReply)
    case restart
    case mishap(Mishap)
    case expires(group: Int, Instant)
    case humanRenews(group: Int, Instant)
    case refund(group: Int, Instant)
    case peopleLook
    case orderDecided(order: Int, isPaid: Bool)
    case priceChanges(group: Int, Int64)
    case chaosEnds
  }

  enum Mishap: CaseIterable {
    case kill, powerCut, diskFault, rollback, liveRestore, imageRestore, clockStep, suspension
  }

  let account: AccountName = "main"
  let seed: UInt64
  let shape: Shape
  var plan: FaultPlan
  /// What is allowed.
  let settings: EngineSettings
  /// What the daemon is told of it.
  private let toldSettings: EngineSettings
  let parameters: ProtocolParameters
  let disk: VirtualDisk
  var cloud: SimulatedCloud
  var agenda = Agenda<Int64, Event>()
  var outcome = Outcome()
  var audit = Audit()
  private let priceChanges: Int64
  let isLimited: Bool

  // The cloud's time in milliseconds since 1970.
  var time: Int64
  let start: Int64
  let chaosEnd: Int64
  let end: Int64

  // Luck, one course for each part.
  var networkLuck: Seeded
  var machineLuck: Seeded
  var peopleLuck: Seeded
  var nonceLuck: Seeded
  private var priceLuck: Seeded

  // The machine.
  var engine: RenewalEngine?
  var process = 0
  var wakeNumber = 0
  var boot = 1
  var machine = 1
  var bootedAt: Int64
  var wallOffset: Int64 = 0
  var downSince: Int64?
  var snapshot: OpaquePointer?
  var isFaultArmed = false
  /// 0: nobody kills it.
  var effectsUntilKill: Int64 = 0
  /// When the machine slept, the daemon did not run, or people were called about
  /// more than one group.
  var troubles: [(from: Int64, to: Int64)] = []

  private var failedStarts = 0
  private var busyHour: Int64 = 0
  private var busyCycles = 0

  // What people were told.
  /// By what still stands.
  var pages: [GroupID: [AlertKind: Int64]] = [:]
  /// The last that was over, for another that follows at once.
  var endedPages: [GroupID: (since: Int64, at: Int64)] = [:]
  var generalPageSince: Int64?

  /// - Parameters:
  ///   - believed: the daemon's own parameters; by default they are true
  ///     of this world's cloud.
  ///   - toldOfLimits: false keeps budgets, fuses and bounds of prices from it.
  package init?(
    seed: UInt64, shape: Shape, name: String, believed: ProtocolParameters? = nil,
    toldOfLimits: Bool = true
  ) {
    guard let disk = VirtualDisk(name) else { return nil }
    self.disk = disk
    self.seed = seed
    self.shape = shape
    var luck = Seeded(seed)
    networkLuck = luck.fork()
    machineLuck = luck.fork()
    peopleLuck = luck.fork()
    nonceLuck = luck.fork()
    plan = .drawn(&luck)
    let readsBilling = luck.happens(500)
    parameters = readsBilling ? .withBilling : .withoutBilling
    let dayOfYear = luck.number(0...365)
    time = 1_767_225_600_000 + dayOfYear * 86_400_000
    start = time
    bootedAt = time - 60_000
    let span: Int64 = Int64(shape.years) * 365 * 86_400_000
    chaosEnd = time + span
    end = chaosEnd + 40 * 86_400_000
    var groups: [SimulatedCloud.Group] = []
    var rules: [RenewalRule] = []
    // Of all terms, of months, or of years.
    let terms = luck.pick([
      BillingPeriod.allCases, BillingPeriod.allCases.filter { $0.months.map { $0 < 12 } ?? false },
      BillingPeriod.allCases.filter { $0.months.map { $0 >= 12 } ?? false },
    ])
    for number in 0..<shape.groups {
      let period = luck.pick(terms)
      let id = GroupID("aig-\(number)")
      let expiry = Instant(time / 1000) + .days(luck.number(10...60))
      groups.append(
        .init(
          id: id, period: period, price: luck.number(100...100_000), expiry: expiry,
          shown: [[(from: Int64(0), expiry: expiry)], [(from: Int64(0), expiry: expiry)]]))
      rules.append(
        RenewalRule(
          name: "rule-\(number)", match: GroupMatcher(ids: [id]), action: .renew, period: period,
          leadTime: ProtocolParameters.defaultLeadTime(for: period)))
    }
    cloud = SimulatedCloud(groups: groups)
    // Rare ones leave more to the due dates that the daemon keeps by itself. A
    // group of a week that people renew late has to be seen again in its week.
    let sweepInterval = luck.pick([Span.hours(24), .days(2), .days(3)])
    let longestSleep = luck.pick([Span.hours(6), .days(1), .days(10)])
    let rulesAlone = rules
    priceLuck = luck.fork()
    let allowance = Allowance.drawn(for: groups, rules: &rules, &priceLuck)
    priceChanges = allowance.priceChanges
    isLimited = allowance.isLimited
    settings = EngineSettings(
      mode: .pay,
      policy: RenewalPolicy(
        rules: rules, budgets: allowance.budgets, fuses: allowance.fuses,
        zone: priceLuck.pick(Allowance.zones)),
      accounts: [
        AccountSettings(
          name: account, parameters: believed ?? parameters, readsBilling: readsBilling,
          hasPayer: true)
      ],
      sweepInterval: sweepInterval, longestSleep: longestSleep)
    var told = settings
    if !toldOfLimits { told.policy = RenewalPolicy(rules: rulesAlone) }
    toldSettings = told
  }

  deinit {
    if let snapshot { fault_disk_snapshot_free(snapshot) }
  }

  /// Runs the world to its end.
  package func run() -> Outcome {
    fault_disk_fix_sqlite(seed, start)
    for index in cloud.groups.indices { planExpiry(of: index) }
    planMishaps()
    for _ in 0..<priceChanges * Int64(shape.years) {
      let group = Int(priceLuck.number(0...Int64(shape.groups - 1)))
      agenda.plan(
        .priceChanges(group: group, priceLuck.number(70...150)),
        at: priceLuck.number(start...chaosEnd))
    }
    agenda.plan(.restart, at: time)
    agenda.plan(.peopleLook, at: time + 3_600_000)
    agenda.plan(.chaosEnds, at: chaosEnd)
    while let (at, event) = agenda.next(), at <= end, outcome.isClean {
      time = max(time, at)
      happen(event)
    }
    judgeEnd()
    engine = nil
    outcome.starts = process
    outcome.transactions = fault_disk_count(disk.raw, .delete)
    outcome.groupYears =
      Double(shape.groups) * Double(min(time, end) - start) / (365 * 86_400_000)
    outcome.mix(UInt64(bitPattern: cloud.ownSpending))
    return outcome
  }

  private func happen(_ event: Event) {
    outcome.mix(UInt64(bitPattern: time))
    switch event {
    case .wake(let process, let number):
      if process == self.process, number == wakeNumber { tell(.woke) }
    case .readReply(let process, let id, let reply):
      if process == self.process { tell(.readReplied(id, reply)) }
    case .paymentReply(let process, let renewal, let reply):
      if process == self.process { tell(.paymentReplied(renewal: renewal, reply)) }
    case .paymentArrives(let payment, let key, let arrival):
      arrive(payment, key, arrival)
    case .restart: startProcess()
    case .mishap(let mishap): befall(mishap)
    case .expires(let group, let expiry): expire(group, expiry)
    case .humanRenews(let group, let expiry):
      guard cloud.groups[group].expiry == expiry else { return }
      outcome.faults.count("human renewed")
      cloud.renewByHand(group, at: time, lag: lags())
      planExpiry(of: group)
    case .refund(let group, let expiry):
      guard cloud.groups[group].expiry == expiry,
        cloud.refund(group, at: time, lag: lags())
      else { return }
      outcome.faults.count("refunded")
      planExpiry(of: group)
    case .peopleLook:
      peopleLook()
      agenda.plan(.peopleLook, at: time + 6 * 3_600_000)
    case .orderDecided(let order, let isPaid):
      guard cloud.orders[order].status == .unpaid else { return }
      if isPaid {
        cloud.pay(order, at: time, lag: lags())
        planExpiry(of: cloud.orders[order].group)
        checkEffects(of: cloud.orders[order])
      } else {
        cloud.cancel(order)
      }
    case .priceChanges(let group, let percent):
      outcome.faults.count("price changed")
      cloud.groups[group].prices.append((until: time, price: cloud.groups[group].price))
      cloud.groups[group].price = max(1, cloud.groups[group].price * percent / 100)
    case .chaosEnds:
      plan = .calm
      fault_disk_disarm(disk.raw)
      isFaultArmed = false
      effectsUntilKill = 0
      wallOffset = 0
    }
  }

  // MARK: The daemon

  var reading: ClockReading {
    ClockReading(wall: Instant((time + wallOffset) / 1000), boot: time - bootedAt)
  }

  func startProcess() {
    guard engine == nil else { return }
    process += 1
    do {
      let store = try InventoryStore(
        path: disk.databasePath, sidecar: try VirtualSidecar(disk), identity: disk,
        now: reading.wall)
      engine = RenewalEngine(
        store: store, settings: toldSettings, anchor: disk, faultMark: VirtualFaultMark(disk),
        signer: self, bootID: "boot-\(boot)", machineID: "machine-\(machine)",
        makeNonce: { [unowned self] in String(nonceLuck.next(), radix: 16) })
    } catch {
      failedStarts += 1
      if failedStarts > 100 {
        outcome.violations.append("the daemon does not start any more: \(error)")
      }
      if disk.isOff { powerCut() } else { stopProcess(restartIn: 60) }
      return
    }
    failedStarts = 0
    if let since = downSince { troubles.append((since, time)) }
    downSince = nil
    tell(.started)
  }

  func tell(_ event: EngineEvent) {
    guard let engine else { return }
    let effects = engine.handle(event, at: reading)
    outcome.cycles += 1
    watchForSpin(event)
    // The power may have failed in the middle of it: nothing after is real.
    guard !disk.isOff else { return powerCut() }
    perform(effects)
  }

  func perform(_ effects: [EngineEffect]) {
    for effect in effects {
      if effectsUntilKill > 0 {
        effectsUntilKill -= 1
        if effectsUntilKill == 0 {
          outcome.faults.count("killed")
          return stopProcess(restartIn: machineLuck.number(1...600))
        }
      }
      perform(effect)
      if engine == nil { return }
    }
    // A broken ledger is left behind: the daemon is restarted by its operator.
    if engine?.store.fault != nil {
      outcome.faults.count("stopped on a storage fault")
      stopProcess(restartIn: 600)
    }
  }

  private func perform(_ effect: EngineEffect) {
    switch effect {
    case .announce(let rows): rows.forEach(hear)
    // Nobody orders a group in these worlds.
    case .sweepEnded, .heldBack, .create, .drafted: break
    case .storageFailed: generalPageSince = generalPageSince ?? time
    case .read(let id, _, let read): carry(id, read)
    case .pay(let renewal, _, let payment, let sendBefore, let deadline):
      outcome.payments += 1
      guard reading.boot < sendBefore else { return }
      carry(payment, renewal: renewal, deadline: deadline)
    case .wake(let boot):
      wakeNumber += 1
      agenda.plan(
        .wake(process: process, number: wakeNumber), at: max(time + 1, bootedAt + boot))
    }
  }

  func stopProcess(restartIn seconds: Int64) {
    engine = nil
    process += 1
    downSince = downSince ?? time
    disk.kill()
    agenda.plan(.restart, at: time + seconds * 1000)
  }

  func powerCut() {
    engine = nil
    process += 1
    downSince = downSince ?? time
    disk.cutPower(&machineLuck)
    isFaultArmed = false
    boot += 1
    let back = machineLuck.number(30...7200)
    bootedAt = time + back * 1000 - 20_000
    agenda.plan(.restart, at: time + back * 1000)
  }

  /// A loop that turns without need is a fault too: it wears out a disk and
  /// fills a journal long before anybody looks.
  private func watchForSpin(_ event: EngineEvent) {
    if time / 3_600_000 != busyHour {
      busyHour = time / 3_600_000
      busyCycles = 0
    }
    busyCycles += 1
    if busyCycles > 2000 + 200 * cloud.groups.count {
      outcome.violations.append("more than \(busyCycles - 1) decisions in an hour, last \(event)")
    }
  }

  func planExpiry(of group: Int) {
    let expiry = cloud.groups[group].expiry
    // Who was called for the last expiry has done what there was to do.
    pages[cloud.groups[group].id] = nil
    agenda.plan(.expires(group: group, expiry), at: expiry.seconds * 1000)
    if peopleLuck.happens(plan.refunds) {
      agenda.plan(
        .refund(group: group, expiry), at: time + peopleLuck.number(1...(20 * 86400)) * 1000)
    }
    if peopleLuck.happens(plan.humanRenewals) {
      let before = peopleLuck.number(1...(8 * 86400)) * 1000
      agenda.plan(
        .humanRenews(group: group, expiry), at: max(time, expiry.seconds * 1000 - before))
    }
  }
}

extension World: PaymentSigning {
  package func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) -> SignedPayment {
    SignedPayment(request: request, nonce: nonce, date: date, hash: "signed-\(nonce)")
  }
}
