import Glibc

/// A service manager's ear (sd_notify(3)): what `$NOTIFY_SOCKET` names.
final class NotifySocket {
  private let socket: Int32

  init(_ path: String) throws {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw ProcessComplaint(description: "no notify socket at \(path)") }
  }

  deinit { close(socket) }

  /// The next message that begins so, and those before it.
  func messages(until wanted: String, within time: Duration = .seconds(20)) throws -> [String] {
    let deadline = Deadline(time)
    var messages: [String] = []
    while messages.last?.hasPrefix(wanted) != true {
      var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      var buffer = [UInt8](repeating: 0, count: 4096)
      guard poll(&ready, 1, deadline.milliseconds) > 0 else {
        throw ProcessComplaint(description: "no \(wanted) after \(messages)")
      }
      let count = recv(socket, &buffer, buffer.count, 0)
      messages.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }
    return messages
  }
}
