import Glibc
import Synchronization
import Testing

@testable import Varlink

@Suite struct `Limits of the server` {
  private let echo = #"{"method":"org.example.Test.Echo","parameters":{"text":"x"}}"#
  private let echoed: JSON = ["parameters": ["text": "x"]]

  private func service(_ change: (inout VarlinkLimits) -> Void) throws -> TestService {
    var limits = VarlinkLimits()
    change(&limits)
    return try TestService(limits: limits)
  }

  @Test func `a call of just the size is served, one byte more ends the connection`() throws {
    let service = try service { $0.messageSize = echo.utf8.count + 10 }
    let caller = try RawCaller(service)
    #expect(try caller.ask(echo + String(repeating: " ", count: 10)) == echoed)
    #expect(try caller.ask(echo + String(repeating: " ", count: 11)) == nil)
    #expect(service.state.cutOff.withLock { $0 } == ["a call too long"])
  }

  @Test func `a message without end is cut off at the limit`() throws {
    let service = try service { $0.messageSize = 1000 }
    let caller = try RawCaller(service)
    caller.send([UInt8](repeating: 0x20, count: 1_000_000))
    #expect(try caller.receive() == nil)
  }

  @Test func `a call that does not finish arriving is cut off`() throws {
    let service = try service { $0.partialMessage = .milliseconds(20) }
    let caller = try RawCaller(service)
    caller.send(echo.utf8.dropLast())
    #expect(try caller.receive() == nil)
    #expect(service.state.cutOff.withLock { $0 } == ["a call that took too long to arrive"])
  }

  @Test func `a connection without calls is closed`() throws {
    let service = try service { $0.idle = .milliseconds(20) }
    let caller = try RawCaller(service)
    #expect(try caller.receive() == nil)
    #expect(service.state.cutOff.withLock { $0 } == [])
  }

