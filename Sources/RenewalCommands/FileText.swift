import Glibc

/// The text of a file as it is sent to the daemon, which reads it.
enum FileText {
  /// Bytes. A call takes 64 KiB, and JSON may double a text.
  static let limit = 28 << 10

  static func read(_ path: String, remedy: String) throws(CommandFailure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(.badData, "\(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: limit + 1)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandFailure(.badData, "\(path): \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard bytes.count <= limit else {
      throw CommandFailure(
        .badData, "\(path) is longer than \(limit) bytes",
        remedy: remedy)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure(.badData, "\(path) is not UTF-8")
    }
    return text
  }
}
