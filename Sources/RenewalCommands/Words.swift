import ControlProtocol
import RenewalCore

/// The interface's words as people read them.
func words(_ term: Term<some Any>) -> String { words(term.text) }

/// `payAsYouGo` reads `pay as you go`.
func words(_ text: String) -> String {
  var result = ""
  for character in text {
    if character.isUppercase, !result.isEmpty { result += " " }
    result += character.lowercased()
  }
  return result
}

func color(of state: Term<GroupReport.State>) -> TextStyle.Color? {
  switch state.known {
  case .ok: .green
  case .due, .noticed, .inFlight, .lapsing: .yellow
  case .unknown, .held, .unmanaged, .expired, .gone: .red
  case .payAsYouGo: .faint
  case nil: nil
  }
}

func color(of severity: Term<AlertReport.Severity>) -> TextStyle.Color? {
  switch severity.known {
  case .page: .red
  case .warning: .yellow
  case .notice, nil: nil
  }
}

func color(of renewal: RenewalReport) -> TextStyle.Color? {
  switch renewal.state.known {
  case .settled, .foreign: .green
  case .unpaid, .unknown, .stuck, .held: .red
  case .intended, .sent, .accepted, .refused, .notSent, .notEffected, nil:
    renewal.isOpen ? .yellow : nil
  }
}

/// `aig-1 (design)`: the id, and the name where there is one.
func named(_ id: GroupID, _ name: String) -> String { name.isEmpty ? "\(id)" : "\(id) (\(name))" }

func total(of amounts: [Money]) -> String {
  amounts.isEmpty ? "nothing" : amounts.map(\.description).joined(separator: " + ")
}

/// What is said of something: a name and a sentence, or nothing.
package struct Fact {
  var name: String
  var text: String?
  var color: TextStyle.Color?

  init(_ name: String, _ text: String?, _ color: TextStyle.Color? = nil) {
    self.name = name
    self.text = text
    self.color = color
  }
}

/// Lines with the names in front and the texts below each other.
func list(_ facts: [Fact], _ style: TextStyle) -> String {
  let width = 2 + (facts.map { columns($0.name) }.max() ?? 0)
  let indent = String(repeating: " ", count: width)
  return facts.compactMap { fact in
    guard let text = fact.text else { return nil }
    let body = wrapped(text, indent: indent, width: style.width).dropFirst(width).dropLast()
    return style.paint(fact.name, .bold) + indent.dropFirst(columns(fact.name))
      + style.paint(String(body), fact.color) + "\n"
  }.joined()
}

/// A title and what stands under it, after an empty line.
func section(_ title: String, _ body: String, _ style: TextStyle) -> String {
  body.isEmpty ? "" : "\n" + style.paint(title, .bold) + "\n" + body
}

/// The text in lines of the width, each after the indent.
func wrapped(_ text: String, indent: String = "", width: Int) -> String {
  var lines: [String] = []
  var line = ""
  for word in printable(text).split(separator: " ") {
    if !line.isEmpty, columns(indent) + columns(line) + 1 + columns(word) > width {
      lines.append(line)
      line = ""
    }
    line += (line.isEmpty ? "" : " ") + word
  }
  if !line.isEmpty { lines.append(line) }
  return lines.map { indent + $0 + "\n" }.joined()
}
