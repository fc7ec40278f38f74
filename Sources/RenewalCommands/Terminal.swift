import Glibc
import RenewalCore

/// How text is to look: for which width, with or without colour.
package struct TextStyle: Hashable, Sendable {
  /// Columns.
  package var width: Int
  package var hasColor: Bool

  package init(width: Int = 80, hasColor: Bool = false) {
    self.width = width
    self.hasColor = hasColor
  }

  package enum Color: String, Hashable, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case bold = "1"
    case faint = "2"
  }

  package func paint(_ text: String, _ color: Color?) -> String {
    guard hasColor, let color, !text.isEmpty else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }
}

extension TextStyle {
  /// What standard output can show: the terminal's width, or 80 columns where
  /// there is none; colour only on a terminal that wants it (no-color.org).
  static func ofStandardOutput(noColor: Bool) -> TextStyle {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var width = environment("COLUMNS").flatMap { Int($0) } ?? 0
    var size = winsize()
    if width <= 0, isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 {
      width = Int(size.ws_col)
    }
    let refusesColor =
      noColor || !(environment("NO_COLOR") ?? "").isEmpty || environment("TERM") == "dumb"
    return TextStyle(width: width > 0 ? width : 80, hasColor: isTerminal && !refusesColor)
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// A text from outside as a terminal may show it: without the control
/// characters by which a group's name could move the cursor or fake a line.
package func printable(_ text: some StringProtocol) -> String {
  let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: "\u{FFFD}"
    default: scalar
    }
  }
  return String(String.UnicodeScalarView(scalars))
}

/// How many columns a terminal gives a text: two for wide East Asian
/// characters and emoji, none for marks that sit on the one before.
package func columns(_ text: some StringProtocol) -> Int {
  text.unicodeScalars.reduce(0) { $0 + columns($1) }
}

private func columns(_ scalar: Unicode.Scalar) -> Int {
  switch scalar.value {
  case 0x20..<0x7F: return 1
  // Unicode Standard Annex 11: the blocks of wide and full-width characters.
  case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
    return 2
  default:
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
  }
}

/// The text in so many columns at most, with an ellipsis where it was cut.
package func fitted(_ text: String, to width: Int) -> String {
  guard columns(text) > width else { return text }
  var result = ""
  var used = 1
  for character in text {
    used += columns(String(character))
    if used > width { break }
    result.append(character)
  }
  return result + "…"
}
