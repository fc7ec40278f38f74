import Dispatch
import Glibc
import Synchronization

@testable import Varlink

/// A server on a socket in a directory of its own, with an interface that can
/// do everything the protocol knows.
final class TestService: Sendable {
  let path: String
  private let directory: String
  private let server: VarlinkServer
  let state = State()

  final class State: Sendable {
    let kept = Mutex<[VarlinkReplier]>([])
    let calls = Mutex<[VarlinkCall]>([])
    let departures = Mutex(0)
    let cutOff = Mutex<[String]>([])
    /// Signalled for every call, departure and cut.
    let events = DispatchSemaphore(value: 0)
  }

  static let text = """
    # For tests.
    interface org.example.Test

    type Mode (loud, quiet)

    type Nested (mode: Mode, list: ?[]int)

    method Echo(text: string, nested: ?Nested) -> (text: string)

    # With more: the numbers up to the given one.
    method Count(to: int) -> (number: int)

    method Flood() -> (text: string)

    method Keep() -> ()

    method Drop() -> ()

    method Forbidden() -> ()

    error Broken (depth: int)

    """

  init(limits: VarlinkLimits = VarlinkLimits()) throws {
    directory = try temporaryDirectory()
    path = directory + "/socket"
    let socket = try ListeningSocket(binding: path, name: "readers")
    let interface = try VarlinkInterface(
      TestService.text, permits: { method, _ in method != "Forbidden" },
      handler: { [state] call, replier in state.handle(call, replier) })
    let service = VarlinkService(
      vendor: "Example", product: "Test", version: "1", url: "http://example.org",
      interfaces: [interface])
    server = VarlinkServer(service, on: [socket], limits: limits) { [state] _, reason in
      state.cutOff.withLock { $0.append(reason) }
      state.events.signal()
    }
    server.start()
  }

  deinit {
    server.stop()
    _ = rmdir(directory)
  }

  func stop() { server.stop() }
}

func temporaryDirectory() throws -> String {
  var template = Array("/tmp/varlink-test-XXXXXX".utf8CString)
  return try template.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress, let name = mkdtemp(base) else {
      throw SocketError("make a directory")
    }
    return String(cString: name)
  }
}

extension TestService.State {
  /// Waits for it.
  func firstCutOff() -> String {
    while true {
      if let reason = cutOff.withLock({ $0.first }) { return reason }
      events.wait()
    }
  }

  func handle(_ call: VarlinkCall, _ replier: VarlinkReplier) {
    calls.withLock { $0.append(call) }
    replier.whenCallerLeaves { [self] in
      departures.withLock { $0 += 1 }
      events.signal()
    }
    switch call.method {
    case "org.example.Test.Echo": replier.reply(["text": call.parameters["text"] ?? .null])
    case "org.example.Test.Count":
      guard case .integer(let end)? = call.parameters["to"] else { return }
      guard end >= 0 else {
        return replier.fail(VarlinkError(name: "org.example.Test.Broken", parameters: ["depth": 7]))
      }
      for number in 0..<end { replier.replyContinuing(["number": number]) }
      replier.reply(["number": end])
    case "org.example.Test.Flood":
      let text = String(repeating: "x", count: 10_000)
      for _ in 0..<10_000 { replier.replyContinuing(["text": text]) }
    case "org.example.Test.Keep": kept.withLock { $0.append(replier) }
    default: break
    }
    events.signal()
  }
}

/// A caller that sends whatever bytes it likes.
final class RawCaller {
  private let descriptor: Int32
  private var input: [UInt8] = []

  init(_ service: TestService) throws {
    descriptor = try RawCaller.connect(to: service.path)
    _ = fcntl(descriptor, F_SETFL, 0)
    // A test that waits for what never comes fails after this.
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// The queue of the server is short, and it empties by itself.
  private static func connect(to path: String) throws -> Int32 {
    while true {
      switch Result(catching: { () throws(SocketError) in try connectSocket(to: path) }) {
      case .success(let descriptor): return descriptor
      case .failure(let error) where error.code == EAGAIN: sched_yield()
      case .failure(let error): throw error
      }
    }
  }

  deinit { _ = close(descriptor) }

  func hangUp() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  func send(_ bytes: some Collection<UInt8>) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Sends texts, each with a NUL behind it.
  func send(_ messages: String...) {
    send(messages.flatMap { Array($0.utf8) + [0] })
  }

  func endOutput() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  /// The next message, or `nil` at the end of the connection.
  func receive() throws -> JSON? {
    while true {
      if let end = input.firstIndex(of: 0) {
        let message = Array(input[..<end])
        input.removeSubrange(...end)
        return try JSON(parsing: message)
      }
      var chunk = [UInt8](repeating: 0, count: 65536)
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EAGAIN { throw SocketError("get an answer in time", code: EAGAIN) }
      guard count > 0 else { return nil }
      input += chunk[..<count]
    }
  }

  /// Sends a message and returns the next.
  func ask(_ message: String) throws -> JSON? {
    send(message)
    return try receive()
  }
}
