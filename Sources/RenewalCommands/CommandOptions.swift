import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

/// How the daemon is reached.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The daemon's socket.", valueName: "path"), completion: .file())
  var socket: String?

  @Option(help: ArgumentHelp("Seconds to wait for each answer.", valueName: "seconds"))
  var timeout: Int = 10

  @Flag(
    name: .customLong("offline"),
    help: "Read the daemon's files instead of asking it: as old as they are, with its rights.")
  var isOffline = false

  @Option(
    help: ArgumentHelp("A configuration: for --offline, the daemon's.", valueName: "path"),
    completion: .file())
  var config: String?

  func validate() throws {
    guard (1...3600).contains(timeout) else {
      throw ValidationError("--timeout takes 1 to 3600 seconds.")
    }
  }

  /// Calls a method once.
  ///
  /// - Parameter patience: seconds, where the answer takes its time.
  func call<Call: ControlCall>(
    _ call: Call, patience: Int? = nil
  ) throws(CommandFailure) -> Call.Reply {
    if isOffline { return try callOffline(call) }
    let path = path(for: Call.method)
    do throws(VarlinkClientError) {
      var client = try VarlinkClient(
        connectingTo: path, patience: .seconds(patience ?? timeout))
      return try client.call(Call.qualifiedMethod, call)
    } catch {
      throw CommandFailure(error, socket: path)
    }
  }

  private func callOffline<Call: ControlCall>(_ call: Call) throws(CommandFailure) -> Call.Reply {
    let daemon = try OfflineDaemon(configuration: config)
    do throws(VarlinkClientError) {
      var client = try daemon.client(patience: .seconds(max(timeout, Self.longTimeout)))
      if ControlInterface.isRead(Call.method), Call.method != StatusCall.method {
        try tellAge(&client)
      }
      return try client.call(Call.qualifiedMethod, call)
    } catch {
      if case .refused(.permissionDenied) = error {
        throw CommandFailure(
          .noPermission, "the daemon's files are not yours to read",
          remedy: "the same command with sudo")
      }
      throw CommandFailure(error, socket: "renewald --offline")
    }
  }

  /// The status says it itself; beside all else it stands where no script reads.
  private func tellAge(_ client: inout VarlinkClient) throws(VarlinkClientError) {
    let status = try client.call(
      StatusCall.qualifiedMethod, StatusCall(), returning: StatusCall.Reply.self
    ).status
    guard let offline = status.offline else { return }
    let age = (status.now.instant - offline.writtenAt.instant).description
    Waiting.stop()
    try? write(
      "renewalctl: the daemon was not asked; its files are \(age) old\n", to: STDERR_FILENO)
  }

  /// For what reads all of a large ledger.
  var patient: ConnectionOptions {
    var options = self
    options.timeout = max(timeout, Self.longTimeout)
    return options
  }

  /// The same without the daemon.
  func offline() -> ConnectionOptions {
    var options = self
    options.isOffline = true
    return options
  }

  private static let longTimeout = 600

  /// Hands over the state and then each change, until the body returns false.
  func watch(_ body: (WatchCall.Reply) -> Bool) throws(CommandFailure) {
    Waiting.stop()
    let path = path(for: WatchCall.method)
    do throws(VarlinkClientError) {
      var client = try VarlinkClient(connectingTo: path, patience: .seconds(timeout))
      try client.stream(
        WatchCall.qualifiedMethod, WatchCall(), of: WatchCall.Reply.self, isEndless: true, body)
    } catch {
      throw CommandFailure(error, socket: path)
    }
  }

  /// Reading works on the readers' socket; all else needs the operators'.
  func path(for method: String) -> String {
    socket ?? (ControlInterface.isRead(method) ? "/run/renewald/status" : "/run/renewald/control")
  }
}

/// How the answer is written.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write JSON for scripts.")
  var json = false

  @Flag(help: "Write one record a line, fields between tabs.")
  var plain = false

  @Flag(help: "Never use colour.")
  var noColor = false

  func validate() throws {
    guard !(json && plain) else { throw ValidationError("--json and --plain exclude each other.") }
  }

  /// Writes the answer in the form that was asked for.
  func write<Reply: Encodable>(
    _ reply: Reply, text: (TextStyle, ClockFace) -> String, plain plainText: () -> String
  ) throws(CommandFailure) {
    let output: String
    if json {
      output = try encoded { try ScriptOutput.json(reply) }
    } else if plain {
      output = plainText()
    } else {
      output = text(.ofStandardOutput(noColor: noColor), .local(now: Instant(Int64(time(nil)))))
    }
    Waiting.stop()
    try RenewalCommands.write(output, to: STDOUT_FILENO)
  }

  /// Writes some of many answers, as they come; in JSON each on a line.
  func write<Element: Encodable & Sendable>(
    lines elements: [Element], text: ([Element], TextStyle, ClockFace) -> String,
    plain: (Element) -> String
  ) throws(CommandFailure) {
    let output: String
    if json {
      output = try encoded { try elements.map(ScriptOutput.jsonLine).joined() }
    } else if self.plain {
      output = elements.map(plain).joined()
    } else {
      output = text(
        elements, .ofStandardOutput(noColor: noColor), .local(now: Instant(Int64(time(nil)))))
    }
    try RenewalCommands.write(output, to: STDOUT_FILENO)
  }

  private func encoded(_ body: () throws -> String) throws(CommandFailure) -> String {
    do { return try body() } catch {
      throw CommandFailure(.internalError, "the answer has no JSON form: \(error)")
    }
  }
}

func write(_ text: String, to descriptor: Int32) throws(CommandFailure) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count > 0 {
      rest = rest.dropFirst(count)
    } else if errno != EINTR {
      throw CommandFailure(.inputOutput, "cannot write: \(String(cString: strerror(errno)))")
    }
  }
}

/// A command that may fail in the ways that the exit codes tell.
protocol RenewalSubcommand: ParsableCommand {
  func execute() throws(CommandFailure)
}

extension RenewalSubcommand {
  /// One line says what happened, another what to try next.
  func run() throws {
    Waiting.start()
    defer { Waiting.stop() }
    do throws(CommandFailure) {
      try execute()
    } catch {
      Waiting.stop()
      // What the exit status alone tells has no message.
      var message = error.message.isEmpty ? "" : "renewalctl: \(printable(error.message))\n"
      for detail in error.details { message += "  \(printable(detail))\n" }
      if let remedy = error.remedy {
        message += "  next: \(printable(remedy))\n"
      } else if error.code == .usage || error.code == .badData {
        message += "  next: renewalctl help \(Self.configuration.commandName ?? "")\n"
      }
      try? write(message, to: STDERR_FILENO)
      throw ExitCode(error.code.rawValue)
    }
  }
}
