import Foundation
import Testing

/// The secret that the tests' daemons are given. It is searched for in all that
/// they say and leave behind.
enum Canary {
  static let secret = "testAccessKeySecret"

  /// Whatever a program says must not contain it.
  static func check(_ line: String, of program: String) {
    if line.contains(secret) { Issue.record("\(program) told the secret: \(line)") }
  }

  /// No file below the directory may contain it.
  static func check(directory: String) {
    let secret = Data(secret.utf8)
    for name in FileManager.default.enumerator(atPath: directory) ?? .init() {
      let path = "\(directory)/\(name)"
      // Neither sockets nor directories have content.
      guard let content = FileManager.default.contents(atPath: path) else { continue }
      if content.range(of: secret) != nil { Issue.record("the secret is in \(path)") }
    }
  }
}
