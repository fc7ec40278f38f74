import FoundationEssentials
import Glibc

/// A directory of its own for one test, gone with it.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() {
    var template = Array("/tmp/renewald-test-XXXXXX".utf8CString)
    path =
      template.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
      } ?? "/tmp"
  }

  deinit {
    if path.hasPrefix("/tmp/renewald-test-") { try? FileManager.default.removeItem(atPath: path) }
  }
}
