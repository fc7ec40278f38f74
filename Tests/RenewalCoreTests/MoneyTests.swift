import Foundation
import RenewalCore
import Testing

@Suite struct `An amount of money` {
  @Test(arguments: [
    ("0", 0), ("0.00", 0), ("1234.5", 123_450), ("1,234.50", 123_450),
    ("1,234,567.89", 123_456_789), ("-12.34", -1234), ("12.3400", 1234), ("007", 700),
    ("123,456.00", 12_345_600),
  ])
  func `is read exactly`(text: String, units: Int64) throws {
    #expect(try Money(decimal: text, currency: .cny).minorUnits == units)
  }

  @Test(arguments: [
    "", "-", ".", "1.", ".5", "1.234", "1,23", "12,34.00", "1,23,456", "1234,567", "1.23,456",
    "1,2345", ",123", "1e3", "1 000",
    "92233720368547758.08", "92233720368547759", "999999999999999999", "¥12", "1.2.3", "1.2,3",
  ])
  func `that would have to be guessed or rounded is refused`(text: String) {
    #expect(throws: MoneyError.notAnAmount(text)) {
      _ = try Money(decimal: text, currency: .cny)
    }
  }

  @Test func `has the decimals of its currency`() throws {
    #expect(try Money(decimal: "1200", currency: .jpy).minorUnits == 1200)
    #expect(throws: MoneyError.self) { _ = try Money(decimal: "1200.5", currency: .jpy) }
    // 2 to the 64th: nothing, where it is not noticed that it does not fit.
    #expect(throws: MoneyError.self) {
      _ = try Money(decimal: "18446744073709551616", currency: .jpy)
    }
    #expect(Money(minorUnits: 5, currency: .cny).description == "0.05 CNY")
    #expect(Money(minorUnits: -123_450, currency: .usd).description == "-1234.50 USD")
    #expect(Money(minorUnits: 1200, currency: .jpy).description == "1200 JPY")
  }

  @Test func `is never added across currencies or beyond its range`() throws {
    let fen = Money(minorUnits: 1, currency: .cny)
    #expect(throws: MoneyError.differentCurrencies(.cny, .usd)) {
      _ = try fen.adding(Money(minorUnits: 1, currency: .usd))
    }
    #expect(throws: MoneyError.tooLarge) {
      _ = try fen.adding(Money(minorUnits: .max, currency: .cny))
    }
    #expect(try fen.adding(fen).minorUnits == 2)
  }

  @Test func `reads as what it writes`() throws {
    for units in [0, 1, 99, 100, 123_456_789, Int64.max] {
      let money = Money(minorUnits: units, currency: .cny)
      #expect(try Money(decimal: money.decimalText, currency: .cny) == money)
    }
  }

  @Test func `is never in a currency that is none`() throws {
    func read(_ code: String) throws -> [Currency] {
      try JSONDecoder().decode([Currency].self, from: Data("[\"\(code)\"]".utf8))
    }
    #expect(try read("CNY") == [.cny] && read("usd") == [.usd])
    for code in ["", "CN", "YUAN", "CN1", "元"] {
      #expect(throws: DecodingError.self) { _ = try read(code) }
    }
  }
}
