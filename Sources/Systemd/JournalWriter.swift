/// Writes records where the operator will find them. Never blocks a decision.
package final class JournalWriter: Sendable {
  package init(environment: [String: String], identifier: String) {}

  /// Never throws and never waits for a reader; what is lost is counted.
  package func write(_ record: JournalRecord) {}

  /// Records that could not be written.
  package var lost: UInt64 { 0 }
}
