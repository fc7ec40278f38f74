/// A currency by its ISO 4217 code, with the number of decimals of its minor unit.
package struct Currency: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Three capital letters.
  package let code: String

  /// `nil` unless the text is three ASCII letters.
  package init?(_ code: some StringProtocol) {
    guard code.utf8.count == 3, code.utf8.allSatisfy({ (65...90).contains($0 & 0xDF) })
    else { return nil }
    self.code = code.uppercased()
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let currency = Currency(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(text) is not a currency code")
    }
    self = currency
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(code)
  }

  private init(known code: String) { self.code = code }
  package static let cny = Currency(known: "CNY")
  package static let usd = Currency(known: "USD")
  package static let jpy = Currency(known: "JPY")

  /// Decimals of the minor unit (ISO 4217): none for the yen, else two.
  package var decimals: Int { code == "JPY" || code == "KRW" ? 0 : 2 }

  package var description: String { code }
}

/// An exact amount in minor units, for instance fen or cents.
package struct Money: Hashable, Sendable, Codable {
  package var minorUnits: Int64
  package var currency: Currency

  package init(minorUnits: Int64, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  /// Reads a decimal as the cloud and people write it: `1,234.50`, `1234.5`.
  ///
  /// - Throws: `MoneyError.notAnAmount` for anything else, digits beyond the
  ///   minor unit included unless they are zeros: an amount that would have to
  ///   be rounded is not the amount that will be charged.
  package init(decimal text: some StringProtocol, currency: Currency) throws(MoneyError) {
    let unreadable = MoneyError.notAnAmount(String(text))
    var digits = Substring(text).utf8
    let negative = digits.first == UInt8(ascii: "-")
    if negative { digits = digits.dropFirst() }
    var units: Int64 = 0
    var wholeDigits = 0
    var fractionDigits: Int?
    var digitsSinceComma: Int?
    for byte in digits {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if let count = fractionDigits {
          fractionDigits = count + 1
          if count >= currency.decimals {
            guard byte == UInt8(ascii: "0") else { throw unreadable }
            continue
          }
        } else {
          wholeDigits += 1
          if let count = digitsSinceComma { digitsSinceComma = count + 1 }
        }
        let (tens, overflow) = units.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(Int64(byte - 48))
        guard !overflow, !carry else { throw unreadable }
        units = sum
      case UInt8(ascii: ","):
        guard fractionDigits == nil, wholeDigits > 0, digitsSinceComma ?? 3 == 3,
          digitsSinceComma != nil || wholeDigits <= 3
        else { throw unreadable }
        digitsSinceComma = 0
      case UInt8(ascii: "."):
        guard fractionDigits == nil, wholeDigits > 0 else { throw unreadable }
        fractionDigits = 0
      default: throw unreadable
      }
    }
    guard wholeDigits > 0, fractionDigits != 0, digitsSinceComma ?? 3 == 3 else {
      throw unreadable
    }
    for _ in min(fractionDigits ?? 0, currency.decimals)..<currency.decimals {
      let (tens, overflow) = units.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw unreadable }
      units = tens
    }
    self.init(minorUnits: negative ? -units : units, currency: currency)
  }

  /// - Throws: `MoneyError` for two currencies or a sum beyond 64 bits.
  package func adding(_ other: Money) throws(MoneyError) -> Money {
    guard currency == other.currency else {
      throw .differentCurrencies(currency, other.currency)
    }
    let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
    guard !overflow else { throw .tooLarge }
    return Money(minorUnits: sum, currency: currency)
  }

  /// The amount alone, with all decimals of its currency: `1234.50`.
  package var decimalText: String {
    guard currency.decimals > 0 else { return String(minorUnits) }
    let digits = String(minorUnits.magnitude)
    let padding = String(repeating: "0", count: max(0, currency.decimals + 1 - digits.count))
    let padded = padding + digits
    return (minorUnits < 0 ? "-" : "") + padded.dropLast(currency.decimals) + "."
      + padded.suffix(currency.decimals)
  }
}

extension Money: CustomStringConvertible {
  /// `1234.50 CNY`.
  package var description: String { "\(decimalText) \(currency)" }
}

/// What can be wrong with an amount. Never repeatable: the caller passed it.
package enum MoneyError: Error, Hashable, Sendable, CustomStringConvertible {
  case notAnAmount(String)
  case differentCurrencies(Currency, Currency)
  case tooLarge

  package var description: String {
    switch self {
    case .notAnAmount(let text): "'\(text)' is not an exact amount of money"
    case .differentCurrencies(let one, let other):
      "\(one) and \(other) cannot be added: amounts are never converted"
    case .tooLarge: "the sum of money is beyond what can be counted"
    }
  }
}
