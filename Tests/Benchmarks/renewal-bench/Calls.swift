import ArgumentParser
import ControlProtocol
import RenewalCore
import Varlink

/// Calls a running daemon, one call after the other on one connection.
struct Calls: ParsableCommand {
  @Argument(help: "The readers' socket.")
  var socket: String

  @Option(help: "How many calls.")
  var count = 2000

  func run() throws {
    var client = try VarlinkClient(connectingTo: socket)
    var times: [Double] = []
    times.reserveCapacity(count)
    let start = ContinuousClock.now
    for _ in 0..<count {
      let before = ContinuousClock.now
      _ = try client.call(
        StatusCall.qualifiedMethod, StatusCall(), returning: StatusCall.Reply.self)
      times.append(seconds(ContinuousClock.now - before))
    }
    let total = seconds(ContinuousClock.now - start)
    times.sort()
    report("status-p50-microseconds", times[count / 2] * 1e6)
    report("status-p99-microseconds", times[count * 99 / 100] * 1e6)
    report("status-calls-per-second", Double(count) / total)
  }
}
