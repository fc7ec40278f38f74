import AppStreaming
import Configuration
import ControlProtocol
import Dispatch
import Glibc
import InventoryStore
import RenewalCore
import Systemd
import Varlink

/// The whole daemon: puts the parts together, runs until it is told to stop.
package final class Daemon: @unchecked Sendable {
  package static let version = "0.1.0"

  private let configurationPath: String
  private let environment: [String: String]
  private let queue = DispatchQueue(label: "renewald")
  private let journal: JournalWriter
  private let notifier: Notifier
  private let bootID: String
  private let isOneRun: Bool
  private let ended = DispatchSemaphore(value: 0)
  private var signals: [any DispatchSourceSignal] = []

  /// - Parameter isOneRun: serves no socket and ends when nothing is left that
  ///   can be finished soon.
  package init(configuration path: String, environment: [String: String], isOneRun: Bool = false) {
    configurationPath = path
    self.isOneRun = isOneRun
    self.environment = environment
    bootID = SystemClock.bootID(environment: environment)
    journal = JournalWriter(environment: environment, identifier: "renewald")
    notifier = Notifier(environment: environment)
  }

  /// Runs the daemon. Returns once it has stopped.
  package func run() -> ExitCode {
    ProcessMemory.seal()
    ProcessMemory.keepOneHeap()
    holdSignals()
    do throws(DaemonFailure) {
      try start()
    } catch {
      journal.write(Announcer.startFailed(error))
      notifier.failed(status: error.description)
      _ = journal.flush(within: .seconds(1))
      return error.code
    }
    ended.wait()
    leaveCleanStop()
    _ = journal.flush(within: .seconds(2))
    return outcome
  }

  // Held for the life of the process.
  private var lock: StateLock?
  private var cleanStop: (store: InventoryStore, database: String, mark: String)?
  private var server: VarlinkServer?
  private var loop: DaemonLoop?
  private var accounts: CloudAccounts?
  private var control: ControlService?
  private var outlets: Outlets?
  private var outcome = ExitCode.success
  private var credentials: PassedCredentials?
  private(set) var credentialsNote: String?

  private func start() throws(DaemonFailure) {
    signal(SIGPIPE, SIG_IGN)
    umask(0o077)
    let configuration = try Self.load(configurationPath, environment: environment)
    let directories = configuration.directories
    for directory in [directories.state, directories.runtime] {
      try makeDirectory(directory)
    }
    let store: InventoryStore
    do throws(StoreError) {
      lock = try StateLock(directory: directories.state)
      try makeDirectoryOfStore(directories.state + "/sidecar")
      let database = directories.inventory
      store = try InventoryStore(
        path: database,
        sidecar: try SidecarFile(path: directories.sidecar),
        identity: FileSystemIdentity(), now: SystemClock.reading().wall,
        isUntouched: CleanStop.take(
          directories.runtime + "/clean-stop", of: database, bootID: bootID))
      cleanStop = (store, database, directories.runtime + "/clean-stop")
    } catch {
      throw DaemonFailure(store: error)
    }

    credentials = PassedCredentials(environment: environment)
    let accounts = try makeAccounts(configuration)
    let engine = RenewalEngine(
      store: store, settings: settings(configuration, accounts),
      anchor: AnchorFile(path: directories.runtime + "/anchor"),
      faultMark: FaultMarkFile(path: directories.state + "/storage-fault"), signer: accounts,
      bootID: bootID, machineID: MachineIdentity.current(), isOneRun: isOneRun,
      makeNonce: Nonce.make)
    let ended = self.ended
    let loop = DaemonLoop(
      queue: queue, engine: engine, accounts: accounts, journal: journal, notifier: notifier
    ) { ended.signal() }
    self.loop = loop
    self.accounts = accounts
    if isOneRun {
      endWhenDone(loop, configuration)
    } else {
      try serve(loop, configuration)
    }
    queue.sync {
      loop.handle(.started)
      outlets?.configure(configuration.monitoring)
      identify()
    }
    server?.start()
    watchSignals(loop)
    queue.sync { loop.tellReady() }
  }

  private func serve(
    _ loop: DaemonLoop, _ configuration: DaemonConfiguration
  ) throws(DaemonFailure) {
    let control = ControlService(
      engine: loop.engine, host: self, queue: queue, configuration: configuration,
      version: Self.version, path: configurationPath,
      keeper: BackupKeeper(directories: configuration.directories),
      wallClock: { SystemClock.reading().wall })
    self.control = control
    let outlets = Outlets(
      loop: loop, control: control, journal: journal,
      credentials: environment["CREDENTIALS_DIRECTORY"],
      makeTransport: { () throws(TransportUnavailable) in try CurlTransport() })
    self.outlets = outlets
    loop.whenRecorded = { [unowned control, unowned outlets] rows in
      control.tell(rows)
      outlets.rowsWereRecorded()
    }
    loop.whenSweepCompleted = { [unowned self, unowned control, unowned outlets] in
      outlets.sweepWasCompleted()
      control.sweepWasCompleted(of: $0)
      identify()
    }
    loop.whenDrafted = { [unowned control] in control.drafted($0, $1) }
    loop.whenHandled = { [unowned control] in control.stateMayHaveChanged() }
    loop.whenDecided = { [unowned self, unowned control] in
      keepBackups(control.keeper, control.configuration.backup, at: $0)
    }
    server = try makeServer(control, configuration)
  }

  /// How long one run waits at most for what is open, in milliseconds: most
  /// renewals show within seconds, and the next run is near.
  private static let runLimit: Int64 = 5 * 60_000

  private func endWhenDone(_ loop: DaemonLoop, _ configuration: DaemonConfiguration) {
    let keeper = BackupKeeper(directories: configuration.directories)
    let deadline = SystemClock.reading().boot + Self.runLimit
    loop.whenDecided = { [unowned self, unowned loop] in
      guard !loop.engine.canFinishMore(before: deadline) else { return }
      keepBackups(keeper, configuration.backup, at: $0)
      if !keeper.isBusy { stop(loop) }
    }
  }

  /// Reads and checks the configuration.
  package static func load(
    _ path: String, environment: [String: String]
  ) throws(DaemonFailure) -> DaemonConfiguration {
    do throws(ConfigurationError) {
      return try DaemonConfiguration(
        sources: try ConfigurationSource.read(path),
        directories: Directories(
          state: environment["STATE_DIRECTORY"] ?? Directories.standard.state,
          runtime: environment["RUNTIME_DIRECTORY"] ?? Directories.standard.runtime))
    } catch {
      throw DaemonFailure(
        code: .configuration, message: error.description,
        remedy: "Mend the configuration; renewald --check-config \(path) checks it.")
    }
  }

  /// Closes the inventory, so that the next start of this boot can trust it. After
  /// a fault it is left to be checked.
  private func leaveCleanStop() {
    guard let (store, database, mark) = cleanStop, store.fault == nil else { return }
    queue.sync {
      loop?.end(isTold: journal.flush(within: .seconds(2)))
      guard (try? store.close()) != nil else { return }
      CleanStop.leave(mark, of: database, bootID: bootID)
    }
  }

  private func makeAccounts(
    _ configuration: DaemonConfiguration
  ) throws(DaemonFailure) -> CloudAccounts {
    let queue = self.queue
    let accounts = CloudAccounts(version: Self.version, environment: environment) { work in
      queue.async(execute: work)
    }
    try accounts.configure(configuration.accounts)
    return accounts
  }

  private func settings(
    _ configuration: DaemonConfiguration, _ accounts: CloudAccounts
  ) -> EngineSettings {
    EngineSettings(
      mode: configuration.mode, policy: configuration.policy,
      accounts: configuration.accounts.map { account in
        let problem = accounts.payerProblem(of: account.name)
        if let problem, configuration.mode == .pay {
          journal.write(Announcer.payerMissing(account.name, problem))
        }
        return AccountSettings(
          name: account.name, parameters: account.parameters, readsBilling: account.readsBilling,
          hasPayer: problem == nil, identity: accounts.identity(of: account.name))
      },
      // One run sees every group once.
      sweepInterval: isOneRun ? .days(1) : configuration.sweepInterval)
  }

  private func makeServer(
    _ control: ControlService, _ configuration: DaemonConfiguration
  ) throws(DaemonFailure) -> VarlinkServer {
    do {
      var passed = PassedSockets(notifier: notifier)
      let listeners = try [
        passed.listener("status", at: configuration.statusSocket),
        passed.listener("control", at: configuration.controlSocket),
      ]
      passed.closeOthers()
      return VarlinkServer(try control.service(), on: listeners)
    } catch {
      throw DaemonFailure(
        code: .cannotCreate, message: "the control socket: \(error)",
        remedy: "Check the runtime directory and the paths under [control].")
    }
  }

  private static let signals = [SIGTERM, SIGINT, SIGHUP]

  /// One that comes before its source is there has to wait for it: ignored, it would be
  /// lost, and it may be the only one. Called before any thread is started, for all of
  /// them take this over.
  private func holdSignals() {
    var held = sigset_t()
    sigemptyset(&held)
    for number in Self.signals { sigaddset(&held, number) }
    pthread_sigmask(SIG_BLOCK, &held, nil)
  }

  private func watchSignals(_ loop: DaemonLoop) {
    for number in Self.signals {
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { [self] in
        if number == SIGHUP { try? reload() } else { stop(loop) }
      }
      source.resume()
      signals.append(source)
    }
  }

  private func stop(_ loop: DaemonLoop) {
    guard !loop.isStopping else { return }
    server?.stop()
    server = nil
    outlets?.stop()
    if isOneRun { tellOutcome(loop.engine) }
    loop.stop()
  }

  private func tellOutcome(_ engine: RenewalEngine) {
    let outcome = engine.runOutcome
    self.outcome = outcome.code
    if let record = Announcer.runEnded(outcome, head: engine.store.head) { journal.write(record) }
  }

  /// Makes the copy of the day where it is time for it.
  private func keepBackups(
    _ keeper: BackupKeeper, _ settings: BackupConfiguration, at now: Instant
  ) {
    guard let loop else { return }
    keeper.keepUp(at: now, with: settings, on: queue) { [journal] in
      switch $0 {
      case .success(let copy):
        journal.write(
          Announcer.ledgerCopied(to: copy.path, upTo: copy.inspection.head.sequence))
        loop.handle(.backupEnded(problem: nil))
      case .failure(let error):
        loop.handle(.backupEnded(problem: error.description))
      }
    }
  }

  private func makeDirectory(_ path: String) throws(DaemonFailure) {
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    throw DaemonFailure(
      code: .cannotCreate, message: "cannot create \(path): \(String(cString: strerror(errno)))",
      remedy: "Create it for the daemon's user, or correct the directories in the configuration.")
  }

  private func makeDirectoryOfStore(_ path: String) throws(StoreError) {
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    throw .readOnly("\(path): \(String(cString: strerror(errno)))")
  }
}

