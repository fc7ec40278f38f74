import ControlProtocol
import RenewalCore

/// Every group in a table that can be sorted and filtered; without script it is
/// complete, in order of expiry.
struct ReportFleet {
  let data: ReportData
  let speech: ReportSpeech
  private let severalAccounts: Bool

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
    severalAccounts = Set(data.groups.map(\.account)).count > 1
  }

  var markup: Markup {
    let count = speech.number(data.groups.count)
    return reportSection(
      "fleet", speech("All groups", "全部交付组"),
      data.groups.isEmpty ? speech("No group is known.", "没有已知的交付组。") : "",
      data.groups.isEmpty
        ? ""
        : """
        \(tools)
        <div class="scroll"><table id="groups" class="fleet">
        <caption>\(speech("\(count) groups, the earliest expiry first", "共 \(count) 个交付组，按到期时间排列"))</caption>
        <thead><tr>\(columns.map(heading))</tr></thead>
        <tbody>
        \(data.groups.map(row))</tbody>
        </table></div>
        <p class="more"><button type="button" id="more" hidden>\(speech("Show all", "显示全部"))</button></p>
        """)
  }

  private var columns: [(title: String, isNumber: Bool)] {
    [
      (speech("Group", "交付组"), false), (speech("Expires", "到期"), false),
      (speech("What happens", "处理方式"), false), (speech("Rule", "规则"), false),
      (speech("Price", "价格"), true), (speech("State", "状态"), false),
    ]
  }

  private func heading(_ title: String, isNumber: Bool) -> Markup {
    "<th scope=\"col\" class=\"\(isNumber ? "n" : "")\">\(title)</th>"
  }

  private var tools: Markup {
    let states = Dictionary(grouping: data.groups, by: \.state.text).mapValues(\.count)
    let options = states.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      state, count -> Markup in
      "<option value=\"\(state)\">\(speech.state(state)) (\(speech.number(count)))</option>"
    }
    let sorts = columns.enumerated().map { index, column -> Markup in
      "<option value=\"\(index)\"\(index == 1 ? " selected" : "")>\(column.title)</option>"
    }
    return """
      <div class="tools" id="tools" hidden>
      <label>\(speech("Find", "查找"))<input id="find" type="search" autocomplete="off" \
      placeholder="\(speech("name, id, rule", "名称、ID、规则"))"></label>
      <label>\(speech("State", "状态"))<select id="state"><option value="">\(speech("all", "全部"))</option>\
      \(options)</select></label>
      <label class="phone">\(speech("Sort by", "排序"))<select id="sort">\(sorts)</select></label>
      <p id="count" role="status" data-all="\(speech("% groups", "共 % 个"))" \
      data-some="\(speech("% of % groups", "% / % 个"))"></p>
      </div>
      """
  }

  private func row(_ group: GroupReport) -> Markup {
    let place = severalAccounts ? "\(group.account) · " : ""
    let name: Markup =
      group.name.isEmpty
      ? "<bdi>\(group.id.text)</bdi><small>\(place)\(group.region)</small>"
      : "<bdi>\(group.name)</bdi><small>\(place)\(group.id.text)</small>"
    return """
      <tr data-s="\(group.state.text)"><th scope="row">\(name)</th>\(expiry(group))\
      <td>\(what(group))</td><td class="r"><bdi>\(group.rule ?? "–")</bdi></td>\(price(group))\
      <td><span class="s \(mood(group))">\(speech.state(group.state.text))</span></td></tr>

      """
  }

  private func expiry(_ group: GroupReport) -> Markup {
    guard let expiry = group.expiry else {
      return "<td data-v=\"99999999999\">\(speech("never", "无"))</td>"
    }
    return """
      <td data-v="\(Int(clamping: expiry.instant.seconds))"><time datetime="\(expiry.description)">\
      \(speech.clock.short(expiry.instant))</time><small>\(speech.distance(to: expiry.instant))</small></td>
      """
  }

  private func price(_ group: GroupReport) -> Markup {
    let period: Markup = group.period.map { "<small>\(speech.period($0))</small>" } ?? ""
    guard let price = group.price else {
      return "<td class=\"n\" data-v=\"-1\">–\(period)</td>"
    }
    return """
      <td class="n" data-v="\(Int(clamping: price.minorUnits))">\(speech.amount(price))\(period)</td>
      """
  }

  /// What is done, and when; or why nothing is.
  private func what(_ group: GroupReport) -> Markup {
    switch Outlook(group) {
    case nil: return "<span class=\"quiet\">\(speech("does not expire", "不会到期"))</span>"
    case .person: return "<span lang=\"en\">\(group.reason)</span>"
    case .ends: return "\(speech("left to end", "任其到期"))"
    case .elsewhere: return "\(speech("somebody else pays", "由他人付费"))"
    case .renews:
      let verb =
        group.action?.known == .approve
        ? speech("asks for approval", "待批准") : speech("renewed", "续费")
      guard let due = group.dueAt?.instant else { return "\(verb)" }
      return """
        \(due <= data.now ? speech("\(verb), due", "\(verb)（已到时间）") : verb)<small>\
        \(speech.shortDay(due)), \(speech.distance(to: due))</small>
        """
    }
  }

  private func mood(_ group: GroupReport) -> String {
    switch color(of: group.state) {
    case .green: "good"
    case .yellow: "warn"
    case .red: "bad"
    default: "quiet"
    }
  }
}

extension ReportSpeech {
  func state(_ text: String) -> String {
    guard language == .zh else { return words(text) }
    return switch GroupReport.State(rawValue: text) {
    case .ok: "正常"
    case .due: "待续费"
    case .noticed: "已通知"
    case .inFlight: "续费中"
    case .unknown: "结果未知"
    case .held: "已暂挂"
    case .lapsing: "任其到期"
    case .unmanaged: "无规则"
    case .expired: "已到期"
    case .payAsYouGo: "按量付费"
    case .gone: "已消失"
    case nil: text
    }
  }
}
