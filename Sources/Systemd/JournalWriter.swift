import CSystemd
import Dispatch
import Glibc
import Synchronization

/// Writes records where the operator will look: to the journal with their
/// fields, or as plain lines where standard error leads somewhere else.
///
/// A journal that has stopped reading blocks its writers, so records leave on a
/// queue of their own; a decision never waits for them. When too many wait, new
/// ones are dropped and counted.
package final class JournalWriter: Sendable {
  package enum Destination: Hashable, Sendable {
    /// The journal's native protocol.
    case journal
    /// `<N>message FIELD=value`, the priority as systemd reads it from a
    /// service's output (sd-daemon(3)).
    case standardError
  }

  package let destination: Destination
  private let identifier: String
  private let standardError: Int32
  private let backlog: Int
  private let sendNative: @Sendable ([String]) -> Bool
  private let queue = DispatchQueue(label: "journal")
  private let state = Mutex(State())

  private struct State {
    var waiting = 0
    var lost: UInt64 = 0
  }

  /// - Parameters:
  ///   - environment: of this process; `JOURNAL_STREAM` is read.
  ///   - identifier: the name that `journalctl -t` finds.
  ///   - backlog: the most records that may wait to be written.
  ///   - sendNative: delivers one entry to the journal, each text `FIELD=value`.
  package init(
    environment: [String: String], identifier: String, standardError: Int32 = STDERR_FILENO,
    backlog: Int = 1024,
    sendNative: @escaping @Sendable ([String]) -> Bool = JournalWriter.sendToJournal
  ) {
    self.identifier = identifier
    self.standardError = standardError
    self.backlog = backlog
    self.sendNative = sendNative
    destination =
      Self.isJournal(standardError, stream: environment["JOURNAL_STREAM"])
      ? .journal : .standardError
  }

  /// Records that were dropped or could not be written anywhere.
  package var lost: UInt64 { state.withLock { $0.lost } }

  /// Returns at once.
  package func write(_ record: JournalRecord) {
    let isAccepted = state.withLock { state in
      guard state.waiting < backlog else {
        state.lost += 1
        return false
      }
      state.waiting += 1
      return true
    }
    guard isAccepted else { return }
    queue.async { [self] in
      let isWritten =
        destination == .journal && sendNative(record.entry(identifier: identifier))
        || Self.write(record.line, to: standardError)
      state.withLock { state in
        state.waiting -= 1
        if !isWritten { state.lost += 1 }
      }
    }
  }

  /// Waits until all earlier records are written, at most for `time`; false
  /// when they were not. For the end of the process only.
  @discardableResult
  package func flush(within time: DispatchTimeInterval) -> Bool {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    return done.wait(timeout: .now() + time) == .success
  }

  /// Whether a descriptor is the very stream that systemd connected to the
  /// journal, and not one that was redirected since (systemd.exec(5)).
  private static func isJournal(_ descriptor: Int32, stream: String?) -> Bool {
    var facts = stat()
    guard let stream, fstat(descriptor, &facts) == 0 else { return false }
    return stream == "\(facts.st_dev):\(facts.st_ino)"
  }

  package static func sendToJournal(_ entry: [String]) -> Bool {
    // One allocation holds all texts; the vectors point into it.
    var bytes: [UInt8] = []
    var ranges: [Range<Int>] = []
    for field in entry {
      let start = bytes.count
      bytes += field.utf8
      ranges.append(start..<bytes.count)
    }
    return bytes.withUnsafeMutableBytes { buffer in
      let vectors = ranges.map { range in
        iovec(iov_base: buffer.baseAddress.map { $0 + range.lowerBound }, iov_len: range.count)
      }
      return sd_journal_sendv(vectors, Int32(vectors.count)) >= 0
    }
  }

  private static func write(_ line: String, to descriptor: Int32) -> Bool {
    var rest = Array(line.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
