import CSystemd
import Glibc

/// A socket that the service manager opened and passed on (sd_listen_fds(3)).
package struct ActivatedSocket: Hashable, Sendable {
  /// `FileDescriptorName=` of its socket unit, or what an earlier process has kept it
  /// as (`Notifier.keep`).
  package var name: String
  /// Open, close-on-exec and non-blocking; the receiver owns it.
  package var descriptor: Int32

  /// Takes over all sockets that were passed to this process. Only the first
  /// call finds any: `$LISTEN_FDS` is cleared, lest a child take them for its own.
  package static func takeAll() -> [ActivatedSocket] {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = sd_listen_fds_with_names(1, &names)
    defer {
      if let names {
        for index in 0..<Int(max(count, 0)) { free(names[index]) }
        free(names)
      }
    }
    guard count > 0, let names else { return [] }
    return (0..<count).map { index in
      let descriptor = SD_LISTEN_FDS_START + index
      // systemd passes sockets as they are, and an accept loop on a blocking
      // one hangs as soon as a client is gone before it is accepted.
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      return ActivatedSocket(
        name: names[Int(index)].map { String(cString: $0) } ?? "", descriptor: descriptor)
    }
  }
}
