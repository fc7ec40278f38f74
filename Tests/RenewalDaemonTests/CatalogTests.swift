import Foundation
import RenewalCore
import Testing

@testable import RenewalDaemon

/// One entry of a message catalog (journalctl(1), `--catalog`).
private struct CatalogEntry {
  var id: String
  var subject: String
  var text: String
}

private func catalog(_ name: String) throws -> [CatalogEntry] {
  let top = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  let file = try String(contentsOfFile: top + "/systemd/" + name, encoding: .utf8)
  return file.components(separatedBy: "\n-- ").dropFirst().map { entry in
    let lines = entry.components(separatedBy: "\n")
    let header = lines.prefix { !$0.isEmpty }
    let subject = header.first { $0.hasPrefix("Subject: ") }?.dropFirst(9) ?? ""
    return CatalogEntry(
      id: lines[0], subject: String(subject),
      text: lines.dropFirst(header.count).joined(separator: "\n"))
  }
}

private let allIDs: [String] =
  LedgerKind.allCases.map { MessageID.of($0) } + RenewalState.allCases.map { MessageID.of($0) }
  + AlertKind.allCases.map { MessageID.of($0) } + MessageID.ofNoRow

@Suite struct `The message catalog` {
  @Test(arguments: ["renewald.catalog", "renewald.zh_CN.catalog"])
  func `explains every class of event once, and no other`(_ name: String) throws {
    let ids = try catalog(name).map(\.id)
    #expect(Set(ids) == Set(allIDs))
    #expect(ids.count == Set(ids).count)
    #expect(ids.allSatisfy { $0.count == 32 && $0.allSatisfy { "0123456789abcdef".contains($0) } })
  }

  @Test(arguments: ["renewald.catalog", "renewald.zh_CN.catalog"])
  func `names each alert and gives its reason`(_ name: String) throws {
    let entries = try catalog(name)
    for kind in AlertKind.allCases {
      let entry = try #require(entries.first { $0.id == MessageID.of(kind) })
      #expect(entry.subject.hasPrefix(kind.rawValue))
      #expect(entry.text.contains("@RENEWAL_REASON@"))
      // The reason alone is in the journal already; the entry has to add the next step.
      #expect(entry.text.count > 40, "\(kind)")
    }
  }

  @Test func `never gives two classes of event one id`() {
    let shared = MessageID.of(LedgerKind.renewalChanged)
    let own = allIDs.filter { $0 != shared }
    #expect(own.count == Set(own).count)
  }
}
