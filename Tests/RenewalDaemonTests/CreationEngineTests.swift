import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

private let price = Money(minorUnits: 89_900, currency: .cny)

private func file(_ name: String = "new-room") -> [String: SettingValue] {
  [
    "app_center_image_id": .text("img-1"), "app_instance_group_name": .text(name),
    "biz_region_id": .text("cn-hangzhou"), "charge_type": .text("PrePaid"),
    "period": .integer(1), "period_unit": .text("Month"),
    "node_pool": .table([
      "node_amount": .integer(1), "node_instance_type": .text("appstreaming.general.4c8g"),
      "strategy_type": .text("NODE_FIXED"),
    ]),
  ]
}

extension EngineHarness {
  /// Past the hold, with nothing due that could take the slot.
  func settleDown() {
    answerAll()
    advance(parameters.quarantine + .seconds(1))
    cloud["aig-1"]?.expiry = server + .days(60)
    cloud["aig-1"]?.expiryText = (server + .days(60)).description
    tell(.woke)
    answerAll()
  }

  func offer(
    _ name: String = "new-room", number: Int64 = 1, allowsNamesake: Bool = false
  ) throws -> CreationOffer {
    draft(
      CreationRequest(
        number: number, account: "main", settings: file(name), allowsNamesake: allowsNamesake))
    answerAll()
    return try #require(drafted[number]).get()
  }

  /// The order on the disk, its last questions answered, its bytes given out.
  func orderGroup(_ name: String = "new-room") throws {
    try operate(.createGroup(token: try offer(name).token))
    answerAll()
    #expect(creations.count == 1)
  }

  var creation: Creation? { (try? engine.store.read { try $0.creations(limit: 1) })?.first }

  func group(_ id: GroupID, _ name: String = "new-room") -> DeliveryGroup {
    DeliveryGroup(id: id, name: name, region: "cn-hangzhou", expiry: server + .days(30))
  }

  func reply(_ reply: PaymentReply) throws {
    tell(.creationReplied(try #require(creations.last).id, reply))
  }

  var accepted: PaymentReply {
    PaymentReply(
      delivery: .answered(status: 200), isReadable: true, orderID: "17", newGroup: "aig-new",
      serverTime: server)
  }
  var lost: PaymentReply { PaymentReply(delivery: .interrupted("cut")) }

  /// On to a look after the request's life and its visibility.
  func passProof() {
    advance(parameters.quarantine)
    tell(.woke)
    answerAll()
  }
}

@Suite struct `Ordering a group` {
  @Test func `an order is recorded, sent once, found by its name and enrolled`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    let offer = try harness.offer()
    #expect(offer.quote.price == price && offer.obstacle == nil && harness.creation == nil)
    try harness.operate(.createGroup(token: offer.token))
    // On the disk before the last question is even answered.
    #expect(harness.creation?.state == .submitted && harness.creations.isEmpty)
    harness.answerAll()
    #expect(harness.creations.map(\.creation.creation.name) == ["new-room"])
    try harness.reply(harness.accepted)
    #expect(harness.creation?.state == .accepted && harness.creation?.order == "17")
    harness.answerAll()
    #expect(harness.creation?.state == .accepted)
    harness.cloud["aig-new"] = harness.group("aig-new")
    harness.advance(.seconds(5))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.creation?.state == .settled && harness.creation?.group == "aig-new")
    let key = GroupKey(account: "main", group: "aig-new")
    let row = try #require(try harness.engine.store.read { try $0.group(key) })
    #expect(row.record.latest.name == "new-room" && row.standing != .unmanaged)
    #expect(harness.creations.count == 1 && harness.payments.isEmpty)
    let kinds = harness.announced.map(\.entry.kind).filter {
      $0 == .creationIntended || $0 == .creationChanged
    }
    #expect(kinds == [.creationIntended, .creationChanged, .creationChanged])
  }

