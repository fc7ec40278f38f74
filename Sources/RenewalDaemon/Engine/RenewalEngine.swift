import InventoryStore
import RenewalCore

/// The loop's one owner of state: observe, decide, record, act, observe.
///
/// Events go in with the clocks of their moment, effects come out; nothing in
/// here reads a clock, a socket or a random number by itself. Everything that
/// must survive a crash is in the store before the effect that depends on it is
/// returned. Called on one queue only.
package final class RenewalEngine {
  package let store: InventoryStore
  let anchor: any AnchorKeeping
  let faultMark: (any FaultMarking)?
  let signer: any PaymentSigning
  let makeNonce: () -> String
  let bootID: String
  /// `nil` where it cannot be told.
  let machineID: String?
  /// A process that ends when nothing is left tells of no start and no stop:
  /// rows for every few minutes would bury what matters.
  let isOneRun: Bool
  /// What the last process of this boot left, until the accounts have used it.
  let foundAnchor: RuntimeAnchor?
  package internal(set) var settings: EngineSettings

  var accounts: [AccountName: AccountState] = [:]
  var watches: [Int64: Watch] = [:]
  var preparations: [GroupKey: Preparation] = [:]
  /// By the renewal's id.
  var pendingPayments: [Int64: PendingPayment] = [:]
  var obstacles: [GroupKey: Obstacle] = [:]
  /// The cloud's newest word about each group's price.
  var quotes: [GroupKey: KnownPrice] = [:]
  var questions: [ReadID: ReadPurpose] = [:]
  /// Overrides that an operator was offered, by their tokens.
  var offers: [String: OverrideOffer] = [:]
  /// The alerts that stand, as in the store.
  var alerts = AlertBoard()
  /// More of them are to be told again than one cycle does.
  var isBehindInRepeating = false
  var pauseReason: String?
  /// Stops all payments until an operator lifts it.
  package internal(set) var blownFuse: BlownFuse?
  var fuseLiftedAt: Instant?
  var hourForecast: Forecast?
  var dayForecast: Forecast?
  package internal(set) var storageFault: StoreError?

  var creating = Creating()

  /// Answers are still taken in, and nothing new is paid for.
  private(set) var isStopping = false

  /// The clocks of the event that is being handled.
  var reading = ClockReading(wall: Instant(0), boot: 0)
  var effects: [EngineEffect] = []
  /// How many events and commands were handled: what is said of the state
  /// stays true while this does not change.
  private(set) var cycles: UInt64 = 0
  /// The store refused a change in this cycle: a defect, and no reason to hurry.
  var wasRefused = false
  private var lastQuestion: Int64 = 0
  var announced: Int64 = 0
  var rememberedAnnounced: Int64 = 0
  private var knownAttention: [AccountName: Instant?] = [:]
  private var knownAttentionCommits: Int64 = -1
  private var everSeenAccounts: (configured: Set<AccountName>, names: [AccountName])?
  /// The clock is trusted anew: what was judged by a doubtful one may be wrong.
  private var mustJudgeAll = false
  var review = Review.done
  /// What ended a payment and could not be recorded when it happened.
  var lateEvents: [Int64: RenewalEvent] = [:]
  var lastPreparation: Int64 = 0
  var nextFaultTelling: Int64 = 0
  var savedAnchor: RuntimeAnchor?

  package init(
    store: InventoryStore, settings: EngineSettings, anchor: any AnchorKeeping,
    faultMark: (any FaultMarking)? = nil, signer: any PaymentSigning, bootID: String,
    machineID: String? = nil, isOneRun: Bool = false, makeNonce: @escaping () -> String
  ) {
    self.store = store
    self.settings = settings
    self.anchor = anchor
    self.faultMark = faultMark
    self.signer = signer
    self.bootID = bootID
    self.machineID = machineID
    self.isOneRun = isOneRun
    self.makeNonce = makeNonce
    foundAnchor = anchor.load()
  }

  /// Handles one event and returns what has to be done about it.
  package func handle(_ event: EngineEvent, at reading: ClockReading) -> [EngineEffect] {
    cycle(at: reading) {
      switch event {
      case .started: start()
      case .woke: break
      case .readReplied(let id, let reply): readReplied(id, reply)
      case .paymentReplied(let renewal, let reply): paymentReplied(renewal, reply)
      case .creationReplied(let id, let reply): creationReplied(id, reply)
      case .reconfigured(let settings): reconfigure(settings)
      case .identified(let account, let numbers): identified(account, as: numbers)
      case .configurationRejected(let reason): configurationRejected(reason)
      case .delivered(let hook, let row): delivered(hook, upTo: row)
      case .outletChanged(let kind, let problem): stands(kind, "", problem)
      case .balanceForeseen(let account, let problem): stands(.balanceEnding, account, problem)
      case .backupEnded(let problem): backupEnded(problem)
      case .stopping: stop()
      }
    }
  }

  /// One decision cycle around whatever happened.
  func cycle(at reading: ClockReading, _ body: () -> Void) -> [EngineEffect] {
    self.reading = reading
    cycles += 1
    effects = []
    wasRefused = false
    body()
    decide()
    leaveAnchor()
    effects.insert(contentsOf: announcements(), at: 0)
    effects.append(.wake(atBoot: nextWake()))
    return effects
  }

  // MARK: Time

  /// The cloud's time in an account once an answer brought it, else the
  /// machine's. Good enough to judge by while it is in doubt: payments ask the
  /// gate, and everything is judged again when the doubt is over.
  func now(in account: AccountName) -> Instant {
    guard let state = accounts[account], !state.isOddAnswer else { return reading.wall }
    return state.clock.now(at: reading) ?? reading.wall
  }

  /// The time by which rows wait: the latest of the accounts'.
  var now: Instant {
    settings.accounts.map { now(in: $0.name) }.max() ?? reading.wall
  }

  func boot(after span: Span) -> Int64 {
    let (milliseconds, overflow) = max(.zero, span).seconds.multipliedReportingOverflow(by: 1000)
    return overflow ? .max : reading.boot &+ min(milliseconds, .max - reading.boot)
  }

  /// Takes in the date of an answer.
  ///
  /// - Returns: whether the answer may serve as evidence.
  func hear(_ server: Instant?, in account: AccountName) -> Bool {
    guard let server, var state = accounts[account] else { return false }
    let expected = state.clock.now(at: reading)
    let wasTrusted = state.clockVerdict == .trusted
    let verdict = state.clock.hear(server, at: reading, parameters: state.parameters)
    state.clockVerdict = verdict
    switch verdict {
    case .trusted:
      state.isOddAnswer = false
      if !wasTrusted { mustJudgeAll = true }
      if state.hold == .waiting {
        state.hold = .first(
          answer: server, at: reading, anchor: foundAnchor, account: account, head: startHead,
          bootID: bootID, parameters: state.parameters)
      }
    case .discontinuity:
      state.hold = .until(server + state.parameters.quarantine)
      // Two clocks against one: the answer is wrong, not this machine.
      let bound = state.parameters.clockRefusal
      state.isOddAnswer =
        expected.map { (reading.wall - $0).magnitude <= bound } ?? false
        && (reading.wall - server).magnitude > bound
      // The next answers tell which it was; they are worth asking for.
      state.nextSweep = min(state.nextSweep, boot(after: .seconds(15)))
    case .wallClockOff:
      // Two answers in a row and the boot clock agree against this machine's clock: people
      // are called by the cloud's time. Nothing is paid meanwhile, since the doubt stands,
      // and another answer is asked for soon, since both may be wrong.
      if state.isOddAnswer { mustJudgeAll = true }
      state.isOddAnswer = false
      state.nextSweep = min(state.nextSweep, boot(after: .hours(1)))
    }
    accounts[account] = state
    return verdict == .trusted
  }

  /// Where the ledger ended when this process opened it, before its own rows.
  var startHead = LedgerHead.empty

  // MARK: The cycle

  /// Decides what is next, after whatever happened. Cost follows what is due,
  /// not what exists.
  private func decide() {
    recoverFromPassingFault()
    repeatStorageFault()
    recordLateOutcomes()
    recordLateCreations()
    alignClockAlerts()
    if mustJudgeAll, canRecord {
      mustJudgeAll = false
      judgeAll()
    }
    continueReview()
    startSweeps()
    foresee()
    lookAtOpenRenewals()
    lookAtOpenCreations()
    judgeWaiting()
    startPreparations()
    repeatAlerts()
  }

  private func alignClockAlerts() {
    for name in accounts.keys.sorted() where canRecord {
      guard let account = accounts[name] else { continue }
      let stands = alerts.standing[.init(kind: .clock, account: name, group: "")] != nil
      if let doubt = account.clockDoubt ?? account.skewDoubt(at: reading), !stands {
        _ = record { try raise(.clock, account: name, reason: doubt, in: $0) }
      } else if stands, account.clockDoubt == nil, account.skewDoubt(at: reading) == nil {
        _ = record { try clear(.clock, account: name, in: $0) }
      }
    }
  }

  private func nextWake() -> Int64 {
    var wake = boot(after: settings.longestSleep)
    // What cannot be recorded cannot be done either: looking more often would only
    // spin, and more rarely would leave a disk that has room again unused.
    guard canRecord, !wasRefused else { return min(wake, boot(after: .minutes(1))) }
    for state in accounts.values where state.sweep == nil { wake = min(wake, state.nextSweep) }
    for watch in watches.values { wake = min(wake, watch.nextLook ?? wake) }
    if let look = creating.nextLook { wake = min(wake, look) }
    for name in knownAccounts {
      guard let attention = nextAttention(in: name) else { continue }
      wake = min(wake, boot(after: attention - now(in: name)))
    }
    if isBehindInTelling || isBehindInRepeating || review != .done { wake = reading.boot + 20 }
    // Rows beyond one batch follow soon, and leave a moment to everything else.
    return max(wake, reading.boot + 20)
  }

  /// When the first group has to be judged again. Most events change no row,
  /// so the answer is kept until a transaction may have changed it.
  func nextAttention(in account: AccountName) -> Instant? {
    if knownAttentionCommits != store.commits {
      knownAttention = [:]
      knownAttentionCommits = store.commits
    }
    if let known = knownAttention[account] { return known }
    guard let instant = try? store.read({ try $0.nextAttention(in: account) }) else { return nil }
    knownAttention[account] = .some(instant)
    return instant
  }

  /// Accounts with groups or with a configuration, in a fixed order.
  var knownAccounts: [AccountName] {
    if let known = everSeenAccounts, known.configured == Set(accounts.keys) { return known.names }
    let seen = (try? store.read { try $0.accounts() }) ?? []
    let names = Set(seen).union(accounts.keys).sorted()
    everSeenAccounts = (Set(accounts.keys), names)
    return names
  }

  func ask(_ read: CloudRead, of account: AccountName, for purpose: ReadPurpose) {
    lastQuestion += 1
    let id = ReadID(lastQuestion)
    questions[id] = purpose
    effects.append(.read(id, account, read))
  }

  private func readReplied(_ id: ReadID, _ reply: ReadReply) {
    guard let purpose = questions.removeValue(forKey: id) else { return }
    switch purpose {
    case .sweep(let account):
      _ = hear(reply.serverTime, in: account)
      sweepReplied(account, reply)
    case .preparation(let key, let number):
      let isTrusted = hear(reply.serverTime, in: key.account)
      guard preparations[key]?.number == number else { return }
      preparationReplied(key, reply, isTrusted: isTrusted)
    case .watch(let renewal, let account):
      let isTrusted = hear(reply.serverTime, in: account)
      watchReplied(renewal, reply, by: account, isTrusted: isTrusted)
    case .confirmation(let renewal):
      guard let account = watches[renewal]?.renewal.intent.key.subject.account else { return }
      let isTrusted = hear(reply.serverTime, in: account)
      confirmationReplied(renewal, reply, isTrusted: isTrusted)
    case .draft, .creationConfirmation, .creationWatch: creationAnswered(purpose, reply)
    }
  }

  /// Whether a reply is on its way, with which it goes on.
  package var awaitsAnswers: Bool { !questions.isEmpty }

  // MARK: Start, stop, reload

  private func start() {
    let taken = Result { try takeIn() }
    if let fault = foundAnchor?.storageFault, foundAnchor?.bootID == bootID {
      let latched = StoreError.closed("since an earlier start of this boot: \(fault)")
      storageFault = latched
      effects.append(.storageFailed(latched))
    }
    if case .failure(let error) = taken { storageFailed(StoreError(error)) }
    _ = record { transaction in
      if !isOneRun {
        try transaction.append(
          LedgerEntry(
            .started, at: now, subject: settings.mode.rawValue, reason: "boot \(bootID)"))
      }
      for doubt in store.openingDoubts { try raise(doubt, in: transaction) }
      if let restored = try transaction.reader.setting(.restored) {
        try raise(.rollback, reason: restored, in: transaction)
        try transaction.set(.restored, nil)
      }
      try compareMachine(in: transaction)
    }
    if !creating.watches.isEmpty { _ = record { try alignOrphanedCreations(in: $0) } }
    recordPastFault()
    for id in watches.keys.sorted() where watches[id]?.renewal.state == .submitted {
      apply(.restarted, toRenewal: id)
      if watches[id]?.renewal.state == .submitted { lateEvents[id] = .restarted }
    }
    resumeCreations()
    judgeAll()
  }

  /// Takes in what the store holds, and nothing else: for whoever answers
  /// questions in the place of a daemon that does not run.
  ///
  /// - Throws: `StoreError`.
  package func look(at reading: ClockReading) throws {
    self.reading = reading
    try takeIn()
  }

  private func takeIn() throws {
    startHead = store.head
    for account in settings.accounts {
      accounts[account.name] = AccountState(settings: account, nextSweep: reading.boot)
    }
    try store.read { reader in
      announced = try reader.setting(.announcedSequence).flatMap { Int64($0) } ?? 0
      pauseReason = try reader.setting(.pauseReason)
      try recallFuse(reader)
      alerts = AlertBoard(try reader.alerts())
      for name in accounts.keys.sorted() {
        accounts[name]?.lastSettled = try reader.lastSettled(in: name)
        accounts[name]?.lastComplete = try reader.setting(.completeSweep(name))
          .flatMap { Int64($0) }.map { Instant($0) }
      }
      for renewal in try reader.openRenewals() {
        watches[renewal.id] = Watch(renewal: renewal, nextLook: reading.boot)
      }
      for creation in try reader.openCreations() {
        creating.watches[creation.id] = CreationWatch(creation, nextLook: reading.boot)
      }
    }
  }

  private func stop() {
    isStopping = true
    preparations = [:]
    withdrawPendingPayments("the daemon was asked to stop")
    withdrawPendingCreations("the daemon was asked to stop")
    _ = record { transaction in
      if !isOneRun {
        try transaction.append(LedgerEntry(.stopped, at: now, reason: "asked to stop"))
      }
      try rememberAnnounced(transaction)
    }
  }

  private func configurationRejected(_ reason: String) {
    _ = record { try raise(.configurationRejected, reason: reason, in: $0) }
  }
}
