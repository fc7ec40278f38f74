import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore
import Varlink

/// Calls a running daemon on one connection: one call after the other, and then
/// several at a time. What an answer says is looked at once, so that it is the
/// daemon that is timed.
struct Calls: ParsableCommand {
  @Argument(help: "The readers' socket.")
  var socket: String

  @Option(help: "How many calls.")
  var count = 2000

  @Option(help: "How many are sent before the first answer is read; 0 for no such part.")
  var ahead = 16

  func run() throws {
    var client = try VarlinkClient(connectingTo: socket)
    _ = try client.call(
      StatusCall.qualifiedMethod, StatusCall(), returning: StatusCall.Reply.self)

    let connection = try BareConnection(socket)
    var times: [Double] = []
    times.reserveCapacity(count)
    let start = ContinuousClock.now
    for _ in 0..<count {
      let before = ContinuousClock.now
      try connection.call(1)
      times.append(seconds(ContinuousClock.now - before))
    }
    let total = seconds(ContinuousClock.now - start)
    times.sort()
    report("status-p50-microseconds", times[count / 2] * 1e6)
    report("status-p99-microseconds", times[count * 99 / 100] * 1e6)
    report("status-calls-per-second", Double(count) / total)

    guard ahead > 0 else { return }
    let startAhead = ContinuousClock.now
    for _ in 0..<count / ahead { try connection.call(ahead) }
    report(
      "status-calls-ahead-per-second",
      Double(count / ahead * ahead) / seconds(ContinuousClock.now - startAhead))
  }
}

/// A socket that sends status calls and counts the ends of answers.
private struct BareConnection {
  private let descriptor: Int32
  private let message = Array("{\"method\":\"\(StatusCall.qualifiedMethod)\"}\0".utf8)

  init(_ path: String) throws {
    descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard code == 0 else { throw ValidationError("\(path): no connection") }
  }

  func call(_ times: Int) throws {
    let calls = Array(repeatElement(message, count: times).joined())
    guard send(descriptor, calls, calls.count, 0) == calls.count else {
      throw ValidationError("the call was not taken")
    }
    var answers = 0
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while answers < times {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { throw ValidationError("the connection was closed") }
      answers += chunk[..<count].count { $0 == 0 }
    }
  }
}
