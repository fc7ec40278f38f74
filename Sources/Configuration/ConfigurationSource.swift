import Glibc

/// One file of the configuration.
package struct ConfigurationSource: Hashable, Sendable {
  /// Shown in every problem.
  package var file: String
  package var bytes: [UInt8]

  package init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  package init(file: String, text: String) { self.init(file: file, bytes: Array(text.utf8)) }
}

extension ConfigurationSource {
  /// Reads a file and the `conf.d/*.toml` beside it, in the order of their names.
  ///
  /// - Throws: one problem for each file that cannot be read.
  package static func read(_ file: String) throws(ConfigurationError) -> [ConfigurationSource] {
    let parent = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    var sources: [ConfigurationSource] = []
    var problems: [ConfigurationProblem] = []
    for path in [file] + dropIns(in: parent + "conf.d") {
      do {
        sources.append(ConfigurationSource(file: path, bytes: try contents(of: path)))
      } catch {
        problems.append(.init(position: SourcePosition(file: path), message: error.message))
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return sources
  }

  /// Hidden files are left out: editors and package managers write them.
  private static func dropIns(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().map { directory + "/" + $0 }
  }

  /// More is not a configuration, and would only be read to be refused.
  private static let limit = 1 << 20

  private static func contents(of path: String) throws(Misread) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .errno("cannot be opened") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .errno("cannot be read") }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw Misread("is larger than 1 MiB") }
    }
  }
}

extension Misread {
  fileprivate static func errno(_ what: String) -> Misread {
    Misread("\(what): \(String(cString: strerror(Glibc.errno)))")
  }
}
