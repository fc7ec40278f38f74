import Configuration
import Dispatch
import Exposition
import Glibc
import Varlink

/// Serves `GET /metrics` over HTTP on this machine, on a queue of its own.
///
/// As much HTTP as a scrape needs: one request a connection, no body, no headers
/// that matter. Page after page is asked for when the one before is taken, so that
/// a slow reader costs its own time and no memory. Whoever is too slow, too long or
/// too many is cut off.
final class MetricsServer: @unchecked Sendable {
  struct Page: Sendable {
    var text: String
    var next: String?
  }

  /// Answers on any queue; `nil` where the page cannot be had.
  typealias Source =
    @Sendable (_ cursor: String?, _ reply: @escaping @Sendable (Page?) -> Void)
    -> Void

  private static let connectionLimit = 8

  private let queue = DispatchQueue(label: "renewald metrics")
  private let source: Source
  private let descriptor: Int32
  private let path: String?
  private let acceptor: any DispatchSourceRead
  private var connections: [Int32: MetricsConnection] = [:]
  private let closed = DispatchSemaphore(value: 0)

  /// Listens from now on.
  ///
  /// - Throws: `MetricsServerError` where the system refuses the address.
  init(_ address: MetricsAddress, source: @escaping Source) throws(MetricsServerError) {
    self.source = source
    switch address {
    case .unix(let path):
      do throws(SocketError) {
        descriptor = try ListeningSocket(binding: path, name: "metrics").descriptor
      } catch { throw MetricsServerError(address, "\(error)") }
      self.path = path
    case .loopback(let host, let port):
      descriptor = try Self.listen(host, port, address)
      path = nil
    }
    acceptor = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    acceptor.setEventHandler { [weak self] in self?.accept() }
    acceptor.setCancelHandler { [descriptor, path, closed] in
      if let path { unlink(path) }
      close(descriptor)
      closed.signal()
    }
    acceptor.resume()
  }

  /// Closes the socket and all connections before it returns. Not to be called from
  /// the source.
  func stop() {
    queue.sync {
      connections.values.forEach { $0.close() }
      acceptor.cancel()
    }
    closed.wait()
  }

  /// The port, for a test that let the system choose it.
  var port: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  private func accept() {
    while true {
      let socket = Glibc.accept(descriptor, nil, nil)
      guard socket >= 0 else {
        if errno == EINTR || errno == ECONNABORTED { continue }
        // Out of descriptors: the connection waits at the door and would wake us
        // without end.
        if errno != EAGAIN {
          acceptor.suspend()
          queue.asyncAfter(deadline: .now() + 1) { [self] in acceptor.resume() }
        }
        return
      }
      guard connections.count < Self.connectionLimit,
        fcntl(socket, F_SETFL, O_NONBLOCK) == 0, fcntl(socket, F_SETFD, FD_CLOEXEC) == 0
      else {
        close(socket)
        continue
      }
      let connection = MetricsConnection(socket, queue: queue, source: source) { [weak self] in
        self?.connections[socket] = nil
      }
      connections[socket] = connection
      connection.start()
    }
  }

  private static func listen(
    _ host: String, _ port: UInt16, _ address: MetricsAddress
  ) throws(MetricsServerError) -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else {
      throw MetricsServerError(address, "it is no address")
    }
    defer { freeaddrinfo(found) }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(found.pointee.ai_family, type, 0)
    // A connection that was closed a moment ago must not keep a restart from the port.
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard descriptor >= 0, bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
      Glibc.listen(descriptor, 16) == 0
    else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw MetricsServerError(address, reason)
    }
    return descriptor
  }
}

/// Why metrics are not served. Everything else goes on without them.
struct MetricsServerError: Error, CustomStringConvertible {
  var description: String

  init(_ address: MetricsAddress, _ reason: String) {
    description =
      "metrics are not served on \(address): \(reason). Under the shipped unit a port needs "
      + "SocketBindAllow= in a drop-in (see renewald.toml(5)); renewalctl reload tries again"
  }
}
