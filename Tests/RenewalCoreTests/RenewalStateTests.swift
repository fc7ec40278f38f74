import RenewalCore
import Testing

@Suite struct `A renewal` {
  static let parameters = ProtocolParameters.withBilling
  static let key = RenewalKey(
    subject: GroupKey(account: "main", group: "aig-1"), expiry: Instant(1_800_000_000))
  static let date = Instant(1_799_500_000)
  static let provable = date + parameters.requestLife + parameters.visibilityBound

  static func renewal(
    _ state: RenewalState, order: OrderID? = nil, autoPay: Bool = true,
    period: BillingPeriod = .oneMonth
  ) -> Renewal {
    Renewal(
      id: 1,
      intent: RenewalIntent(
        key: key, attempt: 1, period: period, autoPay: autoPay,
        quote: Money(minorUnits: 100, currency: .cny), date: date, nonce: "n", requestHash: "h",
        rule: "all", bootID: "b"),
      state: state, order: order, since: date)
  }

  static func evidence(
    moved: Span, at serverTime: Instant = date + .minutes(10), _ orders: OrderEvidence = .none
  ) -> RenewalEvent {
    .observed(
      ExpiryEvidence(expiry: key.expiry + moved, serverTime: serverTime, orders: orders))
  }

  private func state(_ renewal: Renewal, _ event: RenewalEvent) throws -> RenewalState? {
    try renewal.applying(event, parameters: Self.parameters)?.state
  }

  @Test func `is named by its group and by the expiry that it moves`() {
    #expect("\(Self.key)" == "main/aig-1 at 2027-01-15T08:00:00Z")
  }

  // MARK: Replies

  @Test func `follows what its reply proves`() throws {
    let refusal = CloudRefusal(code: "Throttling", httpStatus: 400)
    let expected: [(PaymentOutcome, RenewalState)] = [
      (.accepted("1"), .accepted), (.refused(.throttled, refusal), .refused),
      (.notSent("refused"), .notSent), (.unknown("503", nil), .unknown),
      (.unknown("200 with code", "1"), .unknown),
    ]
    for (outcome, wanted) in expected {
      #expect(try state(Self.renewal(.submitted), .replied(outcome)) == wanted)
    }
  }

