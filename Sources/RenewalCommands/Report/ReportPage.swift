import ControlProtocol
import RenewalCore

/// The report as one page that loads nothing: for the person who pays.
struct ReportPage {
  let data: ReportData
  let speech: ReportSpeech

  init(_ data: ReportData, _ language: ReportLanguage, _ clock: ClockFace) {
    self.data = data
    speech = ReportSpeech(language: language, clock: clock)
  }

  var html: String {
    let line = TimeLine(data)
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="\(speech.language.tag)">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src '\(ReportStyle.hash)'; script-src '\(ReportScript.hash)'; base-uri 'none'; \
      form-action 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta name="generator" content="renewald \(data.status.version)">
      <title>\(speech("Renewal report", "续费报告")), \(speech.day(data.now))</title>
      <style>\(ReportStyle.page)</style>
      </head>
      <body>
      <a class="skip" href="#main">\(speech("Skip to the content", "跳到正文"))</a>
      \(masthead)
      <main id="main" tabindex="-1">
      \(ReportSummary(data, speech).markup)
      \(ReportAlerts(data, speech).markup)
      \(reportSection("time", speech("What expires when", "到期时间线"), timeIntroduction(line), drawings(line)))
      \(ReportMoney(data, speech).markup)
      \(ReportLedger(data, speech).markup)
      \(ReportPolicy(data, speech).markup)
      \(ReportFleet(data, speech).markup)
      </main>
      \(colophon)
      <script>\(ReportScript.text)</script>
      </body>
      </html>

      """
    return page.text
  }

  // MARK: Head

  private var masthead: Markup {
    let accounts = data.status.accounts.map(\.name).joined(separator: speech(", ", "、"))
    let contents: [(String, String)] = [
      ("time", speech("Expiries", "到期")), ("money", speech("Money", "费用")),
      ("renewed", speech("Renewals", "续费")), ("policy", speech("Rules", "规则")),
      ("fleet", speech("All groups", "全部交付组")),
    ]
    let links = contents.map { id, text -> Markup in
      "<li><a href=\"#\(id)\">\(text)</a></li>"
    }
    return """
      <header class="masthead">
      <p class="kicker"><span>renewald</span> <bdi>\(accounts)</bdi></p>
      <h1>\(speech("Renewal report", "续费报告"))</h1>
      <p class="date"><time datetime="\(data.status.now.description)">\(speech.day(data.now))</time>, \
      \(speech.clock.short(data.now).suffix(5)) \(speech.clock.zoneName)\(age)</p>
      <nav aria-label="\(speech("Contents", "目录"))"><ul>\(links)</ul></nav>
      </header>
      """
  }

  /// Where the daemon's files were read in its place.
  private var age: Markup {
    data.status.offline.map { offline -> Markup in
      let written = speech.clock.short(offline.writtenAt.instant)
      return
        "<br>\(speech("from files written \(written); the daemon was not asked", "取自 \(written) 写入的文件，未询问守护进程"))"
    } ?? ""
  }

  // MARK: Time line

  private func timeIntroduction(_ line: TimeLine) -> String {
    if line.counts.isEmpty { return speech("No group has an expiry.", "没有会到期的交付组。") }
    var text =
      line.bars.isEmpty
      ? speech(
        "Each line is a group, paid until its mark. A dashed line is what its next renewal adds.",
        "每行是一个交付组，标记处为已付费的期限；虚线为下次续费后的期限。")
      : speech(
        "The bars count the groups that expire; below stand those that press most.",
        "柱形为到期交付组的数量；下方列出最紧迫的交付组。")
    if line.later > 0 {
      text += speech(
        " \(speech.number(line.later)) expire later than this and are not drawn.",
        "另有 \(speech.number(line.later)) 个到期更晚，未画出。")
    }
    if line.earlier > 0 {
      text += speech(
        " \(speech.number(line.earlier)) expired earlier and are not drawn.",
        "另有 \(speech.number(line.earlier)) 个更早到期，未画出。")
    }
    return text
  }

  private func drawings(_ line: TimeLine) -> Markup {
    guard !line.counts.isEmpty else { return "" }
    let wide = TimeLineDrawing(line: line, speech: speech, layout: .wide).markup()
    let narrow = TimeLineDrawing(line: line, speech: speech, layout: .narrow).markup()
    return "<figure>\(wide)\(narrow)</figure>"
  }

  // MARK: Foot

  private var colophon: Markup {
    let ledger = data.status.ledger
    let head: Markup =
      ledger.map { ledger -> Markup in
        """
        <dt>\(speech("Ledger", "账本"))</dt>\
        <dd>\(speech("row", "第")) \(Int(clamping: ledger.sequence))\(speech("", " 行"))<br>\
        <code>\(ledger.hash)</code></dd>
        """
      } ?? ""
    let zone = data.present?.month.zone ?? "UTC"
    return """
      <footer class="colophon">
      <dl>
      <dt>\(speech("Made by", "生成者"))</dt><dd>renewald \(data.status.version), \
      <time datetime="\(data.status.now.description)">\(data.status.now.description)</time></dd>
      \(head)
      <dt>\(speech("Check the numbers", "核对数字"))</dt>
      <dd><code>renewalctl forecast --past 11</code><br><code>renewalctl ledger --month \(data.thisMonth.description)</code><br><code>renewalctl list</code><br>\
      <code>renewalctl plan --until \(data.soon.until.description)</code></dd>
      </dl>
      <p>\(speech(
        "Paid is what an expiry that moved has proven, as billed, else at the price that was quoted "
          + "just before. Months are those of \(zone). Planned amounts rest on the newest quote, else on what was paid last, and may change.",
        "“已付”指到期时间已延长而得到证实的续费，金额以账单为准，否则为付款前的报价。月份按 \(zone) 计。计划金额以最新报价为准，没有报价时以上次付款为准，可能变化。"))</p>
      </footer>
      """
  }
}

/// A part of the page under a heading of its own.
func reportSection(_ id: String, _ title: String, _ introduction: String, _ body: Markup) -> Markup
{
  let lead: Markup = introduction.isEmpty ? "" : "<p class=\"lead\">\(introduction)</p>\n"
  return """
    <section id="\(id)" aria-labelledby="\(id)-title">
    <h2 id="\(id)-title">\(title)</h2>
    <div class="body">
    \(lead)\(body)
    </div>
    </section>

    """
}
