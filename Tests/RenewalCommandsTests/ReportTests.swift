import CCrypto
import ControlProtocol
import Foundation
import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `The report for the person who pays` {
  let clock = ClockFace.utc(now: Samples.now)

  func page(_ count: Int, _ language: ReportLanguage = .en) -> String {
    ReportPage(Samples.fleet(count), language, clock).html
  }

  @Test func `no name becomes markup`() {
    let page = page(20)
    for name in Samples.hostileNames where name.contains("<") { #expect(!page.contains(name)) }
    #expect(page.contains("&lt;script&gt;pwned = 1&lt;/script&gt;"))
    #expect(page.contains("&quot;&gt;&lt;img src=x onerror=pwned=1&gt;"))
    #expect(page.contains("retired &lt;b&gt;"))
    // The mark that turns the direction is shown as what it is; the letters stay.
    #expect(!page.unicodeScalars.contains("\u{202E}"))
    #expect(!page.unicodeScalars.contains("\u{1B}"))
    #expect(page.contains("שלום עולם") && page.contains("👩‍👩‍👧 family 🇨🇳"))
  }

  @Test func `nothing is loaded and only this style and this script are allowed`() throws {
    let page = page(3)
    func hash(_ tag: String) throws -> String {
      let text = try #require(
        page.firstMatch(of: try Regex("(?s)<\(tag)>(.*?)</\(tag)>"))?[1].substring)
      var digest = Data(count: Int(SHA256_DIGEST_LENGTH))
      digest.withUnsafeMutableBytes { bytes in
        _ = SHA256(
          Array(text.utf8), text.utf8.count, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
      }
      return "sha256-" + digest.base64EncodedString()
    }
    #expect(try hash("style") == ReportStyle.hash)
    #expect(try hash("script") == ReportScript.hash)
    #expect(page.contains("default-src 'none'; style-src '\(ReportStyle.hash)'"))
    #expect(!page.contains(" style="))
    #expect(!page.contains("<link") && !page.contains("<img"))
    #expect(!page.contains("url(") && !page.contains("@import"))
  }

  @Test(arguments: [0, 1, 3, 33, 5000]) func `every group has a row`(count: Int) {
    let page = page(count)
    #expect(page.components(separatedBy: "<tr data-s=").count - 1 == count)
    #expect(page.utf8.count < 4_000_000)
  }

  @Test func `the sums by month are those of the ledger`() {
    let data = Samples.fleet(400)
    let paid = data.spending().flatMap { $0 }.map(\.paid.minorUnits).reduce(0, +)
    #expect([Samples.yuan(paid)] == data.totals)
    let march = data.spending()[0].first { $0.month == data.thisMonth }
    let inMarch = data.renewals.filter {
      $0.state == .settled && $0.openedAt.description.hasPrefix("2026-03")
    }
    #expect(march?.paid.minorUnits == inMarch.compactMap(\.quote?.minorUnits).reduce(0, +))
    #expect(march?.paidCount == inMarch.count)
  }

  @Test func `what the daemon says of the coming months stands in it, and the balance's end`() {
    let data = Samples.fleet(30)
    let page = ReportPage(data, .en, clock).html
    let planned = data.spending()[0].map(\.planned)
    #expect(planned.map(\.minorUnits).reduce(0, +) == data.forecast.totals[0].minorUnits)
    #expect(page.contains("runs out on 7 May 2026"))
    #expect(page.contains("Months are those of UTC"))
    #expect(page.contains("renewalctl ledger --month 2026-03"))
    for month in data.spending()[0] where month.plannedCount > 0 {
      #expect(
        page.contains("planned \(ReportSpeech(language: .en, clock: clock).amount(month.planned))"))
    }
  }

  @Test func `money in doubt is not counted as paid`() {
    var data = Samples.fleet(3)
    data.renewals = [Samples.unknown, Samples.settled]
    data.forecast = Samples.forecast(data.renewals, [])
    #expect(data.spending().flatMap { $0 }.map(\.paidCount).reduce(0, +) == 1)
    let page = ReportPage(data, .en, clock).html
    #expect(page.contains("in doubt") && page.contains("1 is not settled yet"))
  }

  @Test func `a daemon that pays nothing says so first`() {
    var data = Samples.fleet(3)
    data.status.alerts = []
    data.status.mode = Term(.observe)
    #expect(
      ReportPage(data, .en, clock).html.contains(
        "renewald only looks at present: it pays for nothing."))
    data.status.mode = Term(.pay)
    data.status.pause = PauseReport(since: Samples.at(.zero), reason: "<audit>", actor: "uid 0")
    let paused = ReportPage(data, .en, clock).html
    #expect(paused.contains("All payments are paused.") && paused.contains("&lt;audit&gt;"))
  }

  @Test func `the Chinese page is in Chinese`() throws {
    let page = page(40, .zh)
    #expect(page.contains("<html lang=\"zh-Hans\">") && page.contains("2026年3月3日"))
    // What the daemon wrote in English says that it is English.
    let text = page.replacing(
      try Regex("(?s)<style>.*?</style>|<script>.*?</script>|<head>.*?</head>"), with: ""
    )
    .replacing(try Regex("(?s)<(span|p) lang=\"en\">.*?</\\1>"), with: "")
    for word in ["Expires", "Renewal", "Group", "Paid", "Planned", "ago", "days", "Rule"] {
      #expect(!text.contains(">\(word)"), "\(word) is left")
    }
  }

  @Test func `a length of time in a rule is exact, however long it is`() {
    let speech = ReportSpeech(language: .en, clock: clock)
    for (span, words) in [
      (Span.days(7), "7 days"), (.hours(36), "36 hours"), (.hours(1), "1 hour"),
      (.minutes(90), "90 minutes"), (.seconds(61), "61 seconds"),
    ] {
      #expect(speech.exactLength(span) == words)
    }
  }

  @Test func `what is held back within the month stands beside what is planned`() {
    var data = Samples.fleet(40)
    #expect(!ReportPage(data, .en, clock).html.contains("held back</small>"))
    data.plan.entries[0].step = Term(.hold)
    #expect(ReportPage(data, .en, clock).html.contains(", 1 held back</small>"))
  }

  @Test func `every kind of alert has a title, and in Chinese its next step`() {
    for kind in AlertKind.allCases {
      #expect(AlertWords.all[kind.rawValue] != nil, "\(kind.rawValue) has no words")
    }
  }

  @Test func `a budget says what is spent, on its way, and until when`() {
    let page = page(3)
    #expect(page.contains("month &lt;b&gt;"))
    #expect(
      page.contains("2,500.00 CNY, 500.00 CNY on its way of 10,000.00 CNY, until 1 April 2026"))
    #expect(page.contains("<rect class=\"paid\" x=\"0\" y=\"0\" width=\"25\" height=\"3\"/>"))
  }

  @Test func `the rules read as sentences`() {
    let page = page(40)
    for sentence in [
      "lets groups named old-* or retired-* expire.",
      "pays nothing for groups tagged payer=finance and watches that somebody else does.",
      "renews groups in cn-shanghai or cn-hangzhou for 1 Month, from 7 days before the expiry. A"
        + " price above 5,000.00 CNY is refused; one above 2,000.00 CNY waits for a person; it is"
        + " announced 1 day before.",
    ] { #expect(page.contains(sentence), "\(sentence)") }
    #expect(page.contains("No rule covers"))
  }

  @Test func `amounts are exact and easy to read`() {
    let speech = ReportSpeech(language: .en, clock: clock)
    #expect(speech.amount(Samples.yuan(123_456_789)) == "1,234,567.89 CNY")
    #expect(speech.amount(Samples.yuan(99)) == "0.99 CNY")
    #expect(speech.amount(Samples.yuan(-100_000)) == "-1,000.00 CNY")
    #expect(speech.distance(to: Samples.now + .days(12)) == "in 12 days")
    #expect(speech.distance(to: Samples.now - .minutes(90)) == "90 minutes ago")
    #expect(
      ReportSpeech(language: .zh, clock: clock).distance(to: Samples.now + .hours(30)) == "1 天后")
  }
}