  @Test func `without automatic payment leaves an unpaid order`() throws {
    #expect(
      try state(Self.renewal(.submitted, autoPay: false), .replied(.accepted("1"))) == .unpaid)
  }

  @Test func `that a restart finds out is unknown`() throws {
    #expect(try state(Self.renewal(.submitted), .restarted) == .unknown)
    for open in [RenewalState.accepted, .unknown, .unpaid, .stuck] {
      #expect(try state(Self.renewal(open, order: "1"), .restarted) == nil)
    }
  }

  // MARK: The expiry moved

  @Test(arguments: [RenewalState.accepted, .unknown, .unpaid, .stuck])
  func `settles when the expiry moved by its period`(open: RenewalState) throws {
    let transition = try Self.renewal(open, order: "1").applying(
      Self.evidence(moved: .days(30)), parameters: Self.parameters)
    #expect(transition?.state == .settled)
    #expect(transition?.newExpiry == Self.key.expiry + .days(30))
    #expect(transition?.alerts == [])
  }

  @Test(arguments: [BillingPeriod.oneMonth, .sixMonths])
  func `takes the least move of its period for its own, and calls beyond the most`(
    period: BillingPeriod
  ) throws {
    func transition(_ moved: Span) throws -> RenewalTransition? {
      try Self.renewal(.accepted, order: "1", period: period).applying(
        Self.evidence(moved: moved), parameters: Self.parameters)
    }
    #expect(try transition(period.minimumExtension)?.state == .settled)
    #expect(try transition(period.minimumExtension - .seconds(1)) == nil)
    #expect(try transition(period.maximumExtension)?.alerts == [])
    #expect(try transition(period.maximumExtension + .seconds(1))?.alerts == [.doubleExtension])
  }

  @Test func `that moved by two periods calls a person and stops payments`() throws {
    let transition = try Self.renewal(.accepted, order: "1").applying(
      Self.evidence(moved: .days(61)), parameters: Self.parameters)
    #expect(transition?.state == .settled)
    #expect(transition?.alerts == [.doubleExtension])
    #expect(AlertKind.doubleExtension.stopsPayments)
  }

  @Test func `that cost more than was quoted, or other money, calls a person and stops payments`()
    throws
  {
    func settled(_ charged: Money?) throws -> RenewalTransition {
      let evidence = ExpiryEvidence(
        expiry: Self.key.expiry + .days(31), serverTime: Self.date + .minutes(10),
        orders: .own("1", .paid), charged: charged)
      return try #require(
        try Self.renewal(.accepted, order: "1").applying(
          .observed(evidence), parameters: Self.parameters))
    }
    // One yuan was quoted. A discount is no mismatch, and what is not known is none.
    for units in [nil, 0, 99, 100] as [Int64?] {
      let charged = units.map { Money(minorUnits: $0, currency: .cny) }
      #expect(try settled(charged).alerts == [])
      #expect(try settled(charged).charged == charged)
    }
    let dear = try settled(Money(minorUnits: 101, currency: .cny))
    #expect(dear.state == .settled && dear.alerts == [.amountMismatch])
    #expect(dear.charged == Money(minorUnits: 101, currency: .cny))
    #expect(dear.reason.hasSuffix("; the order cost 1.01 CNY, quoted were 1.00 CNY"))
    let other = try settled(Money(minorUnits: 1, currency: .usd))
    #expect(other.alerts == [.amountMismatch] && other.charged == nil)
    let foreign = try Self.renewal(.unknown).applying(
      .observed(
        ExpiryEvidence(
          expiry: Self.key.expiry + .days(31), serverTime: Self.date + .minutes(10),
          orders: .foreign("9"), charged: Money(minorUnits: 500, currency: .cny))),
      parameters: Self.parameters)
    #expect(foreign?.state == .foreign && foreign?.charged == nil && foreign?.alerts == [])
    #expect(AlertKind.amountMismatch.stopsPayments)
    #expect(AlertKind.amountMismatch.needsAcknowledgement)
  }

  @Test func `is somebody else's when only their order exists`() throws {
    let event = Self.evidence(moved: .days(31), .foreign("9"))
    #expect(try state(Self.renewal(.unknown), event) == .foreign)
    // With an order of our own it is ours all the same.
    #expect(try state(Self.renewal(.accepted, order: "1"), event) == .settled)
  }

  @Test func `does not take a shorter move for its own, and waits until its own is impossible`()
    throws
  {
    let renewal = Self.renewal(.unknown, period: .sixMonths)
    #expect(try state(renewal, Self.evidence(moved: .days(31))) == nil)
    let late = Self.evidence(moved: .days(31), at: Self.provable)
    #expect(try state(renewal, late) == .foreign)
  }

  @Test func `learns nothing from an expiry behind its key`() throws {
    for open in [RenewalState.accepted, .unknown, .unpaid, .stuck] {
      let event = Self.evidence(moved: -.days(31), at: Self.provable + .days(9))
      #expect(try state(Self.renewal(open, order: "1"), event) == nil)
    }
  }

  // MARK: The expiry stands

  @Test(arguments: [OrderEvidence.none, .unavailable])
  func `in doubt is disproved only at date + L + W`(orders: OrderEvidence) throws {
    let early = Self.evidence(moved: .zero, at: Self.provable - .seconds(1), orders)
    #expect(try state(Self.renewal(.unknown), early) == nil)
    let late = Self.evidence(moved: .zero, at: Self.provable, orders)
    #expect(try state(Self.renewal(.unknown), late) == .notEffected)
  }

  @Test func `in doubt while billing does not answer is disproved only after a day`() throws {
    let day = Self.date + .minutes(65) + .hours(24)
    let early = Self.evidence(moved: .zero, at: day - .seconds(1), .unanswered)
    #expect(try state(Self.renewal(.unknown), early) == nil)
    let late = Self.evidence(moved: .zero, at: day, .unanswered)
    #expect(try state(Self.renewal(.unknown), late) == .notEffected)
    #expect(try state(Self.renewal(.unknown, order: "1"), late) == .stuck)
  }

  @Test func `in doubt with an order beside it is for a person`() throws {
    let foreign = Self.evidence(moved: .zero, at: Self.provable, .foreign("9"))
    #expect(try state(Self.renewal(.unknown), foreign) == .stuck)
    let early = Self.evidence(moved: .zero, at: Self.provable - .seconds(1), .foreign("9"))
    #expect(try state(Self.renewal(.unknown), early) == nil)
    let paid = Self.evidence(moved: .zero, at: Self.provable, .own("1", .paid))
    #expect(try state(Self.renewal(.unknown), paid) == .stuck)
  }

  @Test func `whose order was named beside an error is for a person, never for a second try`()
    throws
  {
    let event = Self.evidence(moved: .zero, at: Self.provable, .unavailable)
    #expect(try state(Self.renewal(.unknown, order: "1"), event) == .stuck)
  }

  @Test func `that was accepted and does not show is stuck, never repeated`() throws {
    let event = Self.evidence(moved: .zero, at: Self.provable, .unavailable)
    #expect(try state(Self.renewal(.accepted, order: "1"), event) == .stuck)
  }

  @Test func `with an unpaid order waits for it`() throws {
    let unpaid = Self.evidence(moved: .zero, .own("1", .unpaid))
    for open in [RenewalState.accepted, .unknown, .stuck] {
      #expect(try state(Self.renewal(open, order: "1"), unpaid) == .unpaid)
    }
    #expect(try state(Self.renewal(.unpaid, order: "1"), unpaid) == nil)
    for status in [PaymentStatus.paid, .cancelled] {
      let event = Self.evidence(moved: .zero, .own("1", status))
      #expect(try state(Self.renewal(.unpaid, order: "1"), event) == .unknown)
    }
  }

  @Test func `with a cancelled order had no effect once none can come`() throws {
    for open in [RenewalState.accepted, .unknown, .stuck] {
      let early = Self.evidence(moved: .zero, .own("1", .cancelled))
      #expect(try state(Self.renewal(open, order: "1"), early) == nil)
      let late = Self.evidence(moved: .zero, at: Self.provable, .own("1", .cancelled))
      #expect(try state(Self.renewal(open, order: "1"), late) == .notEffected)
    }
  }

  @Test func `whose order is for something else calls a person and stops payments`() throws {
    let event = Self.evidence(moved: .days(31), .mismatched("1"))
    let transition = try Self.renewal(.accepted, order: "1").applying(
      event, parameters: Self.parameters)
    #expect(transition?.state == .stuck)
    #expect(transition?.alerts == [.orderMismatch])
  }

  // MARK: People, and the whole matrix

  @Test(arguments: [RenewalState.accepted, .unknown, .unpaid, .stuck])
  func `can be ended by a person`(open: RenewalState) throws {
    #expect(try state(Self.renewal(open, order: "1"), .confirmedPaid) == .settled)
    #expect(try state(Self.renewal(open, order: "1"), .confirmedNotPaid) == .notEffected)
  }

  static let events: [RenewalEvent] = {
    let outcomes: [PaymentOutcome] = [
      .accepted("1"), .refused(.throttled, CloudRefusal(code: "Throttling", httpStatus: 400)),
      .notSent(""), .unknown("", nil), .unknown("", "1"),
    ]
    let orders: [OrderEvidence] = [
      .unavailable, .unanswered, .none, .own("1", .unpaid), .own("1", .paid),
      .own("1", .cancelled), .foreign("9"), .mismatched("1"),
    ]
    let spans: [Span] = [-.days(31), .zero, .days(3), .days(31), .days(62)]
    let observed = orders.flatMap { orders in
      spans.flatMap { moved in
        [date, provable].map { evidence(moved: moved, at: $0, orders) }
      }
    }
    return outcomes.map { .replied($0) } + [.restarted, .confirmedPaid, .confirmedNotPaid]
      + observed
  }()

  @Test func `answers every event in every state, or says that the two cannot meet`() {
    for state in RenewalState.allCases {
      for event in Self.events {
        let isReply = if case .replied = event { true } else { false }
        let cannotMeet =
          switch state {
          case .submitted: !(isReply || event == .restarted)
          case .accepted, .unknown, .unpaid, .stuck: isReply
          default: true
          }
        let renewal = Self.renewal(state, order: "1")
        if cannotMeet {
          #expect(throws: InvalidTransition(state: state, event: event)) {
            _ = try renewal.applying(event, parameters: Self.parameters)
          }
        } else {
          #expect(throws: Never.self) {
            _ = try renewal.applying(event, parameters: Self.parameters)
          }
        }
      }
    }
  }

  @Test func `never goes back to being sent, and never leaves a terminal state`() throws {
    for state in RenewalState.allCases where state.isOpen {
      for event in Self.events {
        let transition = try? Self.renewal(state, order: "1").applying(
          event, parameters: Self.parameters)
        #expect(transition?.state != .submitted)
        #expect(transition?.state != state)
      }
    }
  }

  @Test func `is over without a person only by proof`() throws {
    // Whatever is observed before date + L + W with the expiry unmoved, the
    // renewal stays open: nothing else could pay for the key.
    for state in [RenewalState.accepted, .unknown, .unpaid, .stuck] {
      for event in Self.events {
        guard case .observed(let evidence) = event, evidence.expiry <= Self.key.expiry,
          evidence.serverTime < Self.provable
        else { continue }
        let transition = try Self.renewal(state, order: "1").applying(
          event, parameters: Self.parameters)
        #expect(transition?.state.isOpen ?? true, "\(state) \(event)")
      }
    }
  }
}
