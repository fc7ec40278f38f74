import Logging

/// Lets code that logs through swift-log write to the journal. Metadata become
/// fields: with the prefix `RENEWAL_`, `request-id` is `RENEWAL_REQUEST_ID`.
package struct JournalLogHandler: LogHandler {
  package var logLevel = Logger.Level.info
  package var metadata = Logger.Metadata()
  private let writer: JournalWriter
  private let prefix: String

  package init(writer: JournalWriter, prefix: String) {
    self.writer = writer
    self.prefix = prefix
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = [
      "CODE_FILE": event.file, "CODE_LINE": "\(event.line)", "CODE_FUNC": event.function,
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
      let name = key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
      fields[prefix + String(name)] = "\(value)"
    }
    writer.write(
      JournalRecord(
        priority: JournalPriority(event.level), message: "\(event.message)", fields: fields))
  }
}

extension JournalPriority {
  /// swift-log knows no alert and no emergency; trace is the journal's debug.
  init(_ level: Logger.Level) {
    self =
      switch level {
      case .trace, .debug: .debug
      case .info: .info
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      case .critical: .critical
      }
  }
}
