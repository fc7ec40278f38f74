import Glibc
import Synchronization
import Systemd
import Testing

private final class Messages: Sendable {
  private let list = Mutex<[String]>([])
  var all: [String] { list.withLock { $0 } }
  func note(_ message: String) { list.withLock { $0.append(message) } }

  func notifier(environment: [String: String] = [:]) -> Notifier {
    Notifier(environment: environment, processID: 42) { self.note($0) }
  }
}

@Suite struct `The notifier` {
  @Test func `says each state in the service manager's words`() {
    let messages = Messages()
    let notifier = messages.notifier()
    notifier.ready(status: "12 groups")
    notifier.watchdog()
    notifier.extendTimeout(.milliseconds(1500))
    notifier.stopping(status: "one payment is open")
    notifier.failed(status: "the ledger is locked", errorNumber: 11)
    #expect(
      messages.all == [
        "READY=1\nSTATUS=12 groups", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=1500000",
        "STOPPING=1\nSTATUS=one payment is open", "STATUS=the ledger is locked\nERRNO=11",
      ])
  }

  @Test func `tells a reload with the monotonic time that systemd 253 asks for`() throws {
    let messages = Messages()
    var before = timespec()
    clock_gettime(CLOCK_MONOTONIC, &before)
    messages.notifier().reloading()
    let lines = try #require(messages.all.first).split(separator: "\n")
    #expect(lines.first == "RELOADING=1")
    let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int64($0) })
    #expect(time >= Int64(before.tv_sec) * 1_000_000)
    #expect(time < Int64(before.tv_sec + 60) * 1_000_000)
  }

  @Test func `gives a socket to keep by its name, and takes it back`() {
    let messages = Messages()
    let copies = Mutex<[Int32]>([])
    let notifier = Notifier(
      environment: ["NOTIFY_SOCKET": "/run/notify"], send: { messages.note($0) },
      sendWithDescriptor: { message, descriptor in
        messages.note(message)
        copies.withLock { $0.append(descriptor) }
      })
    #expect(notifier.hasManager)
    notifier.keep(7, as: "/run/renewald/status")
    notifier.forget("/run/renewald/status")
    #expect(
      messages.all == [
        "FDSTORE=1\nFDNAME=/run/renewald/status", "FDSTOREREMOVE=1\nFDNAME=/run/renewald/status",
      ])
    #expect(copies.withLock { $0 } == [7])
    #expect(!messages.notifier().hasManager)
  }

  @Test func `never lets a status smuggle in an assignment`() {
    let messages = Messages()
    messages.notifier().status("aig-1\nREADY=1\r\nERRNO=5")
    #expect(messages.all == ["STATUS=aig-1 READY=1 ERRNO=5"])
  }

  @Test(
    arguments: [
      ([:], nil),
      (["WATCHDOG_USEC": "90000000"], .seconds(90)),
      (["WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "42"], .seconds(90)),
      (["WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "43"], nil),
      (["WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "x"], nil),
      (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "soon"], nil),
    ] as [([String: String], Duration?)])
  func `knows the watchdog that means this process`(
    _ environment: [String: String], _ interval: Duration?
  ) {
    #expect(Messages().notifier(environment: environment).watchdogInterval == interval)
  }

  @Test func `reaches the manager's socket through libsystemd`() throws {
    var template = Array("/tmp/renewald-notify-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    let path = directory + "/socket"
    defer {
      unlink(path)
      rmdir(directory)
    }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isBound)
    setenv("NOTIFY_SOCKET", path, 1)
    defer { unsetenv("NOTIFY_SOCKET") }

    Notifier(environment: [:]).status("due next: aig-1")

    var buffer = [UInt8](repeating: 0, count: 256)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    let message = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    #expect(message == "STATUS=due next: aig-1")
  }
}
