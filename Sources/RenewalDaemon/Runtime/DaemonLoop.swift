import Dispatch
import InventoryStore
import RenewalCore
import Systemd

/// Runs the engine on one serial queue: timers, signals and replies become
/// events, effects become calls, lines and timers.
final class DaemonLoop: @unchecked Sendable {
  let queue: DispatchQueue
  let engine: RenewalEngine
  private let accounts: CloudAccounts
  private let journal: JournalWriter
  private let notifier: Notifier
  /// Hears of every row of the ledger, once, after the journal.
  var whenRecorded: ([LedgerRow]) -> Void = { _ in }
  /// Hears of every walk that saw all groups of its account.
  var whenSweepCompleted: (AccountName) -> Void = { _ in }
  /// Called in every cycle before anybody is told what came of it.
  var whenHandled: () -> Void = {}
  /// Called at the end of every cycle, with the wall clock.
  var whenDecided: (Instant) -> Void = { _ in }
  var whenDrafted: (Int64, Result<CreationOffer, CreationRefusal>) -> Void = { _, _ in }
  private let whenStopped: @Sendable () -> Void
  /// By the wall clock, so that a suspended machine wakes up late by nothing.
  private let wallTimer: any DispatchSourceTimer
  /// By the running clock: a wall clock that is set back must not delay the
  /// loop by as much.
  private let guardTimer: any DispatchSourceTimer
  private var statusText = ""
  private var toldCommits: Int64 = -1
  private var wasTroubled = false
  private var lastWatchdog = Int64.min
  private var payments = 0
  private(set) var counters = ProcessCounters()
  private(set) var isStopping = false
  private var hasEnded = false

  init(
    queue: DispatchQueue, engine: RenewalEngine, accounts: CloudAccounts, journal: JournalWriter,
    notifier: Notifier, whenStopped: @escaping @Sendable () -> Void
  ) {
    self.queue = queue
    self.engine = engine
    self.accounts = accounts
    self.journal = journal
    self.notifier = notifier
    self.whenStopped = whenStopped
    wallTimer = DispatchSource.makeTimerSource(queue: queue)
    guardTimer = DispatchSource.makeTimerSource(queue: queue)
    for timer in [wallTimer, guardTimer] {
      timer.setEventHandler { [weak self] in self?.handle(.woke) }
      timer.resume()
    }
  }

  /// One finished decision cycle. Only that feeds the watchdog: a loop that
  /// cannot decide any more is as good as dead.
  func handle(_ event: EngineEvent) {
    dispatchPrecondition(condition: .onQueue(queue))
    guard !hasEnded else { return }
    let reading = SystemClock.reading()
    counters.note(event, at: reading)
    finish(engine.handle(event, at: reading))
  }

  /// Counts a try to tell the outside.
  ///
  /// - Parameter webhook: `nil` for the heartbeat.
  func note(_ outcome: HookOutcome, of webhook: String?, isGivenUp: Bool) {
    counters.note(outcome, of: webhook, isGivenUp: isGivenUp, at: SystemClock.reading())
  }

  /// Counts a question past the engine.
  func note(_ read: CloudRead, _ reply: ReadReply, since start: Int64) {
    counters.note(read, reply, since: start, at: SystemClock.reading())
  }

  /// Carries out an operator's command, durably, before it returns.
  func operate(_ command: OperatorCommand, actor: String) throws(OperatorRefusal) {
    dispatchPrecondition(condition: .onQueue(queue))
    let (effects, refusal) = engine.operate(command, actor: actor, at: SystemClock.reading())
    finish(effects)
    if let refusal { throw refusal }
  }

  func draft(_ request: CreationRequest) {
    dispatchPrecondition(condition: .onQueue(queue))
    finish(engine.draft(request, at: SystemClock.reading()))
  }

  private func finish(_ effects: [EngineEffect]) {
    whenHandled()
    counters.note(effects, at: SystemClock.reading())
    for effect in effects { perform(effect) }
    let reading = SystemClock.reading()
    if reading.boot >= lastWatchdog + 1000 {
      lastWatchdog = reading.boot
      notifier.watchdog()
    }
    tellStatus(at: reading.wall)
    if !isStopping { whenDecided(reading.wall) }
  }

  func tellReady() {
    statusText = StatusLine.text(engine, at: SystemClock.reading().wall)
    notifier.ready(status: statusText)
  }

