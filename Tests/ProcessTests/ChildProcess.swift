import Foundation
import Glibc

/// What a process did not do in time, with what it said instead.
struct ProcessComplaint: Error, CustomStringConvertible {
  var description: String
}

/// A moment after which a wait has failed.
struct Deadline {
  private let end: ContinuousClock.Instant

  init(_ time: Duration) { end = .now + time }

  /// As poll(2) takes it; 0 once it has passed.
  var milliseconds: Int32 {
    Int32(clamping: max(0, Int64((end - .now) / .milliseconds(1))))
  }

  var hasPassed: Bool { ContinuousClock.now >= end }
}

/// A process that a test started. It is killed at the latest when the test lets go
/// of it. Every wait is for its output or its end, and is bounded.
final class ChildProcess {
  let processID: pid_t
  /// What it has said so far, to standard output and standard error.
  private(set) var lines: [String] = []
  private let program: String
  /// What it lives in, which has to outlive it.
  private let place: AnyObject?
  private let output: Int32
  private var partialLine: [UInt8] = []
  private var unread = 0
  private var hasEnded = false
  private var status: Int32?

  /// - Parameter program: a path.
  init(
    _ program: String, _ arguments: [String], environment: [String: String],
    in place: AnyObject? = nil
  ) throws {
    // Not a pipe: only a socket is closed on exec from its first moment, so that no
    // other child can keep this one's output open.
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw ProcessComplaint(description: "no socket for the output of \(program)")
    }
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO)
    var arguments = ([program] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    var processID: pid_t = 0
    let error = posix_spawn(&processID, program, &files, nil, &arguments, &variables)
    for text in arguments + variables { free(text) }
    posix_spawn_file_actions_destroy(&files)
    close(ends[1])
    self.program = program
    self.place = place
    self.processID = processID
    output = ends[0]
    guard error == 0 else {
      status = 0
      throw ProcessComplaint(description: "\(program): \(String(cString: strerror(error)))")
    }
  }

  deinit {
    if status == nil {
      kill(processID, SIGKILL)
      waitpid(processID, nil, 0)
    }
    close(output)
  }

  func signal(_ number: Int32) { kill(processID, number) }

  /// Waits for the next line that contains the text. A line is found once.
  @discardableResult
  func line(_ text: String, within time: Duration = .seconds(20)) throws -> String {
    let deadline = Deadline(time)
    while true {
      while unread < lines.count {
        unread += 1
        if lines[unread - 1].contains(text) { return lines[unread - 1] }
      }
      guard read(until: deadline) else { throw complaint("did not say \"\(text)\"") }
    }
  }

  /// The seconds to what its clocks are set to: proc_pid_fdinfo(5), `it_value`.
  var alarms: [Int] {
    let folder = "/proc/\(processID)/fdinfo"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.compactMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
      .compactMap { text in
        text.split(separator: "\n").first { $0.hasPrefix("it_value:") && !$0.hasSuffix("(0, 0)") }
          .flatMap { Int($0.drop { !$0.isNumber }.prefix(while: \.isNumber)) }
      }
  }

  /// Takes in what it says until then, or until its end.
  func listen(_ time: Duration) {
    let deadline = Deadline(time)
    while read(until: deadline) {}
  }

  /// Waits for its end: the exit code, or 128 and the signal that ended it.
  func exit(within time: Duration = .seconds(20)) throws -> Int32 {
    let deadline = Deadline(time)
    while read(until: deadline) {}
    guard hasEnded else { throw complaint("did not end") }
    var status: Int32 = 0
    waitpid(processID, &status, 0)
    self.status = status
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  /// False at the end of its output, and when the time is over.
  private func read(until deadline: Deadline) -> Bool {
    var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard !hasEnded, !deadline.hasPassed, poll(&ready, 1, max(1, deadline.milliseconds)) > 0
    else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(output, &buffer, buffer.count)
    guard count > 0 else {
      hasEnded = true
      return false
    }
    partialLine += buffer[..<count]
    let pieces = partialLine.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let said = pieces.dropLast().map { String(decoding: $0, as: UTF8.self) }
    for line in said { Canary.check(line, of: program) }
    lines += said
    partialLine = Array(pieces[pieces.count - 1])
    return true
  }

  private func complaint(_ text: String) -> ProcessComplaint {
    let said = lines.suffix(30).joined(separator: "\n  ")
    return ProcessComplaint(description: "\(program) \(text); it said:\n  \(said)")
  }
}
