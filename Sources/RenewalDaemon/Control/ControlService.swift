import Configuration
import ControlProtocol
import Dispatch
import InventoryStore
import RenewalCore
import Synchronization
import Varlink

/// What the service needs of the process around the engine.
protocol ControlHost: AnyObject {
  func reading() -> ClockReading
  /// Carries out a command with all that follows from it, durably, before it returns.
  func operate(_ command: OperatorCommand, actor: String) throws(OperatorRefusal)
  /// Reads the configuration again, as SIGHUP does.
  func reload() throws(DaemonFailure)
  /// What the last reload made of the credentials; `nil` where none are passed.
  var credentialsNote: String? { get }
  /// The keys at hand.
  func identities() -> [IdentityReport]
  /// What the process has counted. Belongs to the queue that owns the state.
  var counters: ProcessCounters { get }
  /// Asks what has to be known before a group can be ordered; the answer comes
  /// back as `drafted`.
  func draft(_ request: CreationRequest)
  /// An account's balance will not cover what is planned, or will.
  func foreseen(_ account: AccountName, problem: String?)
  /// Asks the cloud past the engine, for a caller who is curious. The answer comes
  /// on the queue that owns the state.
  func ask(
    _ read: CloudRead, of account: AccountName, reply: @escaping @Sendable (ReadReply) -> Void)
}

/// Answers `io.renewald.Control`. Calls arrive on the server's queue and are
/// answered on the queue that owns the state, between two events.
final class ControlService: @unchecked Sendable {
  let engine: RenewalEngine
  unowned let host: any ControlHost
  private weak var livingHost: (any ControlHost)?
  let version: String
  let path: String
  let startedAt: Instant
  private(set) var configuration: DaemonConfiguration
  private(set) var loadedAt: Instant
  var configurationProblem: String?
  let keeper: BackupKeeper
  /// Set where this answers from the store in the place of a daemon.
  var offline: OfflineReport?

  /// What was said in the first step of an override, by the token of the second.
  var prepared: [String: OverrideDecision] = [:]
  let watchers = Watchers()
  /// What monitoring is told of the ledger, as far as it has been asked for.
  var tally = LedgerTally()
  let turns: CallTurns
  var knownFleet: Fleet?
  private let saidStatus = Mutex<(moment: Moment, text: EncodedParameters)?>(nil)
  /// Set where every cycle is followed by `stateMayHaveChanged`.
  private let wallClock: (@Sendable () -> Instant)?
  var creationDesk = CreationDesk()
  /// Of which another page may be asked for.
  var endedRun: EndedRun?
  var foresight = Foresight()
  /// Callers for whom the cloud is being asked.
  var inquiries = 0

  /// - Parameters:
  ///   - queue: owns the engine.
  ///   - wallClock: the host's, where it tells of every cycle.
  init(
    engine: RenewalEngine, host: any ControlHost, queue: DispatchQueue,
    configuration: DaemonConfiguration, version: String, path: String,
    keeper: BackupKeeper, wallClock: (@Sendable () -> Instant)? = nil
  ) {
    self.wallClock = wallClock
    self.engine = engine
    self.host = host
    livingHost = host
    turns = CallTurns(queue: queue)
    self.configuration = configuration
    self.version = version
    self.path = path
    self.keeper = keeper
    startedAt = host.reading().wall
    loadedAt = startedAt
  }

  func configurationLoaded(_ configuration: DaemonConfiguration, at now: Instant) {
    self.configuration = configuration
    loadedAt = now
    configurationProblem = nil
    foreseeAnew()
  }

  func service() throws(InterfaceSyntaxError) -> VarlinkService {
    let interface = try VarlinkInterface(
      ControlInterface.text,
      permits: { method, caller in
        ControlInterface.isRead(method) || caller.socket == ControlInterface.operatorsSocket
      },
      handler: { [self] call, replier in
        if call.method == StatusCall.qualifiedMethod, let text = statusAsSaid() {
          return replier.reply(text)
        }
        turns.take { self.answer(call, replier) }
      })
    return VarlinkService(
      vendor: "renewald", product: "renewald", version: version,
      url: "https://renewald.invalid", interfaces: [interface])
  }

