import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

/// A plugin for monitoring systems: one line and an exit code from 0 to 3.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Judge as a monitoring plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
    discussion: """
      EXAMPLES
        renewalctl check                              the daemon and all groups
        renewalctl check --rule production -w 10: -c 3:
        renewalctl check --group design -v
        renewalctl check --balance-warning 21: --balance-critical 7:

      CRITICAL: nothing answers what stops payments, no complete sweep for --sweep-age, a \
      group past its last safe day or expired, a doubtful payment older than an hour, an \
      alert that calls a person. WARNING: a group past due, a doubtful payment, the wrong \
      mode, a long pause, a configuration that was refused, any other alert. UNKNOWN: the \
      daemon does not answer. -w and -c judge the days to the earliest expiry, the others \
      those to the first planned payment that a balance does not cover.
      """)

  @Option(name: .shortAndLong, help: "Range of days left that is no warning.")
  var warning: AlertRange?

  @Option(name: .shortAndLong, help: "Range of days left that is not critical.")
  var critical: AlertRange?

  @Option(help: "Range of days for which the balance lasts that is no warning.")
  var balanceWarning: AlertRange?

  @Option(help: "Range of days for which the balance lasts that is not critical.")
  var balanceCritical: AlertRange?

  @Option(help: "Only this account.", completion: accountNames)
  var account: String?

  @Option(help: "Only groups that this rule covers.")
  var rule: String?

  @Option(help: "Only this group, by its id or by a name that only it has.", completion: groupIDs)
  var group: String?

  @Option(help: "The mode that is expected.")
  var mode: Mode = .pay

  @Option(help: ArgumentHelp("How old a complete sweep may be.", valueName: "seconds"))
  var sweepAge: Int64 = 10_800

  @Option(help: ArgumentHelp("How long payments may be paused.", valueName: "seconds"))
  var pauseAge: Int64 = 86_400

  @Option(
    name: [.customShort("t"), .long],
    help: ArgumentHelp("Time for all of it.", valueName: "seconds"))
  var timeout: Int = 10

  @Option(help: "What it is when the time is over: unknown or critical.")
  var timeoutState: TimeoutState = .unknown

  @Flag(name: .shortAndLong, help: "Say more; up to three times.")
  var verbose: Int

  @Flag(name: [.customShort("V")], help: "Print the version.")
  var printsVersion = false

  @Option(help: ArgumentHelp("The daemon's socket.", valueName: "path"), completion: .file())
  var socket: String?

  enum TimeoutState: String, CaseIterable, ExpressibleByArgument {
    case unknown
    case critical
  }

  func validate() throws {
    guard (1...600).contains(timeout) else { throw ValidationError("-t takes 1 to 600 seconds.") }
    guard sweepAge > 0, pauseAge >= 0 else { throw ValidationError("An age is not negative.") }
  }

  func run() throws {
    let (level, text) =
      printsVersion ? (.unknown, "renewalctl \(RenewalCommand.version)\n") : check()
    try? write(text, to: STDOUT_FILENO)
    throw ExitCode(level.rawValue)
  }

  /// - Returns: the exit code and all that is printed.
  func check() -> (CheckLevel, String) {
    var question = CheckQuestion()
    question.account = account.map { AccountName($0) }
    question.rule = rule
    (question.warning, question.critical, question.mode) = (warning, critical, mode)
    (question.balanceWarning, question.balanceCritical) = (balanceWarning, balanceCritical)
    (question.sweepAge, question.pauseAge) = (sweepAge, pauseAge)
    do throws(CommandFailure) {
      let deadline = ContinuousClock.now + .seconds(timeout)
      var status = try call(StatusCall(), until: deadline).status
      if status.moreAlerts != nil { status.alerts = try all(AlertsCall(), until: deadline).alerts }
      if status.moreOpenRenewals != nil {
        status.openRenewals = try all(LedgerCall(openOnly: true), until: deadline).renewals
      }
      let groups = try groups(&question, until: deadline)
      if let account = question.account,
        !status.accounts.contains(where: { $0.name == account.text })
      {
        throw CommandFailure(.badData, "no account '\(account)' is configured")
      }
      if groups.isEmpty, rule != nil {
        throw CommandFailure(.badData, "no group is covered by a rule '\(rule ?? "")'")
      }
      let verdict = CheckVerdict(question, status, groups)
      return (verdict.level, verdict.text(verbosity: verbose))
    } catch {
      let isLate = error.code == .tryAgain && timeoutState == .critical
      let level = isLate ? CheckLevel.critical : .unknown
      let message = printable(error.message).split(separator: "|").joined(separator: "/")
      return (level, "RENEWALD \(level.word) - \(message)\n")
    }
  }

  private func groups(
    _ question: inout CheckQuestion, until deadline: ContinuousClock.Instant
  ) throws(CommandFailure) -> [GroupReport] {
    if let group {
      let found = try call(
        DescribeCall(group: group, account: question.account), until: deadline
      ).group
      question.group = found.id
      return [found]
    }
    return try all(ListCall(account: question.account, rule: rule), until: deadline).groups
  }

  private func all<Call: PagedCall>(
    _ first: Call, until deadline: ContinuousClock.Instant
  ) throws(CommandFailure) -> Call.Reply {
    try first.allPages { (page) throws(CommandFailure) in try call(page, until: deadline) }
  }

  private func call<Call: ControlCall>(
    _ call: Call, until deadline: ContinuousClock.Instant
  ) throws(CommandFailure) -> Call.Reply {
    let path = socket ?? "/run/renewald/status"
    let patience = deadline - .now
    guard patience > .zero else { throw CommandFailure(.tryAgain, "no answer within \(timeout) s") }
    do throws(VarlinkClientError) {
      var client = try VarlinkClient(connectingTo: path, patience: patience)
      return try client.call(Call.qualifiedMethod, call)
    } catch {
      throw CommandFailure(error, socket: path)
    }
  }
}

extension Mode: ExpressibleByArgument {}

extension RenewalCommand {
  /// Runs the command line. One of `check` that cannot be read is told as the
  /// guidelines for plugins want it, help and version included.
  package static func start() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.first == "check" else { return main(arguments) }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      let isHelp = exitCode(for: error) == .success
      let text = fullMessage(for: error)
      print(isHelp ? text : "RENEWALD UNKNOWN - \(text)")
      Glibc.exit(CheckLevel.unknown.rawValue)
    }
  }
}
