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
