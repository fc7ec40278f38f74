import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `A screen` {
  @Test func `wide characters take two columns and marks none`() {
    var grid = Grid(width: 12, height: 1)
    grid.put("设计e\u{301}🙂x", 0, 0)
    #expect(
      grid.lines[0].map(\.text) == ["设", "", "计", "", "e\u{301}", "🙂", "", "x", " ", " ", " ", " "])
    #expect(columns("한국어") == 6 && columns("ｱ") == 1 && columns("e\u{301}") == 1)
    #expect(columns("🇨🇳") == 2)
  }

  @Test func `no name moves the cursor, changes a colour or leaves its column`() {
    for name in Samples.hostileNames {
      var grid = Grid(width: 20, height: 2)
      grid.put(name, 0, 2, to: 12)
      grid.put("|", 0, 12)
      let text = grid.update(from: nil, on: TerminalAbilities())
      let screen = SmallTerminal(width: 20, height: 2).showing(text)
      #expect(screen == grid.lines.map { $0.map(\.text) }, "\(name)")
      #expect(screen[0][12] == "|")
      // Only what the grid itself sends begins with an escape.
      let escapes = text.components(separatedBy: "\u{1B}").dropFirst()
      #expect(escapes.allSatisfy { $0.first == "[" && !$0.hasPrefix("[2J\n") })
      #expect(
        !grid.text.unicodeScalars.contains {
          $0.properties.generalCategory == .control && $0 != "\n"
        })
    }
  }

  @Test func `a pile of marks stays on its letter`() {
    var grid = Grid(width: 4, height: 1)
    grid.put("a" + String(repeating: "\u{301}", count: 500) + "b", 0, 0)
    #expect(grid.lines[0][0].text.unicodeScalars.count == 4)
    #expect(grid.lines[0][1].text == "b")
  }

  @Test func `what is sent makes the terminal show the new screen`() {
    var random = SystemRandomNumberGenerator()
    let pieces = ["a", "bc", "设", "🙂", "│", "━━", " ", "e\u{301}", "   "]
    var terminal = SmallTerminal(width: 17, height: 5)
    var old: Grid?
    for _ in 0..<300 {
      var grid = old ?? Grid(width: 17, height: 5)
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        grid.put(
          pieces.randomElement(using: &random) ?? "", .random(in: 0..<5, using: &random),
          .random(in: 0..<17, using: &random), Look(isBold: .random(using: &random)))
      }
      terminal.show(grid.update(from: old, on: TerminalAbilities()))
      let wanted = grid.lines.map { $0.map(\.text) }
      guard terminal.cells == wanted else {
        Issue.record("\(terminal.cells) is not \(wanted)")
        return
      }
      old = grid
    }
  }

  @Test func `only what changed is sent`() {
    var grid = Grid(width: 200, height: 60)
    for row in 0..<60 { grid.put(String(repeating: "x", count: 200), row, 0) }
    var next = grid
    #expect(next.update(from: grid, on: TerminalAbilities()).isEmpty)
    next.put("y", 30, 100)
    #expect(next.update(from: grid, on: TerminalAbilities()) == "\u{1B}[31;101H\u{1B}[0my\u{1B}[0m")
  }

  @Test func `without UTF-8 and without colour only ASCII and no colour is sent`() {
    var grid = Grid(width: 20, height: 1)
    grid.put("设计 ● long enough to be cut", 0, 0, Look(color: .red, isBold: true))
    let text = grid.update(from: nil, on: TerminalAbilities(hasColor: false, isUTF8: false))
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(!text.contains("31m"))
    #expect(text.contains("????") && text.contains("~"))
  }

  @Test func `our own colours are kept and counted as nothing`() {
    var grid = Grid(width: 20, height: 1)
    grid.put(styled: "a \u{1B}[31mred\u{1B}[0m b", 0)
    #expect(grid.text(0) == "a red b")
    #expect(grid.lines[0][2].look == Look(color: .red))
    #expect(grid.lines[0][6].look == .plain)
  }
}

@Suite struct `Keys` {
  @Test func `arrows, pages and plain keys are told apart`() {
    var reader = KeyReader()
    let bytes = "\u{1B}[A\u{1B}OBj\u{1B}[5~\u{1B}[6~\r\u{3}设".utf8
    #expect(
      reader.keys(bytes, isComplete: false)
        == [.up, .down, .character("j"), .pageUp, .pageDown, .enter, .interrupt, .character("设")])
    #expect(!reader.isUndecided)
  }

  @Test func `a sequence in pieces is one key and a lone escape is Esc`() {
    var reader = KeyReader()
    #expect(reader.keys([0x1B], isComplete: false) == [])
    #expect(reader.isUndecided)
    #expect(reader.keys(Array("[H".utf8), isComplete: false) == [.home])
    #expect(reader.keys([0x1B], isComplete: false) == [])
    #expect(reader.keys([], isComplete: true) == [.escape])
    #expect(reader.keys([0xE8, 0xAE], isComplete: false) == [])
    #expect(reader.keys([0xBE], isComplete: false) == [.character("设")])
    // What nobody knows is no key, and does not eat the next one.
    #expect(reader.keys(Array("\u{1B}[200~x".utf8), isComplete: false) == [.character("x")])
    #expect(reader.keys([0xFF, 0x78], isComplete: true).isEmpty == false || !reader.isUndecided)
  }
}

/// A terminal that knows what the view may send: clear, move, colours, text.
private struct SmallTerminal {
  private(set) var cells: [[String]]
  private var row = 0
  private var column = 0

  init(width: Int, height: Int) {
    cells = Array(repeating: Array(repeating: " ", count: width), count: height)
  }

  func showing(_ text: String) -> [[String]] {
    var terminal = self
    terminal.show(text)
    return terminal.cells
  }

  mutating func show(_ text: String) {
    var rest = text[...]
    while let character = rest.first {
      if character == "\u{1B}", let end = rest.dropFirst(2).firstIndex(where: \.isLetter) {
        let numbers = rest.dropFirst(2)[..<end].split(separator: ";").compactMap { Int($0) }
        if rest[end] == "J" {
          cells = cells.map { $0.map { _ in " " } }
        } else if rest[end] == "H", numbers.count == 2 {
          (row, column) = (numbers[0] - 1, numbers[1] - 1)
        }
        rest = rest[rest.index(after: end)...]
        continue
      }
      put(String(character))
      rest = rest.dropFirst()
    }
  }

  /// Half of a wide character that is overwritten leaves a blank, as in xterm.
  private mutating func put(_ text: String) {
    let size = min(2, columns(text))
    if cells[row][column].isEmpty, column > 0 { cells[row][column - 1] = " " }
    let behind = column + size
    if behind < cells[row].count, cells[row][behind].isEmpty { cells[row][behind] = " " }
    cells[row][column] = text
    if size == 2 { cells[row][column + 1] = "" }
    column += size
  }
}
