import ControlProtocol
import RenewalCore

/// The rules in force, as sentences.
struct ReportPolicy {
  let data: ReportData
  let speech: ReportSpeech

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
  }

  var markup: Markup {
    reportSection(
      "policy", speech("The rules in words", "规则说明"),
      speech(
        "The first rule that matches a group decides. Nothing is paid without a rule.",
        "交付组按第一条匹配的规则处理；没有规则则不付款。"),
      "<ul class=\"rules\">\(rules.map(item))\(mode)</ul>")
  }

  private var mode: Markup {
    let text: String
    switch data.status.mode.known {
    case .observe:
      text = speech("At present renewald only looks and pays for nothing.", "目前 renewald 只观察，不付款。")
    case .plan:
      text = speech(
        "At present renewald says what it would pay, and pays for nothing.",
        "目前 renewald 只给出付款计划，不付款。")
    case .pay: text = speech("renewald pays by itself within these rules.", "renewald 在这些规则内自动付款。")
    case nil: text = data.status.mode.text
    }
    let pause =
      data.status.pause.map { pause in
        speech(
          " All payments are paused since \(speech.clock.short(pause.since.instant)) by "
            + "\(pause.actor): \(pause.reason)",
          "所有付款自 \(speech.clock.short(pause.since.instant)) 起由 \(pause.actor) 暂停：\(pause.reason)")
      } ?? ""
    return "<li>\(text)\(pause)</li>"
  }

  // MARK: What the groups show of each rule

  private struct Rule {
    var name: String?
    var groups: [GroupReport]
  }

  private var rules: [Rule] {
    let subscribed = data.groups.filter { Outlook($0) != nil }
    return Dictionary(grouping: subscribed, by: \.rule)
      .map { Rule(name: $0.key, groups: $0.value) }
      .sorted { ($1.groups.count, $0.name ?? "") < ($0.groups.count, $1.name ?? "") }
  }

  private func item(_ rule: Rule) -> Markup {
    guard let name = rule.name else {
      return """
        <li>\(speech("No rule covers", "没有规则覆盖")) \(count(rule.groups)): \
        \(speech("nobody pays for them.", "无人付款。"))</li>

        """
    }
    return """
      <li><b><bdi>\(name)</bdi></b> \(sentence(rule))</li>

      """
  }

  private func sentence(_ rule: Rule) -> String {
    let first = rule.groups[0]
    let groups = count(rule.groups)
    switch first.action?.known {
    case .renew:
      return speech(
        "renews \(groups) for \(period(first)) each, \(lead(rule.groups)) before they expire.",
        "：到期前 \(lead(rule.groups)) 为 \(groups) 各续费 \(period(first))。")
    case .approve:
      return speech(
        "asks a person before it renews \(groups) for \(period(first)) each.",
        "：经人工批准后为 \(groups) 各续费 \(period(first))。")
    case .verify:
      return speech(
        "watches that somebody else pays for \(groups).", "：\(groups) 由他人付费，仅监督。")
    case .lapse:
      return speech("lets \(groups) expire.", "：任 \(groups) 到期。")
    case nil:
      return speech("covers \(groups).", "：适用于 \(groups)。")
    }
  }

  private func count(_ groups: [GroupReport]) -> String {
    speech(
      groups.count == 1 ? "1 group" : "\(speech.number(groups.count)) groups",
      "\(speech.number(groups.count)) 个交付组")
  }

  private func period(_ group: GroupReport) -> String {
    speech.period(group.period ?? "")
  }

  /// A share of the term differs from group to group.
  private func lead(_ groups: [GroupReport]) -> String {
    let spans = groups.compactMap { group in
      group.dueAt.flatMap { due in group.expiry.map { $0.instant - due.instant } }
    }
    guard let least = spans.min(), let most = spans.max() else { return "–" }
    return least == most
      ? speech.length(least) : "\(speech.length(least)) – \(speech.length(most))"
  }
}
