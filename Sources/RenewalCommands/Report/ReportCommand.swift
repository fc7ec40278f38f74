import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore

struct ReportCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a report for the person who pays, a time line or a calendar.",
    discussion: """
      EXAMPLES
        renewalctl report --html renewals.html          one page that loads nothing
        renewalctl report --html 续费.html --lang zh
        renewalctl report --svg expiries.svg --ics expiries.ics
        renewalctl report --ics - | ssh calendar 'cat > renewals.ics'

      A file that exists is replaced as a whole or not at all; - is standard output. \
      Times are in the zone of TZ, months in that of the schedule. The page tells of eleven months back and a year ahead; \
      renewalctl ledger, list, plan and forecast have the same numbers.
      """)

  @Option(help: ArgumentHelp("Where to write the page.", valueName: "file"), completion: .file())
  var html: String?

  @Option(
    help: ArgumentHelp("Where to write the time line alone.", valueName: "file"),
    completion: .file())
  var svg: String?

  @Option(
    help: ArgumentHelp("Where to write the calendar of expiries and renewals.", valueName: "file"),
    completion: .file())
  var ics: String?

  @Option(help: "The language: en or zh.")
  var lang: ReportLanguage = .en

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    let files = [html, svg, ics].compactMap { $0 }
    guard !files.isEmpty else {
      throw ValidationError("Name at least one of --html, --svg, --ics.")
    }
    guard Set(files).count == files.count else {
      throw ValidationError("Each form needs a file of its own.")
    }
  }

  func execute() throws(CommandFailure) {
    let data = try connection.patient.reportData()
    let clock = ClockFace.local(now: data.now)
    if let html {
      try replace(html, with: ReportPage(data, lang, clock).html)
    }
    if let svg {
      let drawing = TimeLineDrawing(
        line: TimeLine(data), speech: ReportSpeech(language: lang, clock: clock), layout: .wide)
      try replace(svg, with: drawing.markup(style: ReportStyle.drawing).text)
    }
    if let ics {
      try replace(ics, with: ReportCalendar(data: data, language: lang).text)
    }
  }
}

extension ConnectionOptions {
  /// All that a report tells of, asked for page by page.
  func reportData() throws(CommandFailure) -> ReportData {
    var status = try call(StatusCall()).status
    if status.moreAlerts != nil { status.alerts = try allPages(AlertsCall()).alerts }
    let now = status.now.instant
    let groups = try allPages(ListCall())
    let plan = try allEntries(PlanCall(until: Timestamp(now + .days(366)), nextOnly: true))
    let forecast = try call(ForecastCall(past: 11))
    let ledger = try allPages(LedgerCall(from: forecast.months.first?.month.from))
    let prices = Dictionary(
      plan.entries.map { ("\($0.account)/\($0.group)", $0.price) }, uniquingKeysWith: { $1 })
    return ReportData(
      status: status,
      groups: groups.groups.sorted(by: GroupOrder.expiry.isBefore).map { group in
        var group = group
        group.price = prices[group.key] ?? group.price
        return group
      },
      plan: plan, soon: try call(PlanCall(until: Timestamp(now + .days(30)), limit: 1)),
      forecast: forecast, renewals: ledger.renewals, totals: ledger.totals,
      rules: try call(PolicyCall()).rules)
  }
}