  // MARK: The status, said again

  /// When something was said: nothing of the state changes within.
  struct Moment: Equatable {
    var cycle: UInt64
    var second: Instant
  }

  /// The status as text, which is the same for everybody until something happens or the
  /// clock's second ends: however many ask, it is made once. Belongs to the queue that
  /// owns the state.
  func encodedStatus() throws -> EncodedParameters {
    let moment = Moment(cycle: engine.cycles, second: engine.reading.wall)
    if let said = saidStatus.withLock({ $0 }), said.moment == moment { return said.text }
    let text = try EncodedParameters(StatusCall.Reply(status: try status()))
    saidStatus.withLock { $0 = (moment, text) }
    return text
  }

  /// What was said within this second, if nothing has happened since. On any queue:
  /// whoever asks a thousand times a second takes no time from a decision.
  private func statusAsSaid() -> EncodedParameters? {
    guard let second = wallClock?() else { return nil }
    return saidStatus.withLock { said in
      said.flatMap { $0.moment.second == second ? $0.text : nil }
    }
  }

  /// Before anybody is told what has changed.
  func stateMayHaveChanged() { saidStatus.withLock { $0 = nil } }

  private func answer(_ call: VarlinkCall, _ replier: VarlinkReplier) {
    withHost { host in
      // What is said is of this moment, not of the last event's.
      engine.reading = host.reading()
      answering(replier) {
        if !(try look(call, replier)), !(try steer(call, replier)), !(try keep(call, replier)),
          !(try create(call, replier))
        {
          replier.fail(.methodNotImplemented(call.method))
        }
      }
    }
  }

  /// A call may still wait for its turn when the host goes: then nobody answers.
  func withHost(_ body: (any ControlHost) -> Void) {
    guard let living = livingHost else { return }
    withExtendedLifetime(living) { body(living) }
  }

  /// Runs a body that answers, and tells the caller of the error that it throws.
  func answering(_ replier: VarlinkReplier, _ body: () throws -> Void) {
    do { try body() } catch let error as VarlinkError {
      replier.fail(error)
    } catch let error as ControlError {
      replier.fail(error.varlinkError)
    } catch let error as StoreError {
      replier.fail(ControlError(error).varlinkError)
    } catch {
      let failure = ControlError.notNow(
        reason: String(describing: error), remedy: "journalctl -u renewald -n 20")
      replier.fail(failure.varlinkError)
    }
  }

  // MARK: Groups

  /// Finds a group by id, or by a name that only one has.
  func find(_ text: String, in account: AccountName?) throws -> GroupRow {
    let accounts = account.map { [$0] } ?? engine.accounts.keys.sorted()
    let exact = try engine.store.read { reader in
      try accounts.compactMap { account in
        try reader.group(GroupKey(account: account, group: GroupID(text)))
      }
    }
    var matches = exact
    if matches.isEmpty {
      matches = try engine.store.read { try $0.groups(called: text, in: account, limit: 10) }
    }
    guard let first = matches.first else {
      if let account, engine.accounts[account] == nil { throw ControlError.noSuchAccount(account) }
      throw ControlError.noSuchGroup(text)
    }
    guard matches.count == 1 else {
      throw ControlError.ambiguousGroup(text, matches: matches.map(\.record.key.description))
    }
    return first
  }

  func forEachGroup(_ body: (GroupRow) throws -> Void) throws {
    var last: GroupKey?
    while true {
      let rows = try engine.store.read { try $0.groups(after: last, limit: 500) }
      guard let end = rows.last else { return }
      try rows.forEach(body)
      last = end.record.key
    }
  }
}

extension ControlError {
  var varlinkError: VarlinkError {
    VarlinkError(
      name: qualifiedName, parameters: (try? JSON(encoding: parameters)) ?? [:])
  }
}
