import ControlProtocol
import RenewalCore

/// The rules in force, as sentences, with what they cover at present.
struct ReportPolicy {
  let data: ReportData
  let speech: ReportSpeech
  private let covered: [String: [GroupReport]]

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
    covered = Dictionary(grouping: data.groups.filter { Outlook($0) != nil }) { $0.rule ?? "" }
  }

  var markup: Markup {
    reportSection(
      "policy", speech("The rules in words", "规则说明"),
      speech(
        "The first rule that matches a group decides. Nothing is paid without a rule.",
        "交付组按第一条匹配的规则处理；没有规则则不付款。"),
      """
      <ol class="rules">
      \(data.rules.map(item))</ol>
      <p>\(uncovered)\(mode)\(pause)</p>
      """)
  }

  // MARK: Rules

  private func item(_ rule: RuleReport) -> Markup {
    let sentences = [sentence(rule), limits(rule), covering(rule)].compactMap { $0 }
    return """
      <li><b><bdi>\(rule.name)</bdi></b>: \(sentences.joined(separator: speech(" ", "")))</li>

      """
  }

  private func sentence(_ rule: RuleReport) -> String {
    let what = subject(rule)
    let period = speech.period(rule.period)
    let lead = speech.exactLength(.seconds(Int64(rule.leadTimeSeconds)))
    switch rule.action.known {
    case .renew:
      return speech(
        "renews \(what) for \(period), from \(lead) before the expiry.",
        "到期前 \(lead) 起为\(what)续费 \(period)。")
    case .approve:
      return speech(
        "asks a person, from \(lead) before the expiry, and then renews \(what) for \(period).",
        "到期前 \(lead) 起请人工批准，然后为\(what)续费 \(period)。")
    case .verify:
      return speech(
        "pays nothing for \(what) and watches that somebody else does.", "\(what)由他人付费，仅监督。")
    case .lapse:
      return speech("lets \(what) expire.", "任\(what)到期。")
    case nil:
      return "\(rule.action.text): \(what)."
    }
  }

  /// Which groups, by what the rule asks of them.
  private func subject(_ rule: RuleReport) -> String {
    let conditions: [(String, [String])] = [
      (speech("with the id", "ID 为"), rule.ids), (speech("named", "名称为"), rule.names),
      (speech("of the account", "账号为"), rule.accounts), (speech("in", "地域为"), rule.regions),
      (speech("of the type", "规格为"), rule.instanceTypes),
      (speech("in the status", "状态为"), rule.statuses),
      (
        speech("tagged", "标签为"),
        rule.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      ),
    ]
    let matching = conditions.filter { !$0.1.isEmpty && $0.1 != ["*"] }.map { words, values in
      "\(words) \(listed(values, isAll: words == speech("tagged", "标签为")))"
    }
    if matching.isEmpty { return speech("every group", "每个交付组") }
    return speech(
      "groups \(matching.joined(separator: " "))", "\(matching.joined(separator: "、"))的交付组")
  }

  private func listed(_ values: [String], isAll: Bool) -> String {
    let shown = values.prefix(6)
    let rest = values.count - shown.count
    let text = shown.joined(separator: isAll ? speech(" and ", " 且 ") : speech(" or ", " 或 "))
    return rest == 0 ? text : text + speech(" or \(rest) more", " 等 \(rest) 个")
  }

  private func limits(_ rule: RuleReport) -> String? {
    guard rule.action == .renew || rule.action == .approve else { return nil }
    var parts: [String] = []
    parts.append(
      rule.maximumPrice.map {
        speech("A price above \(speech.amount($0)) is refused", "价格超过 \(speech.amount($0)) 则拒绝")
      } ?? speech("Any price is accepted", "不限价格"))
    if let over = rule.approveOver {
      parts.append(
        speech(
          "one above \(speech.amount(over)) waits for a person", "超过 \(speech.amount(over)) 须人工批准"))
    }
    if rule.noticeSeconds > 0 {
      let notice = speech.exactLength(.seconds(Int64(rule.noticeSeconds)))
      parts.append(speech("it is announced \(notice) before", "提前 \(notice)通知"))
    }
    if rule.hasHours {
      parts.append(speech("paid only in the hours that the configuration names", "仅在配置的时段付款"))
    }
    return parts.joined(separator: speech("; ", "；")) + speech(".", "。")
  }

  private func covering(_ rule: RuleReport) -> String {
    let groups = covered[rule.name] ?? []
    let prices = groups.compactMap(\.price)
    let cost =
      prices.isEmpty || !(rule.action == .renew || rule.action == .approve)
      ? ""
      : speech(
        ", \(speech.amounts(sums(prices))) for one period at the newest prices",
        "，按最新价格每期合计 \(speech.amounts(sums(prices)))")
    return groups.isEmpty
      ? speech("It covers no group now.", "目前不覆盖任何交付组。")
      : speech("It covers \(count(groups)) now\(cost).", "目前覆盖 \(count(groups))\(cost)。")
  }

  private func count(_ groups: [GroupReport]) -> String {
    speech(
      groups.count == 1 ? "1 group" : "\(speech.number(groups.count)) groups",
      "\(speech.number(groups.count)) 个交付组")
  }

  // MARK: All of them

  private var uncovered: String {
    let groups = covered[""] ?? []
    return groups.isEmpty
      ? ""
      : speech(
        "No rule covers \(count(groups)): nobody pays for \(groups.count == 1 ? "it" : "them"). ",
        "有 \(count(groups))没有规则，无人付款。")
  }

  private var mode: String {
    switch data.status.mode.known {
    case .observe:
      speech(
        "At present renewald only looks and pays for nothing.", "目前 renewald 只观察，不付款。")
    case .plan:
      speech(
        "At present renewald says what it would pay, and pays for nothing.",
        "目前 renewald 只给出付款计划，不付款。")
    case .pay:
      speech("Within these rules renewald pays by itself.", "renewald 在这些规则内自动付款。")
    case nil: data.status.mode.text
    }
  }

  private var pause: String {
    guard let pause = data.status.pause else { return "" }
    return speech(
      " All payments are paused since \(speech.clock.short(pause.since.instant)) by "
        + "\(pause.actor): \(pause.reason)",
      "所有付款自 \(speech.clock.short(pause.since.instant)) 起由 \(pause.actor) 暂停：\(pause.reason)")
  }
}
