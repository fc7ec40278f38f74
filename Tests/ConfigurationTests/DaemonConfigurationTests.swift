import Configuration
import Glibc
import RenewalCore
import Testing

/// The smallest file that is valid.
private let account = """
  [[account]]
  name = "main"
  region = "cn-shanghai"

  """

private func load(_ texts: String..., directories: Directories = .standard) throws
  -> DaemonConfiguration
{
  let sources = texts.enumerated().map {
    ConfigurationSource(file: "\($0.offset).toml", text: $0.element)
  }
  return try DaemonConfiguration(sources: sources, directories: directories)
}

/// A file of the project by its path from the top.
private func shipped(_ file: String) -> String {
  #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/" + file
}

@Suite struct `A configuration` {
  @Test func `as shipped observes and pays for nothing`() throws {
    let configuration = try DaemonConfiguration(
      sources: ConfigurationSource.read(shipped("config/renewald.toml")))
    #expect(configuration.mode == .observe)
    #expect(configuration.policy.rules.isEmpty)
    #expect(configuration.directories == .standard)
    #expect(configuration.statusSocket == "/run/renewald/status")
    #expect(configuration.accounts.map(\.parameters) == [.withoutBilling])
  }

  @Test func `of the demo pays at this machine only and with short waits`() throws {
    let configuration = try DaemonConfiguration(
      sources: ConfigurationSource.read(shipped("config/demo.toml")))
    #expect(configuration.mode == .pay)
    #expect(configuration.accounts.allSatisfy { $0.endpoint.isLoopback })
    #expect(configuration.accounts.allSatisfy { $0.billingEndpoint.isLoopback })
    #expect(configuration.accounts.allSatisfy { $0.parameters.quarantine == .seconds(7) })
    #expect(configuration.policy.rules.map(\.action) == [.lapse, .renew])
  }

  /// A comment in the shipped file that shows a wrong default would be believed.
  @Test func `as shipped shows the true defaults in its comments`() throws {
    let source = try #require(try ConfigurationSource.read(shipped("config/renewald.toml")).first)
    let lines = String(decoding: source.bytes, as: UTF8.self).split(separator: "\n")
    let start = try #require(lines.firstIndex(of: "# [protocol]"))
    let section = lines[start...].map { $0.dropFirst(2) }.joined(separator: "\n")
    let written = try load(
      account + "billing = true\nendpoint = \"http://127.0.0.1:1\"\n" + section)
    #expect(written.accounts.map(\.parameters) == [.withBilling])
  }

  @Test func `has every key of the shipped file in its manual page`() throws {
    func text(_ file: String) throws -> String {
      String(decoding: try ConfigurationSource.read(shipped(file))[0].bytes, as: UTF8.self)
    }
    let keys = try text("config/renewald.toml").split(separator: "\n").compactMap { line in
      let words = line.drop { "# ".contains($0) }.split(separator: " ", maxSplits: 2)
      return words.count > 1 && words[1] == "=" ? String(words[0]) : nil
    }
    let words = Set(
      try text("packaging/man/renewald.toml.5").split { !($0.isLetter || $0 == "_") }.map(
        String.init))
    #expect(Set(keys).subtracting(words) == [])
    #expect(keys.count > 30)
  }

  @Test func `takes its directories from the caller unless it names them`() throws {
    let given = Directories(state: "/srv/state", runtime: "/srv/run")
    let silent = try load(account, directories: given)
    #expect(silent.directories == given)
    #expect(silent.controlSocket == "/srv/run/control")
    let explicit = try load("state_directory = \"/data/\"\n" + account, directories: given)
    #expect(explicit.directories == Directories(state: "/data", runtime: "/srv/run"))
  }

