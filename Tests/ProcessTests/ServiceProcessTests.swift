import Glibc
import Testing

extension `The real programs` {
  @Suite struct `As a service` {
    @Test func `ready is said first and stopping last, and the end is a success`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let manager = try NotifySocket("\(site.directory)/notify")
      site.environment["NOTIFY_SOCKET"] = "\(site.directory)/notify"
      site.environment["WATCHDOG_USEC"] = "2000000"
      let daemon = try site.renewald()
      let started = try manager.messages(until: "READY=1")
      #expect(started.last?.contains("\nSTATUS=") == true)
      #expect(!started.contains { $0.hasPrefix("STOPPING=1") })
      _ = try manager.messages(until: "WATCHDOG=1")

      daemon.signal(SIGHUP)
      let reloading = try manager.messages(until: "RELOADING=1")
      #expect(reloading.last?.contains("\nMONOTONIC_USEC=") == true)
      _ = try manager.messages(until: "READY=1")

      daemon.signal(SIGTERM)
      _ = try manager.messages(until: "STOPPING=1")
      #expect(try daemon.exit(within: .seconds(5)) == 0)
    }

    @Test func `what was told before a clean stop is not told again`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let first = try site.renewald()
      try first.line("groups seen")
      first.signal(SIGTERM)
      #expect(try first.exit() == 0)
      #expect(first.lines.contains { $0.contains("stopped: asked to stop") })

      let second = try site.renewald()
      try second.line("groups seen")
      let rows = second.lines.compactMap { $0.firstMatch(of: /RENEWAL_SEQUENCE=(\d+)/)?.1 }
      #expect(rows.count == Set(rows).count)
      #expect(!second.lines.contains { $0.contains("stopped: ") })
      let last = first.lines.last { $0.contains("RENEWAL_SEQUENCE=") }
      #expect(!second.lines.contains { $0 == last })
    }

    /// Dispatch looks after the threads of its global queues once a second, for good,
    /// from the first use of one of them. What a process has set its clocks to is shown
    /// to root alone.
    @Test(.enabled(if: geteuid() == 0))
    func `one with nothing to do sleeps, also after the copy of its ledger`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      try site.write(
        Site.configuration(cloud.endpoint).replacing("\"pay\"", with: "\"observe\"")
          .replacing("\"5s\"", with: "\"1h\"")
          .replacing("\"renew\"", with: "\"lapse\""))
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      var copies: [String] = []
      var alarms: [Int] = []
      for _ in 1...100
      where copies.isEmpty || alarms.isEmpty || !alarms.allSatisfy({ $0 >= 10 }) {
        daemon.listen(.milliseconds(100))
        copies = site.files(in: "state/backups").filter { !$0.contains(".partial") }
        alarms = daemon.alarms
      }
      #expect(copies.count == 1)
      #expect(!alarms.isEmpty && alarms.allSatisfy { $0 >= 10 }, "\(alarms)")
    }

    @Test func `a broken file keeps the old policy, and a mended one takes its place`() throws {
      let cloud = try SandboxProcess()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      let plan = try site.renewalctl("plan", "--plain")
      #expect(plan.text.contains("all others"))

      try site.write("mode = \"pay\"\nmdoe = 1\n")
      daemon.signal(SIGHUP)
      let alert = try daemon.line("CONFIG_REJECTED")
      #expect(alert.contains("\(site.configuration):2:1"))
      #expect(try site.renewalctl("plan", "--plain").text.contains("all others"))
      #expect(try site.renewalctl("status").text.contains("a newer file was not taken"))

      try site.write(
        Site.configuration(cloud.endpoint).replacing("all others", with: "the rest"))
      daemon.signal(SIGHUP)
      try daemon.line("CONFIG_REJECTED is over")
      #expect(try site.renewalctl("plan", "--plain").text.contains("the rest"))
    }
  }
}
