import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

/// The engine on a real store, with a clock that stands until it is moved and
/// a cloud that answers when it is told to.
final class EngineHarness {
  let directory = TemporaryDirectory()
  let anchor = KeptAnchor()
  let faultMark = KeptFault()
  let parameters: ProtocolParameters
  var settings: EngineSettings
  private(set) var engine: RenewalEngine
  /// What the cloud shows of each group.
  var cloud: [GroupID: DeliveryGroup] = [:]
  /// How many of them it shows on a page of its list.
  var pageSize = 1000
  /// How many more groups there are than it lists.
  var untoldGroups = 0
  var price = Money(minorUnits: 89_900, currency: .cny)
  /// What billing shows of purchases, each of another product.
  var newOrders: [OrderSummary] = []
  /// What billing shows of renewals, each for `aig-1`.
  var renewalOrders: [OrderSummary] = []
  /// How many more there are than it lists.
  var untoldRenewalOrders = 0
  var server = Sample.now
  var bootMilliseconds: Int64 = 1_000_000
  var wallSkew = Span.zero
  /// Of the next process.
  var isOneRun = false
  private(set) var reads: [(id: ReadID, account: AccountName, read: CloudRead)] = []
  private(set) var payments: [(renewal: Int64, account: AccountName, payment: SignedPayment)] = []
  private(set) var creations: [(id: Int64, account: AccountName, creation: SignedCreation)] = []
  private(set) var drafted: [Int64: Result<CreationOffer, CreationRefusal>] = [:]
  private(set) var announced: [LedgerRow] = []
  private(set) var storageFaultsTold = 0
  private(set) var wakesAt: Int64 = 0
  private var nonces = 0
  /// What billing says, where it is read.
  var balance: Money?
  var isRenewedNatively = false
  var isListedInBilling = true
  var untoldNewOrders = 0
  /// What billing says that its renewal orders are for.
  var orderInstances = ["aig-1"]
  /// Answered about instead of whatever group is asked for.
  var mistaken: DeliveryGroup?
  /// Accounts that never answer, and those that list no group.
  var silent: Set<AccountName> = []
  var empty: Set<AccountName> = []
  /// Payments that `settle` has answered.
  private(set) var answeredPayments = 0
  var machine = "machine-1"

  static func settings(
    mode: Mode = .pay, parameters: ProtocolParameters, accounts: [AccountName] = ["main"]
  ) -> EngineSettings {
    EngineSettings(
      mode: mode,
      policy: RenewalPolicy(rules: [
        RenewalRule(
          name: "all", action: .renew, period: .oneMonth, leadTime: .days(7),
          maximumPrice: Money(minorUnits: 100_000, currency: .cny))
      ]),
      accounts: accounts.map {
        AccountSettings(name: $0, parameters: parameters, readsBilling: false, hasPayer: true)
      })
  }

  init(parameters: ProtocolParameters = .withoutBilling, accounts: [AccountName] = ["main"]) throws
  {
    self.parameters = parameters
    settings = Self.settings(parameters: parameters, accounts: accounts)
    cloud["aig-1"] = Sample.row().record.latest
    engine = try Self.makeEngine(directory, settings, anchor, faultMark)
    try restart()
  }

  private static func makeEngine(
    _ directory: TemporaryDirectory, _ settings: EngineSettings, _ anchor: any AnchorKeeping,
    _ faultMark: any FaultMarking, machine: String = "machine-1",
    isOneRun: Bool = false, nonce: @escaping () -> String = { "" }
  ) throws -> RenewalEngine {
    RenewalEngine(
      store: try InventoryStore(
        path: directory.path + "/inventory.sqlite",
        sidecar: try SidecarFile(path: directory.path + "/sidecar.log"),
        identity: FileSystemIdentity(), now: Sample.now),
      settings: settings, anchor: anchor, faultMark: faultMark, signer: TestSigner(),
      bootID: "boot", machineID: machine, isOneRun: isOneRun, makeNonce: nonce)
  }

  /// A new process on the same files.
  func restart() throws {
    try engine.store.close()
    engine = try Self.makeEngine(
      directory, settings, anchor, faultMark, machine: machine, isOneRun: isOneRun
    ) { [unowned self] in
      nonces += 1
      return "nonce-\(nonces)"
    }
    reads = []
    payments = []
    answeredPayments = 0
    creations = []
    tell(.started)
  }

