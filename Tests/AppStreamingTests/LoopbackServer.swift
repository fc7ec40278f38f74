import Foundation
import Glibc
import Synchronization

/// A server on loopback that does to a connection what a test tells it to,
/// byte by byte: no HTTP library would misbehave like this.
final class LoopbackServer: Sendable {
  let port: Int
  private let listener: Int32
  private let log = RequestLog()

  /// The head of every request that arrived complete, in order.
  var received: [String] { log.heads.withLock { $0 } }

  /// - Parameter serve: what becomes of one connection, on a thread of its own.
  init(_ serve: @escaping @Sendable (LoopbackConnection) -> Void) throws {
    let (listener, port) = try boundSocket()
    self.listener = listener
    self.port = port
    listen(listener, 16)
    Thread.detachNewThread { [listener, log] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        Thread.detachNewThread {
          let connection = LoopbackConnection(descriptor) { head in
            log.heads.withLock { $0.append(head) }
          }
          serve(connection)
          connection.close()
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// A port on which nobody listens.
  static func refusedPort() throws -> Int {
    let (descriptor, port) = try boundSocket()
    close(descriptor)
    return port
  }
}

private final class RequestLog: Sendable {
  let heads = Mutex<[String]>([])
}

final class LoopbackConnection {
  private var descriptor: Int32
  private let record: (String) -> Void

  init(_ descriptor: Int32, record: @escaping (String) -> Void) {
    self.descriptor = descriptor
    self.record = record
  }

  /// Waits for the end of a request's head. These requests have no body.
  @discardableResult
  func readRequest() -> Bool {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard read(descriptor, &byte, 1) == 1 else { return false }
      head.append(byte)
    }
    record(String(decoding: head, as: UTF8.self))
    return true
  }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func answer(_ body: String, status: String = "200 OK", headers: String = "") {
    write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
  }

  /// As a proxy: carries bytes to that port and back until one side is done.
  func tunnel(to port: Int) {
    let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(far) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { return }
    var ends = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: far, events: Int16(POLLIN), revents: 0),
    ]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while poll(&ends, 2, 20_000) > 0 {
      for (from, to) in [(0, 1), (1, 0)] where ends[from].revents != 0 {
        let count = read(ends[from].fd, &buffer, buffer.count)
        guard count > 0, send(ends[to].fd, buffer, count, Int32(MSG_NOSIGNAL)) == count else {
          return
        }
      }
    }
  }

  /// Waits until the other side has closed.
  func waitForEnd() {
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) > 0 {}
  }

  /// Ends with FIN.
  func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Ends with RST.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    close()
  }
}

private func boundSocket() throws -> (descriptor: Int32, port: Int) {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
  return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}
