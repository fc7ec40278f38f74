import Foundation
import Glibc

/// A terminal of tmux's, on a server of its own.
final class Tmux {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

  private let server = "renewald-\(UUID().uuidString.prefix(8))"
  private let fifo: String
  /// Becomes readable when the program has written.
  private let output: Int32

  init(width: Int, height: Int, _ command: String) throws {
    fifo = FileManager.default.temporaryDirectory.appending(path: server).path
    guard mkfifo(fifo, 0o600) == 0 else { throw ProcessComplaint(description: "no \(fifo)") }
    output = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    // The shell stays, so that what the command left behind can be seen.
    let quoted = command.replacing("'", with: "'\\''")
    try run(
      "-u", "-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)",
      "LC_ALL=C.UTF-8 TZ=UTC exec sh -c '\(quoted); exec cat'", isAnswered: false)
    try run("pipe-pane", "-O", "exec cat >\(fifo)")
  }

  func end() {
    _ = try? run("kill-server")
    close(output)
    unlink(fifo)
  }

  func press(_ key: String) throws { try run("send-keys", key) }

  func type(_ line: String) throws { try run("send-keys", line, "Enter") }

  func resize(width: Int, height: Int) throws {
    try run("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  var screen: String { (try? run("capture-pane", "-p")) ?? "" }

  var mode: String {
    switch try? run("display-message", "-p", "#{alternate_on}#{cursor_flag}") {
    case "10": "alternate without cursor"
    case "01": "plain"
    case let other: other ?? "none"
    }
  }

  func wait(for text: String, within time: Duration = .seconds(30)) throws {
    let deadline = Deadline(time)
    while !screen.contains(text) {
      var written = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&written, 1, deadline.milliseconds) > 0 else {
        throw ProcessComplaint(description: "the screen does not show \"\(text)\":\n\(screen)")
      }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while read(output, &buffer, buffer.count) > 0 {}
    }
  }

  /// - Parameter isAnswered: tmux's server, which the first command starts, keeps what it
  ///   was given as output open for as long as it runs.
  @discardableResult
  private func run(_ arguments: String..., isAnswered: Bool = true) throws -> String {
    let quiet = isAnswered ? "" : " >/dev/null 2>&1 </dev/null"
    let process = try ChildProcess(
      "/bin/sh", ["-c", "exec tmux -L \(server) \"$@\"\(quiet)", "sh"] + arguments,
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
    _ = try process.exit()
    return process.lines.joined(separator: "\n")
  }
}
