/// Reads the JSON text parameters of creation and change: checks type and range of
/// each member that is known, and names a wrong one by its path.
struct NestedObject {
  var path: String
  var members: [String: WireJSON]

  init(_ path: String, _ value: WireJSON) throws(Refusal) {
    guard let members = value.members else { throw .invalid(path, "must be an object") }
    self.path = path
    self.members = members
  }

  /// `nil` for a parameter that was not sent.
  static func parameter(_ name: String, of parameters: Parameters) throws(Refusal) -> NestedObject?
  {
    guard let value = try parameters.object(name) else { return nil }
    return try NestedObject(name, value)
  }

  private func value(_ name: String) -> WireJSON? {
    guard let value = members[name], value != .null else { return nil }
    return value
  }

  private func invalid(_ name: String, _ rule: String) -> Refusal {
    .invalid("\(path).\(name)", rule)
  }

  func missing(_ name: String) -> Refusal { .missing("\(path).\(name)") }

  func text(_ name: String) throws(Refusal) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.text else { throw invalid(name, "must be a text") }
    return text
  }

  func requiredText(_ name: String) throws(Refusal) -> String {
    guard let text = try text(name), !text.isEmpty else { throw missing(name) }
    return text
  }

  func word(_ name: String, of words: [String]) throws(Refusal) -> String? {
    guard let text = try text(name) else { return nil }
    guard words.contains(text) else {
      throw invalid(name, "must be one of \(words.joined(separator: ", "))")
    }
    return text
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
    guard let value = value(name) else { return nil }
    guard case .integer(let number) = value else { throw invalid(name, "must be a whole number") }
    guard range.contains(number) else {
      throw invalid(
        name,
        range.upperBound == .max
          ? "must be at least \(range.lowerBound)"
          : "must be \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func requiredInteger(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int {
    guard let number = try integer(name, in: range) else { throw missing(name) }
    return number
  }

  func bool(_ name: String) throws(Refusal) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let bool = value.bool else { throw invalid(name, "must be true or false") }
    return bool
  }

  func texts(_ name: String) throws(Refusal) -> [String] {
    var texts: [String] = []
    for element in try elements(name) {
      guard let text = element.text else { throw invalid(name, "must be a list of texts") }
      texts.append(text)
    }
    return texts
  }

  func integers(_ name: String) throws(Refusal) -> [Int] {
    var integers: [Int] = []
    for element in try elements(name) {
      guard case .integer(let number) = element else {
        throw invalid(name, "must be a list of whole numbers")
      }
      integers.append(number)
    }
    return integers
  }

  func objects(_ name: String) throws(Refusal) -> [NestedObject] {
    var objects: [NestedObject] = []
    for (index, element) in try elements(name).enumerated() {
      objects.append(try NestedObject("\(path).\(name).\(index + 1)", element))
    }
    return objects
  }

  func object(_ name: String) throws(Refusal) -> NestedObject? {
    guard let value = value(name) else { return nil }
    return try NestedObject("\(path).\(name)", value)
  }

  private func elements(_ name: String) throws(Refusal) -> [WireJSON] {
    guard let value = value(name) else { return [] }
    guard let elements = value.elements else { throw invalid(name, "must be a list") }
    return elements
  }

  func day(_ name: String) throws(Refusal) -> CloudTime {
    let text = try requiredText(name)
    guard text.utf8.count == 10, let day = CloudTime(text) else {
      throw invalid(name, "must be a date such as 2030-01-02")
    }
    return day
  }

  /// Minutes since midnight.
  func timeOfDay(_ name: String) throws(Refusal) -> Int {
    let text = try requiredText(name)
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard text.utf8.count == 5, parts.count == 2, let hour = UInt8(parts[0]),
      let minute = UInt8(parts[1]), hour < 24, minute < 60
    else { throw invalid(name, "must be a time such as 08:30") }
    return Int(hour) * 60 + Int(minute)
  }
}
