import FoundationEssentials
import Glibc
import Testing

@testable import SandboxCloud

/// What a plain TCP client sees. Blocking, so it waits for the other side and for no clock.
private struct Socket: ~Copyable {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
  }

  deinit { close(descriptor) }

  func send(_ text: String) { _ = write(descriptor, text, text.utf8.count) }

  /// Everything until the end of the connection, and the error that ended it, if any.
  func readToEnd() -> (text: String, error: Int32) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else {
        return (String(decoding: bytes, as: UTF8.self), count < 0 ? errno : 0)
      }
      bytes += buffer.prefix(count)
    }
  }
}

@Suite struct `The sandbox on the wire` {
  /// A running sandbox, and one list request for it that asks for the connection's end.
  private func start(_ fault: SandboxFault? = nil) throws -> (caller: Caller, request: String) {
    let caller = Caller()
    try caller.server.start()
    if let fault { caller.server.inject(fault) }
    let request = caller.signed("ListAppInstanceGroup", ["ProductType": "CloudApp"])
    let headers = request.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
    let head = "POST /?\(request.rawQuery) HTTP/1.1\r\n\(headers)connection: close\r\n"
    return (caller, head + "content-length: 0\r\n\r\n")
  }

  @Test func `a signed request is answered over TCP`() throws {
    let (caller, request) = try start()
    defer { caller.server.stop() }
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    let answer = socket.readToEnd().text
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.contains("date: Wed, 02 Jan 2030 03:04:05 GMT\r\n"))
    #expect(answer.contains(caller.dueGroup.id))
  }

  @Test func `a cut connection ends in order without a byte`() throws {
    let (caller, request) = try start(SandboxFault(.cut))
    defer { caller.server.stop() }
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    let end = socket.readToEnd()
    #expect(end.text.isEmpty)
    #expect(end.error == 0)
  }

  @Test func `a reset connection ends with a reset`() throws {
    let (caller, request) = try start(SandboxFault(.reset))
    defer { caller.server.stop() }
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    #expect(socket.readToEnd().error == ECONNRESET)
  }

  @Test func `a short answer promises more than it brings`() throws {
    let (caller, request) = try start(SandboxFault(.short))
    defer { caller.server.stop() }
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    let text = socket.readToEnd().text
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
    let body = try #require(parts.last)
    let promised = try #require(
      parts[0].split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst("content-length: ".count)) })
    #expect(body.utf8.count == promised / 2)
  }

  @Test func `a dripping answer arrives whole in the end`() throws {
    var fault = SandboxFault(.drip)
    fault.milliseconds = 0
    let (caller, request) = try start(fault)
    defer { caller.server.stop() }
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    let body = try #require(socket.readToEnd().text.split(separator: "\r\n\r\n").last)
    #expect(WireJSON(bytes: body.utf8)?["TotalCount"]?.integer == 12)
  }

  @Test func `a hanging call says nothing until the sandbox stops`() throws {
    let (caller, request) = try start(SandboxFault(.hang))
    let socket = try Socket(port: caller.server.port)
    socket.send(request)
    while caller.server.requests.isEmpty { sched_yield() }
    caller.server.stop()
    #expect(socket.readToEnd().text.isEmpty)
  }

  @Test func `the control interface has a port of its own`() throws {
    let caller = Caller { $0.controlPort = 0 }
    try caller.server.start()
    defer { caller.server.stop() }
    let endpoint = try #require(caller.server.controlEndpoint)
    let socket = try Socket(
      port: try #require(endpoint.split(separator: ":").last.flatMap { Int($0) }))
    socket.send("GET /state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(socket.readToEnd().text.contains(#""paidOrders":0"#))
  }

  @Test func `with TLS the authority is written, and plain HTTP is not answered`() throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "sandbox-cloud-\(getpid())").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let caller = Caller { $0.tlsDirectory = directory }
    try caller.server.start()
    defer { caller.server.stop() }
    #expect(caller.server.endpoint.hasPrefix("https://"))
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    #expect(files == ["ca.pem"])
    let authority = try String(contentsOfFile: directory + "/ca.pem", encoding: .utf8)
    #expect(authority.hasPrefix("-----BEGIN CERTIFICATE-----"))
    let socket = try Socket(port: caller.server.port)
    socket.send("GET /credentials HTTP/1.1\r\nhost: x\r\n\r\n")
    #expect(!socket.readToEnd().text.contains("AccessKeyId"))
  }

  @Test func `a port in use and an address of the world are refused with a reason`() throws {
    let first = Caller()
    try first.server.start()
    defer { first.server.stop() }
    let port = first.server.port
    let second = Caller { $0.port = port }
    #expect(throws: SandboxError.self) { try second.server.start() }
    let open = Caller { $0.host = "0.0.0.0" }
    #expect(throws: SandboxError.notLoopback("0.0.0.0")) { try open.server.start() }
  }

  @Test func `its state can be read after it stopped, and it starts again`() throws {
    let caller = Caller()
    try caller.server.start()
    caller.renew(caller.dueGroup.id)
    caller.server.stop()
    caller.server.stop()
    #expect(caller.server.orders.count == 1)
    #expect(try caller.server.start() > 0)
    caller.server.stop()
  }
}
