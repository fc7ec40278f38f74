import ControlProtocol
import RenewalCore

/// What was paid and what will be, month by month.
struct ReportMoney {
  let data: ReportData
  let speech: ReportSpeech

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
  }

  var markup: Markup {
    let spending = data.spending()
    return reportSection(
      "money", speech("Money by month", "每月费用"), introduction(spending),
      "\(spending.map(currency))\(ReportBudgets(budgets: data.status.budgets ?? [], speech: speech).markup)"
    )
  }

  private func introduction(_ spending: [[MonthOfSpending]]) -> String {
    let from = speech.month(data.firstMonth)
    guard !spending.isEmpty else {
      return speech(
        "Nothing was paid since \(from), and no price is known yet.", "自\(from)以来没有付款，也尚无报价。")
    }
    let unpriced = data.forecast.unpriced
    return speech(
      "Since \(from): \(speech.amounts(data.totals)) paid. Planned is what the rules will pay at "
        + "the newest prices, if every group stays.",
      "自\(from)以来已付：\(speech.amounts(data.totals))。计划为按规则与最新价格将要支付的金额，假定各组保留。")
      + (unpriced == 0
        ? ""
        : speech(
          " \(speech.number(unpriced)) \(unpriced == 1 ? "renewal has" : "renewals have") no price "
            + "yet and \(unpriced == 1 ? "is" : "are") not in it.",
          "另有 \(speech.number(unpriced)) 次续费尚无价格，未计入。"))
  }

  private func currency(_ months: [MonthOfSpending]) -> Markup {
    let chart = { layout in
      SpendingDrawing(months: months, thisMonth: data.thisMonth, speech: speech, layout: layout)
        .markup
    }
    return """
      <figure>\(chart(.wide))\(chart(.narrow))</figure>
      \(table(months))
      """
  }

  private func table(_ months: [MonthOfSpending]) -> Markup {
    let currency = months[0].paid.currency.code
    let rows = months.filter { $0.paidCount + $0.plannedCount > 0 }.map { month -> Markup in
      """
      <tr><th scope="row">\(speech.month(month.month))</th>\
      \(cell(month.paid, month.paidCount))\(cell(month.planned, month.plannedCount))</tr>

      """
    }
    return """
      <details><summary>\(speech("The numbers", "数字")) (\(currency))</summary>
      <table class="months"><caption>\(speech("Paid and planned by month", "每月已付与计划"))</caption>
      <thead><tr><th scope="col">\(speech("Month", "月份"))</th>\
      <th scope="col" class="n">\(speech("Paid", "已付"))</th>\
      <th scope="col" class="n">\(speech("Planned", "计划"))</th></tr></thead>
      <tbody>
      \(rows)</tbody></table></details>

      """
  }

  private func cell(_ amount: Money, _ count: Int) -> Markup {
    guard count > 0 else { return "<td class=\"n\">–</td>" }
    let renewals = speech(
      count == 1 ? "1 renewal" : "\(speech.number(count)) renewals", "\(speech.number(count)) 次")
    return "<td class=\"n\">\(speech.amount(amount))<small>\(renewals)</small></td>"
  }
}

/// A bar for each month: filled for what was paid, outlined for what is planned.
struct SpendingDrawing {
  let months: [MonthOfSpending]
  let thisMonth: CalendarMonth
  let speech: ReportSpeech
  let layout: TimeLineDrawing.Layout

  private var width: Double { layout == .wide ? 960 : 360 }
  private var left: Double { layout == .wide ? 86 : 0 }
  private let base = 190.0
  private let height = 222.0

  var markup: Markup {
    let id = "spending-\(months[0].paid.currency.code)-\(layout.rawValue)"
    let paid = sums(months.map(\.paid)), planned = sums(months.map(\.planned))
    let summary = speech(
      "Paid in twelve months: \(speech.amounts(paid)). Planned: \(speech.amounts(planned)).",
      "十二个月已付：\(speech.amounts(paid))。计划：\(speech.amounts(planned))。")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart \(layout.rawValue)" role="img" \
      viewBox="0 0 \(width) \(height)" aria-labelledby="\(id)-t \(id)-d">
      <title id="\(id)-t">\(speech("Money by month", "每月费用"))</title><desc id="\(id)-d">\(summary)</desc>
      \(grid)\(bars)<line class="axis" x1="\(left)" x2="\(width)" y1="\(base)" y2="\(base)"/>
      </svg>

      """
  }

  /// In minor units: the top of the scale.
  private var most: Double {
    let largest =
      months.map { Double($0.paid.minorUnits) + Double($0.planned.minorUnits) }.max() ?? 0
    var step = 1.0
    while step * 10 < largest { step *= 10 }
    return [1, 2, 2.5, 5, 10].map { $0 * step }.first { $0 >= largest } ?? max(1, largest)
  }

  private var grid: Markup {
    let currency = months[0].paid.currency
    let lines = [0.5, 1.0].map { share -> Markup in
      let y = base - share * (base - 24)
      let amount = Money(minorUnits: Int64((most * share).rounded()), currency: currency)
      let isWide = layout == .wide
      return """
        <line class="grid" x1="\(left)" x2="\(width)" y1="\(y)" y2="\(y)"/>\
        <text class="tick" x="\(isWide ? left - 8 : 2)" y="\(isWide ? y + 4 : y - 4)" \
        text-anchor="\(isWide ? "end" : "start")">\(speech.wholeAmount(amount))</text>

        """
    }
    return "\(lines)"
  }

  private var bars: Markup {
    let slot = (width - left) / Double(months.count)
    let scale = (base - 24) / most
    let columns = months.enumerated().map { index, month -> Markup in
      let x = left + Double(index) * slot + slot * 0.16
      let paid = Double(month.paid.minorUnits) * scale
      let planned = Double(month.planned.minorUnits) * scale
      let isLabelled = layout == .wide || (month.month.number - thisMonth.number) % 3 == 0
      let label = month.month.number == 1 ? "\(month.month.year)" : speech.shortMonth(month.month)
      let bars: Markup = """
        \(bar("paid", x, base - paid, slot * 0.68, paid))\
        \(bar("planned", x, base - paid - planned, slot * 0.68, planned))
        """
      let text: Markup =
        isLabelled
        ? """
        <text class="tick\(month.month == thisMonth ? " now" : "")" x="\(x + slot * 0.34)" \
        y="\(base + 16)" text-anchor="middle">\(label)</text>
        """ : ""
      return """
        <g><title>\(speech.month(month.month)): \(speech("paid", "已付")) \(speech.amount(month.paid)), \
        \(speech("planned", "计划")) \(speech.amount(month.planned))</title>\(bars)\(text)</g>

        """
    }
    return "\(columns)"
  }

  private func bar(_ kind: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double)
    -> Markup
  {
    guard height > 0 else { return "" }
    return """
      <rect class="\(kind)" x="\(x)" y="\(y)" width="\(width)" height="\(height)"/>
      """
  }
}

extension ReportSpeech {
  /// Without its decimals, for a scale.
  fileprivate func wholeAmount(_ money: Money) -> String {
    let text = amount(money)
    guard let dot = text.firstIndex(of: "."), money.minorUnits % 100 == 0 else { return text }
    return String(text[..<dot] + text[dot...].drop { $0 != " " })
  }
}