extension Daemon: ControlHost {
  func reading() -> ClockReading { SystemClock.reading() }

  func operate(_ command: OperatorCommand, actor: String) throws(OperatorRefusal) {
    guard let loop else { throw .notNow("the daemon is starting") }
    try loop.operate(command, actor: actor)
  }

  /// All or nothing: a file with one mistake leaves the old configuration in force.
  func reload() throws(DaemonFailure) {
    guard let loop, let accounts else { return }
    notifier.reloading()
    defer { loop.tellReady() }
    do throws(DaemonFailure) {
      let configuration = try Self.load(configurationPath, environment: environment)
      try accounts.configure(configuration.accounts)
      control?.configurationLoaded(configuration, at: SystemClock.reading().wall)
      tellCredentials()
      loop.handle(.reconfigured(settings(configuration, accounts)))
      outlets?.configure(configuration.monitoring)
      identify()
    } catch {
      control?.configurationProblem = error.message
      loop.handle(.configurationRejected(error.message))
      throw error
    }
  }

  /// Silence and refusals are asked again after the next walk over the groups.
  private func identify() {
    accounts?.identify { [weak loop] account, numbers in
      guard let loop, !loop.isStopping else { return }
      loop.handle(.identified(account, numbers))
    }
  }

  var counters: ProcessCounters { loop?.counters ?? ProcessCounters() }

