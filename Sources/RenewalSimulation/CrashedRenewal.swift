import CFaultDisk
import InventoryStore
import RenewalCore
import RenewalDaemon

/// The end of one life of the daemon.
package struct Crash: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The process dies: files and the runtime directory stay as they read.
    case kill
    /// The machine dies: of what was not synced each change is lost with `loss`
    /// percent, and each surviving write torn with `tear` percent.
    case powerCut(loss: Int64, tear: Int64, seed: UInt64)
  }

  /// Counts from 1 over each life.
  package var boundary: Int64
  /// Whether that one operation or effect is still done.
  package var isAfter: Bool
  package var kind: Kind

  package init(at boundary: Int64, isAfter: Bool, _ kind: Kind) {
    self.boundary = boundary
    self.isAfter = isAfter
    self.kind = kind
  }
}

/// What else goes wrong with the first payment.
package enum PaymentTrouble: CaseIterable, Sendable {
  case none
  /// HTTP 500, and the order was placed and paid.
  case errorAfterEffect
  case replyLost
  case requestLost
  /// The reply is lost, and the new expiry shows just before W is over.
  case slowToShow
  /// Every second read shows the old expiry until then.
  case staleReplica
  /// The request takes effect at the end of its life, and reads in between
  /// carry a date from after W.
  case wrongDate
  /// Somebody else pays between the intent and the call.
  case paidElsewhere
}