  @Test func `gives every setting of a rule its value`() throws {
    let configuration = try load(
      account + """
        [defaults]
        period = "1 Month"
        lead_time = "33%"
        maximum_price = "1,250.50 CNY"
        promotion_id = "promo"

        [[rule]]
        name = "one"
        match = { id = "aig-1", name = ["a-*", "b-?"], region = "cn-hangzhou", account = "main", \
        instance_type = "t", status = ["PUBLISHED"], tags = { env = "prod" } }
        action = "renew"

        [[rule]]
        name = "two"
        match = { name = "*" }
        action = "renew"
        period = "1 Year"
        lead_time = "1d 60h"
        auto_pay = false
        maximum_price = "unlimited"
        promotion_id = "other"
        """)
    let matcher = GroupMatcher(
      accounts: ["main"], ids: ["aig-1"], names: ["a-*", "b-?"], regions: ["cn-hangzhou"],
      instanceTypes: ["t"], statuses: ["PUBLISHED"], tags: ["env": "prod"])
    #expect(
      configuration.policy.rules == [
        RenewalRule(
          name: "one", match: matcher, action: .renew, period: .oneMonth,
          leadTime: .days(28) * 33 / 100, promotionID: "promo",
          maximumPrice: Money(minorUnits: 125_050, currency: .cny)),
        RenewalRule(
          name: "two", match: GroupMatcher(names: ["*"]), action: .renew, period: .oneYear,
          leadTime: .hours(84), autoPay: false, promotionID: "other", maximumPrice: nil),
      ])
  }

  @Test func `reads a limit of zero as zero`() throws {
    let configuration = try load(
      account + """
        [[rule]]
        name = "free"
        match = { name = "*" }
        action = "renew"
        period = "1 Month"
        maximum_price = "0 CNY"
        """)
    #expect(configuration.policy.rules[0].maximumPrice == Money(minorUnits: 0, currency: .cny))
    #expect(configuration.policy.rules[0].leadTime == .days(7))
  }

  @Test func `lets an account be more careful than the protocol, never less`() throws {
    let careful = "[protocol]\nvisibility_bound = \"2d\"\nsend_window = \"10s\"\nattempt_cap = 1\n"
    let parameters = try load(account + "billing = true\n" + careful).accounts[0].parameters
    #expect(parameters.visibilityBound == .days(2))
    #expect(parameters.sendWindow == .seconds(10))
    #expect(parameters.attemptCap == 1)
    #expect(parameters.requestLife == ProtocolParameters.withBilling.requestLife)
  }

  @Test func `never sends the keys of a stand-in to the real billing service`() throws {
    let configuration = try load(account + "billing = true\nendpoint = \"http://[::1]:8080\"\n")
    #expect(configuration.accounts[0].billingEndpoint == (try Endpoint("http://[::1]:8080")))
  }
}

@Suite struct `Copies of the ledger` {
  @Test func `are made every day unless that is switched off`() throws {
    #expect(try load(account).backup == BackupConfiguration())
    let backup = try load(account + "[backup]\nautomatic = false\ndaily = 7\nmonthly = 0\n").backup
    #expect(!backup.isAutomatic)
    #expect(backup.retention == BackupRetention(daily: 7, monthly: 0))
    #expect(throws: ConfigurationError.self) { _ = try load(account + "[backup]\ndaily = 0\n") }
  }
}

@Suite struct `Drop-in files` {
  @Test func `replace single values and add to accounts and rules`() throws {
    let rule = "[[rule]]\nmatch = { name = \"a\" }\naction = \"lapse\"\n"
    let configuration = try load(
      "mode = \"plan\"\n[sweep]\ninterval = \"2h\"\n" + account + rule + "name = \"first\"\n",
      "mode = \"pay\"\n" + rule + "name = \"second\"\n",
      "[[account]]\nname = \"other\"\nregion = \"ap-southeast-1\"\n")
    #expect(configuration.mode == .pay)
    #expect(configuration.sweepInterval == .hours(2))
    #expect(configuration.policy.rules.map(\.name) == ["first", "second"])
    #expect(configuration.accounts.map(\.name) == ["main", "other"])
    #expect(
      configuration.accounts[1].endpoint.description
        == "https://appstream-center.ap-southeast-1.aliyuncs.com")
  }

  @Test func `have their own places in problems, in the order of the files`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try load("mode = \"on\"\n" + account, "\n[sweep]\nevery = \"1h\"\n")
    }
    #expect(error.problems.map(\.position.description) == ["0.toml:1:8", "1.toml:3:1"])
  }

  @Test func `that disagree about what a key is are refused at the later place`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try load(account, "account = 3\n")
    }
    #expect(error.description == "1.toml:1:11: this is an integer here and a list at 0.toml:1:1")
  }

  @Test func `are all reported where several are no TOML`() throws {
    let error = try #require(throws: ConfigurationError.self) { _ = try load("a =", "[b") }
    #expect(error.problems.map(\.position.file) == ["0.toml", "1.toml"])
  }

  @Test func `are read in the order of their names from conf.d beside the file`() throws {
    var template = Array("/tmp/renewald-configuration-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
      for name in ["conf.d/b.toml", "conf.d/a.toml", "conf.d/.c.toml", "main.toml"] {
        unlink(directory + "/" + name)
      }
      rmdir(directory + "/conf.d")
      rmdir(directory)
    }
    mkdir(directory + "/conf.d", 0o700)
    for name in ["conf.d/b.toml", "conf.d/a.toml", "conf.d/.c.toml", "main.toml"] {
      let file = try #require(fopen(directory + "/" + name, "w"))
      fputs("# \(name)\n", file)
      fclose(file)
    }
    let sources = try ConfigurationSource.read(directory + "/main.toml")
    #expect(
      sources.map { String(decoding: $0.bytes, as: UTF8.self) }
        == ["# main.toml\n", "# conf.d/a.toml\n", "# conf.d/b.toml\n"])
  }

  @Test func `that are missing altogether give one problem with the system's reason`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try ConfigurationSource.read("/nonexistent/renewald.toml")
    }
    #expect(
      error.description
        == "/nonexistent/renewald.toml: cannot be opened: No such file or directory")
  }
}
