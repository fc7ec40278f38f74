import ControlProtocol
import RenewalCore

/// The states of the monitoring-plugins guidelines; the raw value is the exit code.
package enum CheckLevel: Int32, Hashable, Sendable, CaseIterable {
  case ok = 0
  case warning = 1
  case critical = 2
  case unknown = 3

  package var word: String {
    switch self {
    case .ok: "OK"
    case .warning: "WARNING"
    case .critical: "CRITICAL"
    case .unknown: "UNKNOWN"
    }
  }
}

/// What a monitoring system asks about, and from where on it wants to be told.
package struct CheckQuestion: Hashable, Sendable {
  package var account: AccountName?
  package var rule: String?
  package var group: GroupID?
  /// On the days that are left to the earliest expiry that somebody is to move.
  package var warning: AlertRange?
  package var critical: AlertRange?
  /// On the days for which the balance lasts.
  package var balanceWarning: AlertRange?
  package var balanceCritical: AlertRange?
  package var mode = Mode.pay
  /// Three of the shipped intervals, in seconds.
  package var sweepAge: Int64 = 3 * 3600
  /// Seconds.
  package var pauseAge: Int64 = 86_400

  package init() {}

  /// Whether it is about some groups and not about the daemon as a whole.
  var isNarrow: Bool { rule != nil || group != nil }
}

/// One thing that is not as it has to be.
package struct CheckFinding: Hashable, Sendable {
  package var level: CheckLevel
  package var sentence: String
}

