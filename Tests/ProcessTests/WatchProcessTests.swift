import Foundation
import Testing

/// The live view as a person has it: the real program in a terminal of tmux, where that is
/// installed, against the real daemon.
extension `The real programs` {
  @Suite(.enabled(if: Tmux.isInstalled, "tmux is not installed"))
  struct `The live view in a terminal` {
    @Test func `it shows the fleet, outlives the daemon and gives the terminal back`() throws {
      let cloud = try SandboxProcess(groups: 3)
      let site = try Site(cloud)
      var daemon = try site.renewald()
      try daemon.line("groups seen")
      let terminal = try Tmux(
        width: 80, height: 24,
        "stty -g; \(Programs.path("renewalctl")) watch --socket \(site.directory)/run/status; "
          + "echo ended $?; stty -g")
      defer { terminal.end() }
      try terminal.wait(for: "1-3 of 3")
      #expect(terminal.mode == "alternate without cursor")

      try terminal.press("Enter")
      try terminal.wait(for: "cloud says")
      try terminal.press("Escape")
      try terminal.wait(for: "1-3 of 3")

      daemon.signal(SIGKILL)
      _ = try daemon.exit()
      try terminal.wait(for: "trying again")
      daemon = try site.renewald()
      try terminal.wait(for: "pays")

      try terminal.resize(width: 200, height: 60)
      try terminal.wait(for: "EXPIRES")
      try terminal.press("q")
      try terminal.wait(for: "ended 0")
      #expect(terminal.mode == "plain")
      let settings = terminal.screen.split(separator: "\n").filter {
        $0.contains(":") && !$0.contains(" ")
      }
      #expect(settings.count == 2 && settings.first == settings.last, "\(terminal.screen)")
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGABRT])
    func `a signal ends it and the terminal is as before`(number: Int32) throws {
      let cloud = try SandboxProcess(groups: 3)
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      let identity = "\(site.directory)/watch.pid"
      let terminal = try Tmux(
        width: 80, height: 24,
        "sh -c 'echo $$ >\(identity); exec \(Programs.path("renewalctl")) watch "
          + "--socket \(site.directory)/run/status'; echo ended $?")
      defer { terminal.end() }
      try terminal.wait(for: "1-3 of 3")
      let text = try String(contentsOfFile: identity, encoding: .utf8)
      kill(try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))), number)
      try terminal.wait(for: "ended \(128 + number)")
      #expect(terminal.mode == "plain")
    }
  }
}

/// A terminal of tmux's, on a server of its own.
private final class Tmux {
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
