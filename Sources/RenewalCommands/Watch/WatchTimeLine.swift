import ControlProtocol
import RenewalCore

/// The right part of the table: when each group expires, drawn with characters.
struct WatchTimeLine {
  let axis: TimeAxis
  let now: Instant
  let left: Int
  let width: Int
  let symbols: WatchSymbols
  let clock: ClockFace

  init(
    now: Instant, daysAhead: Int, left: Int, width: Int, symbols: WatchSymbols, clock: ClockFace
  ) {
    // An eighth of the line is for what has expired.
    axis = TimeAxis(
      from: now - .hours(Int64(daysAhead * 24 / 8)), to: now + .days(Int64(daysAhead)))
    self.now = now
    self.left = left
    self.width = width
    self.symbols = symbols
    self.clock = clock
  }

  private var isDrawn: Bool { width >= 10 }

  private func column(_ instant: Instant) -> Int {
    left + Int((axis.position(instant) * Double(width - 1)).rounded())
  }

  func drawHeading(_ row: Int, _ grid: inout Grid) {
    guard isDrawn else { return }
    var free = left
    for mark in axis.marks(atMost: max(1, width / 6), offset: clock.offset(at: now)) {
      let date = clock.civil(mark).date
      let text = date.day == 1 && date.month == 1 ? "\(date.year)" : Self.name(date)
      let place = column(mark)
      guard place >= free, place + text.count <= left + width else { continue }
      grid.put(text, row, place, Look.faint)
      free = place + text.count + 1
    }
  }

  private static func name(_ date: CivilDate) -> String {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return "\(date.day) \(months[date.month - 1])"
  }

  func draw(_ group: GroupReport, _ row: Int, isSelected: Bool, _ grid: inout Grid) {
    guard isDrawn else { return }
    func put(_ symbol: String, _ column: Int, _ color: TextStyle.Color?) {
      grid.put(symbol, row, column, Look(color: isSelected ? nil : color, isReversed: isSelected))
    }
    if let expiry = group.expiry?.instant, let outlook = Outlook(group) {
      let color: TextStyle.Color? =
        switch outlook {
        case .renews: .green
        case .elsewhere: nil
        case .ends: .faint
        case .person: .red
        }
      let end = column(expiry)
      let start = outlook == .ends ? end : group.dueAt.map { column($0.instant) } ?? end
      if expiry > now {
        let today = column(now)
        for place in today..<max(today, min(start, end)) { put(symbols.paid, place, .faint) }
      }
      if expiry >= axis.from {
        for place in min(start, end)..<end { put(symbols.window, place, color) }
      }
      let mark =
        if expiry > axis.to {
          symbols.later
        } else if expiry < axis.from {
          symbols.earlier
        } else {
          switch outlook {
          case .renews: symbols.renews
          case .elsewhere: symbols.elsewhere
          case .ends: symbols.ends
          case .person: symbols.person
          }
        }
      put(mark, end, color)
    }
    // Today shows through wherever nothing is drawn.
    let today = column(now)
    if grid.lines[row].indices.contains(today), grid.lines[row][today].text == " " {
      put(symbols.today, today, .faint)
    }
  }
}
