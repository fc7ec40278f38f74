/// How much a record matters (syslog(3)).
package enum JournalPriority: Int, Hashable, Sendable, CaseIterable {
  case emergency = 0
  case alert, critical, error, warning, notice, info, debug
}

/// One event, told to the journal with its facts as fields.
package struct JournalRecord: Hashable, Sendable {
  /// 32 lower-case hexadecimal digits that name the class of the event and
  /// lead to its catalog entry; `nil` for a record without one.
  package var messageID: String?
  package var priority: JournalPriority
  package var message: String
  /// Names are upper-case letters, digits and underscores, a letter first;
  /// others are left out, because the journal drops an entry for one of them.
  package var fields: [String: String]

  package init(
    messageID: String? = nil, priority: JournalPriority, message: String,
    fields: [String: String] = [:]
  ) {
    self.messageID = messageID
    self.priority = priority
    self.message = message
    self.fields = fields
  }

  /// As the journal takes it: one `FIELD=value` each.
  func entry(identifier: String) -> [String] {
    var entry = [
      "MESSAGE=\(message)", "PRIORITY=\(priority.rawValue)", "SYSLOG_IDENTIFIER=\(identifier)",
    ]
    if let messageID { entry.append("MESSAGE_ID=\(messageID)") }
    return entry + namedFields.map { "\($0.key)=\($0.value)" }
  }

  /// One line with its newline.
  var line: String {
    let facts = namedFields.map { key, value in
      let value = Self.printable(value)
      let isWord = !value.isEmpty && value.utf8.allSatisfy { !Self.unquotable.contains($0) }
      return " \(key)=" + (isWord ? value : Self.quoted(value))
    }
    return "<\(priority.rawValue)>" + Self.printable(message) + facts.joined() + "\n"
  }

  /// A blank, a quotation mark, a backslash.
  private static let unquotable: [UInt8] = [0x20, 0x22, 0x5C]

  private static func quoted(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 != 0x20 && unquotable.contains($0) }) else {
      return "\"\(value)\""
    }
    // By scalars: with an accent behind it a quotation mark is no character of its own.
    let scalars = value.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }
    return "\"" + scalars.joined() + "\""
  }

  /// Control characters become blanks: a text from outside must neither start a
  /// line of its own nor steer a terminal.
  private static func printable(_ text: String) -> String {
    // Most texts: beyond ASCII there are control characters of more than one byte.
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
    let scalars = text.unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : $0
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private var namedFields: [(key: String, value: String)] {
    fields
      .filter { name, _ in
        name.utf8.first.map { (65...90).contains($0) } ?? false
          && name.utf8.allSatisfy { byte in
            (65...90).contains(byte) || (48...57).contains(byte) || byte == 95
          }
      }
      .sorted { $0.key < $1.key }
  }
}