  var reading: ClockReading { ClockReading(wall: server + wallSkew, boot: bootMilliseconds) }

  func advance(_ span: Span) {
    server = server + span
    bootMilliseconds += span.seconds * 1000
  }

  func tell(_ event: EngineEvent) { take(engine.handle(event, at: reading)) }

  func operate(_ command: OperatorCommand) throws(OperatorRefusal) {
    let (effects, refusal) = engine.operate(command, actor: "test", at: reading)
    take(effects)
    if let refusal { throw refusal }
  }

  /// The next paid call that was made and not answered yet, by its renewal.
  func takePayment() -> Int64? { payments.isEmpty ? nil : payments.removeFirst().renewal }

  private func take(_ effects: [EngineEffect]) {
    for effect in effects {
      switch effect {
      case .read(let id, let account, let read): reads.append((id, account, read))
      case .pay(let renewal, let account, let payment, _, _):
        payments.append((renewal, account, payment))
      case .create(let id, let account, let creation, _, _):
        creations.append((id, account, creation))
      case .drafted(let number, let result): drafted[number] = result
      case .announce(let rows): announced += rows
      case .storageFailed: storageFaultsTold += 1
      case .wake(let boot): wakesAt = boot
      case .sweepEnded, .heldBack: break
      }
    }
  }

  /// Answers the next question; `false` when there is none.
  @discardableResult
  func answer(dated skew: Span = .zero) -> Bool {
    guard !reads.isEmpty else { return false }
    let question = reads.removeFirst()
    var answer = result(of: question.read)
    if silent.contains(question.account) { answer = .failure(.unreachable("silent")) }
    if empty.contains(question.account), case .groups = question.read {
      answer = .success(.groups(GroupPage(groups: [], page: 1, total: 0)))
    }
    tell(
      .readReplied(question.id, ReadReply(answer, serverTime: server + skew, requestID: "r")))
    return true
  }

  private func result(of read: CloudRead) -> Result<CloudAnswer, CloudFault> {
    switch read {
    case .groups(let page):
      let groups = cloud.values.sorted { $0.id < $1.id }
      let shown = Array(groups.dropFirst((page - 1) * pageSize).prefix(pageSize))
      let total = groups.count + untoldGroups
      return .success(.groups(GroupPage(groups: shown, page: page, total: total)))
    case .group(let id):
      return (mistaken ?? cloud[id]).map { .success(.group($0)) }
        ?? .failure(.unreachable("no such group"))
    case .renewalPrice: return .success(.renewalPrice(Quote(price: price)))
    case .balance:
      return balance.map {
        .success(.balance(AccountBalance(available: $0, cash: $0, credit: $0)))
      } ?? .failure(.unreachable("may not be asked"))
    case .nativeRenewal(let ids):
      return .success(
        .nativeRenewal(
          (isListedInBilling ? ids : []).map {
            NativeRenewal(
              instance: $0.text, status: CloudWord(isRenewedNatively ? .automatic : .manual))
          }))
    case .renewalOrders(_, _, let page):
      return .success(
        .renewalOrders(
          OrderPage(
            orders: renewalOrders, page: page, total: renewalOrders.count + untoldRenewalOrders)))
    case .groupsNamed(let name, let page):
      let found = cloud.values.filter { $0.name.contains(name) }.sorted { $0.id < $1.id }
      return .success(.groups(GroupPage(groups: found, page: page, total: found.count)))
    case .newGroupPrice: return .success(.newGroupPrice(Quote(price: price)))
    case .capacity: return .success(.capacity(nil))
    case .newOrders(_, _, let page):
      return .success(
        .renewalOrders(
          OrderPage(
            orders: page == 1 ? newOrders : [], page: page,
            total: newOrders.count + untoldNewOrders)))
    case .order(let id):
      if let order = renewalOrders.first(where: { $0.id == id }) {
        return .success(
          .order([
            OrderLine(
              id: id, status: order.status, instances: orderInstances, amount: order.amount)
          ]))
      }
      let orders = newOrders.filter { $0.id == id }
      return .success(
        .order(orders.map { OrderLine(id: $0.id, status: $0.status, instances: ["i-other"]) }))
    }
  }