  private func tellStatus(at now: Instant) {
    // Counting a large fleet is worth it only when a row may have changed.
    guard !isStopping, toldCommits != engine.store.commits || isTroubled != wasTroubled
    else { return }
    toldCommits = engine.store.commits
    wasTroubled = isTroubled
    let text = StatusLine.text(engine, at: now)
    guard text != statusText else { return }
    statusText = text
    notifier.status(text)
  }

  private var isTroubled: Bool { engine.storageFault != nil }

  private func perform(_ effect: EngineEffect) {
    switch effect {
    case .announce(let rows):
      for row in rows { journal.write(Announcer.record(of: row, head: engine.store.head)) }
      whenRecorded(rows)
    case .sweepEnded(let account, let groups, let isComplete):
      journal.write(Announcer.sweepEnded(account, groups: groups, isComplete: isComplete))
      if isComplete { whenSweepCompleted(account) }
    case .heldBack: break
    case .storageFailed(let error):
      journal.write(Announcer.storageFailed(error))
    case .read(let id, let account, let read):
      accounts.read(read, of: account) { [weak self] reply in
        self?.handle(.readReplied(id, reply))
      }
    case .pay(let renewal, let account, let payment, let sendBefore, let deadline):
      send(sendBefore: sendBefore, { .paymentReplied(renewal: renewal, $0) }) { [accounts] reply in
        accounts.send(payment, of: account, deadline: deadline, reply: reply)
      }
    case .create(let id, let account, let creation, let sendBefore, let deadline):
      send(sendBefore: sendBefore, { .creationReplied(id, $0) }) { [accounts] reply in
        accounts.send(creation, of: account, deadline: deadline, reply: reply)
      }
    case .drafted(let number, let result): whenDrafted(number, result)
    case .wake(let boot):
      arm(boot)
    }
  }

  /// - Parameter transmit: gives the bytes out, once, and calls back with what came of it.
  private func send(
    sendBefore: Int64, _ event: @escaping @Sendable (PaymentReply) -> EngineEvent,
    _ transmit: (@escaping @Sendable (PaymentReply) -> Void) -> Void
  ) {
    payments += 1
    // The machine may have slept between the signature and this line.
    guard SystemClock.reading().boot < sendBefore else {
      let reply = PaymentReply(delivery: .notSent("its date was too old to send"))
      queue.async { self.paymentEnded(event(reply)) }
      return
    }
    transmit { [weak self] reply in self?.paymentEnded(event(reply)) }
  }

  private func paymentEnded(_ event: EngineEvent) {
    payments -= 1
    handle(event)
    if isStopping, payments == 0 { whenStopped() }
  }

  private func arm(_ boot: Int64) {
    let watchdog = notifier.watchdogInterval.map { Int64($0 / .milliseconds(2)) } ?? .max
    let delay = max(1, min(boot - SystemClock.reading().boot, watchdog))
    let leeway = DispatchTimeInterval.milliseconds(delay > 5000 ? 500 : 1)
    // Behind whatever led here, which still holds what it worked with.
    if delay > 5000, !engine.awaitsAnswers { queue.async { [weak self] in self?.rest() } }
    wallTimer.schedule(wallDeadline: .now() + .milliseconds(Int(delay)), leeway: leeway)
    guardTimer.schedule(deadline: .now() + .milliseconds(Int(delay) + 5000), leeway: leeway)
  }

  /// What a sweep or a renewal needed is not kept for the hours until the next.
  private func rest() {
    guard !hasEnded else { return }
    engine.store.releaseMemory()
    ProcessMemory.giveBack()
  }

  /// Stops once no paid call is out: a stop must not cut an answer off.
  func stop() {
    dispatchPrecondition(condition: .onQueue(queue))
    guard !isStopping else { return }
    isStopping = true
    notifier.stopping(
      status: payments == 0 ? "stopping" : "stopping: waiting for the answer to a paid call")
    if payments > 0 { notifier.extendTimeout(.seconds(90)) }
    handle(.stopping)
    if payments == 0 { whenStopped() }
  }

  /// Hears of nothing any more: the store is about to be closed, and an answer that is
  /// still on its way would take that for a fault of the disk, and say so for good.
  ///
  /// - Parameter isTold: whether the journal has all that was recorded, so that the next
  ///   process need not tell it again.
  func end(isTold: Bool) {
    dispatchPrecondition(condition: .onQueue(queue))
    hasEnded = true
    if isTold { engine.rememberTold() }
  }
}
