/// Holds the settings of a file against the schema, and gathers every problem.
struct CreationReader {
  private(set) var problems: [CreationProblem] = []

  /// - Returns: the same settings by the names under which they travel;
  ///   what is wrong is left out.
  mutating func read(
    _ settings: [String: SettingValue], as fields: [CreationField], at path: String = ""
  ) -> [String: SettingValue] {
    var result: [String: SettingValue] = [:]
    for field in fields {
      let place = path.isEmpty ? field.key : "\(path).\(field.key)"
      if let value = settings[field.key] {
        result[field.name] = read(value, as: field.kind, at: place)
      } else if field.isNeeded {
        report(place, "is needed", nil)
      }
    }
    let known = Set(fields.map(\.key))
    for key in settings.keys.sorted() where !known.contains(key) {
      let hint =
        suggestion(for: key, among: fields.map(\.key)).map { "did you mean '\($0)'?" }
        ?? "known are \(fields.map(\.key).joined(separator: ", "))"
      report(path.isEmpty ? key : "\(path).\(key)", "is no setting here; \(hint)", nil)
    }
    return result
  }

  mutating func report(_ path: String, _ rule: String, _ value: SettingValue?) {
    problems.append(CreationProblem(path: path, rule: rule, value: value))
  }

  private mutating func read(
    _ value: SettingValue, as kind: CreationField.Kind, at path: String
  ) -> SettingValue? {
    switch (kind, value) {
    case (.text, .text(let text)) where !text.isEmpty:
      guard text.isOneLine else {
        report(path, "must have no control characters, and no blanks around it", value)
        return nil
      }
      return value
    case (.document, .text(let text)) where !text.isEmpty: return value
    case (.word(let words), .text(let text)) where words.contains(text): return value
    case (.number(let range, let others), .integer(let number))
    where range.contains(number) || others.contains(number):
      return value
    case (.numberText(let range), .integer(let number)) where range.contains(number):
      return .text(String(number))
    case (.numberText, .text(let text)) where isNumber(text):
      return Int(text).flatMap { read(.integer($0), as: kind, at: path) }
    case (.boolean, .boolean): return value
    case (.booleanText, .boolean(let isOn)): return .text(isOn ? "true" : "false")
    case (.date, .text(let text)) where CivilDate(text) != nil: return value
    case (.time, .text(let text)) where minuteOfDay(text) != nil: return value
    case (.network, .text(let text)) where isNetwork(text): return value
    case (.region, .text(let text)) where isRegion(text): return value
    case (.list(let element, let count), .list(let values)):
      if !count.contains(values.count) { report(path, kind.rule, value) }
      let read = values.enumerated().map {
        self.read($0.element, as: element, at: "\(path)[\($0.offset)]")
      }
      if Set(values).count < values.count { report(path, "must not repeat itself", value) }
      return .list(read.map { $0 ?? .other("nothing") })
    case (.table(let fields), .table(let members)):
      return .table(read(members, as: fields, at: path))
    case (_, .text(let text)):
      report(path, kind.rule, value)
      return meant(by: text, as: kind)
    default:
      report(path, kind.rule, value)
      return nil
    }
  }

  /// What a text of the wrong case or kind was surely meant to be, so that what
  /// follows from it is reported with it: another week than one by `week`, too.
  private func meant(by text: String, as kind: CreationField.Kind) -> SettingValue? {
    switch kind {
    case .word(let words):
      words.first { $0.lowercased() == text.lowercased() }.map { .text($0) }
    case .number(let range, let others):
      Int(text).flatMap { range.contains($0) || others.contains($0) ? .integer($0) : nil }
    case .boolean: ["true": .boolean(true), "false": .boolean(false)][text.lowercased()]
    default: nil
    }
  }
}

extension CreationField.Kind {
  fileprivate var rule: String {
    switch self {
    case .text, .document: "must be a text that is not empty"
    case .word(let words): "must be " + words.map { "'\($0)'" }.joined(separator: " or ")
    case .number(let range, let others):
      "must be " + (others.map(String.init) + [rangeText(range)]).joined(separator: " or ")
    case .numberText(let range): "must be \(rangeText(range))"
    case .boolean, .booleanText: "must be true or false"
    case .date: "must be a day in quotes, such as '2030-02-01'"
    case .time: "must be a time of day from '00:00' to '23:59'"
    case .network: "must be a network such as '139.196.0.0/16'"
    case .region: "must be the id of a region, such as 'cn-hangzhou'"
    case .list(_, let count):
      count.upperBound == .max
        ? "must be a list of at least \(count.lowerBound)"
        : "must be a list of \(count.lowerBound) to \(count.upperBound)"
    case .table: "must be a table"
    }
  }
}

private func rangeText(_ range: ClosedRange<Int>) -> String {
  if range.count == 1 { return String(range.lowerBound) }
  return range.upperBound == Int(Int32.max)
    ? "a whole number of at least \(range.lowerBound)"
    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
}

extension CivilDate {
  /// Reads `2030-02-01`.
  init?(_ text: String) {
    guard text.utf8.count == 10, let instant = Instant(iso8601: text + "T00:00Z") else {
      return nil
    }
    self = instant.civil().date
  }
}

extension String {
  fileprivate var isOneLine: Bool {
    first?.isWhitespace == false && last?.isWhitespace == false
      && !unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}

/// Reads `09:30`.
func minuteOfDay(_ text: String) -> Int? {
  guard text.utf8.count == 5, let instant = Instant(iso8601: "2000-01-01T\(text)Z") else {
    return nil
  }
  return instant.civil().secondOfDay / 60
}

private func isNetwork(_ text: String) -> Bool {
  let parts = text.split(separator: "/", omittingEmptySubsequences: false)
  let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count == 2, isNumber(parts[1]), let length = UInt8(parts[1]), length <= 32,
    bytes.count == 4
  else { return false }
  return bytes.allSatisfy { isNumber($0) && UInt8($0) != nil }
}

/// Digits alone: `Int` reads a sign as well.
private func isNumber(_ text: some StringProtocol) -> Bool {
  !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int(text) != nil
}

/// Which regions there are the cloud knows alone; all ids have this form.
private func isRegion(_ text: String) -> Bool {
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  return parts.count > 1
    && parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }
}
