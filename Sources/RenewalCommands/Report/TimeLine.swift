import ControlProtocol
import RenewalCore

/// What expires when: each group as a row, or, where there are too many to read,
/// their number by week or month with the most pressing as rows.
struct TimeLine: Sendable {
  var axis: TimeAxis
  var today: Instant
  var rows: [Row]
  /// Empty where every group has a row.
  var bars: [Bar]
  /// How many groups have an expiry that is shown, by what becomes of them.
  var counts: [Outlook: Int]
  /// Groups whose expiry lies before and behind the axis.
  var earlier = 0
  var later = 0

  struct Row: Sendable {
    var group: GroupReport
    var outlook: Outlook
    var expiry: Instant
    /// When the plan expects it to end after the renewal.
    var renewed: Instant?
  }

  /// The expiries from one moment until before another.
  struct Bar: Sendable {
    var from: Instant
    var to: Instant
    var counts: [Outlook: Int] = [:]

    var total: Int { counts.values.reduce(0, +) }
  }

  /// More rows than this are no picture any more.
  static let mostRows = 32
  /// How many stand beside the bars.
  static let pressingRows = 16
  /// Further ahead is not drawn: a term of three years would squeeze all others.
  static let horizon = Span.days(396)

  init(_ data: ReportData) {
    let expected = Dictionary(
      data.plan.entries.map { ("\($0.account)/\($0.group)", $0) }, uniquingKeysWith: { $1 })
    let all = data.groups.compactMap { group -> Row? in
      guard let outlook = Outlook(group), let expiry = group.expiry?.instant else { return nil }
      let entry = expected[group.key]
      return Row(
        group: group, outlook: outlook, expiry: expiry,
        renewed: entry?.spends == true ? entry?.expectedExpiry?.instant : nil)
    }
    today = data.now
    counts = Dictionary(grouping: all, by: \.outlook).mapValues(\.count)
    let isPicture = all.count <= Self.mostRows
    let today = today
    /// What a person can still save presses most, then what is lost, then what ends first.
    func rank(_ row: Row) -> Int {
      isPicture ? 0 : row.outlook != .person ? 2 : row.expiry < today ? 1 : 0
    }
    let ordered = all.sorted {
      (rank($0), $0.expiry, $0.group.key) < (rank($1), $1.expiry, $1.group.key)
    }
    rows = isPicture ? ordered : Array(ordered.prefix(Self.pressingRows))
    let ends = isPicture ? rows.map { max($0.expiry, $0.renewed ?? $0.expiry) } : all.map(\.expiry)
    let last = min(max(ends.max() ?? today, today + .days(28)), today + Self.horizon)
    // Room behind the last mark, so that it does not stick to the edge.
    let length = last - today
    axis = TimeAxis(from: today - length / 12 - .days(2), to: last + length / 24)
    bars = isPicture ? [] : Self.bars(of: all, on: axis)
    if let first = bars.first, let last = bars.last {
      axis = TimeAxis(from: first.from, to: last.to)
    }
    earlier = all.count { $0.expiry < axis.from }
    later = all.count { $0.expiry > axis.to }
  }

  /// Whole weeks or months that cover the axis.
  private static func bars(of rows: [Row], on axis: TimeAxis) -> [Bar] {
    let edges = TimeAxis(from: axis.from - .days(32), to: axis.to + .days(32)).marks(atMost: 40)
    var bars = zip(edges, edges.dropFirst()).map { Bar(from: $0, to: $1) }
      .filter { $0.to > axis.from && $0.from < axis.to }
    for row in rows {
      guard let index = bars.firstIndex(where: { $0.from <= row.expiry && row.expiry < $0.to })
      else { continue }
      bars[index].counts[row.outlook, default: 0] += 1
    }
    return bars
  }
}
