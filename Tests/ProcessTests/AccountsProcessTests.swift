import Foundation
import Testing

extension `The real programs` {
  @Suite struct `Several accounts` {
    @Test func `each pays its own groups with its own key, within its own budget`() throws {
      let clouds = [try SandboxProcess(groups: 12), try SandboxProcess(groups: 12, seed: 8)]
      let site = try Site(clouds[0])
      let keys = try site.credentials(["first", "second"])
      defer { try? FileManager.default.removeItem(atPath: keys) }
      site.environment = site.environment.filter { !$0.key.hasPrefix("ALIBABA") }
      site.environment["CREDENTIALS_DIRECTORY"] = keys
      let second = """
        [[account]]
        name = "second"
        region = "ap-southeast-1"
        endpoint = "\(clouds[1].endpoint)"
        reader_credential = "second"
        payer_credential = "second"

        [[budget]]
        name = "the second pays nothing"
        account = "second"
        per = "day"
        limit = "0.00 CNY"

        """
      let first = Site.configuration(clouds[0].endpoint).replacing(
        "[defaults]",
        with: "reader_credential = \"first\"\npayer_credential = \"first\"\n\n\(second)[defaults]")
      try site.write(first)
      let due = try clouds[0].due()
      let daemon = try site.renewald()
      for _ in due { try daemon.line("is settled", within: .seconds(60)) }
      #expect(try clouds[0].payments() == due.reduce(into: [:]) { $0[$1] = 1 })
      #expect(try clouds[1].orders().isEmpty)
      let standing = try site.renewalctl("alerts", "--plain").text
      #expect(standing.contains("BUDGET"), "\(standing)")
      let identities = try site.renewalctl("whoami", "--plain").text.split(separator: "\n")
      #expect(identities.count == 4, "\(identities)")
      #expect(identities.allSatisfy { $0.contains("1234567890123456") }, "\(identities)")
      #expect(identities[2].contains("ListAppInstanceGroup"))
      // What was paid, and by whom.
      let payers = identities.map { $0.contains("RenewAppInstanceGroup") }
      #expect(payers == [false, false, false, true])
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }

    @Test func `keys of another account pay nothing until somebody says so`() throws {
      let cloud = try SandboxProcess(groups: 1)
      let site = try Site(cloud)
      let paying = Site.configuration(cloud.endpoint)
      try site.write(paying.replacing("\"pay\"", with: "\"observe\""))
      var daemon = try site.renewald()
      // Whose the keys are is known before the second walk.
      for _ in 0..<2 { try daemon.line("groups seen") }
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
      try site.write(paying)
      try cloud.post("/account", #"{"number":"42"}"#)
      daemon = try site.renewald()
      try daemon.line("ACCOUNT_CHANGED in account test: the keys belong to account 42")
      for _ in 0..<3 { try daemon.line("groups seen") }
      #expect(try cloud.orders().isEmpty)

      let alerts = try site.renewalctl("alerts", "--plain").text.split(separator: "\n")
      let id = try #require(alerts.first { $0.contains("ACCOUNT_CHANGED") }?.split(separator: "\t"))
      #expect(try site.steer("ack", String(id[0])).code == 0)
      try daemon.line("is settled")
      daemon.signal(SIGTERM)
      #expect(try daemon.exit() == 0)
    }
  }
}

extension Site {
  /// A credentials directory with the key under several names, outside of what is
  /// searched for secrets.
  fileprivate func credentials(_ names: [String]) throws -> String {
    let path = "\(directory).credentials"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for name in names {
      _ = FileManager.default.createFile(
        atPath: "\(path)/\(name)",
        contents: Data(
          "access_key_id = testAccessKeyId\naccess_key_secret = \(Canary.secret)\n".utf8),
        attributes: [.posixPermissions: 0o400])
    }
    return path
  }
}
