import Glibc

/// Copies of this program that share its work, one process each: SQLite's random
/// numbers and clock, which a simulation fixes, are the process's.
package enum Workers {
  /// What a worker's end says.
  package struct Ending: Sendable {
    package var worker: Int
    /// 0, an exit code, or 128 and the signal that ended it.
    package var code: Int32
  }

  private struct Worker {
    var number: Int
    var process: pid_t
    var output: Int32
    var partialLine: [UInt8] = []
  }

  /// Starts a worker for each argument list and hears them until all have ended.
  ///
  /// - Parameter hear: gets each line that any of them prints, as it comes.
  /// - Returns: how they ended, in their order.
  package static func run(
    _ arguments: [[String]], hear: (_ worker: Int, _ line: String) -> Void
  ) -> [Ending] {
    var endings: [Ending] = []
    var running: [Worker] = []
    for (number, list) in arguments.enumerated() {
      if let worker = start(number, list) {
        running.append(worker)
      } else {
        endings.append(Ending(worker: number, code: 127))
      }
    }
    while !running.isEmpty {
      var polled = running.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      for index in running.indices.reversed() where polled[index].revents != 0 {
        guard !listen(&running[index], hear) else { continue }
        var status: Int32 = 0
        waitpid(running[index].process, &status, 0)
        close(running[index].output)
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        endings.append(Ending(worker: running[index].number, code: code))
        running.remove(at: index)
      }
    }
    return endings.sorted { $0.worker < $1.worker }
  }

  private static func start(_ number: Int, _ arguments: [String]) -> Worker? {
    var ends: [Int32] = [0, 0]
    // A socket, since only that is closed on exec from its first moment.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    defer { close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    let program = "/proc/self/exe"
    var list = (CommandLine.arguments.prefix(1) + arguments).map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    var process: pid_t = 0
    guard posix_spawn(&process, program, &actions, nil, &list, environ) == 0 else {
      close(ends[0])
      return nil
    }
    return Worker(number: number, process: process, output: ends[0])
  }

  /// False at the end of its output.
  private static func listen(_ worker: inout Worker, _ hear: (Int, String) -> Void) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(worker.output, &buffer, buffer.count)
    guard count > 0 else { return count < 0 && errno == EINTR }
    worker.partialLine += buffer[..<count]
    var lines = worker.partialLine.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    worker.partialLine = Array(lines.removeLast())
    for line in lines { hear(worker.number, String(decoding: line, as: UTF8.self)) }
    return true
  }
}
