extension InterfaceDescription {
  /// The first place where an object is not of a struct's type: a field that
  /// is missing, surplus or of another type, as a path such as `filter.region`.
  ///
  /// `nil` where all fits. An absent optional field counts as `null`.
  package func mismatch(of value: JSON, with fields: [Field]) -> String? {
    mismatch(of: value, with: .structure(fields), at: "")
  }

  private func mismatch(of value: JSON, with type: InterfaceType, at path: String) -> String? {
    switch (type, value) {
    case (.optional, .null), (.bool, .bool), (.int, .integer), (.float, .integer),
      (.float, .real), (.string, .string), (.object, .object):
      return nil
    case (.optional(let type), _):
      return mismatch(of: value, with: type, at: path)
    case (.named(let name), _):
      guard let type = self.type(name) else { return path }
      return mismatch(of: value, with: type, at: path)
    case (.enumeration(let words), .string(let word)):
      return words.contains(word) ? nil : path
    case (.array(let type), .array(let elements)):
      for (index, element) in elements.enumerated() {
        if let found = mismatch(of: element, with: type, at: "\(path)[\(index)]") { return found }
      }
      return nil
    case (.dictionary(let type), .object(let members)):
      for (name, member) in members.sorted(by: { $0.key < $1.key }) {
        if let found = mismatch(of: member, with: type, at: joined(path, name)) { return found }
      }
      return nil
    case (.structure(let fields), .object(let members)):
      let surplus = members.keys.filter { name in !fields.contains { $0.name == name } }
      if let name = surplus.min() { return joined(path, name) }
      for field in fields {
        let member = members[field.name] ?? .null
        let place = joined(path, field.name)
        if let found = mismatch(of: member, with: field.type, at: place) { return found }
      }
      return nil
    default:
      return path
    }
  }
}

private func joined(_ path: String, _ name: String) -> String {
  path.isEmpty ? name : "\(path).\(name)"
}
