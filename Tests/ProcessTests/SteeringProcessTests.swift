import Foundation
import Glibc
import Testing

extension `The real programs` {
  @Suite struct `Under an operator` {
    @Test func `all payments stop, and go on again`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      #expect(try site.renewalctl("pause", "--reason", "audit").code == 77)
      #expect(try site.steer("pause", "--reason", "audit").code == 0)
      // Three sweeps take longer than the hold at a start.
      for _ in 0..<3 { try daemon.line("groups seen") }
      #expect(try cloud.orders().isEmpty)
      let status = try site.renewalctl("status").text
      #expect(status.contains("control uid \(getuid()) pid "))

      #expect(try site.steer("resume").code == 0)
      try daemon.line("is settled")
      let settled = try site.renewalctl("ledger", "--plain").text
      #expect(settled.contains("settled"))
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }

    @Test func `a reload tells at once what is wrong`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      try site.write("mode = \"pay\"\nmdoe = 1\n")
      let refused = try site.steer("reload")
      #expect(refused.code == 78)
      #expect(refused.text.contains("\(site.configuration):2:1"))
      try daemon.line("CONFIG_REJECTED")

      try site.write(Site.configuration(cloud.endpoint))
      #expect(try site.steer("reload").code == 0)
      try daemon.line("CONFIG_REJECTED is over")
    }
  }
}

extension Site {
  /// Over the operators' socket.
  func steer(_ arguments: String...) throws -> (code: Int32, text: String) {
    let process = try ChildProcess(
      Programs.path("renewalctl"), arguments + ["--socket", "\(directory)/run/control"],
      environment: ["TZ": "UTC"], in: self)
    let code = try process.exit()
    return (code, process.lines.joined(separator: "\n"))
  }
}
