import RenewalCore
import TestSupport
import Testing

@Suite struct `The judgement of a group` {
  private let now = Sample.now

  /// Five days before its expiry, in its lead time of seven.
  private func situation(
    _ action: RuleAction = .renew, _ change: (inout GroupSituation) -> Void = { _ in }
  ) -> GroupSituation {
    var situation = GroupSituation(
      record: Sample.row().record,
      rule: RenewalRule(name: "all", action: action, period: .oneMonth, leadTime: .days(7)))
    change(&situation)
    return situation
  }

  private func judged(_ situation: GroupSituation) -> GroupJudgement {
    situation.judged(at: now, parameters: .withBilling)
  }

  private func alerts(_ situation: GroupSituation) -> Set<AlertKind> {
    Set(judged(situation).alerts.keys)
  }

  @Test func `that is due says first that it is to be announced, then that it was`() {
    var situation = situation { $0.rule?.notice = .hours(24) }
    #expect(judged(situation).standing == .due)
    #expect(judged(situation).reason.hasSuffix(", to be announced"))
    #expect(alerts(situation) == [])
    situation.deliberation = Deliberation(expiry: Sample.expiry, noticedAt: now)
    #expect(judged(situation).standing == .noticed)
    #expect(alerts(situation) == [.renewalNoticed])
    #expect(judged(situation).attentionAt == now + .hours(24))
  }

  @Test(
    arguments: [
      (RenewalState.submitted, GroupStanding.inFlight, nil), (.accepted, .inFlight, nil),
      (.unknown, .unknown, .outcomeUnknown), (.unpaid, .unknown, .unpaidOrder),
      (.stuck, .unknown, .stuckOrder),
    ] as [(RenewalState, GroupStanding, AlertKind?)])
  func `whose order is open is told by what is known of the order`(
    state: RenewalState, standing: GroupStanding, alert: AlertKind?
  ) {
    let open = Renewal(id: 7, intent: Sample.intent(attempt: 1), state: state, since: now)
    let situation = situation {
      $0.open = open
      $0.attempts = [open]
    }
    #expect(judged(situation).standing == standing)
    #expect(judged(situation).reason.hasPrefix("renewal 7 is \(state.rawValue) since "))
    #expect(alerts(situation) == Set([alert].compactMap(\.self)))
  }

  @Test func `that waits for a yes is told of as that alone`() {
    var situation = situation(.approve)
    // Nobody is asked before there is a price.
    #expect(judged(situation).standing == .due)
    situation.deliberation = Deliberation(expiry: Sample.expiry)
    situation.deliberation?.asked = .init(
      price: Money(minorUnits: 89_900, currency: .cny), at: now)
    #expect(judged(situation).standing == .held)
    #expect(alerts(situation) == [.approvalNeeded])
  }

