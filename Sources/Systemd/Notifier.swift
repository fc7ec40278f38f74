import CSystemd
import Glibc

/// Tells the service manager how the daemon is. Does nothing, at no cost,
/// where no service manager listens.
///
/// Every message is one datagram to `$NOTIFY_SOCKET` (sd_notify(3)). A failed
/// one is not repeated: the next state says more than the last.
package struct Notifier: Sendable {
  /// The longest silence after which the manager kills the daemon; `nil`
  /// where it watches nothing. Feed at half of it (sd_watchdog_enabled(3)).
  package let watchdogInterval: Duration?
  /// Whether somebody listens who may keep descriptors.
  package let hasManager: Bool
  private let send: @Sendable (String) -> Void
  private let sendWithDescriptor: @Sendable (String, Int32) -> Void

  /// - Parameters:
  ///   - environment: of this process; `NOTIFY_SOCKET`, `WATCHDOG_PID` and
  ///     `WATCHDOG_USEC` are read.
  ///   - processID: of this process, to know whether the watchdog means it.
  ///   - send: delivers one message.
  ///   - sendWithDescriptor: delivers one message and a copy of a descriptor.
  package init(
    environment: [String: String], processID: Int32 = getpid(),
    send: @escaping @Sendable (String) -> Void = { message in _ = sd_notify(0, message) },
    sendWithDescriptor: @escaping @Sendable (String, Int32) -> Void = { message, descriptor in
      withUnsafePointer(to: descriptor) { _ = sd_pid_notify_with_fds(0, 0, message, $0, 1) }
    }
  ) {
    self.send = send
    self.sendWithDescriptor = sendWithDescriptor
    hasManager = environment["NOTIFY_SOCKET"] != nil
    let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
    if isForUs, let text = environment["WATCHDOG_USEC"], let interval = Int64(text), interval > 0 {
      watchdogInterval = .microseconds(interval)
    } else {
      watchdogInterval = nil
    }
  }

  /// Started, or done with a reload.
  package func ready(status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }

  /// One line for `systemctl status`.
  package func status(_ text: String) { send("STATUS=\(Self.line(text))") }

  /// Call only from a finished decision cycle: a fed watchdog claims that the
  /// daemon decides, not merely that it runs.
  package func watchdog() { send("WATCHDOG=1") }

  /// The time lets the manager match the `READY=1` that follows with the
  /// reload it asked for (Type=notify-reload, systemd 253).
  package func reloading() {
    send("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds())")
  }

  package func stopping(status: String) { send("STOPPING=1\nSTATUS=\(Self.line(status))") }

  /// Asks for this much more time from now before the manager gives up on a
  /// start, a reload or a stop.
  package func extendTimeout(_ time: Duration) {
    send("EXTEND_TIMEOUT_USEC=\(Int64(time / .microseconds(1)))")
  }

  /// Lets the manager hold a copy of a socket over a restart: the next process finds it
  /// among those that are passed (`FileDescriptorStoreMax=` of the unit). Once the
  /// service is stopped for good it is closed.
  ///
  /// - Parameter name: without colons and control characters, at most 255 bytes.
  package func keep(_ descriptor: Int32, as name: String) {
    sendWithDescriptor("FDSTORE=1\nFDNAME=\(Self.line(name))", descriptor)
  }

  /// Ends what `keep` began.
  package func forget(_ name: String) { send("FDSTOREREMOVE=1\nFDNAME=\(Self.line(name))") }

  /// The reason of a failed start, shown by `systemctl status`.
  package func failed(status: String, errorNumber: Int32? = nil) {
    send("STATUS=\(Self.line(status))" + (errorNumber.map { "\nERRNO=\($0)" } ?? ""))
  }

  /// A newline inside a status would start another assignment.
  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  private static func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
