import Configuration
import ControlProtocol
import Dispatch
import Glibc
import InventoryStore
import RenewalCore
import Varlink

/// Answers `io.renewald.Control` in the place of a daemon that does not run:
/// from its files, over one connection that the caller brings along.
///
/// The methods that look read the inventory without changing it. Verify and
/// Restore are for files, and the description of a group is one. Nothing here listens,
/// asks the cloud or holds a key, so that whoever looks can never start a payment.
package final class OfflineService: @unchecked Sendable {
  private let configuration: Result<DaemonConfiguration, DaemonFailure>
  private let queue = DispatchQueue(label: "renewald offline")
  private let ended = DispatchSemaphore(value: 0)

  package init(configuration path: String, environment: [String: String]) {
    configuration = Result { () throws(DaemonFailure) in
      try Daemon.load(path, environment: environment)
    }
    configurationPath = path
  }

  private let configurationPath: String
  // Belong to the queue.
  private var control: ControlService?
  private let host = AbsentDaemon()

  /// Serves the connection until the other side closes it.
  ///
  /// - Parameter descriptor: a connected Unix stream socket.
  /// - Throws: `DaemonFailure` where it is none.
  package func serve(_ descriptor: Int32) throws(DaemonFailure) {
    signal(SIGPIPE, SIG_IGN)
    umask(0o077)
    do {
      let interface = try VarlinkInterface(
        ControlInterface.text,
        handler: { [self] call, replier in queue.async { self.answer(call, replier) } })
      let server = VarlinkServer(
        VarlinkService(
          vendor: "renewald", product: "renewald, offline", version: Daemon.version,
          url: "https://renewald.invalid", interfaces: [interface]),
        on: [])
      try server.serve(connected: descriptor, as: ControlInterface.operatorsSocket) {
        [ended] in ended.signal()
      }
      ended.wait()
    } catch {
      throw DaemonFailure(
        code: .usage, message: "standard input is no connection: \(error)",
        remedy: "--offline is for renewalctl; use renewalctl status --offline.")
    }
  }

  private func answer(_ call: VarlinkCall, _ replier: VarlinkReplier) {
    do {
      switch call.method {
      case CheckConfigurationCall.qualifiedMethod:
        replier.reply(try call.decode(CheckConfigurationCall.self).reply)
      case VerifyCall.qualifiedMethod: replier.reply(try verify(try call.decode()))
      case RestoreCall.qualifiedMethod: replier.reply(try restore(try call.decode()))
      case PrepareCreationCall.qualifiedMethod:
        try call.decode(PrepareCreationCall.self).check(at: host.reading().wall)
        throw ControlError.notNow(
          reason: "no mistake is in the file; the daemon, which was not asked, knows the price",
          remedy: "the same command without --offline")
      case WatchCall.qualifiedMethod:
        throw ControlError.notNow(
          reason: "the daemon does not run, and nothing happens to follow",
          remedy: "systemctl status renewald")
      case _ where ControlInterface.isRead(String(call.method.split(separator: ".").last ?? "")):
        let service = try controlService()
        service.engine.reading = host.reading()
        guard try service.look(call, replier) else {
          throw VarlinkError.methodNotImplemented(call.method)
        }
      default:
        throw ControlError.notNow(
          reason: "only a running daemon does that, and it was not asked",
          remedy: "the same command without --offline")
      }
    } catch let error as VarlinkError {
      replier.fail(error)
    } catch let error as ControlError {
      replier.fail(error.varlinkError)
    } catch let error as DaemonFailure {
      replier.fail(ControlError.notNow(reason: error.message, remedy: error.remedy).varlinkError)
    } catch {
      replier.fail(ControlError(StoreError(error)).varlinkError)
    }
  }

  // MARK: Looking

  private func controlService() throws -> ControlService {
    if let control { return control }
    let configuration = try configuration.get()
    let directories = configuration.directories
    guard access(directories.state, R_OK | X_OK) == 0 || errno != EACCES else {
      throw VarlinkError.permissionDenied
    }
    guard access(directories.inventory, F_OK) == 0 else {
      throw ControlError.notNow(
        reason: "there is no inventory at \(directories.inventory)",
        remedy: "STATE_DIRECTORY, or state_directory in the configuration, names another place")
    }
    let store = try InventoryStore(reading: directories.inventory)
    let engine = RenewalEngine(
      store: store,
      settings: EngineSettings(
        mode: configuration.mode, policy: configuration.policy,
        accounts: configuration.accounts.map {
          AccountSettings(
            name: $0.name, parameters: $0.parameters, readsBilling: $0.readsBilling,
            hasPayer: false)
        }),
      anchor: NoAnchor(), signer: host, bootID: "", makeNonce: Nonce.make)
    try engine.look(at: host.reading())
    let service = ControlService(
      engine: engine, host: host, queue: queue, configuration: configuration,
      version: Daemon.version, path: configurationPath,
      keeper: BackupKeeper(directories: directories))
    service.offline = OfflineReport(
      writtenAt: FileSystemIdentity.lastWritten(directories.inventory).timestamp,
      daemonRuns: StateLock.isHeld(directory: directories.state))
    control = service
    return service
  }

  // MARK: Files

  private func verify(_ call: VerifyCall) throws -> VerifyCall.Reply {
    if let file = call.file, case .failure = configuration {
      // A file can be looked at anywhere, also where no daemon is set up.
      return BackupKeeper(directories: .standard).verify(file: file)
    }
    let directories = try configuration.get().directories
    let keeper = BackupKeeper(directories: directories)
    if let file = call.file { return keeper.verify(file: file) }
    // Held while it is read: a long read would stop a daemon's transactions.
    let lock = try lock(directories, else: "renewalctl verify without --offline")
    return withExtendedLifetime(lock) { keeper.verify(file: directories.inventory) }
  }

  private func lock(_ directories: Directories, else remedy: String) throws -> StateLock {
    do throws(StoreError) {
      return try StateLock(directory: directories.state)
    } catch {
      guard case .inUse = error else { throw error }
      throw ControlError.notNow(
        reason: "the daemon runs and holds \(directories.state)", remedy: remedy)
    }
  }

  private func restore(_ call: RestoreCall) throws -> RestoreCall.Reply {
    let configuration = try configuration.get()
    let directories = configuration.directories
    let lock = try lock(directories, else: "systemctl stop renewald, then the same again")
    return try withExtendedLifetime(lock) {
      let outcome = try StoreRestore.restore(
        call.file, to: directories.inventory, sidecar: try SidecarFile.read(directories.sidecar),
        accounts: Set(configuration.accounts.map(\.name)), at: host.reading().wall)
      return RestoreCall.Reply(
        ledger: LedgerFileReport(outcome.inspection, file: directories.inventory),
        replaced: outcome.replaced)
    }
  }
}

/// What a control service needs of a daemon, where there is none.
private final class AbsentDaemon: ControlHost, PaymentSigning {
  func reading() -> ClockReading { SystemClock.reading() }

  func operate(_ command: OperatorCommand, actor: String) throws(OperatorRefusal) {
    throw .notNow("the daemon was not asked")
  }

  func reload() throws(DaemonFailure) {}
  var credentialsNote: String? { nil }
  func identities() -> [IdentityReport] { [] }
  func draft(_ request: CreationRequest) {}
  func foreseen(_ account: AccountName, problem: String?) {}

  func ask(
    _ read: CloudRead, of account: AccountName, reply: @escaping @Sendable (ReadReply) -> Void
  ) { reply(ReadReply(.failure(.noCredentials("the daemon does not run")), serverTime: nil)) }

  let counters = ProcessCounters()

  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedPayment { throw .noCredentials("the daemon does not run") }
}

private final class NoAnchor: AnchorKeeping {
  func load() -> RuntimeAnchor? { nil }
  func save(_ anchor: RuntimeAnchor) {}
}