  @Test func `an offer is good once and not for long`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    let offer = try harness.offer()
    harness.advance(.minutes(11))
    #expect(throws: OperatorRefusal.tokenRefused("its price is too old")) {
      try harness.operate(.createGroup(token: offer.token))
    }
    #expect(throws: OperatorRefusal.tokenRefused("it is unknown or was used")) {
      try harness.operate(.createGroup(token: offer.token))
    }
    #expect(harness.creation == nil)
  }

  @Test func `a price that rose after the yes is not paid`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.operate(.createGroup(token: try harness.offer().token))
    harness.price = Money(minorUnits: 89_901, currency: .cny)
    harness.answerAll()
    #expect(harness.creations.isEmpty && harness.creation?.state == .notSent)
    #expect(harness.creation?.reason.contains("the price is 899.01 CNY now") == true)
  }

  @Test func `a group of the name that came after the yes stops the order`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.operate(.createGroup(token: try harness.offer().token))
    harness.cloud["aig-9"] = harness.group("aig-9")
    harness.answerAll()
    #expect(harness.creations.isEmpty && harness.creation?.state == .notSent)
  }

  @Test func `a closed gate stops an order before and after the yes`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    let offer = try harness.offer()
    try harness.operate(.pause("the bill"))
    #expect(try harness.offer(number: 2).obstacle?.check == .notPaused)
    #expect(throws: OperatorRefusal.guarded("no operator paused payments (the bill)")) {
      try harness.operate(.createGroup(token: offer.token))
    }
    try harness.operate(.resume)
    try harness.operate(.createGroup(token: try harness.offer(number: 3).token))
    try harness.operate(.pause("wait"))
    harness.answerAll()
    #expect(harness.creations.isEmpty && harness.creation?.state == .notSent)
  }

  @Test(arguments: [Mode.observe, .plan]) func `only the paying mode orders`(mode: Mode) throws {
    let harness = try EngineHarness()
    harness.settings.mode = mode
    harness.tell(.reconfigured(harness.settings))
    harness.settleDown()
    let offer = try harness.offer()
    #expect(offer.obstacle?.check == .modePays)
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.createGroup(token: offer.token))
    }
  }

  @Test func `nothing is ordered before the start hold is over`() throws {
    let harness = try EngineHarness()
    harness.answerAll()
    let offer = try harness.offer()
    #expect(offer.obstacle?.check == .startHoldOver)
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.createGroup(token: offer.token))
    }
  }

  @Test func `a name in the inventory is refused before any call`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    harness.draft(CreationRequest(number: 1, account: "main", settings: file("studio-1")))
    #expect(harness.drafted[1] == .failure(.nameTaken("studio-1", by: ["aig-1"])))
    #expect(harness.reads.isEmpty)
  }

  @Test func `a name that only the cloud knows is refused unless the operator insists`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    harness.cloud["aig-9"] = harness.group("aig-9")
    harness.cloud["aig-8"] = harness.group("aig-8", "new-room-2")
    #expect(throws: CreationRefusal.nameTaken("new-room", by: ["aig-9"])) {
      try harness.offer()
    }
    let offer = try harness.offer(number: 2, allowsNamesake: true)
    #expect(offer.namesakes == ["aig-9"])
    try harness.operate(.createGroup(token: offer.token))
    harness.answerAll()
    try harness.reply(harness.lost)
    harness.answerAll()
    // The one that was there before is no sign of the new one.
    #expect(harness.creation?.state == .unknown)
    harness.cloud["aig-new"] = harness.group("aig-new")
    harness.advance(.seconds(10))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.creation?.group == "aig-new")
  }

  @Test func `all problems of a file are told before anything is asked`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    var broken = file()
    broken["period"] = .integer(4)
    broken["session_timeout"] = .integer(2)
    broken["node_pool"] = .table([
      "node_amount": .integer(0), "node_instance_type": .text("appstreaming.general.4c8g"),
      "node_capacity": .integer(3), "strategy_type": .text("NODE_FIXED"),
    ])
    harness.draft(CreationRequest(number: 1, account: "main", settings: broken))
    guard case .failure(.broken(let problems))? = harness.drafted[1] else {
      Issue.record("accepted")
      return
    }
    #expect(
      problems.list.map(\.path) == [
        "node_pool.node_amount", "node_pool.node_capacity", "period", "session_timeout",
      ])
    #expect(harness.reads.isEmpty)
  }

  @Test func `two new groups of one name stop all payments`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.accepted)
    harness.cloud["aig-new"] = harness.group("aig-new")
    harness.cloud["aig-twin"] = harness.group("aig-twin")
    harness.advance(.seconds(5))
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.creation?.state == .settled && harness.creation?.group == "aig-new")
    #expect(harness.engine.standingAlerts.contains { $0.kind == .createdTwice })
    #expect(try harness.offer("other", number: 2).obstacle?.check == .noAlertStops)
  }

  @Test func `one order at a time, and renewals do not wait for one in doubt`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    #expect(try harness.offer("other", number: 2).obstacle?.check == .slotFree)
    try harness.reply(harness.lost)
    harness.answerAll()
    #expect(try harness.offer("other", number: 3).obstacle?.input == "'new-room' is unknown")
    harness.cloud["aig-1"]?.expiry = harness.server + .days(5)
    harness.cloud["aig-1"]?.expiryText = (harness.server + .days(5)).description
    harness.advance(.hours(2))
    harness.tell(.woke)
    harness.answerAll()
    // The fence holds the group back; nothing of the order does.
    let account = try #require(harness.engine.accounts["main"])
    #expect(!harness.engine.gate(of: account).checks.contains { !$0.passed })
  }
}

