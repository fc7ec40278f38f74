import ControlProtocol
import Glibc
import RenewalCore
import Synchronization
import Testing
import Varlink

@testable import RenewalCommands

@Suite struct `Calling the daemon` {
  private func connection(_ arguments: [String]) throws -> ConnectionOptions {
    try ConnectionOptions.parse(arguments)
  }

  private func failure<Call: ControlCall>(
    of call: Call, _ arguments: String...
  ) throws -> CommandFailure? {
    let connection = try connection(arguments)
    do throws(CommandFailure) {
      _ = try connection.call(call)
      return nil
    } catch {
      return error
    }
  }

  @Test func `the daemon's answer arrives as it was given`() throws {
    let daemon = try FakeDaemon()
    let connection = try connection(["--socket", daemon.path])
    #expect(try connection.call(StatusCall()).status == Samples.status)
    #expect(try connection.call(DescribeCall(group: "lab")) == Samples.description)
    #expect(try connection.call(PlanCall(until: Samples.at(.days(1)))) == Samples.plan)
  }

  @Test func `all pages of the list are read`() throws {
    let daemon = try FakeDaemon()
    let command = try ListCommand.parse(["--socket", daemon.path, "--state", "held"])
    let reply = try command.allPages()
    #expect(reply.groups == [Samples.lab, Samples.design, Samples.pool])
    #expect(reply.next == nil)
  }

  @Test func `a list is sorted by what was asked for, what never comes last`() throws {
    let daemon = try FakeDaemon()
    func ids(_ order: String) throws -> [Character?] {
      let command = try ListCommand.parse(["--socket", daemon.path, "--sort", order])
      return try command.allPages().groups.map(\.id.text.last)
    }
    #expect(try ids("expiry") == ["2", "1", "3"])
    #expect(try ids("due") == ["2", "1", "3"])
    #expect(try ids("id") == ["1", "2", "3"])
    #expect(try ids("name") == ["3", "2", "1"])
    #expect(try ids("state") == ["2", "1", "3"])
  }

  @Test func `all pages of the past are read, and told the oldest first`() throws {
    let daemon = try FakeDaemon()
    func past(_ arguments: String..., after: Int? = nil) throws -> [Int] {
      try EventsCommand.parse(["--socket", daemon.path] + arguments).past(after: after)
        .map(\.sequence)
    }
    #expect(try past() == [1, 2, 3, 4, 5])
    #expect(try past("--limit", "3") == [3, 4, 5])
    #expect(try past("--limit", "0") == [])
    #expect(try past("--limit", "1", after: 2) == [3, 4, 5])
  }

  @Test func `no daemon gives exit 69, the reason and the next command`() throws {
    let failure = try #require(
      try failure(of: StatusCall(), "--socket", "/tmp/no-such-directory/status"))
    #expect(failure.code.rawValue == 69)
    #expect(
      failure.message == "renewald is not running: /tmp/no-such-directory/status does not exist")
    #expect(failure.remedy == "systemctl status renewald")
  }

  @Test func `the socket of a dead daemon gives exit 69`() throws {
    let path = try FakeDaemon.staleSocket()
    defer {
      _ = unlink(path)
      _ = rmdir(String(path.dropLast("/status".count)))
    }
    let failure = try #require(try failure(of: StatusCall(), "--socket", path))
    #expect(failure.code.rawValue == 69)
    #expect(failure.message == "renewald is not running: nobody answers at \(path)")
  }

  @Test(.enabled(if: geteuid() != 0, "root may open every socket"))
  func `a socket of others gives exit 77`() throws {
    let daemon = try FakeDaemon()
    _ = chmod(daemon.path, 0)
    #expect(try failure(of: StatusCall(), "--socket", daemon.path)?.code.rawValue == 77)
  }

  @Test func `a method of the operators gives exit 77 on the readers' socket`() throws {
    let daemon = try FakeDaemon()
    let failure = try failure(of: PauseCall(reason: "test"), "--socket", daemon.path)
    #expect(failure?.code == .noPermission)
    #expect(failure?.remedy?.contains("/run/renewald/control") == true)
  }

  @Test func `a daemon that does not answer in time gives exit 75`() throws {
    let kept = Kept()
    let daemon = try FakeDaemon { _, replier in kept.keep(replier) }
    let path = daemon.path
    var client = try VarlinkClient(connectingTo: path, patience: .milliseconds(20))
    do throws(VarlinkClientError) {
      _ = try client.call(StatusCall.qualifiedMethod, StatusCall(), returning: NoReply.self)
      Issue.record("there was an answer")
    } catch {
      #expect(CommandFailure(error, socket: path).code == .tryAgain)
    }
  }

  @Test func `a daemon that closes the connection gives exit 69`() throws {
    let daemon = try FakeDaemon { _, _ in }
    #expect(try failure(of: StatusCall(), "--socket", daemon.path)?.code == .unavailable)
  }

  @Test func `an answer of another kind gives exit 76`() throws {
    let daemon = try FakeDaemon { _, replier in replier.reply(["status": 1]) }
    #expect(try failure(of: StatusCall(), "--socket", daemon.path)?.code == .protocolError)
  }

  @Test func `what does not exist gives exit 65 and says how to find it`() throws {
    let daemon = try FakeDaemon()
    let unknown = try failure(of: DescribeCall(group: "x"), "--socket", daemon.path)
    #expect(
      unknown
        == CommandFailure(
          .badData, "no delivery group 'x' is known", remedy: "renewalctl list"))
    let ambiguous = try failure(of: DescribeCall(group: "aig"), "--socket", daemon.path)
    #expect(ambiguous?.message == "'aig' fits several groups: aig-1, aig-2")
  }

  @Test func `an older daemon that lacks a method gives exit 76`() throws {
    let daemon = try FakeDaemon()
    #expect(
      try failure(of: ExplainCall(group: "x"), "--socket", daemon.path)?.code == .protocolError)
  }

  @Test func `a newer daemon's fields and words are no obstacle`() throws {
    let newer = try JSON(encoding: StatusCall.Reply(status: Samples.status))
    guard case .object(var status)? = newer["status"] else { return }
    status["mode"] = "dream"
    status["phaseOfMoon"] = ["name": "full"]
    let sent: JSON = ["status": .object(status)]
    let daemon = try FakeDaemon { _, replier in replier.reply(sent) }
    let reply = try connection(["--socket", daemon.path]).call(StatusCall())
    #expect(reply.status.mode.text == "dream")
    #expect(reply.status.mode.known == nil)
  }

  @Test func `the socket follows from what the command does`() throws {
    let connection = try connection([])
    #expect(connection.path(for: StatusCall.method) == "/run/renewald/status")
    #expect(connection.path(for: PauseCall.method) == "/run/renewald/control")
  }

  @Test(arguments: [["--timeout", "0"], ["--timeout", "x"], ["--json", "--plain"]])
  func `a wrong command line gives exit 64`(arguments: [String]) {
    do {
      _ = try RenewalCommand.parseAsRoot(["status"] + arguments)
      Issue.record("it was accepted")
    } catch {
      #expect(RenewalCommand.exitCode(for: error).rawValue == 64)
    }
  }
}

/// Holds repliers, so that their calls stay open.
private final class Kept: Sendable {
  private let repliers = Mutex<[VarlinkReplier]>([])

  func keep(_ replier: VarlinkReplier) { repliers.withLock { $0.append(replier) } }
}
