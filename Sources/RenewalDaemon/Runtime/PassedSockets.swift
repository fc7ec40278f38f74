import Glibc
import Systemd
import Varlink

/// The sockets that the service manager has passed to this process: of its socket
/// units, or of an earlier process that had made them itself.
struct PassedSockets {
  private let notifier: Notifier
  private var sockets = ActivatedSocket.takeAll()

  init(notifier: Notifier) { self.notifier = notifier }

  /// The socket of a unit; where there is none, one at the path, which callers keep over
  /// restarts as they would that of a unit.
  mutating func listener(_ name: String, at path: String) throws(SocketError) -> ListeningSocket {
    if let descriptor = take(name) {
      return try ListeningSocket(adopting: descriptor, name: name)
    }
    if isSocket(path), let descriptor = take(path) {
      return try ListeningSocket(adopting: descriptor, name: name)
    }
    let socket = try ListeningSocket(binding: path, name: name)
    guard notifier.hasManager else { return socket }
    notifier.keep(socket.descriptor, as: path)
    return socket.leavingFile
  }

  /// Those that nobody has asked for, from before a configuration was changed.
  mutating func closeOthers() {
    for socket in sockets {
      notifier.forget(socket.name)
      close(socket.descriptor)
    }
    sockets = []
  }

  private mutating func take(_ name: String) -> Int32? {
    guard let index = sockets.firstIndex(where: { $0.name == name }) else { return nil }
    return sockets.remove(at: index).descriptor
  }

  private func isSocket(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }
}
