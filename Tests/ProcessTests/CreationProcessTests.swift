import Foundation
import Testing

extension `The real programs` {
  @Suite struct `Ordering a new group` {
    @Test func `a script that names the group gets it enrolled, and none twice`() throws {
      let (cloud, site, daemon) = try quietDaemon()
      let file = try site.groupFile("new-room")
      let dryRun = try site.steer("create", "--file", file, "--dry-run")
      #expect(dryRun.code == 0 && dryRun.text.contains("199.00 CNY"), "\(dryRun.text)")
      // Without a terminal nobody can say yes, and the name must be the group's own.
      #expect(try site.steer("create", "--file", file).code == 64)
      #expect(try site.steer("create", "--file", file, "--confirm", "other").code == 64)
      // Readers may not order.
      #expect(try site.renewalctl("create", "--file", file, "--confirm", "new-room").code == 77)
      #expect(try cloud.creations().isEmpty)

      let created = try site.steer("create", "--file", file, "--confirm", "new-room", "--plain")
      #expect(created.code == 0, "\(created.text)")
      let order = try #require(try cloud.creations().first)
      #expect(order.status == "Paid" && created.text.contains("\t\(order.group)\t199.00\tCNY\t"))
      let group = try #require(try cloud.groups().first { $0.id == order.group })
      #expect(group.name == "new-room" && group.renewStatus == "ManualRenewal")
      let explained = try site.renewalctl("explain", "new-room").text
      #expect(explained.contains("all others"), "\(explained)")
      try daemon.line("the order of a group is settled")

      let again = try site.steer("create", "--file", file, "--confirm", "new-room")
      #expect(again.code == 13 && again.text.contains(order.group), "\(again.text)")
      #expect(try cloud.creations().count == 1)
    }

    @Test func `a lost answer is looked for by name before anything is ordered again`() throws {
      let (cloud, site, daemon) = try quietDaemon()
      func lose(_ effect: String) throws {
        try cloud.post(
          "/faults",
          #"{"kind":"cut","operation":"CreateAppInstanceGroup","effect":"\#(effect)"}"#)
      }
      func create(_ name: String) throws -> (code: Int32, text: String) {
        try site.steer("create", "--file", site.groupFile(name), "--confirm", name)
      }
      try lose("done")
      #expect(try create("bought").code == 12)
      try daemon.line("the order of a group is settled: 'bought'")
      #expect(try create("bought").code == 13)

      try lose("none")
      #expect(try create("not-bought").code == 12)
      #expect(try create("not-bought").code == 13)
      try daemon.line("the order of a group is notEffected: 'not-bought'")
      let second = try create("not-bought")
      #expect(second.code == 0, "\(second.text)")
      let names = try cloud.groups().map(\.name)
      #expect(names.filter { $0 == "bought" || $0 == "not-bought" }.count == 2)
      #expect(try cloud.creations().map(\.status) == ["Paid", "Paid"])
    }

    @Test func `what stops payments stops orders, and a broken file is told whole`() throws {
      let (cloud, site, daemon) = try quietDaemon()
      #expect(try site.steer("pause", "--reason", "audit").code == 0)
      let file = try site.groupFile("new-room")
      let paused = try site.steer("create", "--file", file, "--confirm", "new-room")
      #expect(paused.code == 13 && paused.text.contains("audit"), "\(paused.text)")
      // Looking is free.
      #expect(try site.steer("create", "--file", file, "--dry-run").code == 0)

      let broken = try site.groupFile("new-room", adding: "session_timeout = 1\ncolour = \"red\"\n")
      let refused = try site.steer("create", "--file", broken, "--dry-run")
      #expect(refused.code == 65, "\(refused.text)")
      #expect(refused.text.contains("session_timeout must be -1 or a whole number from 3 to 300"))
      #expect(refused.text.contains("colour is no setting here"))
      #expect(try cloud.creations().isEmpty)
      try end(daemon)
    }

    @Test(.enabled(if: Tmux.isInstalled, "tmux is not installed"))
    func `on a terminal it asks with the price, and orders after the name alone`() throws {
      let (cloud, site, daemon) = try quietDaemon()
      let file = try site.groupFile("new-room")
      for (answer, code) in [("yes", 1), ("new-room", 0)] {
        let terminal = try Tmux(
          width: 120, height: 30,
          "\(Programs.path("renewalctl")) create --file \(file) "
            + "--socket \(site.directory)/run/control; echo ended $?")
        defer { terminal.end() }
        try terminal.wait(for: "for 199.00 CNY?")
        #expect(try cloud.creations().isEmpty)
        try terminal.type(answer)
        try terminal.wait(for: "ended \(code)")
      }
      #expect(try cloud.creations().count == 1)
      try end(daemon)
    }

    /// Past its start hold, with nothing left to renew.
    private func quietDaemon() throws -> (SandboxProcess, Site, ChildProcess) {
      let cloud = try SandboxProcess(groups: 1)
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("is settled")
      return (cloud, site, daemon)
    }

    /// A daemon that nobody holds any more is killed.
    private func end(_ daemon: ChildProcess) throws {
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }
  }
}

extension Site {
  /// A description of a subscription of one node.
  fileprivate func groupFile(_ name: String, adding settings: String = "") throws -> String {
    let path = "\(directory)/\(name).toml"
    let text = """
      \(settings)app_center_image_id = "img-1"
      app_instance_group_name = "\(name)"
      biz_region_id = "cn-hangzhou"
      charge_type = "PrePaid"
      period = 1
      period_unit = "Month"
      node_pool = { strategy_type = "NODE_FIXED", node_instance_type = "appstreaming.general.4c8g", \
      node_amount = 1 }

      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }
}

extension SandboxProcess {
  fileprivate func creations() throws -> [Order] {
    try orders().filter { $0.action == "Create" }
  }
}