@Suite struct `An order and the budgets` {
  private func harness(
    _ limit: Int64, accounts: [AccountName] = [], rules: [String] = [], groups: [GroupID] = []
  ) throws -> EngineHarness {
    let harness = try EngineHarness()
    harness.settings.policy.budgets = [
      Budget(
        name: "month", per: .month, accounts: accounts, rules: rules, groups: groups,
        limit: Money(minorUnits: limit, currency: .cny))
    ]
    harness.tell(.reconfigured(harness.settings))
    harness.settleDown()
    return harness
  }

  @Test func `an order takes its price out of them, whatever becomes of it`() throws {
    let harness = try harness(100_000)
    func use() throws -> [Int64] {
      let use = try #require(try harness.engine.budgetStandings().first).use
      return [use.spent.minorUnits, use.reserved.minorUnits]
    }
    try harness.orderGroup()
    #expect(try use() == [0, 89_900])
    try harness.reply(harness.lost)
    harness.answerAll()
    #expect(try use() == [0, 89_900])
    harness.cloud["aig-new"] = harness.group("aig-new")
    harness.advance(.hours(2))
    harness.tell(.woke)
    harness.answerAll()
    #expect(try use() == [89_900, 0])
    // Nothing is left for the next one, of whatever name.
    #expect(try harness.offer("other", number: 2).obstacle?.check == .budgetsAllow)
  }

  @Test func `one that is too small stops the order, at the yes and before it is sent`() throws {
    let harness = try harness(89_900)
    let offer = try harness.offer()
    #expect(offer.obstacle == nil)
    try harness.operate(.createGroup(token: offer.token))
    harness.settings.policy.budgets[0].limit = Money(minorUnits: 89_899, currency: .cny)
    harness.tell(.reconfigured(harness.settings))
    harness.answerAll()
    #expect(harness.creation?.state == .notSent && harness.creations.isEmpty)
    let late = try harness.offer(number: 2)
    #expect(late.obstacle?.check == .budgetsAllow)
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.createGroup(token: late.token))
    }
    #expect(harness.creations.isEmpty)
  }

  @Test func `only those that will cover the group count`() throws {
    #expect(try harness(1, accounts: ["other"]).offer().obstacle == nil)
    #expect(try harness(1, groups: ["aig-1"]).offer().obstacle == nil)
    #expect(try harness(1, rules: ["all"]).offer().obstacle?.check == .budgetsAllow)
    #expect(try harness(1, rules: ["none"]).offer().obstacle == nil)
  }
}

@Suite struct `An order whose answer is lost` {
  @Test func `is never sent again, and proven void only after its life and visibility`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    for _ in 0..<20 {
      harness.answerAll()
      harness.advance(.minutes(10))
      harness.tell(.woke)
    }
    #expect(harness.creation?.state == .unknown && harness.creations.count == 1)
    #expect(harness.engine.standingAlerts.map(\.kind) == [.creationUnknown])
    // The name is blocked meanwhile, whatever the operator insists on.
    harness.draft(
      CreationRequest(number: 7, account: "main", settings: file(), allowsNamesake: true))
    guard case .failure(.nameTaken)? = harness.drafted[7] else {
      Issue.record("a second order of an open name")
      return
    }
    harness.passProof()
    #expect(harness.creation?.state == .notEffected && harness.creations.count == 1)
    #expect(harness.engine.standingAlerts.isEmpty)
    _ = try harness.offer(number: 8)
  }

  @Test(arguments: [0, 1]) func `is not proven void by a list of purchases that ends early`(
    untold: Int
  ) throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.reload { $0.accounts[0].readsBilling = true }
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    harness.untoldNewOrders = untold
    harness.passProof()
    #expect(harness.creation?.state == (untold == 0 ? .notEffected : .unknown))
  }

  @Test func `is settled by a group that appears late`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    harness.answerAll()
    harness.advance(.hours(20))
    harness.cloud["aig-late"] = harness.group("aig-late")
    harness.tell(.woke)
    harness.answerAll()
    #expect(harness.creation?.state == .settled && harness.creation?.group == "aig-late")
  }

  @Test(arguments: [PaymentStatus.paid, .unpaid, .cancelled])
  func `is for a person where billing shows a purchase that may be it`(
    status: PaymentStatus
  ) throws {
    let harness = try EngineHarness(parameters: .withBilling)
    harness.settings.accounts[0].readsBilling = true
    harness.tell(.reconfigured(harness.settings))
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    harness.newOrders = [
      OrderSummary(id: "33", status: CloudWord(status), created: harness.server)
    ]
    harness.passProof()
    #expect(harness.creation?.state == (status == .cancelled ? .notEffected : .stuck))
    #expect(
      harness.engine.standingAlerts.contains { $0.kind == .creationStuck }
        == (status != .cancelled))
  }

  @Test func `is settled by an operator, not before the proof is due for a no`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(harness.lost)
    let id = try #require(harness.creation).id
    #expect(throws: OperatorRefusal.self) {
      try harness.operate(.settleCreation(id, seen: .unknown, .notCreated))
    }
    #expect(throws: OperatorRefusal.tokenRefused("the order has changed since")) {
      try harness.operate(.settleCreation(id, seen: .accepted, .created))
    }
    try harness.operate(.settleCreation(id, seen: .unknown, .created))
    #expect(harness.creation?.state == .settled)
  }

  @Test func `an outcome that could not be recorded when it came is recorded later`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    let id = try #require(harness.creation).id
    harness.engine.creating.lateEvents[id] = .replied(.accepted("17"), "aig-new")
    harness.tell(.woke)
    #expect(harness.creation?.state == .accepted && harness.creation?.order == "17")
    #expect(harness.engine.creating.lateEvents.isEmpty)
  }

  @Test func `a refusal closes it, and an order named beside an error keeps it open`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.orderGroup()
    try harness.reply(
      PaymentReply(
        delivery: .answered(status: 403), isReadable: true, code: "Forbidden.RAM",
        serverTime: harness.server))
    #expect(harness.creation?.state == .refused)

    let other = try EngineHarness()
    other.settleDown()
    try other.orderGroup()
    try other.reply(
      PaymentReply(
        delivery: .answered(status: 200), isReadable: true, code: "InvalidParameter.X",
        orderID: "9", serverTime: other.server))
    #expect(other.creation?.state == .unknown)
    other.passProof()
    #expect(other.creation?.state == .stuck)
  }
}

