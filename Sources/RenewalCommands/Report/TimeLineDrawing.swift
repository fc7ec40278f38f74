import RenewalCore

/// The time line as SVG. What becomes of a group is told by colour and by the shape
/// at its end, so that it can be read without colours.
struct TimeLineDrawing {
  let line: TimeLine
  let speech: ReportSpeech
  let layout: Layout

  /// For a page and for a phone, where the name stands above its row.
  enum Layout: String {
    case wide
    case narrow
  }

  private var width: Double { layout == .wide ? 960 : 360 }
  private var left: Double { layout == .wide ? 216 : 0 }
  private var right: Double { layout == .wide ? 818 : 360 }
  private var rowHeight: Double { layout == .wide ? 26 : 46 }
  private var top: Double { 26 }
  private var barsHeight: Double { line.bars.isEmpty ? 0 : (layout == .wide ? 200 : 180) }
  private var rowsTop: Double {
    top + barsHeight + (line.bars.isEmpty || line.rows.isEmpty ? 0 : 34)
  }
  private var bottom: Double { rowsTop + Double(line.rows.count) * rowHeight + 8 }
  private var legend: [(Outlook, Int)] {
    Outlook.allCases.compactMap { outlook in line.counts[outlook].map { (outlook, $0) } }
  }
  private var height: Double {
    bottom + (layout == .wide ? 34 : 14 + 20 * Double(legend.count + 1))
  }

