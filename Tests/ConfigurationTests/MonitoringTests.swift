import Configuration
import RenewalCore
import Testing

@Suite struct `What a configuration lets out` {
  private func load(_ text: String) throws -> MonitoringConfiguration {
    let account = "[[account]]\nname = \"main\"\nregion = \"cn-shanghai\"\n"
    return try DaemonConfiguration(sources: [.init(file: "f", text: account + text)]).monitoring
  }

  @Test func `is nothing unless it is written down`() throws {
    #expect(try load("") == MonitoringConfiguration())
  }

  @Test(arguments: [
    ("127.0.0.1:9468", MetricsAddress.loopback("127.0.0.1", port: 9468)),
    ("[::1]:9468", .loopback("::1", port: 9468)),
    ("unix:/run/renewald/metrics", .unix("/run/renewald/metrics")),
  ])
  func `are metrics, on this machine`(text: String, address: MetricsAddress) throws {
    #expect(try load("[metrics]\nlisten = \"\(text)\"").listen == address)
    #expect(address.description == text)
  }

  @Test(arguments: ["localhost:9468", "10.0.0.1:9468", ":9468", "9468", "unix:run", "[::]:9468"])
  func `are metrics for nobody else`(text: String) {
    #expect(throws: ConfigurationError.self) { try load("[metrics]\nlisten = \"\(text)\"") }
  }

  @Test func `are messages, by a URL or by a credential`() throws {
    let monitoring = try load(
      """
      [heartbeat]
      url = "https://hc.example/abc"
      [[webhook]]
      name = "chat"
      kind = "dingtalk"
      url_credential = "chat-url"
      secret_credential = "chat-secret"
      severity = "page"
      """)
    #expect(monitoring.heartbeat == .url(try SecretURL("https://hc.example/abc")))
    #expect(
      monitoring.webhooks == [
        WebhookConfiguration(
          name: "chat", kind: .dingtalk, address: .credential("chat-url"),
          secretCredential: "chat-secret", severity: .page)
      ])
  }

  @Test func `never shows a URL that may be a secret`() throws {
    let monitoring = try load("[heartbeat]\nurl = \"https://hc.example/abc?token=def\"")
    var dumped = ""
    dump(monitoring, to: &dumped)
    for text in ["\(monitoring)", String(reflecting: monitoring), dumped] {
      #expect(!text.contains("abc") && !text.contains("def"))
      #expect(text.contains("https://hc.example/…"))
    }
    for broken in ["http://hc.example/abc", "https://hc.example/abc def", "ftp://x/abc"] {
      let error = try #require(throws: ConfigurationError.self) {
        try load("[heartbeat]\nurl = \"\(broken)\"")
      }
      #expect(!error.description.contains("abc"))
    }
  }

  @Test func `takes a URL apart and keeps every byte of it`() throws {
    let url = try SecretURL("https://h.example:8443/a/b?c=d&e")
    #expect(url.endpoint.description == "https://h.example:8443")
    #expect(url.target == "/a/b?c=d&e")
    #expect(url.appending("fail").target == "/a/b/fail?c=d&e")
    #expect(url.adding(query: "x=1").target == "/a/b?c=d&e&x=1")
    #expect(try SecretURL("https://h.example").target == "/")
    #expect(try SecretURL("https://h.example").appending("fail").target == "/fail")
    #expect(try SecretURL("https://h.example?a").adding(query: "b").target == "/?a&b")
  }
}
