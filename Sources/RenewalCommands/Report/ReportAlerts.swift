import ControlProtocol
import RenewalCore

/// What needs a person, with the next step; nothing where nothing does.
struct ReportAlerts {
  let data: ReportData
  let speech: ReportSpeech
  private let names: [String: String]

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
    names = data.names
  }

  /// More subjects than this are counted, not listed.
  private static let mostSubjects = 8

  var markup: Markup {
    let kinds = AlertReport.byKind(data.status.alerts)
    let pressing = kinds.filter { $0[0].severity != .notice }
    let notices = kinds.filter { $0[0].severity == .notice }
    guard !kinds.isEmpty || !obstacles.isEmpty else { return "" }
    let list: Markup = pressing.isEmpty ? "" : "<ol class=\"alerts\">\(pressing.map(item))</ol>"
    let count = speech.number(notices.reduce(0) { $0 + $1.count })
    let quiet: Markup =
      notices.isEmpty
      ? ""
      : """
      <details><summary>\(speech("For information", "供参考")) (\(count))</summary>
      <ol class="alerts">\(notices.map(item))</ol></details>
      """
    return reportSection(
      "alerts", speech("What needs you", "需要您处理"),
      pressing.isEmpty && obstacles.isEmpty ? speech("Nothing.", "无。") : "",
      "\(list)\(stopped)\(quiet)")
  }

  private func item(_ alerts: [AlertReport]) -> Markup {
    let alert = alerts[0]
    let remedy = AlertWords.remedy(of: alert, speech.language)
    return """
      <li class="\(mood(alert))">
      <h3>\(AlertWords.title(of: alert, speech.language)) <span class="chip">\(severity(alert))</span></h3>
      \(alerts.count == 1 ? single(alert) : several(alerts))
      <p class="next"><b>\(speech("Next:", "下一步："))</b> \
      <span lang="\(remedy.isEnglish ? "en" : speech.language.tag)">\(remedy.text)</span></p>
      </li>

      """
  }

  private func single(_ alert: AlertReport) -> Markup {
    let subject: Markup =
      subject(alert).map { "<b><bdi>\($0)</bdi></b>\(speech(": ", "："))" } ?? ""
    return """
      <p>\(subject)<span lang="en">\(alert.text)</span></p>
      <p class="when">\(time(alert))</p>
      """
  }

  private func several(_ alerts: [AlertReport]) -> Markup {
    let shown = alerts.prefix(Self.mostSubjects).map { alert -> Markup in
      """
      <li><b><bdi>\(subject(alert) ?? "")</bdi></b> <span lang="en">\(alert.text)</span>, \(time(alert))</li>

      """
    }
    let rest = speech.number(alerts.count - shown.count)
    let more: Markup =
      alerts.count == shown.count
      ? ""
      : "<li>\(speech("and \(rest) more: renewalctl alerts", "另有 \(rest) 个，见 renewalctl alerts"))</li>"
    return "<ul class=\"subjects\">\(shown)\(more)</ul>"
  }

  private func time(_ alert: AlertReport) -> Markup {
    let by = alert.acknowledgedBy.map { speech(", acknowledged by \($0)", "，已由 \($0) 确认") } ?? ""
    return """
      <time datetime="\(alert.raisedAt.description)">\
      \(speech("since ", "自 "))\(speech.clock.short(alert.raisedAt.instant))</time>\(by)
      """
  }

  private func subject(_ alert: AlertReport) -> String? {
    guard let group = alert.group else { return alert.account?.text }
    return names["\(alert.account?.text ?? "")/\(group)"]?.nonEmpty ?? group.text
  }

  private func mood(_ alert: AlertReport) -> String {
    switch alert.severity.known {
    case .page: "bad"
    case .warning, nil: "warn"
    case .notice: "quiet"
    }
  }

  private func severity(_ alert: AlertReport) -> String {
    switch alert.severity.known {
    case .page: speech("now", "立即")
    case .warning: speech("today", "当天")
    case .notice: speech("for information", "供参考")
    case nil: alert.severity.text
    }
  }

  // MARK: Why nothing is paid

  private var obstacles: [(account: String, obstacle: Obstacle)] {
    data.status.accounts.flatMap { account in account.obstacles.map { (account.name, $0) } }
  }

  private var stopped: Markup {
    guard !obstacles.isEmpty else { return "" }
    let items = obstacles.map { account, obstacle -> Markup in
      let until =
        obstacle.until.map { speech(", until ", "，至 ") + speech.clock.short($0.instant) } ?? ""
      let sentence =
        until.isEmpty || !obstacle.sentence.hasSuffix(".")
        ? obstacle.sentence : String(obstacle.sentence.dropLast())
      return """
        <li><b><bdi>\(account)</bdi></b>: <span lang="en">\(sentence)</span>\(until)</li>

        """
    }
    return """
      <h3>\(speech("What stops payments", "付款受阻原因"))</h3>
      <ul class="obstacles">\(items)</ul>
      """
  }
}

extension AlertReport {
  /// Alerts of one kind stand together, since a fault of an account touches each of its
  /// groups; the gravest kind first.
  static func byKind(_ alerts: [AlertReport]) -> [[AlertReport]] {
    let order = Severity.allCases.map(\.rawValue)
    func rank(_ alerts: [AlertReport]) -> Int {
      order.firstIndex(of: alerts[0].severity.text) ?? order.count
    }
    return Dictionary(grouping: alerts) { [$0.severity.text, $0.kind, $0.remedy] }
      .values.sorted { (rank($0), $0[0].kind) < (rank($1), $1[0].kind) }
  }

  /// What an alert says, whatever it is about.
  var saying: [String] { [kind, severity.text, text, remedy, acknowledgedBy ?? ""] }
}

extension String {
  /// `nil` for the empty text.
  var nonEmpty: String? { isEmpty ? nil : self }
}
