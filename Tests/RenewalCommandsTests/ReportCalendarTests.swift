import ControlProtocol
import Foundation
import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `The calendar` {
  static func lines(_ data: ReportData, unfolded: Bool = true) -> [String] {
    let text = ReportCalendar(data: data, language: .en).text
    return (unfolded ? text.replacing("\r\n ", with: "") : text).components(separatedBy: "\r\n")
  }

  @Test func `lines are folded at 75 octets and end as RFC 5545 says`() {
    let text = ReportCalendar(data: Samples.fleet(40), language: .zh).text
    #expect(text.hasSuffix("END:VCALENDAR\r\n"))
    #expect(!text.replacing("\r\n", with: "").contains { $0.isNewline })
    #expect(Self.lines(Samples.fleet(40), unfolded: false).allSatisfy { $0.utf8.count <= 75 })
    #expect(Self.lines(Samples.fleet(40)).contains { $0.utf8.count > 150 })
  }

  @Test func `what a comma or a semicolon would end is escaped`() {
    var data = Samples.fleet(1)
    data.groups[0].name = "a,b;c\\d\u{1B}[2J\ne"
    #expect(
      Self.lines(data).contains { $0.hasPrefix("SUMMARY:a\\,b\\;c\\\\d\u{FFFD}[2J\\ne expires") })
  }

  @Test func `an event keeps its identity when the expiry moves`() {
    var data = Samples.fleet(40)
    let before = Self.lines(data).filter { $0.hasPrefix("UID:expiry") }
    #expect(Set(before).count == before.count)
    for index in data.groups.indices {
      data.groups[index].expiry = data.groups[index].expiry.map {
        Timestamp($0.instant + .days(30))
      }
    }
    #expect(Self.lines(data).filter { $0.hasPrefix("UID:expiry") } == before)
  }

  @Test func `expiries and planned renewals are all there`() {
    let data = Samples.fleet(400)
    let lines = Self.lines(data)
    let ending = data.groups.count { Outlook($0) != nil }
    #expect(lines.count { $0.hasPrefix("UID:expiry") } == ending)
    #expect(lines.count { $0.hasPrefix("UID:renewal") } == data.plan.entries.count)
    #expect(lines.count { $0 == "BEGIN:VEVENT" } == ending + data.plan.entries.count)
    let first = data.plan.entries[0]
    let start = first.at.description.filter { $0 != "-" && $0 != ":" }
    #expect(lines.contains("DTSTART:\(start)"))
    #expect(lines.contains("DTSTAMP:20260303T012000Z"))
  }
}

@Suite struct `A file that is written` {
  let directory = FileManager.default.temporaryDirectory.appending(
    path: "renewalctl-file.\(UUID().uuidString)"
  ).path

  init() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  @Test func `is replaced as a whole, with its mode, through a link`() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (file, link) = ("\(directory)/report.html", "\(directory)/link.html")
    try replace(file, with: "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    try replace(link, with: "new")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "new")
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == [
        "link.html", "report.html",
      ])
  }

  @Test func `that cannot be written has an exit code of its own and leaves nothing`() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let failure = #expect(throws: CommandFailure.self) {
      try replace("\(directory)/none/report.html", with: "x")
    }
    #expect(failure?.code == .cannotCreate)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
  }
}
