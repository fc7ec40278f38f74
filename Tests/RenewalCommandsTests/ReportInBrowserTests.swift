import Foundation
import RenewalCore
import Testing

@testable import RenewalCommands

/// The page in a real browser, which `make screens` installs and starts.
@Suite(.enabled(if: Browser.pictures != nil, "make screens opens the pages"), .serialized)
struct `The report in a browser` {
  @Test(arguments: [(3, ReportLanguage.en), (5000, .zh)])
  func `it can be read, filtered, sorted and printed, and requests nothing`(
    count: Int, language: ReportLanguage
  ) throws {
    let page = ReportPage(Samples.fleet(count), language, .utc(now: Samples.now)).html
    let file = FileManager.default.temporaryDirectory.appending(
      path: "report.\(UUID().uuidString).html")
    try page.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let pictures = (Browser.pictures ?? "").isEmpty ? [] : ["\(Browser.pictures ?? "")/\(count)"]
    process.arguments = ["python3", Browser.script, file.path] + pictures
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let said = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
  }
}

private enum Browser {
  /// Where pictures of the pages are put, to be looked at; empty: nowhere.
  static let pictures = ProcessInfo.processInfo.environment["RENEWALD_PICTURES"]

  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Pages/open.py").path
}
