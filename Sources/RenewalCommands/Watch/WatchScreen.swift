import ControlProtocol
import RenewalCore

/// Draws the live view: a state and a size in, a grid out.
struct WatchScreen {
  let state: WatchState
  let clock: ClockFace
  let symbols: WatchSymbols
  let width: Int
  let height: Int

  /// Smaller than this there is nothing to see.
  static let leastWidth = 40
  static let leastHeight = 8

  /// How many kinds of alerts are told above the table.
  private var alertRows: Int {
    let kinds = Set((state.status?.alerts ?? []).map(\.kind)).count
    return max(1, min(kinds, height / 8 - 2))
  }
  private var tableTop: Int { 2 + alertRows }
  /// Lines of the table or of a text.
  var bodyRows: Int { state.page == .fleet ? height - tableTop - 2 : height - 3 }

  var grid: Grid {
    var grid = Grid(width: width, height: height)
    guard width >= Self.leastWidth, height >= Self.leastHeight else {
      grid.put("renewalctl watch needs \(Self.leastWidth)x\(Self.leastHeight)", 0, 0)
      return grid
    }
    header(&grid)
    switch state.page {
    case .fleet:
      summary(&grid)
      alerts(&grid)
      table(&grid)
    case .group: text(groupLines, &grid)
    case .help: text(Self.help, &grid)
    }
    footer(&grid)
    return grid
  }

  // MARK: Head

  private func header(_ grid: inout Grid) {
    let row = 0
    if case .lost(let since, let reason) = state.link {
      let line =
        " No answer since \(clock.short(since).suffix(5)), trying again. What you see is old."
        + " \(reason)"
      grid.put(line, row, 0, Look(color: .red, isBold: true, isReversed: true))
      return grid.fill(row, Look(color: .red, isBold: true, isReversed: true))
    }
    grid.fill(row, .bar)
    let time = "\(String(clock.short(state.now).suffix(5))):\(seconds) \(clock.zoneName) "
    let timeStart = width - columns(time)
    var column = grid.put(" renewald", row, 0, Look(isBold: true, isReversed: true))
    guard let status = state.status else {
      grid.put("  asking the daemon \(symbols.ellipsis)", row, column, to: timeStart, .bar)
      return grid.put(time, row, endingAt: width, .bar)
    }
    let mode: String
    var look = Look.bar
    if status.pause != nil {
      mode = "PAUSED"
      look = Look(color: .red, isBold: true, isReversed: true)
    } else {
      mode = status.mode == .pay ? "pays" : "\(status.mode.text)s only"
    }
    column = grid.put("  \(status.version)  ", row, column, .bar)
    column = grid.put(mode, row, column, to: timeStart, look)
    if let next = status.nextDue {
      let name = next.name.isEmpty ? next.group.text : next.name
      grid.put(
        "  next due \(name) \(clock.relative(next.dueAt.instant))", row, column,
        to: timeStart - 1, .bar)
    }
    grid.put(time, row, endingAt: width, .bar)
  }

  private var seconds: String {
    let second = clock.civil(state.now).secondOfDay % 60
    return second < 10 ? "0\(second)" : "\(second)"
  }

  private func summary(_ grid: inout Grid) {
    guard let status = state.status else { return }
    let all = "\(status.groups.values.reduce(0, +)) groups"
    let counts = status.groups.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let groups = "\(all): " + counts.map { "\($0.value) \(words($0.key))" }.joined(separator: ", ")
    // The mode stands in the bar.
    let stopped = status.accounts.filter { !$0.paymentsAllowed && obstacle(of: $0) != nil }
    // The money matters most: words give way, then the counts, and how many there are last.
    // Nothing gives way to it that says why nothing is paid.
    let whole = money(status, isShort: false)
    let least = stopped.isEmpty ? columns(all) : 60
    let forms = [whole, money(status, isShort: true)]
    let right =
      forms.first { columns($0) + 2 + least <= width } ?? (stopped.isEmpty ? forms[1] : "")
    let start = max(0, width - columns(right))
    grid.put(right, 1, start)
    let end = max(0, start - 2)
    guard let first = stopped.first else { return _ = grid.put(groups, 1, 0, to: end) }
    let stop =
      "payments stopped for \(stopped.map(\.name).joined(separator: ", ")): "
      + (obstacle(of: first) ?? "")
    let counted = columns(groups) + 2 + least <= end ? groups : all
    let column = width >= 120 ? grid.put(counted + "  ", 1, 0, to: end) : 0
    grid.put(stop, 1, column, to: end, Look(color: .yellow))
  }

  private func obstacle(of account: AccountReport) -> String? {
    account.obstacles.first { $0.kind != .mode }?.sentence
  }