/// Judges by what the daemon says, and by nothing else.
package struct CheckVerdict {
  /// A renewal takes minutes; a due one that is still not done after it is late
  /// (as `RenewaldRenewalOverdue` has it).
  private static let grace = Span.hours(2)
  /// An answer that was lost is explained within the hour, or wants a person.
  private static let doubt = Span.hours(1)

  package private(set) var findings: [CheckFinding] = []
  private let question: CheckQuestion
  private let status: StatusReport
  private let groups: [GroupReport]
  private let accounts: [AccountReport]
  private var overdue = 0
  private var pastFloor = 0
  private var doubtful = 0

  /// - Parameter groups: those that the question is about.
  package init(_ question: CheckQuestion, _ status: StatusReport, _ groups: [GroupReport]) {
    self.question = question
    self.status = status
    self.groups = groups
    let named = question.isNarrow ? Set(groups.map(\.account)) : nil
    accounts = status.accounts.filter { account in
      let name = AccountName(account.name)
      return (question.account.map { $0 == name } ?? true) && (named?.contains(name) ?? true)
    }
    judgeDaemon()
    accounts.forEach { judge($0) }
    judgeRenewals()
    groups.forEach { judge($0) }
    judgeAlerts()
    judgeDaysLeft()
    judgeBalance()
  }

  package var level: CheckLevel {
    [.critical, .unknown, .warning].first { level in findings.contains { $0.level == level } }
      ?? .ok
  }

  private mutating func find(_ level: CheckLevel, _ sentence: String) {
    findings.append(CheckFinding(level: level, sentence: sentence))
  }

  private var now: Instant { status.now.instant }

  // MARK: The daemon

  private mutating func judgeDaemon() {
    if let mode = status.mode.known, mode.rawValue != question.mode.rawValue {
      find(.warning, "mode is \(status.mode.text), not \(question.mode.rawValue)")
    }
    if let pause = status.pause, now - pause.since.instant > .seconds(question.pauseAge) {
      find(.warning, "paused for \(now - pause.since.instant): \(pause.reason)")
    }
    if let problem = status.configuration?.problem {
      find(.warning, "the newest configuration is not in force: \(problem)")
    }
  }

  private mutating func judge(_ account: AccountReport) {
    let limit = Span.seconds(question.sweepAge)
    if let sweep = account.lastSweep {
      let age = now - sweep.finishedAt.instant
      if age > limit { find(.critical, "\(account.name): no complete sweep for \(age)") }
    } else if now - status.startedAt.instant > limit {
      find(.critical, "\(account.name): no complete sweep ever")
    }
    for obstacle in account.obstacles {
      switch obstacle.kind.known {
      // The first two are judged by themselves, the third ends by itself.
      case .mode, .paused, .startHold: continue
      default: find(.critical, "\(account.name): nothing is paid: \(obstacle.sentence)")
      }
    }
  }

  private mutating func judgeRenewals() {
    for renewal in status.openRenewals where concerns(renewal.account, renewal.group) {
      switch renewal.state.known {
      case .unknown, .stuck, .unpaid:
        doubtful += 1
        let age = now - renewal.openedAt.instant
        find(
          age > Self.doubt ? .critical : .warning,
          "\(renewal.group): renewal \(words(renewal.state)) for \(age)")
      default: continue
      }
    }
  }

  private mutating func judgeAlerts() {
    for alert in status.alerts where concerns(alert.account, alert.group) {
      let text = "\(alert.kind)\(alert.group.map { " \($0)" } ?? ""): \(alert.text)"
      switch (alert.severity.known, alert.acknowledgedAt) {
      case (.page, nil): find(.critical, text)
      case (.page, _), (.warning, nil): find(.warning, text)
      default: continue
      }
    }
  }

  /// What has no account is about the daemon, and so about everybody.
  private func concerns(_ account: AccountName?, _ group: GroupID?) -> Bool {
    guard let account else { return true }
    guard accounts.contains(where: { $0.name == account.text }) else { return false }
    guard question.isNarrow, let group else { return true }
    return groups.contains { $0.account == account && $0.id == group }
  }

  // MARK: Groups

  private mutating func judge(_ group: GroupReport) {
    let name = named(group.id, group.name)
    switch group.state.known {
    case .expired where group.action?.known != nil && group.action?.known != .lapse:
      find(.critical, "\(name) has expired")
    case .expired, .lapsing, .payAsYouGo, .gone: return
    default:
      if let floor = group.floorAt, floor.instant <= now {
        pastFloor += 1
        find(.critical, "\(name): less than a day is left, \(group.reason)")
      } else if let due = group.dueAt, now - due.instant > Self.grace {
        overdue += 1
        find(.warning, "\(name): due for \(now - due.instant), \(group.reason)")
      } else if group.state == .unmanaged, question.isNarrow {
        find(.warning, "\(name): no rule covers it")
      }
    }
  }

  /// The earliest expiry that somebody is to move, in days from now.
  private var daysLeft: Double? {
    groups.filter { $0.action?.known == .renew || $0.action?.known == .verify }
      .compactMap { $0.expiry?.instant }.min()
      .map { Double(($0 - now).seconds) / 86_400 }
  }

  private mutating func judgeDaysLeft() {
    guard let days = daysLeft else { return }
    let text = "\(tenths(days)) days are left to the earliest expiry"
    if question.critical?.alerts(on: days) == true {
      find(.critical, text)
    } else if question.warning?.alerts(on: days) == true {
      find(.warning, text)
    }
  }

  /// The least of the accounts, in days from now; none where all balances last.
  private var balanceDays: Double? {
    accounts.compactMap { $0.balanceEndsAt?.instant }.min()
      .map { Double(($0 - now).seconds) / 86_400 }
  }

  private mutating func judgeBalance() {
    guard question.balanceWarning != nil || question.balanceCritical != nil else { return }
    for account in accounts where account.balance == nil {
      find(.unknown, "\(account.name): its balance is not known")
    }
    guard let days = balanceDays else { return }
    let text = "the balance covers \(tenths(days)) days of what is planned"
    if question.balanceCritical?.alerts(on: days) == true {
      find(.critical, text)
    } else if question.balanceWarning?.alerts(on: days) == true {
      find(.warning, text)
    }
  }

  // MARK: Output

  /// - Parameter verbosity: 0: one line; 1: each finding on a line of its own; 2: the
  ///   accounts too; 3: the groups too.
  package func text(verbosity: Int) -> String {
    let ordered = CheckLevel.allCases.reversed().flatMap { level in
      findings.filter { $0.level == level }
    }
    let worst = ordered.sorted { $0.level == .critical && $1.level != .critical }
    var summary = worst.prefix(3).map(\.sentence).joined(separator: "; ")
    if worst.count > 3 { summary += "; and \(worst.count - 3) more" }
    if summary.isEmpty { summary = sound }
    var lines = ["RENEWALD \(level.word) - \(Self.plain(summary)) | \(performance)"]
    if verbosity >= 1 {
      lines += worst.map { "\($0.level.word): \(Self.plain($0.sentence))" }
    }
    if verbosity >= 2 {
      lines += accounts.map { account in
        let sweep = account.lastSweep.map { "swept \($0.finishedAt)" } ?? "never swept"
        return Self.plain(
          "account \(account.name): \(account.groups) groups, \(sweep), payments "
            + (account.paymentsAllowed ? "allowed" : "stopped"))
      }
    }
    if verbosity >= 3 {
      lines += groups.map { group in
        Self.plain(
          "group \(group.id) \(group.name): \(group.state.text), expires "
            + "\(group.expiry?.description ?? "never"), \(group.reason)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var sound: String {
    "\(groups.count) groups, none late"
      + (daysLeft.map { ", \(tenths($0)) days to the earliest expiry" } ?? "")
  }

  private var performance: String {
    var values = [
      "groups=\(groups.count);;;0", "overdue=\(overdue);;;0", "past_floor=\(pastFloor);;;0",
      "unknown=\(doubtful);;;0", "alerts=\(status.alerts.count);;;0",
    ]
    if let age = accounts.compactMap({ $0.lastSweep?.finishedAt.instant }).min().map({ now - $0 }) {
      values.append("sweep_age=\(age.seconds)s;;\(question.sweepAge);0")
    }
    if let daysLeft {
      let ranges = [question.warning, question.critical].map { $0?.description ?? "" }
      values.append("days_left=\(tenths(daysLeft));\(ranges[0]);\(ranges[1])")
    }
    if let balanceDays {
      let ranges = [question.balanceWarning, question.balanceCritical]
        .map { $0?.description ?? "" }
      values.append("balance_days=\(tenths(balanceDays));\(ranges[0]);\(ranges[1])")
    }
    return values.joined(separator: " ")
  }

  /// A bar would begin the performance data.
  private static func plain(_ text: String) -> String {
    printable(text).split(separator: "|", omittingEmptySubsequences: false).joined(separator: "/")
  }

  private func tenths(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded(.down))
    return (tenths < 0 ? "-" : "") + "\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }
}
