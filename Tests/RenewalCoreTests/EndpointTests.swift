import RenewalCore
import Testing

@Suite struct `An endpoint` {
  @Test(arguments: [
    ("https://business.aliyuncs.com", "https://business.aliyuncs.com"),
    ("https://Proxy.Example:8443/", "https://proxy.example:8443"),
    ("http://127.8.0.1:18080", "http://127.8.0.1:18080"),
    ("http://[::1]:80", "http://[::1]"),
    ("http://[::1]:8080", "http://[::1]:8080"),
    ("http://localhost", "http://localhost"),
    ("https://[::ffff:192.0.2.1]", "https://[::ffff:192.0.2.1]"),
  ])
  func `is a scheme, a host and a port`(_ text: String, _ shown: String) throws {
    #expect(try Endpoint(text).description == shown)
  }

  @Test(arguments: [
    ("http://10.0.0.1", EndpointError.plainHTTP),
    ("http://127.0.0.1.example.com", .plainHTTP),
    ("http://127.0.0.256", .plainHTTP),
    ("http://localhost.example.com", .plainHTTP),
    ("HTTPS://example.com", .scheme),
    ("example.com", .scheme),
    ("ftp://example.com", .scheme),
    ("https://", .host),
    ("https://:443", .host),
    ("https://[::1", .host),
    ("https://[::1]x", .host),
    ("https://[]", .host),
    ("https://[::g]", .host),
    ("http://[::ffff:127.0.0.1]", .plainHTTP),
    ("https://ex_ample.com", .host),
    ("https://exämple.com", .host),
    ("http://127.0.0", .plainHTTP),
    ("http://100.100.100.200", .plainHTTP),
    ("http://[::2]", .plainHTTP),
    ("https://example.com:0", .port),
    ("https://example.com:65536", .port),
    ("https://example.com:+1", .port),
    ("https://example.com:", .port),
    ("https://user@example.com", .surplus),
    ("http://127.0.0.1@example.com", .surplus),
    ("https://example.com/path", .surplus),
    ("https://example.com?query", .surplus),
    ("https://example.com#", .surplus),
  ])
  func `that could lead elsewhere is refused`(_ text: String, _ error: EndpointError) {
    #expect(throws: error) { _ = try Endpoint(text) }
  }

  @Test func `of a proxy is plain, names its port and nothing else`() throws {
    #expect(try Proxy("http://Proxy.example:3128").description == "http://proxy.example:3128")
    #expect(try Proxy("http://10.0.0.1").description == "http://10.0.0.1:80")
    for text in ["https://p:1", "socks5://p:1", "http://user:word@p:1", "p:3128", "http://p:1/x"] {
      #expect(throws: EndpointError.proxy) { _ = try Proxy(text) }
    }
  }

  @Test func `exists for published regions only`() {
    #expect(
      Endpoint.appStreaming(region: "cn-shanghai")?.description
        == "https://appstream-center.cn-shanghai.aliyuncs.com")
    #expect(Endpoint.appStreaming(region: "cn-hangzhou") == nil)
  }

  @Test func `names its authority without the scheme's own port`() throws {
    #expect(try Endpoint("https://example.com:443").authority == "example.com")
    #expect(try Endpoint("http://[::1]:8080").authority == "[::1]:8080")
  }
}

@Suite struct `A URL that may be a secret` {
  @Test func `needs a scheme like any other`() {
    #expect(throws: EndpointError.scheme) { _ = try SecretURL("hooks.example.com/token") }
    #expect(throws: EndpointError.scheme) { _ = try SecretURL("/token") }
  }

  @Test(arguments: [
    ("https://h.example", "/?b=1"), ("https://h.example/token", "/token?b=1"),
    ("https://h.example/token?a=1", "/token?a=1&b=1"), ("https://h.example?a=1", "/?a=1&b=1"),
  ])
  func `takes more of a query behind what it has`(text: String, target: String) throws {
    let url = try SecretURL(text).adding(query: "b=1")
    #expect(url.target == target)
    #expect("\(url)" == "https://h.example/…")
  }
}
