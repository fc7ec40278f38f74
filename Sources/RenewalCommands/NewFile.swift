import Glibc

/// A file that gets its name only when it is whole and durable, and never
/// takes another's.
final class NewFile {
  let name: String
  /// Where it is until then.
  let path: String
  private var descriptor: Int32 = -1

  init(_ name: String) {
    self.name = name
    path = name + ".partial"
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  /// Readable for nobody else: a ledger tells what is paid for.
  func open() throws(CommandFailure) {
    descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw failure(.cannotCreate, path) }
  }

  func append(_ bytes: [UInt8]) throws(CommandFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw failure(.inputOutput, path)
      }
    }
  }

  func synchronise() throws(CommandFailure) {
    if fsync(descriptor) != 0 { throw failure(.inputOutput, path) }
  }

  func finish() throws(CommandFailure) {
    // A rename would replace what has appeared there meanwhile.
    guard link(path, name) == 0 else { throw failure(.cannotCreate, name) }
    _ = unlink(path)
    let directory = name.lastIndex(of: "/").map { String(name[...$0]) } ?? "."
    let place = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard place >= 0 else { throw failure(.inputOutput, directory) }
    defer { _ = close(place) }
    if fsync(place) != 0 { throw failure(.inputOutput, directory) }
  }

  /// Leaves nothing of what this has begun; a file that was there stays.
  func discard() {
    if descriptor >= 0 { _ = unlink(path) }
  }

  private func failure(_ code: ExitStatus, _ path: String) -> CommandFailure {
    CommandFailure(code, "cannot write \(path): \(String(cString: strerror(errno)))")
  }
}
