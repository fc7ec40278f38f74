import Configuration
import ControlProtocol
import Dispatch
import InventoryStore
import RenewalCore
import Synchronization
import TestSupport
import Varlink

@testable import RenewalDaemon

/// The daemon's engine, store and control service on real sockets. The clock
/// stands until it is advanced, and the cloud answers by a script.
///
/// `aig-1` is due from the start, `aig-2` in a month and more.
final class SteeredDaemon: ControlHost, @unchecked Sendable {
  struct Cloud {
    var groups: [DeliveryGroup]
    /// Reads that come while it is set get no answer.
    var isSilent = false
    /// What the cloud's clock is ahead.
    var skew = Span.zero
    var readFault: CloudFault?
    /// `nil`: billing gives no answer that can be read.
    var balance: Money?
    var balanceFault: CloudFault?
    var price = Money(minorUnits: 89_900, currency: .cny)
    /// What a paid call gets, when it gets anything.
    var reply: PaymentReply? = PaymentReply(delivery: .interrupted("cut"))
    var payments: [SignedPayment] = []
    /// What billing lists; each is for a group of its own.
    var orders: [OrderSummary] = []
    /// The same of what is new.
    var newOrders: [OrderSummary] = []
    /// What an order of a group brings, and what it gets for an answer.
    var created: DeliveryGroup?
    var creationReply: PaymentReply?
    var creations: [SignedCreation] = []
  }

  static let parameters = ProtocolParameters(
    requestLife: .minutes(2), visibilityBound: .minutes(5), pollInterval: .minutes(1),
    attemptCap: 1)
  /// The start hold of an empty ledger is over by then.
  static let pastStartHold = parameters.quarantine + .seconds(1)

  let directory = TemporaryDirectory()
  let queue = DispatchQueue(label: "steered daemon")
  private static let ownQueue = DispatchSpecificKey<ObjectIdentifier>()

  /// For whoever is not on the queue.
  private let wall = Mutex(Sample.now)

  // Belong to the queue.
  private var cloud: Cloud
  private var clock = ClockReading(wall: Sample.now, boot: 1_000_000) {
    didSet { wall.withLock { [clock] in $0 = clock.wall } }
  }
  private let engine: RenewalEngine
  private lazy var control = ControlService(
    engine: engine, host: self, queue: queue, configuration: firstConfiguration, version: "0.1.0",
    path: "/etc/renewald/renewald.toml",
    keeper: BackupKeeper(
      directories: Directories(state: directory.path, runtime: directory.path)),
    wallClock: { [weak self] in self?.wall.withLock { $0 } ?? Sample.now })
  private let firstConfiguration: DaemonConfiguration
  private var events: [EngineEvent] = []
  private var nextConfiguration: Result<DaemonConfiguration, DaemonFailure>

  private var server: VarlinkServer?

  init(
    mode: Mode = .pay, startsHeld: Bool = false, isSilent: Bool = false,
    limits change: (inout VarlinkLimits) -> Void = { _ in }
  ) throws {
    queue.setSpecific(key: Self.ownQueue, value: ObjectIdentifier(queue))
    cloud = Cloud(groups: [
      DeliveryGroup(id: "aig-1", name: "studio", expiry: Sample.now + .days(5)),
      DeliveryGroup(id: "aig-2", name: "later", expiry: Sample.now + .days(60)),
    ])
    cloud.isSilent = isSilent
    let endpoint = try Endpoint("http://127.0.0.1:18080")
    let configuration = DaemonConfiguration(
      mode: mode,
      accounts: [
        AccountConfiguration(
          name: "main", region: "cn-shanghai", endpoint: endpoint, billingEndpoint: endpoint,
          parameters: Self.parameters)
      ],
      policy: RenewalPolicy(rules: [
        RenewalRule(name: "all", action: .renew, period: .oneMonth, leadTime: .days(7))
      ]))
    firstConfiguration = configuration
    nextConfiguration = .success(configuration)
    let store = try InventoryStore(
      path: directory.path + "/inventory.sqlite",
      sidecar: try SidecarFile(path: directory.path + "/renewals.log"),
      identity: FileSystemIdentity(), now: clock.wall)
    engine = RenewalEngine(
      store: store, settings: Self.settings(configuration),
      anchor: AnchorFile(path: directory.path + "/anchor"), signer: Signer(), bootID: "boot",
      makeNonce: Nonce.make)
    var limits = VarlinkLimits()
    change(&limits)
    let server = VarlinkServer(
      try control.service(),
      on: try [ControlInterface.readersSocket, ControlInterface.operatorsSocket].map {
        try ListeningSocket(binding: path($0), name: $0)
      }, limits: limits)
    self.server = server
    server.start()
    handle(.started)
    if !startsHeld { advance(by: Self.pastStartHold) }
  }

