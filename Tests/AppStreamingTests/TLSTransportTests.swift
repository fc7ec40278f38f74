import RenewalCore
import SandboxCloud
import TestSupport
import Testing

@testable import AppStreaming

@Suite struct `The transport under TLS` {
  let directory: TemporaryDirectory
  let server: SandboxServer

  init() throws {
    directory = try TemporaryDirectory()
    var configuration = SandboxConfiguration()
    configuration.tlsDirectory = directory.path
    server = SandboxServer(configuration)
    _ = try server.start()
  }

  var authority: String { "\(directory.path)/ca.pem" }

  func outcome(
    caFile: String?, proxy: Int? = nil, to endpoint: String? = nil
  ) async throws -> Result<HTTPResponse, HTTPFailure> {
    let transport = try CurlTransport(
      caFile: caFile, proxy: try proxy.map { try Proxy("http://127.0.0.1:\($0)") })
    let request = HTTPRequest(
      endpoint: try Endpoint(endpoint ?? server.endpoint), target: "/?secret=1",
      transmission: .once)
    return await withCheckedContinuation { continuation in
      transport.start(request) { continuation.resume(returning: $0) }
    }
  }

  @Test func `an authority that is configured is trusted`() async throws {
    let response = try await outcome(caFile: authority).get()
    // The sandbox refuses a request without a signature; it was understood.
    #expect((400..<500).contains(response.status))
  }

  @Test func `one that is not ends the call before anything is sent`() async throws {
    for caFile in [nil, "/nowhere/ca.pem"] {
      guard case .failure(.notSent) = try await outcome(caFile: caFile) else {
        Issue.record("an unknown authority was trusted")
        return
      }
    }
    #expect(server.requests.isEmpty)
  }

  @Test func `what a proxy carries it can only carry`() async throws {
    let port = try #require(Int(server.endpoint.split(separator: ":").last ?? ""))
    let proxy = try LoopbackServer { connection in
      connection.readRequest()
      connection.write("HTTP/1.1 200 Connection established\r\n\r\n")
      connection.tunnel(to: port)
    }
    let response = try await outcome(caFile: authority, proxy: proxy.port).get()
    #expect((400..<500).contains(response.status))
    #expect(proxy.received.count == 1 && server.requests.count == 1)
    #expect(proxy.received[0].hasPrefix("CONNECT 127.0.0.1:\(port) HTTP/1.1\r\n"))
    #expect(!proxy.received[0].contains("secret"))
  }

  @Test func `plain http to this machine goes through no proxy`() async throws {
    let proxy = try LoopbackServer { $0.close() }
    let plain = try LoopbackServer { connection in
      connection.readRequest()
      connection.answer("{}")
    }
    let answer = try await outcome(
      caFile: nil, proxy: proxy.port, to: "http://127.0.0.1:\(plain.port)")
    #expect(try answer.get().status == 200)
    #expect(proxy.received.isEmpty && plain.received.count == 1)
  }

  @Test func `without its proxy nothing is sent, and nothing goes around it`() async throws {
    let nobody = try LoopbackServer.refusedPort()
    guard case .failure(.notSent) = try await outcome(caFile: authority, proxy: nobody) else {
      Issue.record("a missing proxy was not seen")
      return
    }
    let unwilling = try LoopbackServer { connection in
      connection.readRequest()
      connection.answer("", status: "407 Proxy Authentication Required")
    }
    guard case .failure = try await outcome(caFile: authority, proxy: unwilling.port) else {
      Issue.record("a proxy's refusal was taken for an answer")
      return
    }
    #expect(server.requests.isEmpty)
  }

  /// RFC 5246, section 7.4.1.3: a server names the version that both will speak.
  @Test func `an older version than 1.2 is refused before anything is sent`() async throws {
    let old = try LoopbackServer { connection in
      let hello: [UInt8] =
        [0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2] + [UInt8](repeating: 7, count: 32)
        + [0, 0, 0x2F, 0]
      connection.write(hello)
      connection.waitForEnd()
    }
    let result = try await outcome(caFile: authority, to: "https://127.0.0.1:\(old.port)")
    guard case .failure(.notSent(let reason)) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(reason.contains("unsupported protocol"), "\(reason)")
  }
}
