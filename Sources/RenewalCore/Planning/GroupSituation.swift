/// Everything that is known when one group is judged.
package struct GroupSituation: Hashable, Sendable {
  package var record: GroupRecord
  /// `nil`: no rule covers it.
  package var rule: RenewalRule?
  /// The attempt that is open, whatever key it is for.
  package var open: Renewal?
  /// All attempts for the present key, open or not, oldest first.
  package var attempts: [Renewal]
  /// An operator's `retry-once` for the present key: the number of the attempt
  /// that may be made beyond the limits.
  package var grantedAttempt: Int?
  /// What was announced, asked and said about the present key.
  package var deliberation: Deliberation?

  package init(
    record: GroupRecord, rule: RenewalRule?, open: Renewal? = nil, attempts: [Renewal] = [],
    grantedAttempt: Int? = nil, deliberation: Deliberation? = nil
  ) {
    self.record = record
    self.rule = rule
    self.open = open
    self.attempts = attempts
    self.grantedAttempt = grantedAttempt
    self.deliberation = deliberation
  }

  package var expiry: Instant? { record.latest.expiry }

  /// The instant from which the group is to be renewed.
  ///
  /// 2026-03-10 expiry, 7-day lead: 2026-03-03, whatever day it is today.
  package var dueAt: Instant? {
    guard let rule, rule.action.buys, isSubscription, let expiry else { return nil }
    return expiry - rule.leadTime
  }

  /// `nil` where nothing is bought.
  package func timing(_ parameters: ProtocolParameters) -> RenewalTiming? {
    guard let rule, dueAt != nil, let expiry else { return nil }
    return rule.timing(
      of: record.latest.id, expiry: expiry, noticedAt: deliberation?.noticedAt,
      parameters: parameters)
  }

  /// Whether the renewal is to be announced now: it is due, and nothing but
  /// time and people's words stand before it.
  package func awaitsNotice(at now: Instant, parameters: ProtocolParameters) -> Bool {
    guard let rule, rule.notice > .zero, deliberation?.noticedAt == nil else { return false }
    let passing: Set<PolicyCheck> = [.turnHasCome, .withinHours, .noticeIsOver, .approved]
    return groupChecks(at: now, parameters: parameters)
      .allSatisfy { $0.passed || passing.contains($0.check) }
  }

  /// The last instant at which a person still has a day: from here on the
  /// daemon repeats nothing by itself.
  package var floorAt: Instant? {
    guard isSubscription else { return nil }
    return expiry.map { $0 - GroupSituation.lastDay }
  }

  package var isSubscription: Bool { record.latest.chargeType.known == .prePaid }

  package var isGone: Bool { record.isGone }

  package var nextAttempt: Int { (attempts.map(\.intent.attempt).max() ?? 0) + 1 }

  /// Renew by hand is what a page says on the last day; a second automatic
  /// attempt would race the person who follows it.
  package static let lastDay = Span.days(1)
}

/// Where a group stands, in the words of lists and metrics.
package enum GroupStanding: String, Hashable, Sendable, CaseIterable {
  /// Nothing to do before its due date.
  case ok
  /// To be renewed now.
  case due
  /// Announced: it is renewed when the notice is over, unless somebody objects.
  case noticed
  /// A paid call is out, or its order is not visible yet.
  case inFlight
  /// A paid call may or may not have worked.
  case unknown
  /// Due, and kept from renewal: by an operator, a limit or a doubt.
  case held
  /// Its rule lets it expire.
  case lapsing
  /// Its rule leaves the paying to somebody else.
  case verifying
  /// No rule covers it.
  case unmanaged
  case expired
  /// Pay as you go: nothing to renew.
  case payAsYouGo
  /// No longer listed by the cloud.
  case gone
}