  deinit {
    server?.stop()
    control.turns.close()
    // The last to let go may be a block of the queue itself.
    if DispatchQueue.getSpecific(key: Self.ownQueue) != ObjectIdentifier(queue) { queue.sync {} }
  }

  private static func settings(_ configuration: DaemonConfiguration) -> EngineSettings {
    EngineSettings(
      mode: configuration.mode, policy: configuration.policy,
      accounts: configuration.accounts.map {
        AccountSettings(
          name: $0.name, parameters: $0.parameters, readsBilling: $0.readsBilling, hasPayer: true)
      }, sweepInterval: configuration.sweepInterval)
  }

  // MARK: From the test

  func path(_ socket: String) -> String { directory.path + "/" + socket }

  func call<Call: ControlCall>(
    _ call: Call, on socket: String = ControlInterface.operatorsSocket
  ) throws(VarlinkClientError) -> Call.Reply {
    var client = try VarlinkClient(connectingTo: path(socket))
    return try client.call(Call.qualifiedMethod, call)
  }

  /// The error that a call gets, with the interface's or the protocol's name.
  func refusal(
    of call: some ControlCall, on socket: String = ControlInterface.operatorsSocket
  ) throws -> VarlinkError? {
    do throws(VarlinkClientError) {
      _ = try self.call(call, on: socket)
      return nil
    } catch {
      guard case .refused(let refusal) = error else { throw error }
      return refusal
    }
  }

  /// Lets everything that is under way come to its end.
  func handle(_ event: EngineEvent = .woke) {
    queue.sync {
      events.append(event)
      drain()
    }
    // What is looked at ahead of time takes turns on the queue: each round lets one pass.
    while queue.sync(execute: { control.foresight.isRunning }) {}
  }

  func advance(by span: Span) {
    letTimePass(span)
    handle()
  }

  func change(_ body: @Sendable (inout Cloud) -> Void) { queue.sync { body(&cloud) } }
  func tried(_ outcome: HookOutcome, _ webhook: String?, isGivenUp: Bool = false) {
    queue.sync { counters.note(outcome, of: webhook, isGivenUp: isGivenUp, at: clock) }
  }

  func skewServer(by span: Span) { change { $0.skew = span } }
  var payments: [SignedPayment] { queue.sync { cloud.payments } }
  var now: Instant { queue.sync { clock.wall } }

  func reloadGives(_ result: Result<DaemonConfiguration, DaemonFailure>) {
    queue.sync { nextConfiguration = result }
  }

  func configuration() -> DaemonConfiguration { queue.sync { control.configuration } }

  var isWatched: Bool { queue.sync { !control.watchers.isEmpty } }
  func tell(_ rows: [LedgerRow]) { queue.sync { control.tell(rows) } }

  /// Lets time pass of which the engine is not told.
  func letTimePass(_ span: Span) {
    queue.sync {
      clock.wall = clock.wall + span
      clock.boot += span.seconds * 1000
    }
  }

  // MARK: As the process around the engine

  private(set) var counters = ProcessCounters()

  func reading() -> ClockReading { clock }

  func operate(_ command: OperatorCommand, actor: String) throws(OperatorRefusal) {
    let (effects, refusal) = engine.operate(command, actor: actor, at: clock)
    perform(effects)
    // Answers come later than the call that asked for them.
    queue.async { self.drain() }
    if let refusal { throw refusal }
  }

  var credentialsNote: String? { "no newer credentials" }

  func reload() throws(DaemonFailure) {
    do throws(DaemonFailure) {
      let configuration = try nextConfiguration.get()
      control.configurationLoaded(configuration, at: clock.wall)
      perform(engine.handle(.reconfigured(Self.settings(configuration)), at: clock))
    } catch {
      control.configurationProblem = error.message
      perform(engine.handle(.configurationRejected(error.message), at: clock))
      throw error
    }
  }

