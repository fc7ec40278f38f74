import ArgumentParser
import ControlProtocol
import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `As a monitoring plugin` {
  /// One account that pays, one group that is not due, nothing open.
  private static let sound: StatusReport = {
    var status = Samples.status
    status.accounts = [status.accounts[0]]
    status.accounts[0].obstacles = []
    status.openRenewals = []
    status.alerts = []
    status.pause = nil
    return status
  }()

  private func verdict(
    _ question: CheckQuestion = CheckQuestion(), groups: [GroupReport] = [Samples.design],
    _ change: (inout StatusReport) -> Void = { _ in }
  ) -> CheckVerdict {
    var status = Self.sound
    change(&status)
    return CheckVerdict(question, status, groups)
  }

  // MARK: Ranges

  @Test(
    arguments: [
      ("10", [-1, 11], [0, 5, 10]), ("10:", [9.9], [10, 1e9]), ("~:10", [10.1], [-1e9, 10]),
      ("10:20", [9, 21], [10, 20]), ("@10:20", [10, 15, 20], [9, 21]), ("-5:5", [-6, 6], [0]),
      ("@~:0", [0, -1], [1]),
    ] as [(String, [Double], [Double])])
  func `a range alerts as the guidelines say`(text: String, alerting: [Double], quiet: [Double])
    throws
  {
    let range = try #require(AlertRange(argument: text))
    for value in alerting { #expect(range.alerts(on: value), "\(value)") }
    for value in quiet { #expect(!range.alerts(on: value), "\(value)") }
  }

  @Test(arguments: ["", ":", "a", "10:5", "1:2:3", "@", "@@1", "nan", "1e9", ":~"])
  func `what is no range is refused`(text: String) {
    #expect(AlertRange(argument: text) == nil)
  }

  // MARK: Verdicts

  @Test func `a sound daemon is OK in one line with its numbers`() {
    let verdict = verdict()
    #expect(verdict.level == .ok)
    #expect(
      verdict.text(verbosity: 0)
        == "RENEWALD OK - 1 groups, none late, 12.0 days to the earliest expiry | groups=1;;;0 "
        + "overdue=0;;;0 past_floor=0;;;0 unknown=0;;;0 alerts=0;;;0 sweep_age=180s;;10800;0 "
        + "days_left=12.0;;\n")
  }

  @Test func `a doubtful payment warns at once and is critical after an hour`() {
    #expect(verdict { $0.openRenewals = [Samples.unknown] }.level == .warning)
    var old = Samples.unknown
    old.openedAt = Samples.at(.minutes(-61))
    #expect(verdict { $0.openRenewals = [old] }.level == .critical)
  }

  @Test func `an alert that calls a person is critical until somebody has it`() {
    #expect(verdict { $0.alerts = [Samples.alert] }.level == .critical)
    var taken = Samples.alert
    taken.acknowledgedAt = Samples.at(.zero)
    #expect(verdict { $0.alerts = [taken] }.level == .warning)
    taken.severity = Term(.notice)
    #expect(verdict { $0.alerts = [taken] }.level == .ok)
  }

  @Test func `a group warns past its due instant and is critical past its floor`() {
    var group = Samples.design
    group.dueAt = Samples.at(.minutes(-119))
    #expect(verdict(groups: [group]).level == .ok)
    group.dueAt = Samples.at(.minutes(-121))
    #expect(verdict(groups: [group]).level == .warning)
    group.floorAt = Samples.at(.zero)
    #expect(verdict(groups: [group]).level == .critical)
    group.state = Term(.lapsing)
    #expect(verdict(groups: [group]).level == .ok)
    group.state = Term(.expired)
    #expect(verdict(groups: [group]).level == .critical)
    group.action = Term(.lapse)
    #expect(verdict(groups: [group]).level == .ok)
  }

  @Test func `a loop that stands still is critical, however well the process answers`() {
    #expect(
      verdict { $0.accounts[0].lastSweep?.finishedAt = Samples.at(.hours(-4)) }.level == .critical)
    #expect(verdict { $0.accounts[0].lastSweep = nil }.level == .critical)
    #expect(
      verdict {
        $0.accounts[0].lastSweep = nil
        $0.startedAt = Samples.at(.minutes(-5))
      }.level == .ok)
  }

  @Test(arguments: [
    (Obstacle.Kind.budget, CheckLevel.critical), (.balance, .critical), (.fuse, .critical),
    (.clock, .critical), (.storage, .critical), (.credentials, .critical), (.startHold, .ok),
    (.mode, .ok), (.paused, .ok),
  ])
  func `what stops payments is critical unless it is judged by itself or ends by itself`(
    kind: Obstacle.Kind, level: CheckLevel
  ) {
    let verdict = verdict {
      $0.accounts[0].obstacles = [Obstacle(kind: Term(kind), sentence: "no money")]
    }
    #expect(verdict.level == level)
    #expect(verdict.text(verbosity: 0).contains("no money") == (level == .critical))
  }

  @Test func `mode, pause and configuration warn by their own limits`() {
    #expect(verdict { $0.mode = Term(.observe) }.level == .warning)
    var watching = CheckQuestion()
    watching.mode = .observe
    #expect(verdict(watching) { $0.mode = Term(.observe) }.level == .ok)
    let pause = PauseReport(since: Samples.at(.hours(-25)), reason: "audit", actor: "uid 0")
    #expect(verdict { $0.pause = pause }.level == .warning)
    var patient = CheckQuestion()
    patient.pauseAge = 200_000
    #expect(verdict(patient) { $0.pause = pause }.level == .ok)
    #expect(verdict { $0.configuration?.problem = "line 3" }.level == .warning)
  }

  @Test func `the ranges judge the days that are left`() {
    var question = CheckQuestion()
    question.warning = AlertRange(argument: "13:")
    #expect(verdict(question).level == .warning)
    question.critical = AlertRange(argument: "12.5:")
    #expect(verdict(question).level == .critical)
    #expect(verdict(question).text(verbosity: 0).hasSuffix("days_left=12.0;13:;12.5:\n"))
  }

  @Test func `the balance's ranges judge how long it lasts, and what is not known is UNKNOWN`() {
    var question = CheckQuestion()
    question.balanceWarning = AlertRange(argument: "14:")
    question.balanceCritical = AlertRange(argument: "3:")
    func judge(_ balance: Money?, lasts span: Span?) -> CheckVerdict {
      verdict(question) {
        $0.accounts[0].balance = balance
        $0.accounts[0].balanceEndsAt = span.map(Samples.at)
      }
    }
    let money = Samples.yuan(100)
    #expect(judge(money, lasts: nil).level == .ok)
    #expect(judge(money, lasts: .days(14)).level == .ok)
    #expect(judge(money, lasts: .days(7)).level == .warning)
    let last = judge(money, lasts: .hours(71))
    #expect(last.level == .critical)
    #expect(last.text(verbosity: 0).contains("the balance covers 2.9 days of what is planned"))
    #expect(last.text(verbosity: 0).hasSuffix(" balance_days=2.9;14:;3:\n"))
    #expect(judge(nil, lasts: nil).level == .unknown)
    // Nobody asked.
    #expect(verdict { $0.accounts[0].balance = nil }.level == .ok)
  }

  @Test func `a narrow question leaves out what concerns others`() {
    var question = CheckQuestion()
    question.group = Samples.design.id
    let verdict = verdict(question) {
      $0.openRenewals = [Samples.unknown]
      $0.alerts = [Samples.alert]
    }
    #expect(verdict.level == .ok)
    var daemonAlert = Samples.alert
    (daemonAlert.account, daemonAlert.group) = (nil, nil)
    #expect(self.verdict(question) { $0.alerts = [daemonAlert] }.level == .critical)
  }

  @Test func `more is said when asked, and no name can forge performance data or lines`() {
    var group = Samples.design
    group.name = "a|days_left=99\nRENEWALD OK"
    group.dueAt = Samples.at(.days(-1))
    let verdict = verdict(groups: [group])
    let lines = verdict.text(verbosity: 3).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0].split(separator: "|").count == 2)
    #expect(lines[1].hasPrefix("WARNING: "))
    #expect(lines[2].hasPrefix("account main: "))
    #expect(lines[3].hasPrefix("group aig-"))
  }

  // MARK: The command

  private func run(_ arguments: String...) throws -> (CheckLevel, String) {
    try CheckCommand.parse(arguments).check()
  }

  @Test func `no daemon is UNKNOWN, and never OK`() throws {
    let (level, text) = try run("--socket", "/tmp/no-such-directory/status")
    #expect(level == .unknown)
    #expect(
      text
        == "RENEWALD UNKNOWN - renewald is not running: /tmp/no-such-directory/status does not exist\n"
    )
  }

  @Test func `the whole fleet is asked for, page by page`() throws {
    let daemon = try FakeDaemon()
    let (level, text) = try run("--socket", daemon.path, "-vvv")
    #expect(level == .critical)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("group ") } == 3)
  }

  @Test(arguments: [["--group", "nobody"], ["--account", "nobody"]])
  func `what does not exist is UNKNOWN`(arguments: [String]) throws {
    let daemon = try FakeDaemon()
    let (level, text) = try CheckCommand.parse(["--socket", daemon.path] + arguments).check()
    #expect(level == .unknown)
    #expect(text.contains("'nobody'"))
  }
}
