import ControlProtocol
import Glibc
import RenewalCore

/// Shows instants to a person: in the zone of that person's clock, and how far
/// they are from now.
package struct ClockFace: Sendable {
  package var now: Instant
  private var zone: @Sendable (Instant) -> (offset: Span, name: String)

  package init(
    now: Instant, zone: @escaping @Sendable (Instant) -> (offset: Span, name: String)
  ) {
    self.now = now
    self.zone = zone
  }

  package static func utc(now: Instant) -> ClockFace {
    ClockFace(now: now) { _ in (.zero, "UTC") }
  }

  /// In the process's own zone (TZ).
  static func local(now: Instant) -> ClockFace {
    ClockFace(now: now) { instant in
      var seconds = time_t(instant.seconds)
      var fields = tm()
      guard localtime_r(&seconds, &fields) != nil else { return (.zero, "UTC") }
      return (Span(seconds: Int64(fields.tm_gmtoff)), String(cString: fields.tm_zone))
    }
  }

  /// `2026-03-10 16:00`.
  package func short(_ instant: Instant) -> String {
    // RFC 3339 without seconds and zone, of the shifted instant.
    let text = (instant + zone(instant).offset).description
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
  }

  /// `2026-03-10 16:00 UTC (in 6d 4h)`.
  package func full(_ instant: Instant) -> String {
    "\(short(instant)) \(zone(instant).name) (\(relative(instant)))"
  }

  /// `in 6d 4h`, `3h ago`, `now`.
  package func relative(_ instant: Instant) -> String {
    let distance = instant - now
    if distance.magnitude < .seconds(1) { return "now" }
    return distance > .zero ? "in \(distance)" : "\(distance.magnitude) ago"
  }

  /// `6d 4h`, `154d`, `-2d 17h`: for a narrow column.
  package func left(until instant: Instant) -> String {
    let distance = instant - now
    let days = distance.magnitude.seconds / 86400
    guard days >= 10 else { return distance.description }
    return (distance < .zero ? "-" : "") + "\(days)d"
  }

  /// The calendar day on that person's wall, and the second of it.
  package func civil(_ instant: Instant) -> (date: CivilDate, secondOfDay: Int) {
    instant.civil(offset: offset(at: instant))
  }

  /// Ahead of UTC.
  package func offset(at instant: Instant) -> Span { zone(instant).offset }

  /// The name of the zone, for a table's title.
  package var zoneName: String { zone(now).name }
}