@Suite struct `The time line` {
  let speech = ReportSpeech(language: .en, clock: .utc(now: Samples.now))

  @Test func `a few groups have a row each and many are counted`() {
    let few = TimeLine(Samples.fleet(20))
    #expect(few.bars.isEmpty)
    #expect(few.rows.count == few.counts.values.reduce(0, +))
    let many = TimeLine(Samples.fleet(5000))
    #expect(many.rows.count == TimeLine.pressingRows)
    let drawn = many.bars.map(\.total).reduce(0, +)
    #expect(drawn + many.earlier + many.later == many.counts.values.reduce(0, +))
    #expect(many.rows.allSatisfy { $0.outlook == .person })
  }

  @Test(arguments: [0, 1, 3, 5000], [TimeLineDrawing.Layout.wide, .narrow])
  func `it is well-formed XML and small`(count: Int, layout: TimeLineDrawing.Layout) {
    let line = TimeLine(Samples.fleet(count))
    let text = TimeLineDrawing(line: line, speech: speech, layout: layout).markup(
      style: ReportStyle.drawing
    ).text
    #expect(XMLChecker.problem(in: text) == nil)
    #expect(text.utf8.count < 60_000)
  }

  @Test func `its axis is marked by days, weeks or months`() {
    let from = Samples.now
    func first(_ days: Int64) -> [String] {
      TimeAxis(from: from, to: from + .days(days)).marks(atMost: 13).prefix(2).map {
        String($0.description.prefix(10))
      }
    }
    #expect(first(10) == ["2026-03-04", "2026-03-05"])
    #expect(first(60) == ["2026-03-09", "2026-03-16"])
    #expect(first(360) == ["2026-04-01", "2026-05-01"])
    #expect(first(700) == ["2026-05-01", "2026-07-01"])
    #expect(TimeAxis(from: from, to: Instant(.max)).marks(atMost: 13).isEmpty)
    #expect(TimeAxis(from: from, to: from).position(from) == 0)
  }
}

/// Whether a text is XML, by a reader that somebody else wrote.
private enum XMLChecker {
  static func problem(in text: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import sys, xml.dom.minidom as x; x.parse(sys.stdin)"]
    let input = Pipe(), output = Pipe()
    (process.standardInput, process.standardError) = (input, output)
    do {
      try process.run()
      try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try input.fileHandleForWriting.close()
      let said = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return process.terminationStatus == 0 ? nil : String(decoding: said, as: UTF8.self)
    } catch {
      return "\(error)"
    }
  }
}
