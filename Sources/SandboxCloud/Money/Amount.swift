/// Money of the sandbox's account: minor units, written out as a decimal.
package struct Amount: Hashable, Comparable, Sendable {
  package var minorUnits: Int

  package init(minorUnits: Int) { self.minorUnits = minorUnits }

  /// Whole yuan, dollars or yen.
  init(major: Int, currency: String) {
    minorUnits = Self.decimals(of: currency) == 0 ? major : major * 100
  }

  package static let zero = Amount(minorUnits: 0)
  package static func < (left: Amount, right: Amount) -> Bool {
    left.minorUnits < right.minorUnits
  }
  package static func + (left: Amount, right: Amount) -> Amount {
    Amount(minorUnits: left.minorUnits + right.minorUnits)
  }
  package static func - (left: Amount, right: Amount) -> Amount {
    Amount(minorUnits: left.minorUnits - right.minorUnits)
  }
  package static func += (left: inout Amount, right: Amount) { left = left + right }
  package static func -= (left: inout Amount, right: Amount) { left = left - right }
  static func * (left: Amount, factor: Int) -> Amount {
    Amount(minorUnits: left.minorUnits * factor)
  }

  /// Reads `100000`, `100000.5` or `100000.00`; `nil` for anything else and for
  /// more decimals than the currency has.
  package init?(_ text: some StringProtocol, currency: String) {
    let decimals = Self.decimals(of: currency)
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }),
      parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
    else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.count <= decimals,
      let units = Int(
        "\(parts[0])\(fraction)\(String(repeating: "0", count: decimals - fraction.count))")
    else { return nil }
    minorUnits = units
  }

  /// `1234.50`; with separators, `1,234.50`, as the billing service may write it
  /// (API reference, section 7).
  func text(currency: String, separators: Bool = false) -> String {
    let decimals = Self.decimals(of: currency)
    let digits = abs(minorUnits).padded(decimals + 1)
    var whole = String(digits.dropLast(decimals))
    if separators {
      var groups: [Substring] = []
      var rest = whole[...]
      while !rest.isEmpty {
        groups.insert(rest.suffix(3), at: 0)
        rest = rest.dropLast(3)
      }
      whole = groups.joined(separator: ",")
    }
    let fraction = decimals == 0 ? "" : ".\(digits.suffix(decimals))"
    return "\(minorUnits < 0 ? "-" : "")\(whole)\(fraction)"
  }

  /// The yen has no minor unit (ISO 4217).
  private static func decimals(of currency: String) -> Int { currency == "JPY" ? 0 : 2 }
}
