import RenewalCore
import Testing

@Suite struct `An order of a new group` {
  private static let parameters = ProtocolParameters.withBilling
  private static let date = Instant(1_800_000_000)
  private static let provable = date + parameters.requestLife + parameters.visibilityBound

  private static func group(
    autoPay: Bool = true, chargeType: ChargeType = .prePaid
  ) throws -> GroupCreation {
    try GroupCreation(
      checking: [
        "app_center_image_id": .text("img-1"), "app_instance_group_name": .text("studio"),
        "biz_region_id": .text("cn-hangzhou"), "charge_type": .text(chargeType.rawValue),
        "period": .integer(1), "period_unit": .text("Month"), "auto_pay": .boolean(autoPay),
        "node_pool": .table([
          "node_amount": .integer(1), "node_instance_type": .text("appstreaming.general.4c8g"),
          "strategy_type": .text("NODE_FIXED"),
        ]),
      ], today: CivilDate(year: 2027, month: 1, day: 15))
  }

  private static func order(
    _ state: RenewalState, order: OrderID? = nil, group: GroupID? = nil, autoPay: Bool = true,
    chargeType: ChargeType = .prePaid
  ) throws -> Creation {
    Creation(
      id: 1,
      intent: CreationIntent(
        account: "main", creation: try Self.group(autoPay: autoPay, chargeType: chargeType),
        attempt: 1, quote: Money(minorUnits: 100, currency: .cny), namesakes: [], date: date,
        nonce: "n", requestHash: "h", actor: "uid 1000", bootID: "b"),
      state: state, order: order, group: group, since: date)
  }

  @Test func `follows what its reply proves`() throws {
    let refusal = CloudRefusal(code: "Throttling", httpStatus: 400)
    let expected: [(PaymentOutcome, RenewalState)] = [
      (.accepted("1"), .accepted), (.refused(.throttled, refusal), .refused),
      (.notSent("refused"), .notSent), (.unknown("503", nil), .unknown),
      (.unknown("200 with code", "1"), .unknown),
    ]
    for (outcome, wanted) in expected {
      let transition = try Self.order(.submitted).applying(
        .replied(outcome, nil), parameters: Self.parameters)
      #expect(transition?.state == wanted)
    }
  }

  /// What is paid by use is not paid for with the order.
  @Test func `without automatic payment waits for a person, where there is something to pay`()
    throws
  {
    for (chargeType, wanted) in [(ChargeType.prePaid, RenewalState.unpaid), (.postPaid, .accepted)]
    {
      let transition = try Self.order(.submitted, autoPay: false, chargeType: chargeType).applying(
        .replied(.accepted("17"), "aig-new"), parameters: Self.parameters)
      #expect(transition?.state == wanted)
      #expect(transition?.order == "17" && transition?.group == "aig-new")
    }
  }

  @Test func `is settled by the group itself, and by nothing sooner`() throws {
    for state in [RenewalState.accepted, .unknown, .unpaid, .stuck] {
      let seen = try Self.order(state, order: "17").applying(
        .observed(["aig-new"], at: Self.date, .none), parameters: Self.parameters)
      #expect(seen?.state == .settled && seen?.group == "aig-new" && seen?.alerts == [])
      let early = try Self.order(state).applying(
        .observed([], at: Self.provable - .seconds(1), .none), parameters: Self.parameters)
      #expect(early == nil)
    }
    let late = try Self.order(.unknown).applying(
      .observed([], at: Self.provable, .none), parameters: Self.parameters)
    #expect(late?.state == .notEffected)
  }

  @Test func `that brought two groups calls a person and stops payments`() throws {
    let transition = try Self.order(.accepted, order: "17").applying(
      .observed(["aig-a", "aig-b"], at: Self.date, .none), parameters: Self.parameters)
    #expect(transition?.state == .settled && transition?.alerts == [.createdTwice])
  }

  @Test func `that brought another group than was named is for a person, once it is proven`()
    throws
  {
    func seen(_ state: RenewalState, at: Instant) throws -> CreationTransition? {
      try Self.order(state, order: "17", group: "aig-new").applying(
        .observed(["aig-other"], at: at, .none), parameters: Self.parameters)
    }
    #expect(try seen(.accepted, at: Self.provable - .seconds(1)) == nil)
    let proven = try seen(.accepted, at: Self.provable)
    #expect(proven?.state == .stuck && proven?.alerts == [.createdTwice])
    #expect(try seen(.stuck, at: Self.provable + .days(1)) == nil)
  }

  @Test func `that is closed is opened by nothing`() throws {
    let events: [CreationEvent] = [
      .replied(.accepted("17"), "aig-new"), .restarted, .confirmedCreated, .confirmedNotCreated,
      .observed([], at: Self.provable, .own("17", .unpaid)),
      .observed(["aig-new"], at: Self.provable, .own("17", .paid)),
    ]
    for state in RenewalState.allCases where !state.isOpen {
      for event in events {
        #expect(try Self.order(state).applying(event, parameters: Self.parameters) == nil)
      }
    }
  }

  /// Its headers hold a signature, and may hold a session token.
  @Test func `and a payment are shown by their hash alone once they are signed`() throws {
    let headers = [SignedPayment.Header("authorization", "Signature=0123abc")]
    let payment = SignedPayment(
      request: RenewalRequest(group: "aig-1", period: .oneMonth), nonce: "n", date: Self.date,
      headers: headers, hash: "feed")
    let order = SignedCreation(
      creation: try Self.group(), nonce: "n", date: Self.date, headers: headers, hash: "beef")
    #expect("\(payment)" == "payment feed")
    #expect("\(order)" == "order of a group beef")
  }
}
