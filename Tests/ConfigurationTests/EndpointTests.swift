import Configuration
import Testing

@Suite struct `An endpoint` {
  @Test(arguments: [
    ("https://business.aliyuncs.com", "https://business.aliyuncs.com"),
    ("https://Proxy.Example:8443/", "https://proxy.example:8443"),
    ("http://127.8.0.1:18080", "http://127.8.0.1:18080"),
    ("http://[::1]:80", "http://[::1]:80"),
    ("http://localhost", "http://localhost"),
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
    ("https://ex_ample.com", .host),
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
}
