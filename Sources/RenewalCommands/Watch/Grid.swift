import RenewalCore

/// What may be sent to a terminal.
struct TerminalAbilities: Hashable, Sendable {
  var hasColor = true
  var isUTF8 = true
}

/// How a cell looks.
struct Look: Hashable, Sendable {
  var color: TextStyle.Color?
  var isBold = false
  var isReversed = false

  static let plain = Look()
  static let bold = Look(isBold: true)
  static let faint = Look(color: .faint)
  static let bar = Look(isReversed: true)

  init(color: TextStyle.Color? = nil, isBold: Bool = false, isReversed: Bool = false) {
    self.color = color
    self.isBold = isBold
    self.isReversed = isReversed
  }

  /// Select Graphic Rendition (ECMA-48): everything anew, so that no cell depends on
  /// the one before.
  func sequence(hasColor: Bool) -> String {
    var codes = ["0"]
    if isBold || color == .bold { codes.append("1") }
    if isReversed { codes.append("7") }
    if hasColor, let color, color != .bold { codes.append(color.rawValue) }
    return "\u{1B}[\(codes.joined(separator: ";"))m"
  }
}

/// One column of a line of the screen.
struct Cell: Hashable, Sendable {
  /// Empty in the second column of a wide character.
  var text: String
  var look: Look

  static let blank = Cell(text: " ", look: .plain)
}

/// What a screen shows: a value that can be compared, tested and sent in parts.
///
/// All text enters through `put`, where control characters become visible marks: no
/// name can move the cursor or change the colours.
struct Grid: Hashable, Sendable {
  let width: Int
  let height: Int
  private(set) var lines: [[Cell]]

  init(width: Int, height: Int) {
    self.width = max(1, width)
    self.height = max(1, height)
    lines = Array(repeating: Array(repeating: .blank, count: self.width), count: self.height)
  }

  /// Writes on a line, from a column on, up to a column that stays as it is. What is
  /// longer ends in an ellipsis.
  ///
  /// - Returns: the column behind the text.
  @discardableResult
  mutating func put(
    _ text: some StringProtocol, _ row: Int, _ column: Int, to end: Int? = nil,
    _ look: Look = .plain
  ) -> Int {
    let end = min(end ?? width, width)
    guard lines.indices.contains(row), column >= 0, column < end else { return column }
    var column = column
    // All ASCII in most cases: no need to look for clusters.
    let shown = fitted(printable(text), to: end - column)
    for character in shown {
      let size = min(2, columns(String(character)))
      guard column + size <= end else { break }
      if size == 0 { continue }
      // A pile of marks on one letter would reach into other lines.
      let text = String(String.UnicodeScalarView(character.unicodeScalars.prefix(4)))
      // Half of a wide character is none.
      if lines[row][column].text.isEmpty, column > 0 { lines[row][column - 1].text = " " }
      if column + size < width, lines[row][column + size].text.isEmpty {
        lines[row][column + size].text = " "
      }
      lines[row][column] = Cell(text: text, look: look)
      if size == 2 { lines[row][column + 1] = Cell(text: "", look: look) }
      column += size
    }
    return column
  }

  /// The same, ending before a column.
  mutating func put(_ text: String, _ row: Int, endingAt end: Int, _ look: Look = .plain) {
    put(text, row, max(0, end - columns(printable(text))), to: end, look)
  }

  /// A line of our own commands' text, with their colours.
  mutating func put(styled line: some StringProtocol, _ row: Int) {
    var column = 0
    var look = Look.plain
    for (index, part) in line.split(separator: "\u{1B}[", omittingEmptySubsequences: false)
      .enumerated()
    {
      var text = part
      if index > 0, let end = part.firstIndex(of: "m") {
        look = Look(color: TextStyle.Color(rawValue: String(part[..<end])))
        text = part[part.index(after: end)...]
      }
      column = put(text, row, column, look)
    }
  }

  mutating func fill(_ row: Int, _ look: Look) {
    guard lines.indices.contains(row) else { return }
    for column in lines[row].indices { lines[row][column].look = look }
  }

  /// The line without colours and without blanks at its end.
  func text(_ row: Int) -> String {
    let text = lines[row].map(\.text).joined()
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  var text: String { lines.indices.map { text($0) + "\n" }.joined() }
}

extension Grid {
  /// What has to be sent so that a terminal which shows `old` shows this: changed cells
  /// only, so that a slow link keeps up. `nil`: whatever it shows.
  func update(from old: Grid?, on terminal: TerminalAbilities) -> String {
    let isFresh = old?.width != width || old?.height != height
    var output = isFresh ? "\u{1B}[0m\u{1B}[2J" : ""
    var look: Look?
    for row in lines.indices {
      var cursor: Int?
      for column in changes(in: row, from: isFresh ? nil : old?.lines[row]) {
        let cell = lines[row][column]
        guard !cell.text.isEmpty else { continue }
        if cursor != column { output += "\u{1B}[\(row + 1);\(column + 1)H" }
        if look != cell.look {
          output += cell.look.sequence(hasColor: terminal.hasColor)
          look = cell.look
        }
        let text =
          terminal.isUTF8 || cell.text.utf8.count == 1 ? cell.text : Self.ascii(cell.text)
        output += text
        // Terminals disagree on the width of what is not ASCII: the next cell is
        // addressed, so that a disagreement does not move the rest of the line.
        cursor = text.utf8.allSatisfy { $0 < 0x80 } ? column + text.utf8.count : nil
      }
    }
    return look == nil ? output : output + "\u{1B}[0m"
  }

  private static func ascii(_ text: String) -> String {
    text == "…" ? "~" : String(repeating: "?", count: max(1, min(2, columns(text))))
  }

  private func changes(in row: Int, from old: [Cell]?) -> [Int] {
    guard let old else { return lines[row].indices.filter { lines[row][$0] != .blank } }
    return lines[row].indices.filter { lines[row][$0] != old[$0] }
  }
}