  private func money(_ status: StatusReport, isShort: Bool) -> String {
    var parts: [String] = []
    if let paid = state.paidThisMonth {
      parts.append((isShort ? "this month " : "paid this month ") + total(of: paid))
    }
    let fullest = (status.budgets ?? []).filter { $0.limit != nil }.max { $0.level < $1.level }
    if let fullest, let limit = fullest.limit {
      let percent = Int((fullest.level * 100).rounded(.down))
      parts.append("budget \(fullest.name) \(percent)%" + (isShort ? "" : " of \(limit)"))
    }
    let balances = sums(status.accounts.compactMap(\.balance))
    if !balances.isEmpty { parts.append("balance \(total(of: balances))") }
    return parts.joined(separator: "  ")
  }

  /// A line for each kind of alert, the gravest first: a fault of an account touches each
  /// of its groups.
  private func alerts(_ grid: inout Grid) {
    guard let status = state.status else { return }
    let kinds = AlertReport.byKind(status.alerts)
    if kinds.isEmpty { grid.put("No alerts.", 2, 0, .faint) }
    for (index, alerts) in kinds.prefix(alertRows).enumerated() {
      let isLast = index == min(kinds.count, alertRows) - 1
      let hidden =
        isLast
        ? kinds.dropFirst(alertRows).reduce(status.moreAlerts ?? 0) { $0 + $1.count } : 0
      let more = hidden > 0 ? "  and \(hidden) more" : ""
      let end = width - columns(more)
      let look = Look(color: color(of: alerts[0].severity), isBold: true)
      let column = grid.put(alerts[0].kind, 2 + index, 0, to: end, look)
      grid.put(sentence(alerts), 2 + index, column, to: end)
      grid.put(more, 2 + index, endingAt: width, .faint)
    }
  }

  private func sentence(_ alerts: [AlertReport]) -> String {
    let subjects = alerts.prefix(3).compactMap { alert in
      alert.group.map { state.name(of: $0, in: alert.account) ?? $0.text } ?? alert.account?.text
    }
    guard alerts.count > 1 else {
      let acknowledged = alerts[0].acknowledgedBy == nil ? "" : " (acknowledged)"
      let about = subjects.first.map { " \($0)" } ?? ""
      return "\(about)\(acknowledged): \(alerts[0].text). \(alerts[0].remedy)"
    }
    let names = subjects.joined(separator: ", ") + (alerts.count > 3 ? " …" : "")
    return " \(alerts.count) times, \(names): \(alerts[0].remedy)"
  }

  // MARK: Table

  private struct Column {
    var title: String
    var width: Int
    var order: GroupOrder?
    var isNumber = false
    var text: (GroupReport) -> (String, Look)
  }

  private var tableColumns: [Column] {
    let now = clock
    var list = [
      Column(title: "GROUP", width: width >= 150 ? 26 : width >= 100 ? 24 : 18, order: .name) {
        ($0.name.isEmpty ? $0.id.text : $0.name, .plain)
      }
    ]
    if width >= 140 {
      list.append(Column(title: "ID", width: 22, order: .id) { ($0.id.text, .faint) })
    }
    list.append(
      Column(title: "STATE", width: width >= 100 ? 13 : 9, order: .state) {
        (words($0.state), Look(color: color(of: $0.state)))
      })
    if width >= 120 {
      list.append(
        Column(title: "EXPIRES", width: 16, order: .expiry) {
          ($0.expiry.map { now.short($0.instant) } ?? "", .plain)
        })
    }
    list.append(
      Column(title: "LEFT", width: 7, order: width >= 120 ? nil : .expiry, isNumber: true) {
        ($0.expiry.map { now.left(until: $0.instant) } ?? "", .plain)
      })
    list.append(
      Column(title: "NEXT", width: 14, order: .due) { (next($0), .plain) })
    if width >= 160 {
      list.append(Column(title: "RULE", width: 16) { ($0.rule ?? "", .plain) })
    }
    if width >= 130 {
      list.append(
        Column(title: "PRICE", width: 12, isNumber: true) { ($0.price?.description ?? "", .plain) })
    }
    return list
  }

  /// The next thing that is done about the group.
  private func next(_ group: GroupReport) -> String {
    switch Outlook(group) {
    case nil: ""
    case .person: group.state == .held ? "held" : "needs a person"
    case .ends: "ends"
    case .elsewhere: "paid elsewhere"
    case .renews:
      if group.state == .inFlight {
        "paying now"
      } else if let due = group.dueAt?.instant, due > state.now {
        "renew in \(clock.left(until: due))"
      } else {
        group.action?.known == .approve ? "approve" : "renew now"
      }
    }
  }

