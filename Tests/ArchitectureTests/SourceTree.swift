import Foundation

/// The Swift files of this package, read where they were compiled.
struct SourceTree {
  struct File {
    /// From the top of the package, for instance `Sources/Varlink/JSON.swift`.
    var path: String
    var lines: [Substring]

    /// The folder below `Sources` or `Tests`.
    var target: String { String(path.split(separator: "/")[1]) }

    /// The modules it imports, whatever stands before and behind the word.
    var imports: [String] {
      lines.filter { $0.contains("import ") }.compactMap { line in
        line.firstMatch(of: Self.importing).map { String($0.module) }
      }
    }

    private nonisolated(unsafe) static let importing =
      #/^\s*(?:@\w+(?:\(\w+\))?\s+|public\s+|package\s+|internal\s+|private\s+|fileprivate\s+)*import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(?<module>\w+)/#
  }

  let files: [File]

  init(_ folder: String, from file: String = #filePath) throws {
    let top = URL(fileURLWithPath: file)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let names = FileManager.default.enumerator(atPath: top.appending(path: folder).path)
    files = try (names?.allObjects as? [String] ?? [])
      .filter { $0.hasSuffix(".swift") }.sorted()
      .map { name in
        let text = try String(
          contentsOf: top.appending(path: "\(folder)/\(name)"), encoding: .utf8)
        return File(
          path: "\(folder)/\(name)",
          lines: text.split(separator: "\n", omittingEmptySubsequences: false))
      }
  }

  /// `path:line` of every line that matches.
  func places(of pattern: some RegexComponent) -> [String] {
    files.flatMap { file in
      file.lines.enumerated().compactMap { number, line in
        line.firstMatch(of: pattern) == nil ? nil : "\(file.path):\(number + 1)"
      }
    }
  }
}
