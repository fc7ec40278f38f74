import ControlProtocol
import Glibc
import RenewalCore
import Varlink

/// Why a command did not do its job: what happened, what to try next, and the
/// exit code that tells a script the same.
package struct CommandFailure: Error, Hashable, Sendable {
  package var code: ExitStatus
  package var message: String
  package var remedy: String?
  /// A line each, between the two.
  package var details: [String]

  package init(
    _ code: ExitStatus, _ message: String, details: [String] = [], remedy: String? = nil
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.remedy = remedy
  }
}

/// The exit codes of `renewalctl`: those of sysexits where one fits, and from
/// 10 on its own.
package enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  case done = 0
  case failed = 1
  /// Nothing is due: there was nothing to do.
  case nothingDue = 10
  /// A window or a waiting time stands before it.
  case deferred = 11
  /// A paid call may or may not have worked.
  case outcomeUnknown = 12
  /// A guard said no.
  case refused = 13
  case usage = 64
  /// The words of the command name nothing that exists.
  case badData = 65
  case unavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case tryAgain = 75
  /// The other side does not speak the protocol.
  case protocolError = 76
  case noPermission = 77
  case configuration = 78

  package var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "failed, for a reason that has no code of its own"
    case .nothingDue: "nothing is due"
    case .deferred: "deferred by a window, a budget or a waiting time"
    case .outcomeUnknown: "a paid call may or may not have worked"
    case .refused: "refused by a check that guards money"
    case .usage: "the command line is wrong"
    case .badData: "no such group, account or alert, or a broken file or value"
    case .unavailable: "the daemon cannot be reached"
    case .internalError: "a fault in renewalctl"
    case .cannotCreate: "a file cannot be created"
    case .inputOutput: "reading or writing failed"
    case .tryAgain: "not now, or no answer in time"
    case .protocolError: "the other side does not speak the protocol"
    case .noPermission: "not allowed on this socket"
    case .configuration: "the configuration is broken"
    }
  }
}

extension CommandFailure {
  /// - Parameter socket: the path that was called.
  package init(_ error: VarlinkClientError, socket: String) {
    switch error {
    case .unreachable(let error):
      switch error.code {
      case EACCES, EPERM:
        self.init(
          .noPermission, "\(socket): permission denied",
          remedy: "join the group that owns the socket (ls -l \(socket)), or use sudo")
      case ENOENT:
        self.init(
          .unavailable, "renewald is not running: \(socket) does not exist",
          remedy: CommandFailure.startRemedy)
      case ECONNREFUSED:
        self.init(
          .unavailable, "renewald is not running: nobody answers at \(socket)",
          remedy: CommandFailure.startRemedy)
      default:
        self.init(.unavailable, "\(error)", remedy: CommandFailure.startRemedy)
      }
    case .timedOut:
      self.init(
        .tryAgain, "\(socket): \(error)",
        remedy: "journalctl -u renewald -n 20, or a longer --timeout")
    case .closed:
      self.init(.unavailable, "\(socket): \(error)", remedy: "journalctl -u renewald -n 20")
    case .malformed:
      self.init(
        .protocolError, "\(socket): \(error)",
        remedy: "renewalctl --version and the daemon's version in systemctl status renewald")
    case .refused(let error):
      self.init(error)
    }
  }

  private static let startRemedy = "systemctl status renewald"

  private init(_ error: VarlinkError) {
    if let parameters = try? error.parameters.decode(ControlError.Parameters.self),
      let known = ControlError(qualifiedName: error.name, parameters: parameters)
    {
      self.init(known)
      return
    }
    switch error.name {
    case "org.varlink.service.PermissionDenied":
      self.init(
        .noPermission, "not allowed on this socket",
        remedy: "use the operators' socket: --socket /run/renewald/control")
    case "org.varlink.service.MethodNotFound", "org.varlink.service.MethodNotImplemented",
      "org.varlink.service.InterfaceNotFound":
      self.init(
        .protocolError, "the daemon does not know this request (\(error))",
        remedy: "renewalctl status shows the daemon's version")
    case "org.varlink.service.InvalidParameter":
      let name =
        if case .string(let name)? = error.parameters["parameter"] { name } else { "a parameter" }
      // A name that is given and not configured is an error of its own.
      if name == "account" {
        self.init(
          .badData, "several accounts are configured, and none was named",
          remedy: "--account NAME; renewalctl status lists them")
      } else {
        self.init(.badData, "the daemon does not accept what was given as \(name)")
      }
    default:
      self.init(.failed, "\(error)")
    }
  }

  private init(_ error: ControlError) {
    switch error {
    case .noSuchGroup(let group):
      self.init(
        .badData, "no delivery group '\(group)' is known", remedy: "renewalctl list")
    case .ambiguousGroup(let group, let matches):
      self.init(
        .badData, "'\(group)' fits several groups: \(matches.joined(separator: ", "))",
        remedy: "name the id in full")
    case .noSuchAccount(let account):
      self.init(.badData, "no account '\(account)' is configured", remedy: "renewalctl status")
    case .noSuchAlert(let alert):
      self.init(.badData, "there is no open alert \(alert)", remedy: "renewalctl alerts")
    case .notNow(let reason, let remedy):
      self.init(.tryAgain, reason, remedy: remedy)
    case .tokenRefused(let reason):
      self.init(.refused, "the token was refused: \(reason)", remedy: "start the command again")
    case .unsoundLedger(let reason, let remedy):
      self.init(.badData, reason, remedy: remedy)
    case .configurationRejected(let problems):
      self.init(
        .configuration, "the configuration is broken: " + problems.joined(separator: "; "),
        remedy: "renewald --check-config /etc/renewald/renewald.toml")
    case .creationRejected(let problems):
      self.init(
        .badData, "the file has \(problems.count) \(problems.count == 1 ? "problem" : "problems")",
        details: problems, remedy: "/usr/share/doc/renewald/examples explains every setting")
    case .nameTaken(let name, let by):
      self.init(
        .refused, "the name '\(name)' is taken by \(by.joined(separator: ", "))",
        remedy: "renewalctl creations; another name, or --same-name where a group has it")
    case .guarded(let reason, let remedy):
      self.init(.refused, reason, remedy: remedy)
    }
  }
}
