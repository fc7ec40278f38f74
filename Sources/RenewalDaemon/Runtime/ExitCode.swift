/// How the daemon ends, by sysexits(3); clear of systemd's own 200 to 243.
package enum ExitCode: Int32, Sendable {
  case success = 0
  // How one run (--once) ended that went well; none of them is a fault.
  /// Something is due and was not paid for: too early, held, or not allowed.
  case deferred = 11
  /// A renewal is open: the next run goes on with it.
  case outcomeOpen = 12
  /// An alert stands that calls a person.
  case needsPerson = 13
  case usage = 64
  /// The inventory is damaged or not ours.
  case badData = 65
  /// The cloud does not know the key.
  case unknownKey = 67
  /// The cloud cannot be reached.
  case unavailable = 69
  case internalFault = 70
  /// A directory or file cannot be created or written.
  case cannotCreate = 73
  case inputOutput = 74
  /// Another instance runs.
  case tryAgain = 75
  /// The cloud refuses the key's secret, or the key may not do what it should.
  case permission = 77
  case configuration = 78
}

/// The end of a run that could not go on: one line with cause and remedy.
package struct DaemonFailure: Error, Sendable, CustomStringConvertible {
  package var code: ExitCode
  package var message: String
  package var remedy: String

  package var description: String { message + (message.hasSuffix("?") ? " " : ". ") + remedy }
}
