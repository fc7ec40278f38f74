import Foundation
import Glibc
import Testing

extension `The real programs` {
  @Suite struct `Over their ledger` {
    @Test func `a copy is made while the daemon works, and restored while it does not`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      for _ in 0..<4 { try daemon.line("is settled") }
      let copy = "\(site.directory)/copy.sqlite"
      #expect(try site.keep("backup", copy).code == 0)
      #expect(try site.keep("backup", copy).code == 73)
      #expect(try site.keep("verify").code == 0)
      #expect(try site.keep("verify", copy).code == 0)
      #expect(try site.keep("restore", copy, "--confirm", "restore").code == 75)
      #expect(try site.keep("status", "--offline").text.contains("RUNS, but was not asked"))

      daemon.signal(SIGKILL)
      _ = try daemon.exit()
      let dead = try site.keep("status")
      #expect(dead.code == 69)
      #expect(dead.text.contains("next: systemctl status renewald"))
      let offline = try site.keep("status", "--offline")
      #expect(offline.code == 0)
      #expect(offline.text.contains("DOES NOT RUN"))
      #expect(try site.keep("ledger", "--plain", "--offline").text.contains("settled"))
      #expect(try site.keep("creations", "--offline").text.contains("Nothing."))
      let group = "\(site.directory)/group.toml"
      try "period_unit = \"week\"".write(toFile: group, atomically: true, encoding: .utf8)
      let broken = try site.keep("create", "--file", group, "--offline")
      #expect(broken.code == 65 && broken.text.contains("group.toml:1:1: period_unit must be"))
      // Nobody is asked without a terminal, and nothing is done.
      #expect(try site.keep("restore", copy).code == 64)
      #expect(try site.keep("restore", copy, "--confirm", "restore").code == 0)
      #expect(try site.keep("status").code == 69)

      let restarted = try site.renewald()
      try restarted.line("ROLLBACK")
      try restarted.line("groups seen")
      #expect(try site.keep("status").text.contains("Why nothing is paid"))
      restarted.signal(SIGTERM)
      #expect(try restarted.exit() == 0)
      #expect(try cloud.orders().count == 4)
    }
  }
}

extension Site {
  /// As an operator who has the daemon's rights.
  fileprivate func keep(_ arguments: String...) throws -> (code: Int32, text: String) {
    var environment = environment
    environment["TZ"] = "UTC"
    let process = try ChildProcess(
      Programs.path("renewalctl"),
      arguments + ["--socket", "\(directory)/run/control", "--config", configuration],
      environment: environment, in: self)
    let code = try process.exit()
    return (code, process.lines.joined(separator: "\n"))
  }
}
