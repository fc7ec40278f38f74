import Dispatch
import Glibc
import Logging
import Synchronization
import Systemd
import Testing

/// A pipe in place of standard error.
private final class Output: Sendable {
  let reader: Int32
  let writer: Int32

  init() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    (reader, writer) = (ends[0], ends[1])
  }

  deinit {
    close(reader)
    close(writer)
  }

  /// As systemd tells a service which stream it connected to the journal.
  var journalStream: [String: String] {
    var facts = stat()
    fstat(writer, &facts)
    return ["JOURNAL_STREAM": "\(facts.st_dev):\(facts.st_ino)"]
  }

  var text: String {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(reader, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
  }
}

private final class Entries: Sendable {
  private let list = Mutex<[[String]]>([])
  var all: [[String]] { list.withLock { $0 } }
  func append(_ entry: [String]) { list.withLock { $0.append(entry) } }
}

private let paid = JournalRecord(
  messageID: "0123456789abcdef0123456789abcdef", priority: .notice, message: "a group was renewed",
  fields: ["RENEWAL_GROUP_ID": "aig-1", "RENEWAL_REASON": "due since \"noon\""])

@Suite struct `The journal writer` {
  @Test func `gives the journal every fact as a field`() {
    let output = Output()
    let entries = Entries()
    let writer = JournalWriter(
      environment: output.journalStream, identifier: "renewald", standardError: output.writer
    ) { entry in
      entries.append(entry)
      return true
    }
    writer.write(paid)
    #expect(writer.flush(within: .seconds(10)))
    #expect(writer.destination == .journal)
    #expect(
      entries.all == [
        [
          "MESSAGE=a group was renewed", "PRIORITY=5", "SYSLOG_IDENTIFIER=renewald",
          "MESSAGE_ID=0123456789abcdef0123456789abcdef", "RENEWAL_GROUP_ID=aig-1",
          "RENEWAL_REASON=due since \"noon\"",
        ]
      ])
    #expect(output.text == "")
  }

  @Test(arguments: [[:], ["JOURNAL_STREAM": "8:1"], ["JOURNAL_STREAM": "nonsense"]])
  func `writes plain lines with a priority where standard error is not the journal's`(
    _ environment: [String: String]
  ) {
    let output = Output()
    let entries = Entries()
    let writer = JournalWriter(
      environment: environment, identifier: "renewald", standardError: output.writer
    ) { entry in
      entries.append(entry)
      return true
    }
    writer.write(paid)
    #expect(writer.flush(within: .seconds(10)))
    #expect(
      output.text
        == #"<5>a group was renewed RENEWAL_GROUP_ID=aig-1 RENEWAL_REASON="due since \"noon\"""#
        + "\n")
    #expect(entries.all.isEmpty)
  }

  @Test func `keeps a record on one line, whatever its texts hold`() {
    let output = Output()
    let writer = JournalWriter(environment: [:], identifier: "t", standardError: output.writer)
    writer.write(
      JournalRecord(
        priority: .error, message: "a\n<0>b", fields: ["RENEWAL_NAME": "x\u{1b}[2Jy\n"]))
    #expect(writer.flush(within: .seconds(10)))
    #expect(output.text == "<3>a <0>b RENEWAL_NAME=\"x [2Jy \"\n")
  }

  /// The accent makes one character of the two.
  @Test func `marks a quotation mark inside of a text, with an accent on it too`() {
    let output = Output()
    let writer = JournalWriter(environment: [:], identifier: "t", standardError: output.writer)
    writer.write(
      JournalRecord(
        priority: .error, message: "m",
        fields: ["RENEWAL_A": "one two", "RENEWAL_B": "x\"\u{301} RENEWAL_C=y", "RENEWAL_D": "深"]))
    #expect(writer.flush(within: .seconds(10)))
    #expect(
      output.text
        == "<3>m RENEWAL_A=\"one two\" RENEWAL_B=\"x\\\"\u{301} RENEWAL_C=y\" RENEWAL_D=深\n")
  }

  @Test func `falls back to standard error where the journal refuses an entry`() {
    let output = Output()
    let writer = JournalWriter(
      environment: output.journalStream, identifier: "t", standardError: output.writer,
      sendNative: { _ in false })
    writer.write(JournalRecord(priority: .info, message: "still told"))
    #expect(writer.flush(within: .seconds(10)))
    #expect(output.text == "<6>still told\n")
    #expect(writer.lost == 0)
  }

  @Test func `never waits for a journal that has stopped reading, and counts what is lost`() {
    let output = Output()
    let journal = DispatchSemaphore(value: 0)
    let writer = JournalWriter(
      environment: output.journalStream, identifier: "t", standardError: output.writer, backlog: 3
    ) { _ in
      journal.wait()
      return true
    }
    for _ in 0..<5 { writer.write(JournalRecord(priority: .info, message: "x")) }
    #expect(writer.lost == 2)
    #expect(!writer.flush(within: .nanoseconds(1)))
    for _ in 0..<3 { journal.signal() }
    #expect(writer.flush(within: .seconds(10)))
    #expect(writer.lost == 2)
  }

  @Test func `counts a record that could be written nowhere`() {
    let writer = JournalWriter(environment: [:], identifier: "t", standardError: -1)
    writer.write(JournalRecord(priority: .info, message: "x"))
    #expect(writer.flush(within: .seconds(10)))
    #expect(writer.lost == 1)
  }

  @Test func `leaves out a field whose name would cost the whole entry`() {
    let output = Output()
    let writer = JournalWriter(environment: [:], identifier: "t", standardError: output.writer)
    writer.write(
      JournalRecord(
        priority: .info, message: "m",
        fields: ["": "a", "_PID": "1", "lower": "b", "1ST": "c", "A=B": "d", "RENEWAL_OK": "e"]))
    #expect(writer.flush(within: .seconds(10)))
    #expect(output.text == "<6>m RENEWAL_OK=e\n")
  }

  @Test func `takes swift-log's metadata as fields`() {
    let output = Output()
    let entries = Entries()
    let writer = JournalWriter(
      environment: output.journalStream, identifier: "t", standardError: output.writer
    ) { entry in
      entries.append(entry)
      return true
    }
    var logger = Logger(label: "test") { _ in
      JournalLogHandler(writer: writer, prefix: "RENEWAL_")
    }
    logger[metadataKey: "account"] = "main"
    logger.warning("throttled", metadata: ["request-id": "4C46"])
    #expect(writer.flush(within: .seconds(10)))
    let entry = Set(entries.all.first ?? [])
    #expect(
      entry.isSuperset(of: [
        "MESSAGE=throttled", "PRIORITY=4", "RENEWAL_ACCOUNT=main", "RENEWAL_REQUEST_ID=4C46",
      ]))
  }
}