  /// - Parameter style: what a drawing that stands alone brings along.
  func markup(style: Markup? = nil) -> Markup {
    let id = "time-\(layout.rawValue)"
    let margin = style == nil ? 0.0 : 24
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart \(layout.rawValue)" role="img" \
      viewBox="\(-margin) \(-margin) \(width + 2 * margin) \(height + 2 * margin)" aria-labelledby="\(id)-t \(id)-d">
      <title id="\(id)-t">\(title)</title><desc id="\(id)-d">\(summary)</desc>
      \(style)\(grid)\(todayLine)\(bars)\(rows)\(legendMarkup)</svg>

      """
  }

  // MARK: Words

  private var title: String {
    speech("What expires when", "到期时间线")
  }

  /// The drawing for somebody who cannot see it.
  private var summary: String {
    let parts = legend.map { "\(speech.number($1)) \(words($0, $1))" }
    var text = parts.joined(separator: speech(", ", "，"))
    if let first = line.rows.map(\.expiry).filter({ $0 >= line.today }).min() {
      text += speech(". The next expiry shown is on ", "。图中下一个到期日：") + speech.day(first)
    }
    if line.earlier > 0 {
      text += speech(
        ". \(line.earlier) expired earlier than is drawn", "。另有 \(line.earlier) 个更早到期，未画出")
    }
    if line.later > 0 {
      text += speech(
        ". \(speech.number(line.later)) expire later than is drawn",
        "。另有 \(speech.number(line.later)) 个更晚到期，未画出")
    }
    return text + speech(".", "。")
  }

  private func words(_ outlook: Outlook, _ count: Int) -> String {
    switch outlook {
    case .renews: speech("renewed by a rule", "按规则续费")
    case .elsewhere: speech("paid by somebody else", "由他人付费")
    case .ends: speech("left to end", "按规则到期")
    case .person: speech(count == 1 ? "needs a person" : "need a person", "需要人工处理")
    }
  }

  // MARK: Axis

  private func x(_ instant: Instant) -> Double {
    left + (right - left) * line.axis.position(instant)
  }

  private var grid: Markup {
    let marks = line.axis.marks(
      atMost: layout == .wide ? 13 : 6, offset: speech.clock.offset(at: line.today))
    let areMonths = marks.allSatisfy { speech.clock.civil($0).date.day == 1 }
    // A name at the very edge would run into its neighbour.
    let parts = marks.filter { x($0) < right - 12 }.map { mark -> Markup in
      let label =
        areMonths
        ? speech.shortMonth(CalendarMonth(of: mark + speech.clock.offset(at: mark)))
        : speech.shortDay(mark)
      let date = speech.clock.civil(mark).date
      let isYear = areMonths && date.month == 1
      let labelX = max(x(mark), left + 14)
      return """
        <line class="grid" x1="\(x(mark))" x2="\(x(mark))" y1="\(top - 6)" y2="\(bottom)"/>\
        <text class="tick" x="\(labelX)" y="\(top - 12)" text-anchor="middle">\
        \(isYear ? "\(date.year)" : label)</text>

        """
    }
    return "\(parts)"
  }

  private var todayLine: Markup {
    """
    <line class="today" x1="\(x(line.today))" x2="\(x(line.today))" y1="\(top - 6)" y2="\(bottom)"/>
    <text class="today-text" x="\(min(x(line.today) + 5, right - 40))" y="\(bottom - 1)">\
    \(speech("today", "今天"))</text>

    """
  }

  // MARK: Many groups

  private var bars: Markup {
    guard !line.bars.isEmpty else { return "" }
    let most = Double(roundedUp(line.bars.map(\.total).max() ?? 1))
    let base = top + barsHeight
    let scale = (barsHeight - 22) / most
    let lines = [0.5, 1].map { share -> Markup in
      let y = base - most * share * scale
      return """
        <line class="grid" x1="\(left)" x2="\(right)" y1="\(y)" y2="\(y)"/>\
        <text class="tick" x="\(layout == .wide ? left - 8 : left + 2)" y="\(y + (layout == .wide ? 4 : -4))" \
        text-anchor="\(layout == .wide ? "end" : "start")">\(speech.number(Int(most * share)))</text>

        """
    }
    let columns = line.bars.filter { $0.total > 0 }.map { bar -> Markup in
      let (start, end) = (x(bar.from) + 1, x(bar.to) - 1)
      var y = base
      let pieces = Outlook.allCases.compactMap { outlook -> Markup? in
        guard let count = bar.counts[outlook] else { return nil }
        let height = Double(count) * scale
        y -= height
        return """
          <rect class="o-\(outlook.rawValue)" x="\(start)" y="\(y)" \
          width="\(max(1, end - start))" height="\(height)"/>
          """
      }
      let label: Markup =
        end - start < 18
        ? ""
        : """
        <text class="count" x="\((start + end) / 2)" y="\(y - 4)" text-anchor="middle">\
        \(speech.number(bar.total))</text>
        """
      let span = "\(speech.day(bar.from)) – \(speech.day(bar.to - .seconds(1)))"
      return "<g><title>\(span): \(speech.number(bar.total))</title>\(pieces)\(label)</g>\n"
    }
    let caption = speech("groups that expire, by date", "按日期统计的到期交付组数")
    let title: Markup =
      layout == .wide
      ? """
      <text class="label" x="0" y="\(top + 12)">\(speech("All groups", "全部交付组"))</text>
      <text class="note" x="0" y="\(top + 30)">\(caption)</text>

      """ : ""
    return """
      \(lines)\(columns)<line class="axis" x1="\(left)" x2="\(right)" y1="\(base)" y2="\(base)"/>
      \(title)
      """
  }

  /// 1, 2 or 5 with zeros.
  private func roundedUp(_ number: Int) -> Int {
    var step = 2
    while true {
      for factor in [step, step / 2 * 5, step * 5] where factor >= number { return factor }
      let (next, overflow) = step.multipliedReportingOverflow(by: 10)
      if overflow { return number }
      step = next
    }
  }

  // MARK: Few groups

  private var rows: Markup {
    guard !line.rows.isEmpty else { return "" }
    let heading: Markup =
      line.bars.isEmpty
      ? ""
      : """
      <text class="label" x="0" y="\(rowsTop - 10)">\
      \(speech("The \(line.rows.count) most pressing", "最紧迫的 \(line.rows.count) 个"))</text>

      """
    return
      "\(heading)\(line.rows.enumerated().map { row($1, top: rowsTop + Double($0) * rowHeight) })"
  }

  private func row(_ row: TimeLine.Row, top: Double) -> Markup {
    let middle = layout == .wide ? top + rowHeight / 2 : top + 30
    let name = row.group.name.isEmpty ? row.group.id.text : row.group.name
    let end = x(row.expiry)
    let day = speech.shortDay(row.expiry)
    let distance = speech.distance(to: row.expiry)
    let texts: Markup =
      layout == .wide
      ? """
      <text class="label" x="0" y="\(middle + 4)">\(fitted(name, to: 28))</text>\
      <text class="note" x="\(width)" y="\(middle + 4)" text-anchor="end">\(day) · \(distance)</text>
      """
      : """
      <text class="label" x="0" y="\(top + 16)">\(fitted(name, to: 28))</text>\
      <text class="note" x="\(width)" y="\(top + 16)" text-anchor="end">\(day) · \(distance)</text>
      """
    return """
      <g class="row o-\(row.outlook.rawValue)"><title>\(name): \(speech.clock.short(row.expiry))</title>\
      \(texts)\
      <line class="life" x1="\(left)" x2="\(end)" y1="\(middle)" y2="\(middle)"/>\
      \(window(row, middle))\(renewed(row, middle))\(floor(row, middle))\
      \(mark(row.outlook, end, middle))</g>

      """
  }

  /// From the day on which the renewal is due until the expiry.
  private func window(_ row: TimeLine.Row, _ y: Double) -> Markup {
    guard let due = row.group.dueAt?.instant, due < row.expiry, row.expiry > line.axis.from,
      row.outlook != .ends
    else { return "" }
    return """
      <rect class="window" x="\(x(due))" y="\(y - 4)" width="\(max(2, x(row.expiry) - x(due)))" height="8"/>
      """
  }

  private func renewed(_ row: TimeLine.Row, _ y: Double) -> Markup {
    guard let renewed = row.renewed, row.outlook == .renews else { return "" }
    return """
      <line class="renewed" x1="\(x(row.expiry))" x2="\(x(renewed))" y1="\(y)" y2="\(y)"/>
      """
  }

  /// From which moment a person has to be called.
  private func floor(_ row: TimeLine.Row, _ y: Double) -> Markup {
    guard let floor = row.group.floorAt?.instant, floor > line.axis.from, floor < line.axis.to,
      row.outlook != .ends
    else { return "" }
    return """
      <line class="floor" x1="\(x(floor))" x2="\(x(floor))" y1="\(y - 8)" y2="\(y + 8)"/>
      """
  }

  private func mark(_ outlook: Outlook, _ x: Double, _ y: Double) -> Markup {
    switch outlook {
    case .renews: "<circle class=\"mark\" cx=\"\(x)\" cy=\"\(y)\" r=\"5\"/>"
    case .elsewhere: "<circle class=\"mark hollow\" cx=\"\(x)\" cy=\"\(y)\" r=\"4.5\"/>"
    case .ends:
      "<line class=\"stop\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(y - 6)\" y2=\"\(y + 6)\"/>"
    case .person:
      """
      <path class="mark" d="M\(x) \(y - 6.5)L\(x + 6.5) \(y)L\(x) \(y + 6.5)L\(x - 6.5) \(y)Z"/>
      """
    }
  }

  // MARK: Legend

  private var legendMarkup: Markup {
    var cursor = (x: 6.0, y: bottom + 20)
    var parts: [Markup] = []
    func place(_ symbol: (Double, Double) -> Markup, _ text: String, classes: String) {
      let middle = cursor.y - 4
      parts.append(
        """
        <g class="row \(classes)">\(symbol(cursor.x + 2, middle))\
        <text class="note" x="\(cursor.x + 16)" y="\(cursor.y)">\(text)</text></g>

        """)
      if layout == .wide {
        cursor.x += 40 + 6.6 * Double(columns(text))
      } else {
        cursor.y += 20
      }
    }
    for (outlook, count) in legend {
      place(
        { self.mark(outlook, $0, $1) }, "\(speech.number(count)) \(words(outlook, count))",
        classes: "o-\(outlook.rawValue)")
    }
    if line.rows.contains(where: { $0.outlook == .renews }) {
      place(
        { x, y in
          """
          <rect class="window" x="\(x - 6)" y="\(y - 4)" width="14" height="8"/>\
          <line class="floor" x1="\(x + 4)" x2="\(x + 4)" y1="\(y - 8)" y2="\(y + 8)"/>
          """
        }, speech("time to renew; the stroke: call a person", "续费窗口；竖线：须通知人"),
        classes: "o-renews")
    }
    return "\(parts)"
  }
}
