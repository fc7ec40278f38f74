/// When one renewal is due, and when it would be paid for if nothing but time
/// stood before it.
///
/// dueAt <= turnAt; then the notice, then the hours, and all of them give way
/// at `givesWayAt`: from there on every attempt and a person's time still fit
/// before the expiry, and later they would not (CAP * Q + H).
package struct RenewalTiming: Hashable, Sendable {
  /// The expiry less the lead time. A notice begins here.
  package var dueAt: Instant
  /// Its turn in the spread.
  package var turnAt: Instant
  /// `nil`: the rule gives no notice.
  package var noticeEndsAt: Instant?
  package var givesWayAt: Instant
  /// The first instant at which it may be paid for.
  package var payableAt: Instant
}

extension RenewalRule {
  /// - Parameters:
  ///   - noticedAt: when the renewal was announced; `nil`: at the due date.
  package func timing(
    of group: GroupID, expiry: Instant, noticedAt: Instant? = nil, parameters: ProtocolParameters
  ) -> RenewalTiming {
    let dueAt = expiry - leadTime
    let givesWayAt = max(dueAt, expiry - parameters.leastLeadTime(for: period))
    let room = max(.zero, min(spread, givesWayAt - dueAt - notice))
    let turnAt = dueAt + group.share(of: room)
    var payableAt = turnAt
    var noticeEndsAt: Instant?
    if notice > .zero {
      let end = min((noticedAt ?? dueAt) + notice, max(givesWayAt, noticedAt ?? dueAt))
      noticeEndsAt = end
      payableAt = max(payableAt, end)
    }
    if payableAt < givesWayAt { payableAt = hours.opening(from: payableAt, limit: givesWayAt) }
    return RenewalTiming(
      dueAt: dueAt, turnAt: turnAt, noticeEndsAt: noticeEndsAt, givesWayAt: givesWayAt,
      payableAt: payableAt)
  }

  /// The least lead time at which neither hours nor notice nor spread have to
  /// give way in an ordinary week.
  package func leastLeadTime(_ parameters: ProtocolParameters) -> Span {
    parameters.leastLeadTime(for: period) + notice + spread + hours.longestClosure
  }
}

extension GroupID {
  /// A fixed share of a span for each group, at least nothing and less than all
  /// of it: the same on every machine and in every version.
  ///
  /// FNV-1a over the id's bytes, then the finalizer of MurmurHash3, for FNV
  /// leaves ids that differ in the last digit close together.
  package func share(of span: Span) -> Span {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    hash ^= hash >> 33
    guard span > .zero else { return .zero }
    return .seconds(Int64(UInt64(span.seconds).multipliedFullWidth(by: hash).high))
  }
}