@Suite struct `A crash around an order` {
  /// Where the process ends; the next one starts on the same files.
  enum Moment: CaseIterable {
    case offered, intended, priced, sent, sentAndCreated, answered, settled
  }

  @Test(arguments: Moment.allCases) func `never orders twice and forgets nothing`(
    moment: Moment
  ) throws {
    let harness = try EngineHarness()
    harness.settleDown()
    let offer = try harness.offer()
    if moment != .offered { try harness.operate(.createGroup(token: offer.token)) }
    if moment == .priced { harness.answer() }
    if [.sent, .sentAndCreated, .answered, .settled].contains(moment) { harness.answerAll() }
    let sent = harness.creations.count
    if moment == .answered || moment == .settled { try harness.reply(harness.accepted) }
    if moment == .sentAndCreated || moment == .settled {
      harness.cloud["aig-new"] = harness.group("aig-new")
    }
    if moment == .settled {
      harness.advance(.seconds(5))
      harness.tell(.woke)
      harness.answerAll()
      #expect(harness.creation?.state == .settled)
    }
    harness.advance(.seconds(5))
    try harness.restart()

    switch moment {
    case .offered:
      #expect(harness.creation == nil)
      #expect(throws: OperatorRefusal.tokenRefused("it is unknown or was used")) {
        try harness.operate(.createGroup(token: offer.token))
      }
    case .intended, .priced, .sent, .sentAndCreated:
      #expect(harness.creation?.state == .unknown)
    case .answered: #expect(harness.creation?.state == .accepted)
    case .settled: #expect(harness.creation?.state == .settled)
    }
    if let creation = harness.creation, creation.state.isOpen {
      harness.draft(
        CreationRequest(number: 5, account: "main", settings: file(), allowsNamesake: true))
      guard case .failure(.nameTaken)? = harness.drafted[5] else {
        Issue.record("a second order of an open name")
        return
      }
    }
    harness.answerAll()
    if moment == .sentAndCreated { #expect(harness.creation?.group == "aig-new") }
    harness.passProof()
    #expect(harness.creations.isEmpty, "the new process sent what the old one had decided")
    #expect(sent <= 1)
    switch moment {
    case .offered: break
    case .intended, .priced, .sent: #expect(harness.creation?.state == .notEffected)
    case .answered: #expect(harness.creation?.state == .stuck)
    case .sentAndCreated, .settled: #expect(harness.creation?.state == .settled)
    }
  }

  @Test func `a stop before the bytes are out withdraws the order`() throws {
    let harness = try EngineHarness()
    harness.settleDown()
    try harness.operate(.createGroup(token: try harness.offer().token))
    harness.tell(.stopping)
    #expect(harness.creation?.state == .notSent)
    harness.answerAll()
    #expect(harness.creations.isEmpty)
  }
}
