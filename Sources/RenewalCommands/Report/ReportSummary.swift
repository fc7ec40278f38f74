import ControlProtocol
import RenewalCore

/// The answer to "is all well", and the six numbers that people look for first.
struct ReportSummary {
  let data: ReportData
  let speech: ReportSpeech

  init(_ data: ReportData, _ speech: ReportSpeech) {
    self.data = data
    self.speech = speech
  }

  var markup: Markup {
    """
    <section class="summary" aria-label="\(speech("Summary", "摘要"))">
    <p class="verdict \(urgency)">\(verdict)</p>
    <dl class="figures">
    \(figures.map(figure))</dl>
    </section>
    """
  }

  // MARK: Verdict

  private var paging: Int { data.status.alerts.count { $0.severity == .page } }

  private var needingPerson: Int {
    data.groups.count { Outlook($0) == .person }
  }

  private var nothingIsPaid: Bool {
    data.status.mode != .pay || data.status.pause != nil
      || !data.status.accounts.contains(where: \.paymentsAllowed)
  }

  private var urgency: String {
    paging > 0 ? "bad" : nothingIsPaid || needingPerson > 0 ? "warn" : "good"
  }

  private var verdict: String {
    [first, second].compactMap { $0 }.joined(separator: speech(" ", ""))
  }

  private var first: String? {
    if paging > 0 {
      return speech(
        paging == 1 ? "One alert needs you now." : "\(speech.number(paging)) alerts need you now.",
        "有 \(speech.number(paging)) 个告警需要您立即处理。")
    }
    if nothingIsPaid { return nil }
    if needingPerson > 0 {
      return speech(
        needingPerson == 1
          ? "One group is renewed by nobody as things stand."
          : "\(speech.number(needingPerson)) groups are renewed by nobody as things stand.",
        "有 \(speech.number(needingPerson)) 个交付组目前无人续费。")
    }
    return speech("Nothing needs you.", "一切正常，无需处理。")
  }

  private var second: String? {
    if data.status.pause != nil { return speech("All payments are paused.", "所有付款已暂停。") }
    if data.status.mode != .pay {
      return speech(
        "renewald only looks at present: it pays for nothing.", "renewald 目前只观察，不付款。")
    }
    if nothingIsPaid { return speech("Nothing is paid at present.", "目前不付款。") }
    guard let next = nextRenewal else { return nil }
    let name = next.name.isEmpty ? next.group.text : next.name
    return speech(
      "The next renewal is \(name), on \(speech.day(next.at.instant)).",
      "下一次续费：\(name)，\(speech.day(next.at.instant))。")
  }

  private var nextRenewal: PlanEntry? { data.plan.entries.first { $0.spends } }

  // MARK: Figures

  private struct Figure {
    var name: String
    var value: String
    var note: String
  }

  private func figure(_ figure: Figure) -> Markup {
    """
    <div><dt>\(figure.name)</dt><dd><b>\(figure.value)</b> <small>\(figure.note)</small></dd></div>

    """
  }

  private var figures: [Figure] {
    [expiry, paid, planned, balance, groups, alerts].compactMap { $0 }
  }

  private var expiry: Figure {
    let next = data.groups.first {
      Outlook($0) != nil && ($0.expiry?.instant ?? data.now) > data.now
    }
    guard let next, let expiry = next.expiry?.instant else {
      return Figure(
        name: speech("Next expiry", "最近到期"), value: speech("none", "无"), note: "")
    }
    return Figure(
      name: speech("Next expiry", "最近到期"), value: speech.shortDay(expiry),
      note: "\(speech.distance(to: expiry)), \(next.name.isEmpty ? next.id.text : next.name)")
  }

  private var paid: Figure {
    let month = data.thisMonth
    let count = data.present?.paidRenewals ?? 0
    return Figure(
      name: speech("Paid in \(speech.month(month))", "\(speech.month(month))已付"),
      value: speech.amounts(data.present?.paid ?? []),
      note: speech(
        count == 1 ? "1 renewal" : "\(speech.number(count)) renewals",
        "\(speech.number(count)) 次续费"))
  }

  private var planned: Figure {
    let soon = data.soon
    let count = soon.renewals ?? 0
    var note = speech(
      count == 1 ? "1 renewal" : "\(speech.number(count)) renewals",
      "\(speech.number(count)) 次续费")
    if soon.unpriced > 0 {
      note += speech(
        ", \(speech.number(soon.unpriced)) without a price yet",
        "，其中 \(speech.number(soon.unpriced)) 次尚无价格")
    }
    let held = data.plan.entries.count {
      $0.step == .hold && $0.at.instant < data.now + .days(30)
    }
    if held > 0 {
      note += speech(
        ", \(speech.number(held)) held back", "，另有 \(speech.number(held)) 次被搁置")
    }
    return Figure(
      name: speech("Planned for 30 days", "未来 30 天计划"),
      value: soon.totals.isEmpty && count > 0
        ? speech("no price yet", "尚无价格") : speech.amounts(soon.totals),
      note: note)
  }

  private var balance: Figure? {
    let balances = data.forecast.balances
    guard !balances.isEmpty else { return nil }
    let ends = balances.compactMap(\.endsAt?.instant)
    return Figure(
      name: speech("Balance", "账户余额"), value: speech.amounts(sums(balances.map(\.balance))),
      note: ends.min().map {
        speech("runs out on \(speech.day($0))", "将于\(speech.day($0))用尽")
      } ?? speech("lasts for a year", "足够一年"))
  }

  private var groups: Figure {
    let renewed = data.groups.count { Outlook($0) == .renews }
    return Figure(
      name: speech("Groups", "交付组"), value: speech.number(data.groups.count),
      note: speech(
        "\(speech.number(renewed)) renewed by a rule, \(speech.number(needingPerson)) by nobody",
        "\(speech.number(renewed)) 个按规则续费，\(speech.number(needingPerson)) 个无人续费"))
  }

  private var alerts: Figure {
    Figure(
      name: speech("Open alerts", "未处理告警"), value: speech.number(data.status.alerts.count),
      note: paging == 0
        ? speech("none is urgent", "无紧急告警")
        : speech("\(speech.number(paging)) urgent", "\(speech.number(paging)) 个紧急"))
  }
}
