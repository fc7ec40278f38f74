import InventoryStore
import RenewalCore
import RenewalDaemon

/// What else goes wrong with the first order of a group.
package enum OrderTrouble: CaseIterable, Sendable {
  case none
  /// HTTP 500, and the group was bought.
  case errorAfterEffect
  case replyLost
  case requestLost
  /// The reply is lost, and the group shows just before W is over.
  case slowToShow
}

/// One new group, from the moment an operator first asks for it until nothing about
/// it is open, with crashes at chosen boundaries: the real engine and store. The
/// operator is a stubborn one, who asks again every half hour until a group of the
/// name is there; he must never get two.
///
/// A boundary is one operation of the disk or one effect of the engine, counted from
/// the operator's first question, and after a crash from the restart.
package final class CrashedOrder {
  private enum Event {
    case restart
    case tell(life: Int, EngineEvent)
    case wake(life: Int, number: Int)
    case ask
    case confirm(life: Int, token: String)
  }

  package struct Verdict: Sendable {
    package var violations: [String] = []
    /// How many boundaries each life had, until its crash or until the group was enrolled.
    package var boundaries: [Int64] = []
    /// Orders that were sent.
    package var sent = 0
    /// Orders that were recorded.
    package var attempts = 0
    package var isEnrolled = false
  }

  private static let start: Int64 = 1_767_225_600_000
  private static let account: AccountName = "main"
  private static let group: GroupID = "aig-new"
  private static let price = Money(minorUnits: 89_900, currency: .cny)
  private static let file: [String: SettingValue] = [
    "app_center_image_id": .text("img-1"), "app_instance_group_name": .text("new-room"),
    "biz_region_id": .text("cn-hangzhou"), "charge_type": .text("PrePaid"),
    "period": .integer(1), "period_unit": .text("Month"),
    "node_pool": .table([
      "node_amount": .integer(1), "node_instance_type": .text("appstreaming.general.4c8g"),
      "strategy_type": .text("NODE_FIXED"),
    ]),
  ]

  private let trouble: OrderTrouble
  private let parameters: ProtocolParameters
  private let settings: EngineSettings
  private let disk: VirtualDisk
  private var agenda = Agenda<Int64, Event>()
  private var crashes: [Crash]
  private var verdict = Verdict()

  /// When the cloud took each order, and from when its group shows.
  private var bought: [(at: Int64, shownFrom: Int64)] = []
  private var usedNonces: Set<String> = []

  private var time = CrashedOrder.start
  private var bootedAt = CrashedOrder.start - 60_000
  private var boot = 1
  private var engine: RenewalEngine?
  private var life = 0
  private var passed: Int64 = 0
  private var hasAsked = false
  private var wakeNumber = 0
  private var nonces = 0
  private var told: Set<Int64> = []

  /// - Parameter crashes: each counts from the restart after the one before.
  package init?(
    _ name: String, crashes: [Crash] = [], trouble: OrderTrouble = .none, readsBilling: Bool = true
  ) {
    guard let disk = VirtualDisk(name) else { return nil }
    self.disk = disk
    self.crashes = crashes
    self.trouble = trouble
    parameters = readsBilling ? .withBilling : .withoutBilling
    settings = EngineSettings(
      mode: .pay, policy: RenewalPolicy(rules: []),
      accounts: [
        AccountSettings(
          name: Self.account, parameters: parameters, readsBilling: readsBilling, hasPayer: true)
      ],
      sweepInterval: .hours(24), longestSleep: .hours(6))
  }

  /// Runs until every wait of the protocol is over, and a retry with it.
  package func run() -> Verdict {
    let end = Self.start + 4 * (parameters.quarantine + .hours(1)).seconds * 1000
    agenda.plan(.restart, at: time)
    agenda.plan(.ask, at: time + (parameters.quarantine + .minutes(1)).seconds * 1000)
    while let (at, event) = agenda.next(), at <= end, verdict.violations.isEmpty {
      time = max(time, at)
      switch event {
      case .restart: startProcess()
      case .tell(let life, let event):
        if life == self.life { act { $0.handle(event, at: $1) } }
      case .wake(let life, let number):
        if life == self.life, number == wakeNumber { act { $0.handle(.woke, at: $1) } }
      case .ask: ask()
      case .confirm(let life, let token):
        if life == self.life {
          act { $0.operate(.createGroup(token: token), actor: "operator", at: $1).0 }
        }
      }
    }
    judge()
    engine = nil
    return verdict
  }

  // MARK: The operator

  private func ask() {
    agenda.plan(.ask, at: time + 30 * 60_000)
    guard !verdict.isEnrolled else { return }
    hasAsked = true
    act {
      $0.draft(CreationRequest(number: 1, account: Self.account, settings: Self.file), at: $1)
    }
  }

  // MARK: The daemon

  private var reading: ClockReading {
    ClockReading(wall: Instant(time / 1000), boot: time - bootedAt)
  }

  private func startProcess() {
    life += 1
    passed = 0
    untilCrash {
      do {
        let engine = RenewalEngine(
          store: try openStore(), settings: settings, anchor: disk, signer: self,
          bootID: "boot-\(boot)",
          makeNonce: { [unowned self] in
            nonces += 1
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

  private func openStore() throws -> InventoryStore {
    let store = try InventoryStore(
      path: disk.databasePath, sidecar: try VirtualSidecar(disk), identity: disk,
      now: reading.wall)
    for doubt in store.openingDoubts {
      // A crash between a commit and its line beside it, and nothing else.
      if case .sidecarBehind(1) = doubt { continue }
      verdict.violations.append("life \(life) found its ledger \(doubt)")
    }
    return store
  }

  private func act(_ body: (RenewalEngine, ClockReading) -> [EngineEffect]) {
    guard let engine else { return }
    untilCrash { body(engine, reading) }
  }

  /// Carries out what follows from an event, as far as this life goes.
  private func untilCrash(_ handle: () -> [EngineEffect]) {
    guard hasAsked else { return handle().forEach(perform) }
    guard disk.live(until: crashes.first, passed: &passed, handle, then: perform) else {
      return endLife()
    }
    if let fault = engine?.store.fault {
      verdict.violations.append("the disk was sound and the store says: \(fault)")
    }
    noteEnrolment()
  }

  private func noteEnrolment() {
    guard !verdict.isEnrolled, let store = engine?.store,
      let orders = try? store.read({ try $0.creations(limit: 10) }),
      orders.contains(where: { $0.state == .settled })
    else { return }
    verdict.isEnrolled = true
    verdict.boundaries.append(passed)
  }

  private func endLife() {
    engine = nil
    wakeNumber += 1
    if !verdict.isEnrolled { verdict.boundaries.append(passed) }
    if disk.end(by: crashes.removeFirst().kind) {
      boot += 1
      bootedAt = time + 60_000
    }
    agenda.plan(.restart, at: time + 80_000)
  }

  private func perform(_ effect: EngineEffect) {
    switch effect {
    case .announce(let rows): told.formUnion(rows.map(\.sequence))
    case .sweepEnded, .heldBack: break
    case .storageFailed(let error):
      verdict.violations.append("the disk was sound and the ledger failed: \(error)")
    case .read(let id, _, let read):
      let reply = ReadReply(.success(answer(read)), serverTime: Instant((time + 200) / 1000))
      agenda.plan(.tell(life: life, .readReplied(id, reply)), at: time + 200)
    case .pay: verdict.violations.append("a renewal was paid for")
    case .create(let id, _, let order, let sendBefore, _):
      if reading.boot < sendBefore { carry(order, id) }
    case .drafted(_, .success(let offer)):
      if offer.obstacle == nil {
        agenda.plan(.confirm(life: life, token: offer.token), at: time + 1000)
      }
    case .drafted(_, .failure): break
    case .wake(let boot):
      wakeNumber += 1
      agenda.plan(.wake(life: life, number: wakeNumber), at: max(time + 1, bootedAt + boot))
    }
  }

  // MARK: The cloud

  private func answer(_ read: CloudRead) -> CloudAnswer {
    let money = Money(minorUnits: 100_000_000, currency: .cny)
    let shown = bought.filter { $0.shownFrom <= time }.indices.map { number in
      DeliveryGroup(
        id: number == 0 ? Self.group : GroupID("aig-new-\(number)"), name: "new-room",
        region: "cn-hangzhou", expiry: Instant(time / 1000) + .days(30))
    }
    switch read {
    case .groups(let page), .groupsNamed(_, let page):
      return .groups(
        GroupPage(groups: page == 1 ? shown : [], page: page, total: shown.count))
    case .group: return .groups(GroupPage(groups: shown, page: 1, total: shown.count))
    case .renewalPrice: return .renewalPrice(Quote(price: Self.price))
    case .newGroupPrice: return .newGroupPrice(Quote(price: Self.price))
    case .capacity: return .capacity(nil)
    case .balance:
      return .balance(AccountBalance(available: money, cash: money, credit: money))
    case .nativeRenewal: return .nativeRenewal([])
    case .renewalOrders(_, _, let page):
      return .renewalOrders(OrderPage(orders: [], page: page, total: 0))
    case .newOrders(let from, let to, let page):
      // Billing shows an order as soon as it exists.
      let orders = bought.indices.map { number in
        OrderSummary(
          id: order(number), status: CloudWord(.paid), created: Instant(bought[number].at / 1000))
      }.filter { $0.created.map { $0 >= from && $0 <= to } ?? false }
      return .renewalOrders(
        OrderPage(orders: page == 1 ? orders : [], page: page, total: orders.count))
    case .order(let id):
      return .order(
        bought.indices.filter { order($0) == id }.map { _ in
          OrderLine(id: id, status: CloudWord(.paid), instances: [Self.group.text])
        })
    }
  }

  private func order(_ number: Int) -> OrderID { OrderID("20000000000\(number)") }

  private func carry(_ creation: SignedCreation, _ id: Int64) {
    verdict.sent += 1
    guard usedNonces.insert(creation.nonce).inserted else {
      verdict.violations.append("the bytes of \(creation.nonce) were sent twice")
      return
    }
    let trouble = verdict.sent == 1 ? trouble : .none
    if trouble != .requestLost {
      let late = parameters.visibilityBound.seconds * 1000 - 5000
      bought.append((time, time + (trouble == .slowToShow ? late : 3000)))
      if bought.count > 1 { verdict.violations.append("\(bought.count) groups were bought") }
    }
    let reply =
      switch trouble {
      case .none:
        PaymentReply(
          delivery: .answered(status: 200), isReadable: true, orderID: order(bought.count - 1),
          newGroup: Self.group, serverTime: reading.wall)
      case .errorAfterEffect:
        PaymentReply(
          delivery: .answered(status: 500), isReadable: true, code: "InternalError",
          serverTime: reading.wall)
      case .replyLost, .requestLost, .slowToShow: PaymentReply(delivery: .interrupted("deadline"))
      }
    agenda.plan(.tell(life: life, .creationReplied(id, reply)), at: time + 300)
  }

  // MARK: The verdict

  private func judge() {
    guard verdict.violations.isEmpty else { return }
    func violated(_ what: String) { verdict.violations.append(what) }
    guard crashes.isEmpty else { return violated("the crash did not happen") }
    engine = nil
    disk.kill()
    do {
      // Opening verifies the chain of the ledger, and compares it with the sidecar.
      let store = try openStore()
      let orders = try store.read { try $0.creations(limit: 100) }
      verdict.attempts = orders.count
      if !usedNonces.isSubset(of: orders.map(\.intent.nonce)) {
        violated("an order was sent of which the ledger knows nothing")
      }
      if let open = orders.first(where: \.state.isOpen) { violated("\(open.state) in the end") }
      let key = GroupKey(account: Self.account, group: Self.group)
      if try store.read({ try $0.group(key) }) == nil { violated("the group is not enrolled") }
      if bought.count != 1 { violated("\(bought.count) groups were bought") }
      for row in try store.read({ try $0.ledger(after: 0, limit: 100_000) })
      where !told.contains(row.sequence) {
        violated("row \(row.sequence), \(row.entry.kind.rawValue), was never told")
      }
    } catch { violated("the ledger cannot be opened: \(error)") }
  }
}

extension CrashedOrder: PaymentSigning {
  package func sign(
    _ request: RenewalRequest, for account: AccountName, nonce: String, date: Instant
  ) throws(CloudFault) -> SignedPayment { throw .noCredentials("nothing is renewed here") }

  package func sign(
    _ creation: GroupCreation, for account: AccountName, nonce: String, date: Instant
  ) -> SignedCreation {
    SignedCreation(creation: creation, nonce: nonce, date: date, hash: "signed-\(nonce)")
  }
}
