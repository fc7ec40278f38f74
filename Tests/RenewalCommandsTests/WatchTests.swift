import ControlProtocol
import RenewalCore
import Testing

@testable import RenewalCommands

@Suite struct `The live view` {
  static func state(_ count: Int) -> WatchState {
    let fleet = Samples.fleet(count)
    var state = WatchState(now: Samples.now)
    state.receive([
      .status(fleet.status, paidThisMonth: [Samples.yuan(485_000)]), .fleet(fleet.groups),
    ])
    return state
  }

  static func draw(_ state: inout WatchState, _ width: Int, _ height: Int) -> Grid {
    func screen() -> WatchScreen {
      WatchScreen(
        state: state, clock: .utc(now: state.now), symbols: .utf8, width: width, height: height)
    }
    state.resize(rows: screen().bodyRows, textLines: screen().textLines)
    return screen().grid
  }

  @Test func `a small fleet on 80 by 24`() {
    var state = WatchState(now: Samples.now)
    var status = Samples.status
    status.accounts.removeLast()
    state.receive([
      .status(status, paidThisMonth: [Samples.yuan(485_000)]),
      .fleet([Samples.lab, Samples.design, Samples.pool]),
    ])
    let text = Self.draw(&state, 80, 24).text
    #expect(
      text == """
         renewald  0.1.0  pays  next due 设计部 design studio, floor thre… 01:20:00 UTC
        3 groups: 1 held, 1 ok, 1 p…  paid this month 4850.00 CNY  balance 100000.00 CNY
        OUTCOME_UNKNOWN lab\u{FFFD}[2J: A paid call may or may not have worked. Nothing else i…
        GROUP               STATE        LEFT▾  NEXT              1 Mar  1 Apr  1 May
        lab\u{FFFD}[2J             held           20h  held             ━━◆
        设计部 design stu…  ok             12d  renew in 5d        ─━●
        aig-9ciijz60n4xsv…  pay as y…                              │

        """ + String(repeating: "\n", count: 16)
        + "/ filter  s sort  Enter open  +- time  ? help  q quit                   1-3 of 3\n")
  }

  @Test(arguments: [0, 3, 5000], [[80, 24], [200, 60], [40, 8], [39, 7], [300, 100]])
  func `every size has a screen that fits`(count: Int, size: [Int]) {
    var state = Self.state(count)
    for key in [Key.enter, .escape, .character("?"), .escape, .end, .pageUp, .character("/")] {
      _ = state.press(key)
      let grid = Self.draw(&state, size[0], size[1])
      #expect(grid.lines.count == size[1])
      #expect(grid.lines.allSatisfy { $0.count == size[0] })
    }
  }

  @Test func `the numbers are those of the daemon`() {
    var state = Self.state(5000)
    let fleet = Samples.fleet(5000)
    #expect(
      Self.draw(&state, 200, 60).text(1).hasPrefix(
        "5000 groups  payments stopped for asia: The cloud refuses the key"))
    let grid = Self.draw(&state, 300, 60)
    let expired = fleet.groups.count { $0.state == .expired }
    #expect(grid.text(1).hasPrefix("5000 groups: "))
    #expect(grid.text(1).contains("\(expired) expired"))
    #expect(grid.text(1).contains("paid this month 4850.00 CNY"))
    #expect(grid.text(2).hasPrefix("LAPSED \(expired) times"))
    #expect(grid.text(59).hasSuffix("of 5000"))
  }

  @Test func `the selection stays on its group when the order changes`() {
    var state = Self.state(400)
    _ = Self.draw(&state, 80, 24)
    for _ in 0..<30 { _ = state.press(.down) }
    let key = state.selection?.key
    #expect(key == Samples.fleet(400).groups[30].key)
    _ = state.press(.character("s"))
    #expect(state.order == .due && state.selection?.key == key)
    #expect((state.top..<state.top + state.visibleRows).contains(state.selected))
    var moved = Samples.fleet(400).groups[31]
    moved.expiry = Samples.at(.days(700))
    state.receive([.changed(moved)])
    #expect(state.selection?.key == key)
  }

  @Test func `at its top the list shows whatever comes first`() {
    var state = Self.state(3)
    var first = Samples.design
    first.expiry = Samples.at(.days(-30))
    state.receive([.changed(first)])
    #expect(state.selection?.id == first.id)
  }

  @Test func `a filter is typed, kept and dropped`() {
    var state = Self.state(400)
    for key in "/studio-12".map({ Key.character($0) }) { _ = state.press(key) }
    #expect(state.shown.allSatisfy { $0.name.contains("studio-12") } && state.shown.count == 11)
    // A letter that is a command elsewhere is text here.
    #expect(state.press(.character("q")) == nil && state.shown.isEmpty)
    _ = state.press(.backspace)
    _ = state.press(.enter)
    #expect(!state.isTyping && state.shown.count == 11)
    _ = state.press(.escape)
    #expect(state.shown.count == 400)
  }

  @Test func `opening a group asks for it and shows its checks and history`() {
    var state = Self.state(3)
    state.receive([.fleet([Samples.lab])])
    #expect(state.press(.enter) == .describe(account: "main", group: Samples.lab.id))
    #expect(Self.draw(&state, 80, 24).text.contains("asking the daemon"))
    state.receive([
      .details(GroupDetails(description: Samples.description, events: Samples.history.events))
    ])
    var seen = ""
    for _ in 0..<80 {
      seen += Self.draw(&state, 80, 24).text
      _ = state.press(.down)
    }
    for text in ["Checks", "highest expiry", "History", "settled: the expiry moved"] {
      #expect(seen.contains(text), "\(text)")
    }
    #expect(state.press(.character("q")) == nil)
    #expect(state.page == .fleet)
    #expect(state.press(.character("q")) == .quit)
  }

  @Test func `a daemon that is gone is told until it is back`() {
    var state = Self.state(3)
    state.receive([.lost(reason: "renewald is not running")])
    state.now = Samples.now + .minutes(2)
    state.receive([.lost(reason: "renewald is not running")])
    #expect(
      Self.draw(&state, 100, 24).text(0).hasPrefix(" No answer since 01:20, trying again."))
    state.receive([.status(Samples.status, paidThisMonth: nil)])
    #expect(Self.draw(&state, 100, 24).text(0).hasPrefix(" renewald  0.1.0  pays"))
    // The last known sum is not forgotten.
    #expect(state.paidThisMonth == [Samples.yuan(485_000)])
  }

  @Test func `the fullest budget stands beside what was paid`() {
    var state = Self.state(3)
    var status = Samples.status
    status.budgets = [Samples.budget]
    state.receive([.status(status, paidThisMonth: nil)])
    #expect(Self.draw(&state, 200, 24).text(1).contains("budget month <b> 30% of 10000.00 CNY"))
    // Where it is narrow its limit gives way, and how many groups there are stays.
    status.accounts = [status.accounts[0]]
    state.receive([.status(status, paidThisMonth: nil)])
    let narrow = Self.draw(&state, 80, 24).text(1)
    #expect(narrow.hasPrefix("3 groups"))
    #expect(narrow.contains("this month 4850.00 CNY  budget month <b> 30%  balance 100000.00 CNY"))
  }

  @Test func `a pause and stopped payments are plain to see`() {
    var state = Self.state(3)
    var status = Samples.status
    status.pause = PauseReport(since: Samples.at(.zero), reason: "audit", actor: "uid 0")
    state.receive([.status(status, paidThisMonth: nil)])
    let grid = Self.draw(&state, 200, 24)
    #expect(grid.text(0).contains("PAUSED"))
    #expect(grid.text(1).contains("payments stopped for asia: The cloud refuses the key"))
    // At 80 columns too, where it takes the place of the money; a mode stands above it.
    #expect(
      Self.draw(&state, 80, 24).text(1).hasPrefix(
        "payments stopped for asia: The cloud refuses the key ending in 4ab1: it was"))
    status.accounts = [status.accounts[0]]
    status.accounts[0].paymentsAllowed = false
    status.accounts[0].obstacles = [Obstacle(kind: Term(.mode), sentence: "observe")]
    state.receive([.status(status, paidThisMonth: nil)])
    #expect(!Self.draw(&state, 200, 24).text(1).contains("payments stopped"))
  }

  @Test func `scrolling through 5,000 groups sends little`() {
    var state = Self.state(5000)
    var old = Self.draw(&state, 80, 24)
    _ = state.press(.down)
    var next = Self.draw(&state, 80, 24)
    #expect(next.update(from: old, on: TerminalAbilities()).utf8.count < 1000)
    old = next
    state.now = state.now + .seconds(1)
    next = Self.draw(&state, 80, 24)
    #expect(next.update(from: old, on: TerminalAbilities()).utf8.count < 40)
  }
}