  @Test func `whose account may not pay tells that first, whatever its last try found`() {
    let closed = CheckResult(.noAlertStops, false, input: "another", "must be the same machine")
    let tried = CheckResult(.quoteFresh, false, input: "timeout", "the cloud must answer")
    func judged(_ remaining: Span, mayTryAgain: Bool = true) -> GroupJudgement {
      let expiry = now + remaining
      let situation = situation {
        $0.record.latest.expiry = expiry
        $0.record.maximumExpiry = expiry
      }
      return situation.judged(
        at: now, parameters: .withBilling, refusal: tried, mayTryAgain: mayTryAgain, gate: closed)
    }
    #expect(judged(.days(8)).standing == .ok && judged(.days(8)).closed == nil)
    #expect(judged(.days(5)).standing == .held && judged(.days(5)).closed == closed)
    #expect(judged(.days(5)).alerts == [.renewalHeld: "must be the same machine (another)"])
    #expect(
      judged(.hours(9)).alerts
        == [.expiryNear: "expires at \(now + .hours(9)): must be the same machine (another)"])
    #expect(judged(.days(1) + .seconds(1)).alerts.keys.map(\.self) == [.renewalHeld])
    #expect(judged(.days(1)).alerts.keys.map(\.self) == [.expiryNear])
    // It does not wait for the account, but for its own next try.
    #expect(judged(.days(5), mayTryAgain: false).closed == nil)
    #expect(
      judged(.days(5), mayTryAgain: false).alerts
        == [.renewalHeld: "the cloud must answer (timeout)"])
  }

  @Test func `that somebody else pays for calls a person on its last day, and when it is over`() {
    func told(_ remaining: Span) -> Set<AlertKind> {
      alerts(
        situation(.verify) {
          $0.record.latest.expiry = now + remaining
          $0.record.maximumExpiry = now + remaining
        })
    }
    #expect(told(.days(1) + .seconds(1)) == [])
    #expect(told(.days(1)) == [.expiryNear])
    #expect(told(.seconds(1)) == [.expiryNear])
    #expect(told(.zero) == [.lapsed])
    #expect(told(-.days(3)) == [.lapsed])
  }

  /// What cannot be read now was read before.
  @Test func `whose expiry cannot be read is held, and told by the last that is known`() {
    func unreadable(_ remaining: Span) -> GroupSituation {
      situation {
        $0.record.latest.expiry = nil
        $0.record.latest.expiryText = "soon"
        $0.record.maximumExpiry = now + remaining
      }
    }
    #expect(judged(unreadable(.days(5))).standing == .held)
    #expect(judged(unreadable(.days(5))).reason == "the expiry 'soon' cannot be read")
    #expect(judged(unreadable(.days(5))).attentionAt == now + .days(2))
    #expect(alerts(unreadable(.days(9))) == [.schemaDrift])
    #expect(alerts(unreadable(.days(5))) == [.schemaDrift, .renewalHeld])
    #expect(alerts(unreadable(.hours(23))) == [.schemaDrift, .expiryNear])
    #expect(alerts(unreadable(.zero)) == [.schemaDrift, .lapsed])
  }

  @Test func `that somebody holds is news from its lead time on`() {
    func held(_ leadTime: Span) -> GroupSituation {
      situation {
        $0.record.hold = Hold(reason: "audit")
        $0.rule?.leadTime = leadTime
      }
    }
    #expect(judged(held(.days(5))).standing == .held)
    #expect(alerts(held(.days(5))) == [.renewalHeld])
    #expect(alerts(held(.days(5) - .seconds(1))) == [])
  }

  @Test func `leaves its last day to people, where there is an expiry at all`() {
    #expect(situation().floorAt == Sample.expiry - .days(1))
    #expect(situation { $0.record.latest.expiry = nil }.floorAt == nil)
    let byUse = situation { $0.record.latest.chargeType = CloudWord(.postPaid) }
    #expect(byUse.floorAt == nil && byUse.dueAt == nil)
    #expect(judged(byUse).standing == .payAsYouGo)
    #expect(alerts(byUse) == [.converted])
    var ever = byUse
    ever.record.wasSubscription = false
    #expect(alerts(ever) == [])
  }

  @Test func `that is listed no more, or over, is said to be that and no more`() {
    func told(_ absences: Int, _ remaining: Span) -> GroupSituation {
      situation {
        $0.record.absences = absences
        $0.record.latest.expiry = now + remaining
        $0.record.maximumExpiry = now + remaining
      }
    }
    for remaining in [Span.hours(3), .zero, -.days(1)] {
      #expect(judged(told(2, remaining)).standing == .gone)
      #expect(alerts(told(2, remaining)) == [.gone])
      #expect(alerts(told(1, remaining)) == [remaining > .zero ? .expiryNear : .lapsed])
    }
    #expect(judged(told(0, .seconds(1))).standing == .due)
    #expect(judged(told(0, .zero)).standing == .expired)
    #expect(judged(told(0, .zero)).reason == "expired at \(now)")
  }
}