  @Test func `a call that waits for its answer is not idle`() throws {
    let service = try service { $0.idle = .milliseconds(20) }
    let silent = try RawCaller(service)
    let waiting = try RawCaller(service)
    waiting.send(#"{"method":"org.example.Test.Keep"}"#)
    service.state.events.wait()
    // By then the other has been idle for too long.
    #expect(try silent.receive() == nil)
    service.state.kept.withLock { $0.removeFirst() }.reply()
    #expect(try waiting.receive() == ["parameters": [:]])
  }

  @Test func `a caller who does not read his answers is cut off, and others are served`() throws {
    let service = try service { $0.unreadOutput = 100_000 }
    let deaf = try RawCaller(service)
    deaf.send(#"{"method":"org.example.Test.Flood","more":true}"#)
    #expect(service.state.firstCutOff() == "answers not taken")
    #expect(try RawCaller(service).ask(echo) == echoed)
  }

  @Test func `answers that nobody takes in time end the connection`() throws {
    let service = try service { $0.unread = .milliseconds(20) }
    let deaf = try RawCaller(service)
    deaf.send(#"{"method":"org.example.Test.Count","parameters":{"to":20000},"more":true}"#)
    #expect(service.state.firstCutOff() == "answers not taken")
  }

  @Test func `a flood of calls is answered whole and lets others have their turn`() throws {
    let service = try service { $0.callsPerTurn = 2 }
    let flooder = try RawCaller(service)
    let info = #"{"method":"org.varlink.service.GetInfo"}"#
    for _ in 0..<200 { flooder.send(info, echo) }
    #expect(try RawCaller(service).ask(echo) == echoed)
    for _ in 0..<200 {
      #expect(try flooder.receive()?["parameters"]?["vendor"] == "Example")
      #expect(try flooder.receive() == echoed)
    }
  }

  @Test func `oneway calls are taken one at a time`() throws {
    let service = try service { _ in }
    let caller = try RawCaller(service)
    let keep = #"{"method":"org.example.Test.Keep","oneway":true}"#
    caller.send(keep, keep, echo)
    service.state.events.wait()
    // The second has arrived with the first, and is not handed over yet.
    #expect(try RawCaller(service).ask(echo) == echoed)
    service.state.events.wait()
    #expect(service.state.kept.withLock { $0.count } == 1)
    service.state.kept.withLock { $0.removeFirst() }.reply()
    service.state.events.wait()
    service.state.kept.withLock { $0.removeFirst() }.reply()
    #expect(try caller.receive() == echoed)
  }

  @Test func `a user at his limit loses his longest idle connection`() throws {
    let service = try service { $0.connectionsPerUser = 3 }
    let callers = try (0..<3).map { _ in try RawCaller(service) }
    for caller in callers { #expect(try caller.ask(echo) == echoed) }
    #expect(try callers[0].ask(echo) == echoed)
    #expect(try RawCaller(service).ask(echo) == echoed)
    #expect(try callers[1].receive() == nil)
    #expect(try callers[0].ask(echo) == echoed)
    #expect(try callers[2].ask(echo) == echoed)
  }

  @Test func `calls that never end arriving do not lock their user out`() throws {
    let service = try service { $0.connectionsPerUser = 3 }
    let stuck = try (0..<3).map { _ in try RawCaller(service) }
    for caller in stuck { caller.send(echo.utf8.dropLast()) }
    #expect(try RawCaller(service).ask(echo) == echoed)
    #expect(try stuck[0].receive() == nil)
  }

  @Test func `where all connections are busy a further one is refused`() throws {
    let service = try service { $0.connections = 2 }
    let busy = try (0..<2).map { _ in try RawCaller(service) }
    for caller in busy {
      caller.send(#"{"method":"org.example.Test.Keep"}"#)
      service.state.events.wait()
    }
    #expect(try RawCaller(service).ask(echo) == nil)
    service.state.kept.withLock { $0.removeFirst() }.reply()
    #expect(try busy[0].receive() == ["parameters": [:]])
    #expect(try RawCaller(service).ask(echo) == echoed)
  }

  @Test func `the handler learns that a caller has gone`() throws {
    let service = try service { _ in }
    let caller = try RawCaller(service)
    caller.send(#"{"method":"org.example.Test.Keep","more":true}"#)
    service.state.events.wait()
    caller.hangUp()
    service.state.events.wait()
    #expect(service.state.departures.withLock { $0 } == 1)
  }

  @Test func `callers of every bad kind do not keep a good one from being served`() throws {
    let service = try service {
      $0.connections = 200
      $0.connectionsPerUser = 200
      $0.messageSize = 10_000
    }
    var random = SeededGenerator(seed: 7)
    var bad: [RawCaller] = []
    for kind in 0..<160 {
      let caller = try RawCaller(service)
      switch kind % 5 {
      case 0: break
      case 1: caller.send(echo.utf8.prefix(20))
      case 2: for _ in 0..<50 { caller.send(echo) }
      case 3:
        caller.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &random) })
      default: caller.send([UInt8](repeating: 0x7B, count: 9_000))
      }
      bad.append(caller)
    }
    let good = try RawCaller(service)
    for _ in 0..<10 { #expect(try good.ask(echo) == echoed) }
    withExtendedLifetime(bad) {}
  }

  @Test func `garbage of any kind gets no more than the end of the connection`() throws {
    let service = try service {
      $0.connections = 1000
      $0.connectionsPerUser = 1000
    }
    var random = SeededGenerator(seed: 42)
    let pieces = [
      "{", "}", "\"method\"", ":", ",", "\"org.example.Test.Echo\"", "\"parameters\"", "true",
      "null", "[", "]", "\0", "\"more\"", "{\"text\":\"x\"}", " ", "\\", "\u{1}", "1e9",
    ]
    for _ in 0..<300 {
      let caller = try RawCaller(service)
      let count = Int.random(in: 1..<40, using: &random)
      let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      caller.send(Array(text.utf8) + [0])
      caller.endOutput()
      while let reply = try caller.receive() {
        #expect(reply["error"] != nil || reply["parameters"] != nil)
      }
    }
    #expect(try RawCaller(service).ask(echo) == echoed)
  }

  @Test func `stopping closes every connection and removes the socket`() throws {
    let service = try service { _ in }
    let caller = try RawCaller(service)
    #expect(try caller.ask(echo) == echoed)
    service.stop()
    #expect(try caller.receive() == nil)
    #expect(access(service.path, F_OK) == -1)
  }
}

@Suite final class `Listening sockets` {
  private let directory: String

  init() throws {
    directory = try temporaryDirectory()
  }

  deinit { _ = rmdir(directory) }

  private var path: String { directory + "/socket" }

  private func mode() -> UInt32? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  @Test(arguments: [0o600, 0o660, 0o666] as [UInt32]) func `the file has the mode asked for`(
    wanted: UInt32
  ) throws {
    let socket = try ListeningSocket(binding: path, name: "test", mode: wanted)
    #expect(mode() == wanted)
    socket.closeAndRemove()
    #expect(mode() == nil)
  }

  @Test func `what a dead service left is replaced`() throws {
    let dead = try ListeningSocket(binding: path, name: "test")
    _ = close(dead.descriptor)
    let socket = try ListeningSocket(binding: path, name: "test")
    _ = close(try connectSocket(to: path))
    socket.closeAndRemove()
  }

  @Test func `a living service keeps its socket`() throws {
    let living = try ListeningSocket(binding: path, name: "test")
    let error = #expect(throws: SocketError.self) {
      try ListeningSocket(binding: path, name: "test")
    }
    #expect(error?.description == "cannot listen on \(path): another process answers there")
    _ = close(try connectSocket(to: path))
    living.closeAndRemove()
  }

  @Test func `a file that is no socket is not touched`() throws {
    _ = close(creat(path, 0o640))
    let error = #expect(throws: SocketError.self) {
      try ListeningSocket(binding: path, name: "test")
    }
    #expect(error?.code == EEXIST)
    #expect(mode() == 0o640)
    _ = unlink(path)
  }

  @Test func `a path that is too long is an error and leaves nothing`() {
    let long = directory + "/" + String(repeating: "x", count: 200)
    #expect(throws: SocketError.self) { try ListeningSocket(binding: long, name: "test") }
  }

  @Test func `an adopted socket never blocks`() throws {
    let original = try ListeningSocket(binding: path, name: "test")
    _ = fcntl(original.descriptor, F_SETFL, 0)
    let adopted = try ListeningSocket(adopting: original.descriptor, name: "control")
    #expect(adopted.name == "control")
    #expect(fcntl(adopted.descriptor, F_GETFL) & O_NONBLOCK != 0)
    adopted.closeAndRemove()
    #expect(mode() != nil)
    _ = unlink(path)
  }

  @Test func `a socket of which somebody holds a copy leaves its file to him`() throws {
    let socket = try ListeningSocket(binding: path, name: "test")
    let copy = dup(socket.descriptor)
    socket.leavingFile.closeAndRemove()
    _ = close(try connectSocket(to: path))
    _ = close(copy)
    _ = unlink(path)
  }

  @Test func `only a listening Unix socket is adopted`() throws {
    let file = open("/dev/null", O_RDONLY)
    #expect(throws: SocketError.self) { try ListeningSocket(adopting: file, name: "x") }
    _ = close(file)
    let deaf = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(throws: SocketError.self) { try ListeningSocket(adopting: deaf, name: "x") }
    _ = close(deaf)
  }
}
