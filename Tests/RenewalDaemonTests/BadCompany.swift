import Dispatch
import Glibc
import Synchronization

/// Callers of every bad kind, all at once and without end.
final class BadCompany: Sendable {
  enum Kind: CaseIterable {
    /// A byte now and then, never a call.
    case slow
    case silent
    case flooding
    case garbage
    /// Calls that are longer than any may be.
    case huge
    /// Asks for large answers and takes none.
    case neverReading
  }

  private let path: String
  private let stopped = Atomic(false)
  private let threads = DispatchGroup()
  /// Bytes that were sent, so that a test knows they were not all turned away.
  let sent = Atomic<Int>(0)

  /// - Parameter count: of connections of each kind.
  init(at path: String, each count: Int) {
    self.path = path
    for kind in Kind.allCases {
      let queue = DispatchQueue(label: "bad company")
      threads.enter()
      queue.async { [self] in
        torment(kind, count)
        threads.leave()
      }
    }
  }

  func stop() {
    stopped.store(true, ordering: .relaxed)
    threads.wait()
  }

  private func torment(_ kind: Kind, _ count: Int) {
    var callers = (0..<count).map { _ in connected() }
    let status = Array(#"{"method":"io.renewald.Control.Status"}"#.utf8) + [0]
    let list = Array(#"{"method":"io.renewald.Control.List"}"#.utf8) + [0]
    let huge = [UInt8](repeating: 0x7B, count: 256 * 1024)
    var generator = SystemRandomNumberGenerator()
    var sink = [UInt8](repeating: 0, count: 64 * 1024)
    while !stopped.load(ordering: .relaxed) {
      for index in callers.indices {
        let caller = callers[index]
        let isAlive: Bool
        switch kind {
        case .slow: isAlive = send(caller, [0x20])
        case .silent: isAlive = send(caller, [])
        case .flooding:
          isAlive = (0..<20).allSatisfy { _ in send(caller, status) }
          _ = recv(caller, &sink, sink.count, Int32(MSG_DONTWAIT))
        case .garbage:
          isAlive = send(caller, (0..<200).map { _ in .random(in: 0...255, using: &generator) })
        case .huge: isAlive = send(caller, huge)
        case .neverReading: isAlive = send(caller, list)
        }
        if !isAlive {
          _ = close(caller)
          callers[index] = connected()
        }
      }
      // Until one of them is answered, and a millisecond at most: the processor
      // is for the one that is tested.
      var watched = callers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = poll(&watched, nfds_t(watched.count), 1)
    }
    for caller in callers { _ = close(caller) }
  }

  /// - Returns: whether the other side has not hung up.
  private func send(_ caller: Int32, _ bytes: [UInt8]) -> Bool {
    let count = Glibc.send(
      caller, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    if count > 0 { sent.add(count, ordering: .relaxed) }
    return count >= 0 || errno == EAGAIN
  }

  private func connected() -> Int32 { Self.connected(path) }

  static func connected(_ path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return descriptor
  }
}
