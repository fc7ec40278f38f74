import Configuration
import Foundation
import Testing

/// One file of `Broken/`: a configuration that must be refused, named after its
/// mistake. Its lines that start with `#: ` are all that must be said about it.
struct BrokenConfiguration: Sendable, CustomTestStringConvertible {
  var file: String
  var source: ConfigurationSource
  var problems: [String]

  var testDescription: String { file }

  static let all: [BrokenConfiguration] = {
    let directory = Bundle.module.bundlePath + "/Broken/"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return files.sorted().compactMap { file in
      guard let data = FileManager.default.contents(atPath: directory + file) else { return nil }
      let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
      return BrokenConfiguration(
        file: file, source: ConfigurationSource(file: "renewald.toml", bytes: Array(data)),
        problems: lines.filter { $0.hasPrefix("#: ") }.map { "renewald.toml:\($0.dropFirst(3))" })
    }
  }()
}

@Suite struct `A broken configuration` {
  @Test(arguments: BrokenConfiguration.all)
  func `is refused with every problem's place and what was meant`(
    _ broken: BrokenConfiguration
  ) throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try DaemonConfiguration(sources: [broken.source])
    }
    #expect(error.problems.map(\.description) == broken.problems)
  }

  /// An empty list of files would pass every test above.
  @Test func `stands in the tree for each known mistake`() {
    #expect(BrokenConfiguration.all.count >= 80)
    #expect(BrokenConfiguration.all.allSatisfy { !$0.problems.isEmpty })
  }

  @Test func `never spreads a problem over two lines`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      _ = try DaemonConfiguration(sources: [.init(file: "f", text: #"mode = "a\nb\u001b[2J""#)])
    }
    #expect(error.description.split(separator: "\n").count == error.problems.count)
    #expect(!error.description.contains("\u{1b}"))
  }
}