  func identities() -> [IdentityReport] {
    [IdentityReport(account: "main", purpose: Term(.pay), provider: "test", keyId: "yId1")]
  }

  func foreseen(_ account: AccountName, problem: String?) {
    perform(engine.handle(.balanceForeseen(account, problem: problem), at: clock))
    queue.async { self.drain() }
  }

  func draft(_ request: CreationRequest) {
    perform(engine.draft(request, at: clock))
    queue.async { self.drain() }
  }

  func ask(
    _ read: CloudRead, of account: AccountName, reply: @escaping @Sendable (ReadReply) -> Void
  ) {
    queue.async {
      let answer = self.answer(read)
      self.counters.note(read, answer, since: self.clock.boot, at: self.clock)
      reply(answer)
    }
  }

  private func drain() {
    while !events.isEmpty {
      let event = events.removeFirst()
      counters.note(event, at: clock)
      perform(engine.handle(event, at: clock))
    }
  }

  private func perform(_ effects: [EngineEffect]) {
    control.stateMayHaveChanged()
    counters.note(effects, at: clock)
    for effect in effects {
      switch effect {
      case .announce(let rows): control.tell(rows)
      case .read(let id, _, let read):
        guard !cloud.isSilent else { continue }
        events.append(.readReplied(id, answer(read)))
      case .pay(let renewal, _, let payment, _, _):
        cloud.payments.append(payment)
        guard let reply = cloud.reply else { continue }
        events.append(.paymentReplied(renewal: renewal, reply))
      case .create(let id, _, let creation, _, _):
        cloud.creations.append(creation)
        if let group = cloud.created {
          cloud.groups.append(group)
          cloud.created = nil
        }
        guard let reply = cloud.creationReply else { continue }
        events.append(.creationReplied(id, reply))
      case .drafted(let number, let result): control.drafted(number, result)
      case .sweepEnded(let account, _, let isComplete):
        if isComplete { control.sweepWasCompleted(of: account) }
      case .heldBack, .storageFailed, .wake: break
      }
    }
  }

  private func answer(_ read: CloudRead) -> ReadReply {
    if let fault = read == .balance ? cloud.balanceFault : cloud.readFault {
      return ReadReply(.failure(fault), serverTime: clock.wall + cloud.skew)
    }
    let answer: CloudAnswer? =
      switch read {
      case .groups:
        .groups(GroupPage(groups: cloud.groups, page: 1, total: cloud.groups.count))
      case .group(let id): cloud.groups.first { $0.id == id }.map { .group($0) }
      case .renewalPrice: .renewalPrice(Quote(price: cloud.price))
      case .balance:
        cloud.balance.map { .balance(AccountBalance(available: $0, cash: $0, credit: $0)) }
      case .newGroupPrice: .newGroupPrice(Quote(price: cloud.price))
      case .capacity: .capacity(nil)
      case .renewalOrders(let from, let to, let page):
        .renewalOrders(OrderPage(cloud.orders, from: from, to: to, page: page))
      case .newOrders(let from, let to, let page):
        .renewalOrders(OrderPage(cloud.newOrders, from: from, to: to, page: page))
      case .order(let id):
        .order([OrderLine(id: id, status: CloudWord(.paid), instances: ["group of \(id)"])])
      case .groupsNamed(let name, let page):
        .groups(
          GroupPage(
            groups: cloud.groups.filter { $0.name.contains(name) }, page: page,
            total: cloud.groups.filter { $0.name.contains(name) }.count))
      default: nil
      }
    return ReadReply(
      answer.map { .success($0) } ?? .failure(.unreadable("not in the script")),
      serverTime: clock.wall + cloud.skew, requestID: "request")
  }
}

extension OrderPage {
  /// All of a window on its first page.
  fileprivate init(_ all: [OrderSummary], from: Instant, to: Instant, page: Int) {
    let orders = all.filter { order in
      order.created.map { $0 >= from && $0 <= to } ?? true
    }
    self.init(orders: page > 1 ? [] : orders, page: page, total: orders.count)
  }
}

private final class Signer: PaymentSigning {
  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedPayment {
    SignedPayment(request: request, nonce: nonce, date: date, hash: "hash of \(nonce)")
  }

  func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedCreation {
    SignedCreation(creation: creation, nonce: nonce, date: date, hash: "hash of \(nonce)")
  }
}
