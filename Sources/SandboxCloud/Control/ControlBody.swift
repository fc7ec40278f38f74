/// What is wrong with a request to the control interface.
struct ControlError: Error {
  var status = 400
  var message: String

  init(status: Int = 400, message: String) {
    self.status = status
    self.message = message
  }

  init(_ message: String) { self.message = message }

  static let nothingHere = ControlError(
    status: 404, message: "there is nothing to do here; GET / tells what there is")
}

/// The JSON object of a request to the control interface. Members that are not
/// known are errors: a typing mistake must not turn into a fault that never comes.
struct ControlBody {
  private var members: [String: WireJSON]

  init(_ request: WireRequest) throws(ControlError) {
    if request.body.isEmpty {
      members = [:]
      return
    }
    guard let members = WireJSON(bytes: request.body)?.members else {
      throw ControlError("the body must be a JSON object")
    }
    self.members = members
  }

  func allow(_ names: Set<String>) throws(ControlError) {
    if let unknown = members.keys.filter({ !names.contains($0) }).min() {
      throw ControlError(
        "unknown member \(unknown); known are \(names.sorted().joined(separator: ", "))")
    }
  }

  func value(_ name: String) -> WireJSON? { members[name] }

  func text(_ name: String) throws(ControlError) -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.text else { throw ControlError("\(name) must be a text") }
    return text
  }

  func integer(_ name: String) throws(ControlError) -> Int? {
    guard let value = members[name] else { return nil }
    guard case .integer(let number) = value else {
      throw ControlError("\(name) must be a whole number")
    }
    return number
  }

  func bool(_ name: String) throws(ControlError) -> Bool? {
    guard let value = members[name] else { return nil }
    guard let bool = value.bool else { throw ControlError("\(name) must be true or false") }
    return bool
  }

  func texts(_ name: String) throws(ControlError) -> [String]? {
    guard let value = members[name] else { return nil }
    let texts = value.elements?.compactMap(\.text)
    guard let texts, texts.count == value.elements?.count else {
      throw ControlError("\(name) must be a list of texts")
    }
    return texts
  }

  func integers(_ name: String) throws(ControlError) -> [Int]? {
    guard let value = members[name] else { return nil }
    let integers = value.elements?.compactMap(\.integer)
    guard let integers, integers.count == value.elements?.count else {
      throw ControlError("\(name) must be a list of whole numbers")
    }
    return integers
  }

  func time(_ name: String) throws(ControlError) -> CloudTime? {
    guard let text = try text(name) else { return nil }
    guard let time = CloudTime(text) else {
      throw ControlError("\(name) must be a time such as 2030-01-02T03:04:05Z")
    }
    return time
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Word.Type
  ) throws(ControlError) -> Word? {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlError("\(name) must be one of \(words)")
    }
    return word
  }
}

extension Int {
  /// Seconds of `90`, `90s`, `15m`, `72h`, `30d`, also negative.
  init?(durationText text: String) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": CloudTime.day]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Int(unit == nil ? text[...] : text.dropLast()) else { return nil }
    let product = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !product.overflow else { return nil }
    self = product.partialValue
  }
}