  func answerAll() {
    var answered = 0
    while answer() {
      answered += 1
      // An engine that asks for ever must fail its test, not hang it.
      guard answered < 20_000 else {
        Issue.record("the questions have no end")
        return
      }
    }
  }

  /// Lets every payment that left have its effect, and answers it.
  func settle() {
    while answeredPayments < payments.count {
      let (renewal, _, payment) = payments[answeredPayments]
      answeredPayments += 1
      let id = payment.request.group
      guard let expiry = cloud[id]?.expiry else { continue }
      cloud[id]?.expiry = payment.request.period.forecast(from: expiry)
      tell(
        .paymentReplied(
          renewal: renewal,
          PaymentReply(
            delivery: .answered(status: 200), isReadable: true, orderID: OrderID("\(renewal)"))))
      answerAll()
    }
  }

  func reload(_ change: (inout EngineSettings) -> Void) {
    change(&settings)
    tell(.reconfigured(settings))
    answerAll()
  }

  /// Lets time pass in steps; every payment has its effect at once.
  func live(_ span: Span, step: Span = .minutes(10)) {
    let end = server + span
    while server < end {
      advance(min(step, end - server))
      tell(.woke)
      answerAll()
      settle()
    }
  }

  /// Expires so long from now.
  func show(_ id: GroupID, expiringIn span: Span) {
    cloud[id] = DeliveryGroup(id: id, name: id.text, expiry: server + span)
  }

  func alert(_ kind: AlertKind) -> Alert? {
    engine.standingAlerts.first { $0.kind == kind }
  }

  func standing(_ id: GroupID = "aig-1") -> GroupStanding? {
    let row = try? engine.store.read { try $0.group(GroupKey(account: "main", group: id)) }
    return row?.standing
  }

  /// The cloud is away.
  func failAll() {
    while !reads.isEmpty {
      let question = reads.removeFirst()
      tell(
        .readReplied(question.id, ReadReply(.failure(.unreachable("away")), serverTime: nil)))
    }
  }

  /// Past the start hold, with everything seen and nothing paid.
  func passStartHold() {
    answerAll()
    advance(parameters.quarantine + .seconds(1))
    // The group is still there and still due.
    cloud["aig-1"]?.expiry = server + .days(5)
    cloud["aig-1"]?.expiryText = (server + .days(5)).description
    tell(.woke)
  }

  /// On to the moment between the intent and its confirmation.
  func reachConfirmation() {
    passStartHold()
    var steps = 0
    while open?.state != .submitted, steps < 20, answer() { steps += 1 }
  }

  /// The price that a person is asked about.
  var asked: Money? {
    (try? engine.store.read { try $0.deliberation(of: Sample.subject) })?.asked?.price
  }

  /// A yes to just that price.
  func approve(reason: String) throws(OperatorRefusal) {
    try operate(.approve(Sample.subject, seen: asked ?? price, reason: reason))
  }

  var open: Renewal? {
    (try? engine.store.read { try $0.openRenewals() })?.first
  }

  var renewals: [Renewal] {
    (try? engine.store.read { try $0.renewals(of: Sample.subject, limit: 99) }) ?? []
  }

  func draft(_ request: CreationRequest) { take(engine.draft(request, at: reading)) }
}

final class KeptAnchor: AnchorKeeping {
  var anchor: RuntimeAnchor?
  func load() -> RuntimeAnchor? { anchor }
  func save(_ anchor: RuntimeAnchor) { self.anchor = anchor }
}

final class KeptFault: FaultMarking {
  var fault: String?
  func load() -> String? { fault }
  func save(_ fault: String?) { self.fault = fault }
}

/// Kept by the engine, so it must not keep the harness: that would leave its directory
/// behind.
private final class TestSigner: PaymentSigning {
  func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) -> SignedPayment {
    SignedPayment(request: request, nonce: nonce, date: date, hash: "hash-\(nonce)")
  }

  func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) -> SignedCreation {
    SignedCreation(creation: creation, nonce: nonce, date: date, hash: "hash-\(nonce)")
  }
}
