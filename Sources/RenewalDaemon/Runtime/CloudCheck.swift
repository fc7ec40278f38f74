import Configuration
import Dispatch
import RenewalCore
import Synchronization
import Systemd

/// Asks every configured account one free question, so that an operator knows
/// before anything is paid that endpoint, key and clock are right.
package enum CloudCheck {
  /// - Parameter tell: takes a line for each account that can be read.
  /// - Throws: `DaemonFailure` after the last account, where one cannot be read, with the
  ///   code and the remedy of the first that cannot.
  package static func run(
    configuration path: String, environment: [String: String], tell: (String) -> Void
  ) throws(DaemonFailure) {
    ProcessMemory.seal()
    let configuration = try Daemon.load(path, environment: environment)
    let accounts = CloudAccounts(version: Daemon.version, environment: environment) { $0() }
    try accounts.configure(configuration.accounts)
    var failures: [DaemonFailure] = []
    for account in configuration.accounts {
      let reply = ask(account.name, accounts)
      switch reply.result {
      case .success(.groups(let page)):
        let skew = reply.serverTime.map { SystemClock.reading().wall - $0 }
        tell(
          "account \(account.name) at \(account.endpoint): \(page.total) groups, "
            + "this clock is off by \(skew.map(\.description) ?? "an unknown time"), "
            + (accounts.payerProblem(of: account.name).map { "cannot pay: \($0)" }
              ?? "a key to pay with is present"))
      case .success:
        failures.append(
          DaemonFailure(
            code: .unavailable, message: "account \(account.name): an answer of another kind",
            remedy: "Check the endpoint."))
      case .failure(let fault): failures.append(failure(fault, account))
      }
    }
    guard var first = failures.first else { return }
    first.message = failures.map(\.message).joined(separator: "; ")
    throw first
  }

  private static func ask(_ account: AccountName, _ accounts: CloudAccounts) -> ReadReply {
    let answered = DispatchSemaphore(value: 0)
    let answer = Mutex<ReadReply?>(nil)
    accounts.read(.groups(page: 1), of: account) { reply in
      answer.withLock { $0 = reply }
      answered.signal()
    }
    answered.wait()
    return answer.withLock { $0 }
      ?? ReadReply(.failure(.unreachable("no answer")), serverTime: nil)
  }

  private static func failure(
    _ fault: CloudFault, _ account: AccountConfiguration
  ) -> DaemonFailure {
    let message = "account \(account.name) at \(account.endpoint): \(fault.summary)"
    if case .refused(let refusal) = fault, refusal.code.hasPrefix("InvalidAccessKeyId") {
      return DaemonFailure(
        code: .unknownKey, message: message, remedy: AlertKind.authentication.remedy)
    }
    if case .noCredentials = fault {
      return DaemonFailure(
        code: .permission, message: message,
        remedy: "renewald.toml(5), CREDENTIALS, says where keys are looked for.")
    }
    switch fault.accountAlert {
    case .authentication, .permission:
      return DaemonFailure(
        code: .permission, message: message, remedy: fault.accountAlert?.remedy ?? "")
    case .clock:
      return DaemonFailure(code: .permission, message: message, remedy: AlertKind.clock.remedy)
    default:
      var remedy = AlertKind.sweepFailing.remedy
      if case .refused(let refusal) = fault { remedy = "Next: \(refusal.remedy)." }
      return DaemonFailure(code: .unavailable, message: message, remedy: remedy)
    }
  }
}
