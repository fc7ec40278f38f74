import RenewalCore

/// HTML or SVG under construction.
///
/// Literals are markup; whatever is interpolated is text from somewhere else and is
/// escaped, unless it is markup itself. There is no way in around that, so no name
/// that the cloud sends can open a tag or leave an attribute (in double quotes).
struct Markup: Sendable, ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral value: StringLiteralType) { text = value }

  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  static func += (markup: inout Markup, more: Markup) { markup.text += more.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: StringLiteralType) { text += literal }

    mutating func appendInterpolation(_ outside: some StringProtocol) {
      for scalar in outside.unicodeScalars { append(scalar) }
    }

    mutating func appendInterpolation(_ number: Int) { text += String(number) }

    /// A coordinate: a tenth of a pixel is finer than any screen.
    mutating func appendInterpolation(_ coordinate: Double) {
      let tenths = Int((coordinate * 10).rounded())
      text += tenths % 10 == 0 ? String(tenths / 10) : String(Double(tenths) / 10)
    }

    mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }

    mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { text += part.text } }

    private mutating func append(_ scalar: Unicode.Scalar) {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      // Marks that turn the direction of what follows could make a page say something
      // else than its source does.
      case "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        text += "\u{FFFD}"
      default:
        text.unicodeScalars.append(
          scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
      }
    }
  }
}
