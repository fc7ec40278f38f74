import CCrypto
import RenewalCore

/// The chain over ledger rows: each hash covers the one before it, so that a
/// changed, removed or inserted row shows in every hash after it.
enum LedgerChain {
  /// SHA-256 over the previous hash and the row's fields, each with its length
  /// before it so that no two rows have one text.
  static func hash(after previous: [UInt8], sequence: Int64, entry: LedgerEntry) -> [UInt8] {
    var bytes = previous
    bytes.reserveCapacity(512)
    func add(_ field: String?) {
      guard let field else {
        bytes.append(UInt8(ascii: "-"))
        return
      }
      bytes.append(contentsOf: String(field.utf8.count).utf8)
      bytes.append(UInt8(ascii: ":"))
      bytes.append(contentsOf: field.utf8)
    }
    func add(_ number: Int64?) { add(number.map { String($0) }) }
    add(sequence)
    add(entry.kind.rawValue)
    add(entry.at.seconds)
    add(entry.account?.text)
    add(entry.group?.text)
    add(entry.renewal)
    add(entry.subject)
    add(entry.oldExpiry?.seconds)
    add(entry.newExpiry?.seconds)
    add(entry.order?.text)
    add(entry.amount?.minorUnits)
    add(entry.amount?.currency.code)
    add(entry.requestID)
    add(entry.actor)
    add(entry.reason)
    add(entry.detail)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(bytes, bytes.count, &digest)
    return digest
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    func digit(_ value: UInt8) -> UInt8 {
      value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func bytes(hex text: String) -> [UInt8] {
    func value(_ digit: UInt8) -> UInt8 {
      digit <= UInt8(ascii: "9") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
    }
    let digits = Array(text.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      value(digits[$0]) << 4 | value(digits[$0 + 1])
    }
  }
}