  private func table(_ grid: inout Grid) {
    let columns = tableColumns
    let left = columns.reduce(0) { $0 + $1.width + 2 }
    let row = tableTop
    var column = 0
    for item in columns {
      let isOrder = item.order == state.order
      let title = item.title + (isOrder ? symbols.sorted : "")
      let look = Look(color: isOrder ? nil : .faint, isBold: isOrder)
      if item.isNumber {
        grid.put(title, row, endingAt: column + item.width, look)
      } else {
        grid.put(title, row, column, to: column + item.width + 1, look)
      }
      column += item.width + 2
    }
    let line = WatchTimeLine(
      now: state.now, daysAhead: state.daysAhead, left: left, width: width - left,
      symbols: symbols, clock: clock)
    line.drawHeading(row, &grid)
    if state.shown.isEmpty {
      grid.put(
        state.groupCount == 0
          ? (state.status == nil ? "" : "No groups yet.") : "No group fits the filter.",
        row + 1, 0, .faint)
    }
    for index in 0..<bodyRows where state.top + index < state.shown.count {
      let place = state.top + index
      draw(
        state.shown[place], columns, row + 1 + index, isSelected: place == state.selected, line,
        &grid)
    }
  }

  private func draw(
    _ group: GroupReport, _ columns: [Column], _ row: Int, isSelected: Bool, _ line: WatchTimeLine,
    _ grid: inout Grid
  ) {
    if isSelected { grid.fill(row, .bar) }
    var column = 0
    for item in columns {
      var (text, look) = item.text(group)
      if isSelected { look = Look(color: nil, isReversed: true) }
      if item.isNumber {
        grid.put(text, row, endingAt: column + item.width, look)
      } else {
        grid.put(text, row, column, to: column + item.width, look)
      }
      column += item.width + 2
    }
    line.draw(group, row, isSelected: isSelected, &grid)
  }

  // MARK: Text

  private func text(_ lines: [String], _ grid: inout Grid) {
    for index in 0..<bodyRows where state.scroll + index < lines.count {
      grid.put(styled: lines[state.scroll + index], 1 + index)
    }
  }

  /// How many lines the page has that is shown.
  var textLines: Int {
    switch state.page {
    case .fleet: 0
    case .group: groupLines.count
    case .help: Self.help.count
    }
  }

  private var groupLines: [String] {
    guard let details = state.opened else {
      return ["", "  asking the daemon \(symbols.ellipsis)"]
    }
    let style = TextStyle(width: width, hasColor: true)
    let text =
      GroupText(details.description, style, clock).text
      + section("Checks", ChecksText.list(details.description.checks, style), style)
      + section("History", EventsText.text(details.events, style, clock), style)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private static let help = """

      Up Down, j k      one line        Enter   open the group: checks, history
      PageUp PageDown   one page        Esc     back; in the list: no filter
      Home End, g G     first, last     /       filter by name, id, rule, state
      s S               other order     + -     the time line nearer, farther
      ?                 this help       q       quit (Ctrl-C too)

      The time line
        thin line       the group is paid, and nothing is due
        thick line      time to renew: from the due day to the expiry
        round mark      the expiry; a rule renews the group, or somebody else does
        square mark     the expiry; a person has to act before it
        end of a bar    the expiry; a rule lets the group end
        upright stroke  today

      What is shown comes from the daemon as it happens. Nothing can be changed
      here: see renewalctl --help for hold, pause, renew and the others.
    """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

  // MARK: Foot

  private func footer(_ grid: inout Grid) {
    let row = height - 1
    if state.isTyping {
      let column = grid.put("filter: \(state.filter)", row, 0, .bold)
      grid.put(symbols.cursor, row, column, Look(isReversed: true))
      grid.put("Enter: keep  Esc: no filter", row, endingAt: width, .faint)
      return
    }
    switch state.page {
    case .fleet:
      let last = min(state.top + bodyRows, state.shown.count)
      let place =
        state.shown.isEmpty ? "" : "\(state.top + 1)-\(last) of \(state.shown.count)"
      let filter = state.filter.isEmpty ? "" : "filter: \(state.filter)  "
      let column = grid.put(filter, row, 0, .bold)
      grid.put(
        "/ filter  s sort  Enter open  +- time  ? help  q quit", row, column,
        to: width - columns(place) - 1, .faint)
      grid.put(place, row, endingAt: width, .faint)
    case .group, .help:
      grid.put("Esc back  Up Down PageUp PageDown", row, 0, .faint)
      if textLines > bodyRows {
        let last = min(state.scroll + bodyRows, textLines)
        grid.put("\(state.scroll + 1)-\(last) of \(textLines)", row, endingAt: width, .faint)
      }
    }
  }
}

/// The characters of the time line: in UTF-8, and where the locale has only ASCII.
struct WatchSymbols: Hashable, Sendable {
  var paid = "─"
  var window = "━"
  var renews = "●"
  var person = "◆"
  var elsewhere = "○"
  var ends = "┃"
  var today = "│"
  var later = "▸"
  var earlier = "◂"
  var sorted = "▾"
  var ellipsis = "…"
  var cursor = " "

  static let utf8 = WatchSymbols()
  static let ascii = WatchSymbols(
    paid: "-", window: "=", renews: "o", person: "X", elsewhere: "O", ends: "]", today: "|",
    later: ">", earlier: "<", sorted: "v", ellipsis: "...")
}
