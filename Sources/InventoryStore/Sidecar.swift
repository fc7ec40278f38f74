import FoundationEssentials
import RenewalCore

/// One ledger row about a renewal, as it is kept beside the database: enough
/// to know what may have been paid for when the database is older than that.
package struct SidecarLine: Hashable, Sendable, Codable {
  package var sequence: Int64
  /// Of the ledger row, lower-case hex.
  package var hash: String
  /// Of the renewal: the same in every copy of the ledger.
  package var nonce: String
  package var state: RenewalState
  package var order: OrderID?
  package var newExpiry: Instant?
  /// With the first line of each renewal.
  package var intent: RenewalIntent?
  /// With the first line of each order of a new group.
  package var creation: CreationIntent?
  /// Written once a ledger took over what it had lost: the lines before this
  /// one tell of a ledger that is no more.
  package var supersedes: Bool?
}

/// The log beside the database. It is never restored together with it.
package protocol SidecarLog: AnyObject {
  /// Returns when the lines are durable.
  func append(_ lines: [SidecarLine]) throws
  func load() throws -> [SidecarLine]
  /// What the last transaction appended; empty where nothing was.
  func loadLast() throws -> [SidecarLine]
}

/// The text of the log: a line for everything that one transaction recorded, so
/// that it is there as a whole or not at all. A torn last line, as a crash
/// leaves it, is dropped: what it told was not acted on yet.
package enum SidecarText {
  package static func encode(_ lines: [SidecarLine]) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try [UInt8](encoder.encode(lines)) + [UInt8(ascii: "\n")]
  }

  /// The lines that tell of the present ledger.
  package static func inForce(_ lines: [SidecarLine]) -> [SidecarLine] {
    lines.lastIndex { $0.supersedes == true }.map { Array(lines[$0...]) } ?? lines
  }

  /// How many of the bytes a crash has left whole. A power cut may lose any part
  /// of the last line, its beginning as well as its end.
  package static func wholeCount(_ bytes: [UInt8]) -> Int {
    let newline = UInt8(ascii: "\n")
    guard let end = bytes.lastIndex(of: newline) else { return 0 }
    let start = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
    return (try? decode([UInt8](bytes[start...end]))) == nil ? start : end + 1
  }

  /// The lines of the last transaction alone.
  package static func decodeLast(_ bytes: [UInt8]) throws(StoreError) -> [SidecarLine] {
    let start = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return try decode([UInt8](bytes[start...]))
  }

  package static func decode(_ bytes: [UInt8]) throws(StoreError) -> [SidecarLine] {
    let decoder = JSONDecoder()
    var result: [SidecarLine] = []
    var number = 0
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      guard let lines = try? decoder.decode([SidecarLine].self, from: Data(rest[..<end])) else {
        throw .corrupt("line \(number) of the sidecar cannot be read")
      }
      result += lines
      rest = rest[(end + 1)...]
    }
    return result
  }
}

/// Keeps no log: for tests of what stands apart from it.
package final class NoSidecar: SidecarLog {
  package init() {}
  package func append(_ lines: [SidecarLine]) {}
  package func load() -> [SidecarLine] { [] }
  package func loadLast() -> [SidecarLine] { [] }
}
