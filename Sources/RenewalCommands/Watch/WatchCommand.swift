import ArgumentParser
import ControlProtocol
import Glibc
import RenewalCore

struct WatchCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show the fleet as it is and as it changes, on the whole terminal.",
    discussion: """
      EXAMPLES
        renewalctl watch
        renewalctl watch --filter held        begin with what is held
        ssh server renewalctl watch --plain   changes as lines

      Keys: / filter, s sort, Enter open a group, + and - the time line, ? help, q quit. \
      Without a terminal, and with --plain, it is events --follow. Nothing can be changed \
      here.
      """)

  @Option(help: ArgumentHelp("Show what fits these words.", valueName: "words"))
  var filter: String?

  @Option(help: "By what to sort.")
  var sort: GroupOrder = .expiry

  @Flag(help: "Write changes as lines, fields between tabs.")
  var plain = false

  @Flag(help: "Never use colour.")
  var noColor = false

  @OptionGroup var connection: ConnectionOptions

  func validate() throws {
    guard !connection.isOffline else {
      throw ValidationError("watch shows a daemon that runs; --offline is for list, plan, report.")
    }
  }

  func execute() throws(CommandFailure) {
    guard TerminalSession.isPossible, !plain else { return try followAsLines() }
    // Whoever may not ask is told so on the screen that stays.
    _ = try connection.call(StatusCall())
    Waiting.silence()
    let feed = try WatchFeed(connection)
    let terminal = try TerminalSession()
    defer { terminal.leave() }
    feed.start()
    var state = WatchState(now: Instant(Int64(time(nil))))
    state.begin(filter: filter ?? "", order: sort)
    let abilities = TerminalAbilities(
      hasColor: TextStyle.ofStandardOutput(noColor: noColor).hasColor,
      isUTF8: TerminalSession.isUTF8)
    var view = WatchView(state, on: terminal, abilities, feed)
    let ending = try view.run()
    terminal.leave()
    // As a program ends that does not catch the signal.
    if let ending {
      signal(ending, SIG_DFL)
      raise(ending)
    }
  }

  private func followAsLines() throws(CommandFailure) {
    var arguments = ["--follow", "--timeout", "\(connection.timeout)"]
    if let socket = connection.socket { arguments += ["--socket", socket] }
    if plain { arguments.append("--plain") }
    if noColor { arguments.append("--no-color") }
    guard let events = try? EventsCommand.parse(arguments) else {
      throw CommandFailure(.internalError, "events --follow does not take \(arguments)")
    }
    try events.execute()
  }
}

/// Carries keys and messages into the state, and the grid to the terminal.
struct WatchView {
  private var state: WatchState
  private let terminal: TerminalSession
  private let abilities: TerminalAbilities
  private let feed: WatchFeed
  private var keys = KeyReader()
  private var onScreen: Grid?

  /// Between two drawings: quick for the eye, little for a slow link.
  private static let frame = 0.12

  init(
    _ state: WatchState, on terminal: TerminalSession, _ abilities: TerminalAbilities,
    _ feed: WatchFeed
  ) {
    self.state = state
    self.terminal = terminal
    self.abilities = abilities
    self.feed = feed
  }

  /// - Returns: the signal that ended it, `nil` where a key did.
  mutating func run() throws(CommandFailure) -> Int32? {
    try draw()
    while true {
      var sources = [STDIN_FILENO, terminal.signals, feed.ready].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      // An escape alone is known by nothing that follows it.
      let patience: Int32 = keys.isUndecided ? 40 : millisecondsToNextSecond
      let count = poll(&sources, nfds_t(sources.count), patience)
      let input = sources[0].revents == 0 ? [] : read(STDIN_FILENO)
      // The terminal is gone.
      if sources[0].revents & Int16(POLLHUP | POLLERR) != 0, input.isEmpty { return SIGHUP }
      if sources[1].revents != 0 {
        for number in read(terminal.signals) where Int32(number) != SIGWINCH {
          return Int32(number)
        }
      }
      if sources[2].revents != 0 { _ = read(feed.ready) }
      state.now = Instant(Int64(time(nil)))
      state.receive(feed.take())
      for key in keys.keys(input, isComplete: count == 0) {
        guard let wish = state.press(key) else { continue }
        switch wish {
        case .quit: return nil
        case .redraw: onScreen = nil
        case .suspend:
          try terminal.suspend()
          onScreen = nil
        case .describe(let account, let group): feed.describe(account, group)
        }
      }
      try draw()
      if input.isEmpty { _ = poll(nil, 0, Int32(Self.frame * 1000)) }
    }
  }

  private mutating func draw() throws(CommandFailure) {
    let size = terminal.size
    func screen() -> WatchScreen {
      WatchScreen(
        state: state, clock: .local(now: state.now), symbols: abilities.isUTF8 ? .utf8 : .ascii,
        width: size.width, height: size.height)
    }
    let before = screen()
    state.resize(rows: before.bodyRows, textLines: before.textLines)
    let grid = screen().grid
    let update = grid.update(from: onScreen, on: abilities)
    if !update.isEmpty { try terminal.write(update) }
    onScreen = grid
  }

  private var millisecondsToNextSecond: Int32 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int32(1000 - now.tv_nsec / 1_000_000)
  }

  private func read(_ descriptor: Int32) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : []
  }
}
