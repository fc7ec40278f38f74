import Glibc

/// The text of a file as it is sent to the daemon, which reads it.
enum FileText {
  /// Bytes. A call takes 64 KiB, and JSON may double a text.
  static let limit = 28 << 10

  static func read(_ path: String, remedy: String) throws(CommandFailure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw unreadable(path)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: limit + 1)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard bytes.count <= limit else {
      throw CommandFailure(
        .badData, "\(path) is longer than \(limit) bytes",
        remedy: remedy)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(
        .badData, "\(path) is not UTF-8", remedy: "iconv -t UTF-8 makes it so")
    }
    return text
  }

  /// By what the last call of the system left in `errno`.
  private static func unreadable(_ path: String) -> CommandFailure {
    CommandFailure(
      .badData, "\(path): \(String(cString: strerror(errno)))", remedy: "ls -l \(path)")
  }
}
