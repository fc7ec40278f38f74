import Glibc
import Synchronization

/// The terminal while a full-screen view has it: the other screen, keys one by one, no
/// cursor. It is given back as it was at the end, on a signal and on a crash.
final class TerminalSession {
  /// The alternate screen, no cursor, no wrapping at the edge (xterm's private modes).
  private static let enterSequence = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"

  private var before = termios()
  private var isEntered = false
  /// A byte for each signal that came.
  let signals: Int32

  /// - Throws: `CommandFailure` where the terminal cannot be set up.
  init() throws(CommandFailure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0, tcgetattr(STDIN_FILENO, &before) == 0 else {
      throw CommandFailure(.inputOutput, "this terminal cannot be used: \(errorText())")
    }
    for end in ends { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
    signals = ends[0]
    terminalBefore = before
    signalPipe = ends[1]
    try enter()
    for number in [SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        let error = errno
        _ = Glibc.write(signalPipe, &byte, 1)
        errno = error
      }
    }
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      signal(number) { number in
        giveBackTerminal()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  func enter() throws(CommandFailure) {
    var raw = before
    cfmakeraw(&raw)
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) == 0 else {
      throw CommandFailure(.inputOutput, "this terminal cannot be used: \(errorText())")
    }
    isEntered = true
    try write(Self.enterSequence)
  }

  /// May be called twice.
  func leave() {
    guard isEntered else { return }
    isEntered = false
    giveBackTerminal()
  }

  deinit { leave() }

  func write(_ text: String) throws(CommandFailure) {
    try RenewalCommands.write(text, to: STDOUT_FILENO)
  }

  /// Stops the program as Ctrl-Z does elsewhere, and returns when it goes on.
  func suspend() throws(CommandFailure) {
    leave()
    _ = kill(0, SIGTSTP)
    try enter()
  }

  var size: (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Whether both ends are a terminal on which a cursor can be placed.
  static var isPossible: Bool {
    isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
      && !["", "dumb"].contains(TextStyle.environment("TERM") ?? "")
  }

  /// Whether text may be sent in UTF-8 (locale(7): the first of the three that is set).
  static var isUTF8: Bool {
    let settings = ["LC_ALL", "LC_CTYPE", "LANG"].map { TextStyle.environment($0) ?? "" }
    let locale = settings.first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.hasSuffix("utf-8") || name.hasSuffix("utf8") || name.contains("utf-8@")
      || name.contains("utf8@")
  }
}

private func errorText() -> String { String(cString: strerror(errno)) }

// A signal's handler can be handed nothing, and may not allocate: what it needs lies here,
// written once before the handlers are set.
nonisolated(unsafe) private var terminalBefore = termios()
nonisolated(unsafe) private var signalPipe: Int32 = -1
private let leaveBytes: StaticString = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

/// Only what a handler may call (signal-safety(7)).
private func giveBackTerminal() {
  _ = Glibc.write(STDOUT_FILENO, leaveBytes.utf8Start, leaveBytes.utf8CodeUnitCount)
  _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &terminalBefore)
}
