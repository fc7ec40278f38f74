import Configuration
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The metrics port` {
  private static let pages = ["a": "1\n", "b": String(repeating: "x", count: 300_000) + "\n"]

  /// Three pages: the first, `a`, `b`.
  private let source: MetricsServer.Source = { cursor, reply in
    let next = cursor == nil ? "a" : cursor == "a" ? "b" : nil
    reply(MetricsServer.Page(text: cursor.flatMap { pages[$0] } ?? "0\n", next: next))
  }

  private func answer(
    to request: String, _ source: MetricsServer.Source? = nil
  ) throws -> String {
    let server = try MetricsServer(.loopback("127.0.0.1", port: 0), source: source ?? self.source)
    defer { server.stop() }
    let socket = try #require(connect(to: server.port))
    defer { close(socket) }
    return exchange(socket, request)
  }

  private func connect(to port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return result == 0 ? descriptor : nil
  }

  /// Sends, and reads until the other side closes, for some seconds at most.
  private func exchange(_ socket: Int32, _ request: String) -> String {
    let bytes = Array(request.utf8)
    _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    var answer: [UInt8] = []
    while true {
      var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      guard poll(&ready, 1, 10_000) > 0, case let count = recv(socket, &buffer, buffer.count, 0),
        count > 0
      else { return String(decoding: answer, as: UTF8.self) }
      answer += buffer[..<count]
    }
  }

  @Test func `gives all pages in chunks, and their end`() throws {
    let answer = try answer(to: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"))
    let parts = answer.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(parts.contains("Transfer-Encoding: chunked"))
    #expect(answer.contains("\r\n\r\n2\r\n0\n\r\n2\r\n1\n\r\n493e1\r\nxxx"))
    #expect(answer.hasSuffix("x\n\r\n0\r\n\r\n"))
  }

  @Test func `gives a client of HTTP 1.0 the plain text`() throws {
    let answer = try answer(to: "GET /metrics?x HTTP/1.0\r\n\r\n")
    #expect(!answer.contains("chunked"))
    #expect(answer.contains("\r\n\r\n0\n1\nxxx"))
  }

  @Test(arguments: [
    ("POST /metrics HTTP/1.1\r\n\r\n", "405"), ("GET / HTTP/1.1\r\n\r\n", "404"),
    ("GET /metrics/../x HTTP/1.1\r\n\r\n", "404"), ("GET /metrics\r\n\r\n", "400"),
    ("GET /metrics HTTP/2\r\n\r\n", "400"), ("\0\r\n\r\n", "400"),
    ("GET /metrics HTTP/1.1\r\nX: " + String(repeating: "x", count: 9000), "431"),
  ])
  func `refuses all else`(request: String, status: String) throws {
    #expect(try answer(to: request).hasPrefix("HTTP/1.1 \(status) "))
  }

  @Test func `says so when nothing can be had, and breaks off rather than end in the middle`()
    throws
  {
    let request = "GET /metrics HTTP/1.1\r\n\r\n"
    #expect(try answer(to: request, { _, reply in reply(nil) }).hasPrefix("HTTP/1.1 503 "))
    let half = try answer(to: request) { cursor, reply in
      reply(cursor == nil ? MetricsServer.Page(text: "0\n", next: "a") : nil)
    }
    #expect(half.hasSuffix("2\r\n0\n\r\n"))
  }

  @Test func `turns away a crowd, and serves whoever comes after it`() throws {
    let server = try MetricsServer(.loopback("127.0.0.1", port: 0), source: source)
    defer { server.stop() }
    let crowd = (0..<8).compactMap { _ in connect(to: server.port) }
    #expect(crowd.count == 8)
    let late = try #require(connect(to: server.port))
    #expect(exchange(late, "GET /metrics HTTP/1.1\r\n\r\n").isEmpty)
    close(late)
    for socket in crowd {
      #expect(exchange(socket, "GET /metrics HTTP/1.0\r\n\r\n").contains("200 OK"))
    }
    crowd.forEach { close($0) }
    let next = try #require(connect(to: server.port))
    defer { close(next) }
    #expect(exchange(next, "GET /metrics HTTP/1.0\r\n\r\n").contains("200 OK"))
  }

  @Test func `serves on a Unix socket, and says when a port is taken`() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/metrics"
    let server = try MetricsServer(.unix(path), source: source)
    #expect(access(path, F_OK) == 0)
    server.stop()
    #expect(access(path, F_OK) != 0)

    let first = try MetricsServer(.loopback("127.0.0.1", port: 0), source: source)
    defer { first.stop() }
    let error = #expect(throws: MetricsServerError.self) {
      _ = try MetricsServer(.loopback("127.0.0.1", port: first.port), source: source)
    }
    #expect(error?.description.contains("127.0.0.1:\(first.port)") == true)
    #expect(error?.description.contains("SocketBindAllow=") == true)
  }
}
