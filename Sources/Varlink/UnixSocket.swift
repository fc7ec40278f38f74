import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it at connect.
package struct PeerCredentials: Hashable, Sendable {
  package var processID: Int32
  package var userID: UInt32
  package var groupID: UInt32

  package init(processID: Int32, userID: UInt32, groupID: UInt32) {
    self.processID = processID
    self.userID = userID
    self.groupID = groupID
  }

  init(of socket: FileDescriptor) throws(SocketError) {
    // `struct ucred`: process, user and group, each of 32 bits (unix(7)).
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
      throw SocketError("read the peer's credentials")
    }
    self.init(
      processID: credentials.pid, userID: credentials.uid, groupID: credentials.gid)
  }
}

typealias FileDescriptor = Int32

/// A system call on a socket that failed.
package struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as a phrase behind "cannot".
  package var attempt: String
  /// As in `errno`; 0 where the system had nothing against it.
  package var code: Int32
  package var detail: String

  /// From the calling thread's `errno`.
  init(_ attempt: String) { self.init(attempt, code: errno) }

  init(_ attempt: String, code: Int32, detail: String? = nil) {
    self.attempt = attempt
    self.code = code
    self.detail = detail ?? String(cString: strerror(code))
  }

  package var description: String { "cannot \(attempt): \(detail)" }
}

/// A listening socket and the name by which handlers know it.
package struct ListeningSocket: Hashable, Sendable {
  package var name: String
  package let descriptor: Int32
  /// Removed when the server closes. `nil` for an adopted socket: its file
  /// belongs to whoever made it.
  private(set) var path: String?

  /// Takes over a socket that somebody else bound, systemd for instance.
  ///
  /// - Throws: `SocketError` unless it is a listening Unix stream socket.
  package init(adopting descriptor: Int32, name: String) throws(SocketError) {
    guard option(SO_DOMAIN, of: descriptor) == AF_UNIX,
      option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
      option(SO_ACCEPTCONN, of: descriptor) == 1
    else {
      throw SocketError(
        "use descriptor \(descriptor) as '\(name)'", code: 0,
        detail: "it is no listening Unix stream socket")
    }
    // An adopted socket may block; the accept loop would then never end.
    try makeNonBlocking(descriptor)
    self.name = name
    self.descriptor = descriptor
    path = nil
  }

  /// Binds a path. The file appears with its final mode, and only once the
  /// socket listens: it is made beside the path and moved into place, which
  /// also replaces what a dead service left behind.
  ///
  /// - Parameters:
  ///   - mode: of the file, for instance 0o660.
  ///   - groupID: owner group of the file; `nil` leaves the process's own.
  /// - Throws: `SocketError` where the path is too long, is taken by a living
  ///   service or by something that is no socket, or the system refuses.
  package init(
    binding path: String, name: String, mode: UInt32 = 0o660, groupID: UInt32? = nil
  ) throws(SocketError) {
    let attempt = "listen on \(path)"
    try refuseIfTaken(path)
    let temporary = "\(path).\(getpid())"
    let socket = try openSocket(attempt)
    do throws(SocketError) {
      _ = unlink(temporary)
      // The mode of the socket, less the umask, becomes the mode of the file
      // in the very call that makes it (Linux, unix_bind_bsd): it is never
      // wider than wanted. What a strict umask took away is given back after.
      guard fchmod(socket, 0o600) == 0 else { throw SocketError(attempt) }
      try withSocketAddress(temporary, attempt) { address, length in bind(socket, address, length) }
      if let groupID {
        guard lchown(temporary, uid_t.max, groupID) == 0 else { throw SocketError(attempt) }
      }
      guard chmod(temporary, mode) == 0, listen(socket, 64) == 0, rename(temporary, path) == 0
      else { throw SocketError(attempt) }
    } catch {
      _ = unlink(temporary)
      _ = close(socket)
      throw error
    }
    self.name = name
    self.path = path
    descriptor = socket
  }

  /// The same socket, whose file stays when the server closes: somebody else holds a
  /// copy of it, and lets callers wait.
  package var leavingFile: ListeningSocket {
    var socket = self
    socket.path = nil
    return socket
  }

  /// Stops listening. Waiting connections are refused.
  func closeAndRemove() {
    if let path { _ = unlink(path) }
    _ = close(descriptor)
  }
}

/// A connected socket that never blocks.
///
/// - Throws: `SocketError`, with EAGAIN while the service's queue of
///   connections is full.
func connectSocket(to path: String) throws(SocketError) -> FileDescriptor {
  let attempt = "connect to \(path)"
  let socket = try openSocket(attempt)
  do throws(SocketError) {
    try withSocketAddress(path, attempt) { address, length in connect(socket, address, length) }
  } catch {
    _ = close(socket)
    throw error
  }
  return socket
}

func makeNonBlocking(_ descriptor: FileDescriptor) throws(SocketError) {
  let flags = fcntl(descriptor, F_GETFL)
  guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
    fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
  else { throw SocketError("set up a socket") }
}

private func openSocket(_ attempt: String) throws(SocketError) -> FileDescriptor {
  let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
  let descriptor = socket(AF_UNIX, type, 0)
  guard descriptor >= 0 else { throw SocketError(attempt) }
  return descriptor
}

private func option(_ name: Int32, of descriptor: FileDescriptor) -> Int32? {
  var value: Int32 = 0
  var length = socklen_t(MemoryLayout<Int32>.size)
  return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
}

private func refuseIfTaken(_ path: String) throws(SocketError) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  guard status.st_mode & S_IFMT == S_IFSOCK else {
    throw SocketError(
      "listen on \(path)", code: EEXIST, detail: "a file that is no socket is there")
  }
  do throws(SocketError) {
    _ = close(try connectSocket(to: path))
  } catch {
    if error.code == ECONNREFUSED { return }
    // A full queue is a sign of life too; all else is for the operator.
    guard error.code == EAGAIN else { throw error }
  }
  throw SocketError("listen on \(path)", code: EADDRINUSE, detail: "another process answers there")
}

private func withSocketAddress(
  _ path: String, _ attempt: String,
  _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws(SocketError) {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
    throw SocketError(attempt, code: ENAMETOOLONG)
  }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  let result = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else { throw SocketError(attempt) }
}
