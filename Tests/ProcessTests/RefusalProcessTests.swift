import Foundation
import Glibc
import Testing

extension `The real programs` {
  @Suite struct `What is wrong is said in one line` {
    @Test(arguments: [
      ("wrongAccessKeyId", "testAccessKeySecret", 67 as Int32),
      ("testAccessKeyId", "wrongAccessKeySecret", 77),
    ])
    func `a key that the cloud refuses`(keyID: String, secret: String, code: Int32) throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud, keyID: keyID, secret: secret)
      let check = try site.renewald("--check-cloud")
      #expect(try check.exit() == code)
      try #require(check.lines.count == 1)
      #expect(check.lines[0].contains("account test at \(cloud.endpoint)"))
      #expect(!check.lines[0].contains(secret))

      let daemon = try site.renewald()
      let alert = try daemon.line("AUTH")
      #expect(alert.contains("in account test"))
      #expect(!daemon.lines.contains { $0.contains(secret) })
      #expect(try cloud.orders().isEmpty)
      #expect(try site.renewalctl("status").code == 0)
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }

    @Test func `an endpoint where nobody answers`() throws {
      let port = try Loopback.closedPort()
      let site = try Site(port: port)
      let check = try site.renewald("--check-cloud")
      #expect(try check.exit() == 69)
      try #require(check.lines.count == 1)
      #expect(check.lines[0].contains("account test at http://127.0.0.1:\(port)"))

      let daemon = try site.renewald()
      try daemon.line("SWEEP_FAILING")
      #expect(try site.renewalctl("status").code == 0)
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }

    @Test func `one account of several does not hide the others`() throws {
      let cloud = try SandboxProcess()
      let port = try Loopback.closedPort()
      let site = try Site(cloud)
      let first = Site.configuration("http://127.0.0.1:\(port)")
      try site.write(
        first + "[[account]]\nname = \"other\"\nregion = \"cn-shanghai\"\n"
          + "endpoint = \"\(cloud.endpoint)\"\n")
      let check = try site.renewald("--check-cloud")
      #expect(try check.exit() == 69)
      let lines = check.lines
      #expect(lines.contains { $0.hasPrefix("account other at ") && $0.contains("12 groups") })
      #expect(lines.contains { $0.hasPrefix("renewald: account test at ") })
    }

    @Test func `a broken configuration`() throws {
      let site = try Site(port: 1)
      try site.write(Site.configuration("http://127.0.0.1:1").replacing("1 Month", with: "2 Week"))
      for arguments in [[], ["--check-config", site.configuration]] {
        let daemon = try ChildProcess(
          Programs.path("renewald"), ["--config", site.configuration] + arguments,
          environment: site.environment)
        #expect(try daemon.exit() == 78)
        try #require(daemon.lines.count == 1)
        #expect(daemon.lines[0].contains("\(site.configuration):12:10: "))
      }
    }

    @Test(arguments: ["/proc/self", "/proc/renewald"])
    func `a state directory that cannot be written`(directory: String) throws {
      let site = try Site(port: 1)
      site.environment["STATE_DIRECTORY"] = directory
      let daemon = try site.renewald()
      #expect(try daemon.exit() == 73)
      try #require(daemon.lines.count == 1)
      #expect(daemon.lines[0].contains(directory))
    }

    @Test func `a second daemon on the same state directory`() throws {
      let site = try Site(port: Loopback.closedPort())
      let first = try site.renewald()
      try first.line("started")
      let second = try site.renewald()
      #expect(try second.exit() == 75)
      try #require(second.lines.count == 1)
      #expect(second.lines[0].contains("\(site.directory)/state"))
      #expect(try site.renewalctl("status").code == 0)
      first.signal(SIGTERM)
      #expect(try first.exit() == 0)
    }

    @Test func `a daemon that does not run`() throws {
      let site = try Site(port: Loopback.closedPort())
      let before = try site.renewalctl("status")
      #expect(before.code == 69)
      #expect(before.text.contains("renewald is not running"))

      // A killed one leaves its socket behind, where nobody answers.
      let daemon = try site.renewald()
      try daemon.line("started")
      daemon.signal(SIGKILL)
      _ = try daemon.exit()
      let after = try site.renewalctl("status")
      #expect(after.code == 69)
      #expect(after.text.contains("renewald is not running"))
    }
  }
}