  private func tellCredentials() {
    let passed = PassedCredentials(environment: environment)
    credentialsNote = PassedCredentials.note(before: credentials, after: passed)
    credentials = passed
    if let credentialsNote {
      journal.write(Announcer.credentialsReloaded(credentialsNote))
    }
  }

  func identities() -> [IdentityReport] { accounts?.identities() ?? [] }

  func draft(_ request: CreationRequest) { loop?.draft(request) }

  func foreseen(_ account: AccountName, problem: String?) {
    loop?.handle(.balanceForeseen(account, problem: problem))
  }

  func ask(
    _ read: CloudRead, of account: AccountName, reply: @escaping @Sendable (ReadReply) -> Void
  ) {
    let start = SystemClock.reading().boot
    accounts?.read(read, of: account) { [weak loop] in
      loop?.note(read, $0, since: start)
      reply($0)
    }
  }
}

extension DaemonFailure {
  init(store error: StoreError) {
    code =
      switch error {
      case .inUse: .tryAgain
      case .readOnly, .cannotOpen: .cannotCreate
      case .foreignFile, .newerVersion, .corrupt, .replaced: .badData
      case .full, .inputOutput, .closed: .inputOutput
      case .refused: .internalFault
      }
    message = error.description
    remedy = error.remedy
  }
}
