import ControlProtocol
import RenewalCore

/// What was renewed and proven: order, amount, expiry before and after.
struct ReportLedger {
  let data: ReportData
  let speech: ReportSpeech

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
  }

  /// More are for `renewalctl ledger`.
  private static let mostRows = 50

  var markup: Markup {
    let told = data.renewals.filter { $0.isOpen || $0.state == .settled || $0.state == .foreign }
      .sorted { ($1.openedAt, $0.groupKey) < ($0.openedAt, $1.groupKey) }
    return reportSection(
      "renewed", speech("Renewed and proven", "已续费并核实"), introduction(told),
      told.isEmpty ? "" : table(Array(told.prefix(Self.mostRows)), of: told.count))
  }

  private func introduction(_ told: [RenewalReport]) -> String {
    let from = speech.month(data.firstMonth)
    let settled = told.count { $0.state == .settled }
    var text = speech(
      settled == 0
        ? "No renewal was proven since \(from)."
        : "\(speech.number(settled)) \(settled == 1 ? "renewal" : "renewals") since \(from), "
          + "\(speech.amounts(data.totals)). Each is proven by the expiry that moved.",
      settled == 0
        ? "自\(from)以来没有已核实的续费。"
        : "自\(from)以来共 \(speech.number(settled)) 次续费，合计 \(speech.amounts(data.totals))，均由到期时间的延长得到证实。"
    )
    let open = told.count(where: \.isOpen)
    if open > 0 {
      text += speech(
        " \(speech.number(open)) \(open == 1 ? "is" : "are") not settled yet.",
        "另有 \(speech.number(open)) 次尚未了结。")
    }
    let failed = data.renewals.count - told.count
    if failed > 0 {
      text += speech(
        " \(speech.number(failed)) \(failed == 1 ? "attempt" : "attempts") moved no money.",
        "另有 \(speech.number(failed)) 次尝试未产生付款。")
    }
    return text
  }

  private func table(_ renewals: [RenewalReport], of count: Int) -> Markup {
    let names = data.names
    let rest: Markup =
      count == renewals.count
      ? ""
      : """
      <p class="quiet">\(speech(
        "The newest \(renewals.count) of \(speech.number(count)); all: renewalctl ledger.",
        "最近 \(renewals.count) 次，共 \(speech.number(count)) 次；全部见 renewalctl ledger。"))</p>
      """
    return """
      <div class="scroll"><table class="ledger">
      <caption>\(speech("The newest first", "按时间倒序"))</caption>
      <thead><tr><th scope="col">\(speech("Opened", "时间"))</th><th scope="col">\(speech("Group", "交付组"))</th>\
      <th scope="col">\(speech("Order", "订单"))</th>\
      <th scope="col">\(speech("Expiry before, after", "续费前后到期时间"))</th>\
      <th scope="col" class="n">\(speech("Amount", "金额"))</th>\
      <th scope="col">\(speech("Outcome", "结果"))</th></tr></thead>
      <tbody>
      \(renewals.map { row($0, names[$0.groupKey]?.nonEmpty) })</tbody>
      </table></div>
      \(rest)
      """
  }

  private func row(_ renewal: RenewalReport, _ name: String?) -> Markup {
    let group: Markup =
      name.map { "<bdi>\($0)</bdi><small>\(renewal.group.text)</small>" }
      ?? "<bdi>\(renewal.group.text)</bdi>"
    let after: Markup =
      renewal.newExpiry.map { "<br>→ \(time($0))" } ?? ""
    return """
      <tr><td>\(time(renewal.openedAt))</td><th scope="row">\(group)</th>\
      <td><code>\(renewal.order?.text ?? "–")</code></td>\
      <td>\(time(renewal.expiry))\(after)</td>\
      <td class="n">\((renewal.charged ?? renewal.quote).map(speech.amount) ?? "–")\
      <small>\(speech.period(renewal.period))</small></td>\
      <td><span class="s \(mood(renewal))">\(outcome(renewal))</span></td></tr>

      """
  }

  private func time(_ timestamp: Timestamp) -> Markup {
    """
    <time datetime="\(timestamp.description)">\(speech.clock.short(timestamp.instant))</time>
    """
  }

  private func outcome(_ renewal: RenewalReport) -> String {
    switch renewal.state.known {
    case .settled: speech("proven", "已核实")
    case .foreign: speech("paid by somebody else", "由他人付费")
    case .unknown: speech("in doubt", "结果未知")
    case .unpaid: speech("order waits for payment", "订单待支付")
    case .stuck: speech("order without effect", "订单未生效")
    case .held: speech("held", "已暂挂")
    case .intended, .sent, .accepted: speech("on its way", "进行中")
    case .refused, .notSent, .notEffected, nil: words(renewal.state)
    }
  }

  private func mood(_ renewal: RenewalReport) -> String {
    switch color(of: renewal) {
    case .green: "good"
    case .yellow: "warn"
    case .red: "bad"
    default: "quiet"
    }
  }
}
