/// What a person can press.
enum Key: Hashable, Sendable {
  case character(Character)
  case up, down, left, right, pageUp, pageDown, home, end
  case enter, escape, backspace, tab
  /// Ctrl-C, Ctrl-Z, Ctrl-L.
  case interrupt, suspend, redraw
}

/// Makes keys of the bytes that a terminal sends.
struct KeyReader: Sendable {
  private var pending: [UInt8] = []

  /// Whether an escape has arrived of which only time can tell if it begins a sequence.
  var isUndecided: Bool { !pending.isEmpty }

  /// - Parameter isComplete: no more bytes will follow at once: a lone escape is the key.
  mutating func keys(_ bytes: some Sequence<UInt8>, isComplete: Bool) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    while let first = pending.first {
      if first == 0x1B {
        guard let (key, count) = sequence() else {
          if !isComplete { return keys }
          keys.append(.escape)
          pending.removeFirst()
          continue
        }
        pending.removeFirst(count)
        if let key { keys.append(key) }
      } else if first < 0x20 || first == 0x7F {
        pending.removeFirst()
        if let key = Self.control(first) { keys.append(key) }
      } else {
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard pending.count >= length else {
          if isComplete { pending = [] }
          return keys
        }
        if let character = String(decoding: pending.prefix(length), as: UTF8.self).first {
          keys.append(.character(character))
        }
        pending.removeFirst(length)
      }
    }
    return keys
  }

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x03: .interrupt
    case 0x08, 0x7F: .backspace
    case 0x09: .tab
    case 0x0A, 0x0D: .enter
    case 0x0C: .redraw
    case 0x1A: .suspend
    // As in less and vi.
    case 0x02: .pageUp
    case 0x06: .pageDown
    case 0x0E: .down
    case 0x10: .up
    default: nil
    }
  }

  /// The key of the escape sequence at the front, `nil` in its place where it has none
  /// here, with its length; `nil` for a sequence that is not whole.
  private func sequence() -> (Key?, Int)? {
    guard pending.count > 1 else { return nil }
    guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
      return (.escape, 1)
    }
    guard
      let end = pending.indices.dropFirst(2).first(where: { (0x40...0x7E).contains(pending[$0]) })
    else { return nil }
    let parameters = String(decoding: pending[2..<end], as: UTF8.self)
    let key: Key? =
      switch (pending[end], parameters) {
      case (UInt8(ascii: "A"), _): .up
      case (UInt8(ascii: "B"), _): .down
      case (UInt8(ascii: "C"), _): .right
      case (UInt8(ascii: "D"), _): .left
      case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
      case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
      case (UInt8(ascii: "~"), "5"): .pageUp
      case (UInt8(ascii: "~"), "6"): .pageDown
      case (UInt8(ascii: "M"), _): .enter
      default: nil
      }
    return (key, end + 1)
  }
}
