/// The parameters of a call, from the query and the form body alike (API
/// reference, section 3.2: each operation has its places, and a server takes both).
struct Parameters: Sendable {
  /// In wire order, query first.
  var pairs: [(name: String, value: String)]

  init(_ request: WireRequest) throws(Refusal) {
    guard let query = Percent.pairs(request.rawQuery) else {
      throw Refusal(400, "InvalidParameter", "The query is not readable.")
    }
    guard request.header("content-type")?.hasPrefix("application/x-www-form-urlencoded") == true
    else {
      pairs = query
      return
    }
    guard let form = Percent.pairs(String(decoding: request.body, as: UTF8.self)) else {
      throw Refusal(400, "InvalidParameter", "The form body is not readable.")
    }
    pairs = query + form
  }

  /// `nil` for one that was not sent; an empty one counts as not sent.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  func required(_ name: String) throws(Refusal) -> String {
    guard let value = self[name] else { throw .missing(name) }
    return value
  }

  func integer(_ name: String, in range: ClosedRange<Int>? = nil) throws(Refusal) -> Int? {
    guard let text = self[name] else { return nil }
    guard let value = Int(text) else { throw .invalid(name, "is not a whole number") }
    if let range, !range.contains(value) {
      throw .invalid(name, "must be \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func requiredInteger(_ name: String, in range: ClosedRange<Int>? = nil) throws(Refusal) -> Int {
    guard let value = try integer(name, in: range) else { throw .missing(name) }
    return value
  }

  /// In either case of letters: one client writes `True`, another `true`.
  func boolean(_ name: String) throws(Refusal) -> Bool? {
    guard let text = self[name] else { return nil }
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default: throw .invalid(name, "must be true or false")
    }
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ type: Word.Type
  ) throws(Refusal) -> Word? {
    guard let text = self[name] else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid(name, "must be one of \(words)")
    }
    return word
  }

  /// `Name.1`, `Name.2` ... as sent; counting stops at the first gap.
  func list(_ name: String) -> [String] {
    var result: [String] = []
    while let value = self["\(name).\(result.count + 1)"] { result.append(value) }
    return result
  }

  /// A value that carries a JSON object as text.
  func object(_ name: String) throws(Refusal) -> WireJSON? {
    guard let text = self[name] else { return nil }
    guard let value = WireJSON(bytes: text.utf8), value.members != nil else {
      throw .invalid(name, "is not a JSON object")
    }
    return value
  }

  /// Every App Streaming call names its product.
  func requireProductType() throws(Refusal) {
    guard try required("ProductType") == "CloudApp" else {
      throw .invalid("ProductType", "must be CloudApp")
    }
  }
}
