/// How much a record matters (syslog(3)).
package enum JournalPriority: Int, Hashable, Sendable, CaseIterable {
  case emergency = 0
  case alert, critical, error, warning, notice, info, debug
}

/// One event, told to the journal with its facts as fields.
package struct JournalRecord: Hashable, Sendable {
  /// 32 lower-case hexadecimal digits that name the class of the event and
  /// its catalog entry; `nil` for a record without one.
  package var messageID: String?
  package var priority: JournalPriority
  package var message: String
  /// Names are upper-case letters, digits and underscores, letter first.
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
}
