import ControlProtocol
import RenewalCore

/// A stretch of time laid along a line.
struct TimeAxis: Hashable, Sendable {
  var from: Instant
  var to: Instant

  /// From 0 at the beginning to 1 at the end; what lies outside is put at that end.
  func position(_ instant: Instant) -> Double {
    let length = Double(max(1, (to - from).seconds))
    return min(1, max(0, Double((instant - from).seconds) / length))
  }

  /// The first moments of days, Mondays or months at the offset, so many at most.
  func marks(atMost count: Int, offset: Span = .zero) -> [Instant] {
    let first = from.civil(offset: offset).date.daysSinceEpoch + 1
    let last = to.civil(offset: offset).date.daysSinceEpoch
    // An end beyond the calendar has no days to mark.
    guard count > 0, first <= last, last - first < 40_000 else { return [] }
    let wholeDays = (first...last)
    // 5 January 1970 was a Monday.
    let mondays = wholeDays.filter { ($0 - 4) % 7 == 0 }
    let firsts = wholeDays.filter { CivilDate(daysSinceEpoch: $0).day == 1 }
    let byMonths = [2, 3, 6, 12].map { step in
      firsts.filter { (CivilDate(daysSinceEpoch: $0).month - 1) % step == 0 }
    }
    let choices = [Array(wholeDays), mondays, firsts] + byMonths
    let days = choices.first { $0.count <= count } ?? []
    return days.map { Instant(Int64($0) * 86400) - offset }
  }
}

/// What becomes of a group at its expiry, as things stand.
enum Outlook: String, CaseIterable, Hashable, Sendable {
  /// A rule renews it.
  case renews
  /// Somebody else pays for it, and a rule says so.
  case elsewhere
  /// A rule lets it end.
  case ends
  /// Nobody pays for it unless a person does something.
  case person

  /// `nil` where there is nothing that could expire.
  init?(_ group: GroupReport) {
    switch group.state.known {
    case .payAsYouGo, .gone: return nil
    case .held, .unknown, .unmanaged, .expired: self = .person
    case .lapsing: self = .ends
    case .ok, .due, .noticed, .inFlight, nil:
      switch group.action?.known {
      case .renew, .approve: self = .renews
      case .verify: self = .elsewhere
      case .lapse: self = .ends
      case nil: self = .person
      }
    }
  }
}
