import RenewalCore

/// A checked value and where it was written, for checks that come later.
struct Located<Value> {
  var value: Value
  var position: SourcePosition
}

/// Collects what is wrong, so that one load reports all of it.
final class Diagnosis {
  private(set) var problems: [ConfigurationProblem] = []

  /// One line a problem, whatever the operator's own text holds.
  func report(_ position: SourcePosition, _ message: String) {
    let line = message.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
    problems.append(
      ConfigurationProblem(
        position: position, message: String(String.UnicodeScalarView(line))))
  }

  /// By file, then by place.
  func problems(inOrderOf files: [String]) -> [ConfigurationProblem] {
    problems.map { problem in
      (file: files.firstIndex(of: problem.position.file) ?? 0, problem: problem)
    }
    .sorted { left, right in
      let start = SourcePosition.Place(line: 0, column: 0)
      return (left.file, left.problem.position.place ?? start)
        < (right.file, right.problem.position.place ?? start)
    }
    .map(\.problem)
  }
}

/// Reads one table key by key.
///
/// The keys that were asked for are the known ones: `finish` reports all
/// others, so that a reader and its list of keys cannot drift apart.
struct TableReader {
  /// As the operator would write it: `[[rule]]`.
  let title: String
  let position: SourcePosition
  let diagnosis: Diagnosis
  private let entries: [String: TOMLEntry]
  private var known: [String] = []
  private var missing: [(key: String, how: String)] = []

  /// `nil`, and reported, where the value is no table.
  init?(_ node: TOMLNode, title: String, diagnosis: Diagnosis) {
    guard case .table(let entries) = node.value else {
      diagnosis.report(node.position, "\(title) is a table; found \(node.value.kind)")
      return nil
    }
    self.title = title
    self.diagnosis = diagnosis
    self.entries = entries
    position = node.position
  }

  /// Whether the key stands there, readable or not.
  func has(_ key: String) -> Bool { entries[key] != nil }

  /// All entries, for a table whose keys are the operator's own.
  var allEntries: [(key: String, node: TOMLNode)] {
    entries.map { ($0.key, $0.value.node) }
  }

  private mutating func node(_ key: String) -> TOMLNode? {
    known.append(key)
    return entries[key]?.node
  }

  private func expected(_ what: String, for key: String, found node: TOMLNode) {
    diagnosis.report(node.position, "'\(key)' is \(what); found \(node.value.kind)")
  }

  /// A string with a meaning of its own.
  ///
  /// - Parameter what: names the meaning for a value of another type.
  mutating func text<Value>(
    _ key: String, _ what: String, _ read: (String) throws(Misread) -> Value
  ) -> Located<Value>? {
    guard let node = node(key) else { return nil }
    guard case .string(let text) = node.value else {
      expected(what, for: key, found: node)
      return nil
    }
    do {
      return Located(value: try read(text), position: node.position)
    } catch {
      diagnosis.report(node.position, error.message)
      return nil
    }
  }

  mutating func string(_ key: String, _ what: String = "a string") -> Located<String>? {
    text(key, what) { text throws(Misread) in
      guard !text.isEmpty else { throw Misread("'\(key)' is empty") }
      return text
    }
  }

  /// One word of a closed set.
  mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, as type: Word.Type = Word.self
  ) -> Located<Word>? {
    text(key, "a string") { text throws(Misread) in
      guard let word = Word(rawValue: text) else {
        throw Misread(unknown: text, of: key, among: Word.allCases.map(\.rawValue))
      }
      return word
    }
  }

  mutating func boolean(_ key: String) -> Bool? {
    guard let node = node(key) else { return nil }
    guard case .boolean(let value) = node.value else {
      expected("true or false", for: key, found: node)
      return nil
    }
    return value
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int64>) -> Located<Int>? {
    guard let node = node(key) else { return nil }
    guard case .integer(let value) = node.value else {
      expected("an integer", for: key, found: node)
      return nil
    }
    guard range.contains(value) else {
      diagnosis.report(
        node.position,
        "'\(key)' is from \(range.lowerBound) to \(range.upperBound); found \(value)")
      return nil
    }
    return Located(value: Int(value), position: node.position)
  }

  /// One string or a list of them; empty where the key is missing.
  mutating func strings(_ key: String) -> [Located<String>] {
    guard let node = node(key) else { return [] }
    let members: [TOMLNode] = if case .array(let list) = node.value { list } else { [node] }
    if members.isEmpty { diagnosis.report(node.position, "'\(key)' is an empty list") }
    return members.compactMap { member in
      guard case .string(let text) = member.value else {
        expected("a string or a list of strings", for: key, found: member)
        return nil
      }
      guard !text.isEmpty else {
        diagnosis.report(member.position, "'\(key)' holds an empty string")
        return nil
      }
      return Located(value: text, position: member.position)
    }
  }

  mutating func table(_ key: String) -> TableReader? {
    node(key).flatMap { TableReader($0, title: "[\(key)]", diagnosis: diagnosis) }
  }

  /// The tables of `[[key]]`, in order.
  mutating func tables(_ key: String) -> [TableReader] {
    guard let node = node(key) else { return [] }
    guard case .array(let members) = node.value else {
      diagnosis.report(
        node.position, "'\(key)' is a list of tables; write [[\(key)]] for each of them")
      return []
    }
    return members.compactMap { TableReader($0, title: "[[\(key)]]", diagnosis: diagnosis) }
  }

  /// Notes a key that has to be there, and how to mend it.
  mutating func requires(_ key: String, _ how: String) {
    if !has(key) { missing.append((key, how)) }
  }

  /// Reports every key that nobody asked for, then every one that is missing
  /// and not merely misspelt. Call it last.
  consuming func finish() {
    for (key, entry) in entries where !known.contains(key) {
      let meant = suggestion(for: key, among: known)
      missing.removeAll { $0.key == meant }
      let hint =
        meant.map { "did you mean '\($0)'?" }
        ?? "known here are " + known.sorted().map { "'\($0)'" }.joined(separator: ", ")
      diagnosis.report(entry.keyPosition, "unknown key '\(key)' in \(title); \(hint)")
    }
    for (key, how) in missing {
      diagnosis.report(position, "\(title) has no '\(key)'; \(how)")
    }
  }
}

extension Misread {
  init(unknown text: String, of key: String, among known: [String]) {
    let list = known.map { "\"\($0)\"" }.joined(separator: ", ")
    let hint = suggestion(for: text, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    self.init("'\(key)' is one of \(list), not \"\(text)\"\(hint)")
  }
}
