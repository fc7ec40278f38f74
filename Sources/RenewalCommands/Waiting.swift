import Dispatch
import Glibc
import Synchronization

/// Says on the terminal that something takes its time, from the second second
/// on, and takes it back before anything else is written.
enum Waiting {
  /// Dispatch sources may be used from any thread.
  private struct Timer: @unchecked Sendable { var source: any DispatchSourceTimer }

  private struct State {
    var timer: Timer?
    var seconds = 0
    var detail = ""
    var isShown = false
  }

  private static let state = Mutex(State())

  static func start() {
    guard isatty(STDERR_FILENO) == 1, getenv("TERM").map({ String(cString: $0) }) != "dumb"
    else { return }
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "waiting"))
    timer.schedule(deadline: .now() + 1, repeating: 1)
    timer.setEventHandler { tick() }
    timer.resume()
    let started = Timer(source: timer)
    state.withLock { $0.timer = started }
  }

  /// How far it is.
  static func say(_ detail: String) { state.withLock { $0.detail = detail } }

  static func stop() {
    state.withLock { state in
      state.timer?.source.cancel()
      state.timer = nil
      if state.isShown { write("\r\u{1B}[K") }
      state.isShown = false
    }
  }

  private static func tick() {
    state.withLock { state in
      guard state.timer != nil else { return }
      state.seconds += 1
      state.isShown = true
      let detail = state.detail.isEmpty ? "" : ", \(state.detail)"
      write("\r\u{1B}[Kwaiting for the daemon, \(state.seconds) s\(detail)")
    }
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