/// One renewal of one group, from the daemon's first start until nothing about
/// it is open, with crashes at chosen boundaries: the real engine and store, in
/// a world where nothing is left to luck.
///
/// A boundary is one operation of the disk or one effect of the engine: what
/// the daemon was doing when it ended.
package final class CrashedRenewal {
  private enum Event {
    case restart
    case tell(life: Int, EngineEvent)
    case wake(life: Int, number: Int)
    case arrive(SignedPayment)
  }

  private static let start: Int64 = 1_767_225_600_000
  private let key = RenewalKey(
    subject: GroupKey(account: "main", group: "aig-1"),
    expiry: Instant(start / 1000) + .days(6))
  private let trouble: PaymentTrouble
  private let isLatched: Bool
  /// What is true of the cloud; the daemon may believe otherwise.
  private let parameters: ProtocolParameters
  private let settings: EngineSettings
  private let disk: VirtualDisk
  private var cloud: SimulatedCloud
  private var agenda = Agenda<Int64, Event>()
  private var crashes: [Crash]
  private var verdict = Verdict()

  private var time = CrashedRenewal.start
  private var end = CrashedRenewal.start + 5 * 86_400_000
  private var bootedAt = CrashedRenewal.start - 60_000
  private var boot = 1
  private var engine: RenewalEngine?
  private var life = 0
  /// Boundaries of this life so far.
  private var passed: Int64 = 0
  private var wakeNumber = 0
  private var nonces = 0
  private var reads = 0
  private var firstPayment: Int64 = .max
  /// Of the payments that the cloud took.
  private var takenNonces: [String] = []
  /// The crash whose worlds are foreseen at each boundary of the last life.
  private let foreseenKind: Crash.Kind?
  /// The ledger as it was told, over all lives.
  private var told: [Int64: LedgerEntry] = [:]

  package struct Verdict: Sendable {
    package var violations: [String] = []
    /// How many boundaries each life had, until its crash or until nothing was
    /// open any more.
    package var boundaries: [Int64] = []
    /// How many of the first life's boundaries came before the event that
    /// recorded the intent.
    package var beforeIntent: Int64 = 0
    package var isRenewed = false
    package var attempts = 0
    /// Paid calls that were sent.
    package var payments = 0
    /// What the last crash left, in a digest.
    package var world: Int?
    /// What a crash before each boundary of the last life would leave.
    package var foreseen: [Int] = []
  }

  /// - Parameters:
  ///   - name: of its disk. Worlds are the same only on disks of the same name.
  ///   - crashes: each counts from the restart after the one before.
  ///   - believed: the daemon's own parameters; by default those of the cloud.
  ///   - isLatched: whether an earlier process of this boot saw a sync fail.
  ///   - kind: the crash whose worlds are to be foreseen: one that loses all that
  ///     is volatile, or nothing.
  package init?(
    _ name: String, crashes: [Crash] = [], trouble: PaymentTrouble = .none,
    readsBilling: Bool = true, believed: ProtocolParameters? = nil, isLatched: Bool = false,
    foreseeing kind: Crash.Kind? = nil
  ) {
    guard let disk = VirtualDisk(name) else { return nil }
    self.disk = disk
    foreseenKind = kind
    self.crashes = crashes
    self.trouble = trouble
    parameters = readsBilling ? .withBilling : .withoutBilling
    if isLatched {
      disk.anchor = RuntimeAnchor(
        head: .empty, bootID: "boot-1", accounts: [:], storageFault: "a sync failed")
    }
    self.isLatched = isLatched
    let shown = [(from: Int64(0), expiry: key.expiry)]
    cloud = SimulatedCloud(groups: [
      .init(
        id: key.subject.group, period: .oneMonth, price: 100, expiry: key.expiry,
        shown: [shown, shown])
    ])
    settings = EngineSettings(
      mode: .pay,
      policy: RenewalPolicy(rules: [
        RenewalRule(
          name: "all", match: GroupMatcher(ids: [key.subject.group]), action: .renew,
          period: .oneMonth, leadTime: ProtocolParameters.defaultLeadTime(for: .oneMonth))
      ]),
      accounts: [
        AccountSettings(
          name: key.subject.account, parameters: believed ?? parameters, readsBilling: readsBilling,
          hasPayer: true)
      ],
      sweepInterval: .hours(24), longestSleep: .hours(6))
  }

  /// Runs until every wait of the protocol is over: for Q after the renewal has
  /// settled, else for five days.
  package func run() -> Verdict {
    fault_disk_fix_sqlite(1, Self.start)
    agenda.plan(.restart, at: time)
    while let (at, event) = agenda.next(), at <= end, verdict.violations.isEmpty {
      time = max(time, at)
      switch event {
      case .restart: startProcess()
      case .tell(let life, let event):
        if life == self.life { tell(event) }
      case .wake(let life, let number):
        if life == self.life, number == wakeNumber { tell(.woke) }
      case .arrive(let payment): _ = receive(payment, lag: [3000, 3000])
      }
      if let count = cloud.effects[key], count > 1 {
        verdict.violations.append("paid \(count) times for \(key)")
      }
    }
    judge()
    engine = nil
    return verdict
  }

  // MARK: The daemon

  private var reading: ClockReading {
    ClockReading(wall: Instant(time / 1000), boot: time - bootedAt)
  }

  private func startProcess() {
    life += 1
    passed = 0
    if let kind = foreseenKind, crashes.isEmpty {
      disk.beforeBoundary = { [unowned self] in
        guard verdict.boundaries.count < life else { return }
        verdict.foreseen.append(world(after: kind))
      }
    }
    untilCrash {
      do {
        let store = try InventoryStore(
          path: disk.databasePath, sidecar: try VirtualSidecar(disk), identity: disk,
          now: reading.wall)
        for doubt in store.openingDoubts {
          // A crash between a commit and its line beside it, and nothing else.
          if case .sidecarBehind(1) = doubt { continue }
          verdict.violations.append("life \(life) found its ledger \(doubt)")
        }
        let engine = RenewalEngine(
          store: store, settings: settings, anchor: disk, signer: self, bootID: "boot-\(boot)",
          makeNonce: { [unowned self] in
            // Code that runs on after the disk went off is that of a dead process.
            if !disk.isOff { nonces += 1 }
            return "nonce-\(nonces)"
          })
        self.engine = engine
        return engine.handle(.started, at: reading)
      } catch {
        if !disk.isOff { verdict.violations.append("life \(life) could not start: \(error)") }
        return []
      }
    }
  }

  private func tell(_ event: EngineEvent) {
    guard let engine else { return }
    untilCrash { engine.handle(event, at: reading) }
  }

  /// Handles an event and carries out its effects, as far as this life goes.
  private func untilCrash(_ handle: () -> [EngineEffect]) {
    let before = passed
    guard disk.live(until: crashes.first, passed: &passed, handle, then: perform) else {
      return endLife()
    }
    if let fault = engine?.store.fault {
      verdict.violations.append("the disk was sound and the store says: \(fault)")
    }
    guard verdict.boundaries.count < life, let store = engine?.store,
      let attempts = try? store.read({ try $0.attempts(for: key) }), !attempts.isEmpty
    else { return }
    if life == 1, verdict.beforeIntent == 0 { verdict.beforeIntent = before }
    if attempts.contains(where: { $0.state == .settled }),
      !attempts.contains(where: \.state.isOpen)
    {
      verdict.boundaries.append(passed)
      end = time + parameters.quarantine.seconds * 1000
    }
  }

  private func endLife() {
    engine = nil
    wakeNumber += 1
    if verdict.boundaries.count < life { verdict.boundaries.append(passed) }
    let kind = crashes.removeFirst().kind
    if crashes.isEmpty { verdict.world = world(after: kind) }
    if disk.end(by: kind) {
      boot += 1
      bootedAt = time + 60_000
      agenda.plan(.restart, at: time + 80_000)
    } else {
      agenda.plan(.restart, at: time + 10_000)
    }
  }

  /// All that what follows a crash depends on, in a digest: whatever is added to
  /// this class and outlives the daemon belongs here.
  private func world(after kind: Crash.Kind) -> Int {
    var hasher = Hasher()
    if kind == .kill {
      hasher.combine(fault_disk_digest(disk.raw))
      hasher.combine(disk.anchor)
    } else {
      hasher.combine(fault_disk_durable_digest(disk.raw))
    }
    hasher.combine(time)
    hasher.combine(end)
    hasher.combine(bootedAt)
    hasher.combine(boot)
    hasher.combine(nonces)
    hasher.combine(reads)
    hasher.combine(verdict.payments)
    hasher.combine(firstPayment)
    hasher.combine(takenNonces)
    hasher.combine(told)
    for (at, event) in agenda.planned {
      guard case .arrive(let payment) = event else { continue }
      hasher.combine(at)
      hasher.combine(payment)
    }
    cloud.combine(into: &hasher)
    return hasher.finalize()
  }

  private func perform(_ effect: EngineEffect) {
    switch effect {
    case .announce(let rows): rows.forEach(hear)
    // Nobody orders a group in these worlds.
    case .sweepEnded, .heldBack, .create, .drafted: break
    case .storageFailed(let error):
      if isLatched, boot == 1 { break }
      verdict.violations.append("the disk was sound and the ledger failed: \(error)")
    case .read(let id, _, let read):
      if let reply = answer(read) {
        agenda.plan(.tell(life: life, .readReplied(id, reply)), at: time + 200)
      }
    case .pay(let renewal, _, let payment, let sendBefore, _):
      if reading.boot < sendBefore { carry(payment, renewal) }
    case .wake(let boot):
      wakeNumber += 1
      agenda.plan(
        .wake(life: life, number: wakeNumber), at: max(time + 1, bootedAt + boot))
    }
  }

  private func answer(_ read: CloudRead) -> ReadReply? {
    if trouble == .paidElsewhere, hasOpenIntent {
      cloud.renewByHand(0, at: time, lag: [0, 0])
    }
    reads += 1
    let replica = trouble == .staleReplica ? reads % 2 : 0
    var date = Instant((time + 200) / 1000)
    if trouble == .wrongDate, (600_000...1_500_000).contains(time - firstPayment) {
      date = date + .days(3)
    }
    return cloud.answer(read, at: time + 200, replica: replica)
      .map { ReadReply(.success($0), serverTime: date) }
  }

  /// Whether an intent is recorded and nothing was bought by anybody.
  private var hasOpenIntent: Bool {
    guard cloud.orders.isEmpty, let store = engine?.store else { return false }
    return (try? store.read({ try $0.openRenewals() }))?.isEmpty == false
  }

  private func hear(_ row: LedgerRow) {
    if let before = told[row.sequence], before != row.entry {
      verdict.violations.append("row \(row.sequence) was told and is another one now")
    }
    told[row.sequence] = row.entry
  }

  private func carry(_ payment: SignedPayment, _ renewal: Int64) {
    verdict.payments += 1
    firstPayment = min(firstPayment, time)
    let trouble = verdict.payments == 1 ? trouble : .none
    func reply(_ reply: PaymentReply) {
      agenda.plan(.tell(life: life, .paymentReplied(renewal: renewal, reply)), at: time + 300)
    }
    let late = parameters.visibilityBound.seconds * 1000 - 5000
    let lag: [Int64] =
      switch trouble {
      case .slowToShow: [late, late]
      case .staleReplica: [3000, late]
      default: [3000, 3000]
      }
    if trouble == .wrongDate {
      agenda.plan(.arrive(payment), at: time + parameters.requestLife.seconds * 1000 - 5000)
    }
    let isDelivered = trouble != .requestLost && trouble != .wrongDate
    let order = isDelivered ? receive(payment, lag: lag) : nil
    switch trouble {
    case .errorAfterEffect:
      reply(
        PaymentReply(
          delivery: .answered(status: 500), isReadable: true, code: "InternalError",
          serverTime: reading.wall))
    case .requestLost, .replyLost, .slowToShow, .wrongDate:
      reply(PaymentReply(delivery: .interrupted("deadline")))
    case .none, .staleReplica, .paidElsewhere:
      reply(
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, orderID: order,
          serverTime: reading.wall))
    }
  }

  private func receive(_ payment: SignedPayment, lag: [Int64]) -> OrderID? {
    guard
      case .ordered(let order) = cloud.receive(
        payment, key: key, as: .effect, at: time, life: parameters.requestLife, lag: lag)
    else {
      verdict.violations.append("the bytes of \(payment.nonce) were sent twice")
      return nil
    }
    takenNonces.append(payment.nonce)
    return order
  }

  // MARK: The verdict

  private func judge() {
    guard verdict.violations.isEmpty else { return }
    func violated(_ what: String) { verdict.violations.append(what) }
    guard crashes.isEmpty else { return violated("the crash did not happen") }
    guard let engine else { return violated("the daemon is not running") }
    if verdict.boundaries.count < life { verdict.boundaries.append(passed) }
    let alerts = engine.standingAlerts
    self.engine = nil
    disk.kill()
    do {
      // Opening verifies the chain of the ledger, and compares it with the sidecar.
      let store = try InventoryStore(
        path: disk.databasePath, sidecar: try VirtualSidecar(disk), identity: disk,
        now: reading.wall)
      if !store.openingDoubts.isEmpty { violated("the ledger ends with \(store.openingDoubts)") }
      let attempts = try store.read { try $0.attempts(for: key) }
      verdict.attempts = attempts.count
      verdict.isRenewed = attempts.contains { $0.state == .settled }
      let known = Set(attempts.map(\.intent.nonce))
      for nonce in takenNonces where !known.contains(nonce) {
        violated("the cloud took \(nonce), of which the ledger knows nothing")
      }
      if verdict.isRenewed != (cloud.effects[key] == 1) {
        violated("the ledger says \(attempts.map(\.state)) of \(cloud.effects[key] ?? 0) effects")
      }
      if !verdict.isRenewed, !isLatched, cloud.groups[0].expiry == key.expiry,
        !alerts.contains(where: { $0.group == key.subject.group })
      {
        violated("\(attempts.map(\.state)) in the end, and nobody was told")
      }
      let rows = try store.read { try $0.ledger(after: 0, limit: 100_000) }
      for row in rows where told[row.sequence] != row.entry {
        violated("row \(row.sequence), \(row.entry.kind.rawValue), was never told")
      }
    } catch { violated("the ledger cannot be opened: \(error)") }
  }
}

extension CrashedRenewal: PaymentSigning {
  package func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) -> SignedPayment {
    SignedPayment(request: request, nonce: nonce, date: date, hash: "signed-\(nonce)")
  }
}
