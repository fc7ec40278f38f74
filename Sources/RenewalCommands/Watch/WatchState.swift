import ControlProtocol
import RenewalCore

/// What the live view knows and what it was told to show. Pure: messages and keys in,
/// wishes out.
struct WatchState: Sendable {
  /// Whether what is shown is of now.
  enum Link: Hashable, Sendable {
    case connecting
    case live
    /// Since when nothing was heard, and why.
    case lost(since: Instant, reason: String)
  }

  enum Page: Hashable, Sendable {
    case fleet
    case group
    case help
  }

  /// What the view asks of the program around it.
  enum Wish: Hashable, Sendable {
    case quit
    case suspend
    case redraw
    case describe(account: AccountName, group: GroupID)
  }

  var now: Instant
  private(set) var link = Link.connecting
  private(set) var status: StatusReport?
  /// What was settled since the beginning of this month (UTC).
  private(set) var paidThisMonth: [Money]?
  private var groups: [String: GroupReport] = [:]
  private(set) var page = Page.fleet
  private(set) var opened: GroupDetails?
  private(set) var filter = ""
  private(set) var isTyping = false
  private(set) var order = GroupOrder.expiry
  /// Days that the time line reaches ahead.
  private(set) var daysAhead = 90
  /// What is shown, in order; and where in it the selection and the first line are.
  private(set) var shown: [GroupReport] = []
  private(set) var selected = 0
  private(set) var top = 0
  /// The first line of a page of text.
  private(set) var scroll = 0
  /// As the last drawing found them.
  private(set) var visibleRows = 20
  private(set) var textLines = 0

  init(now: Instant) { self.now = now }

  var groupCount: Int { groups.count }

  func name(of group: GroupID, in account: AccountName?) -> String? {
    groups["\(account?.text ?? "")/\(group)"]?.name.nonEmpty
  }

  /// What to begin with.
  mutating func begin(filter: String, order: GroupOrder) {
    (self.filter, self.order) = (filter, order)
  }
}

/// What is told of one group when it is opened.
struct GroupDetails: Hashable, Sendable {
  var description: DescribeCall.Reply
  var events: [EventReport]

  var key: String { description.group.key }
}

/// What the daemon said, as it reaches the view.
enum WatchMessage: Sendable {
  case status(StatusReport, paidThisMonth: [Money]?)
  case fleet([GroupReport])
  case changed(GroupReport)
  case details(GroupDetails)
  case lost(reason: String)
}

extension WatchState {
  /// Takes in what came since the last time; the order is made once for all of it.
  mutating func receive(_ messages: [WatchMessage]) {
    var isChanged = false
    for message in messages {
      switch message {
      case .status(let status, let paid):
        self.status = status
        if let paid { paidThisMonth = paid }
        link = .live
      case .fleet(let all):
        groups = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        isChanged = true
      case .changed(let group):
        groups[group.key] = group
        isChanged = true
      case .details(let details): opened = details
      case .lost(let reason):
        if case .lost(let since, _) = link {
          link = .lost(since: since, reason: reason)
        } else {
          link = .lost(since: now, reason: reason)
        }
      }
    }
    if isChanged { arrange() }
  }

  /// The group under the cursor.
  var selection: GroupReport? { shown.indices.contains(selected) ? shown[selected] : nil }

  /// Filters and sorts. The selection stays on its group, and at the top of the list on
  /// whatever comes to stand there.
  private mutating func arrange() {
    let key = selected == 0 ? nil : selection?.key
    let words = filter.lowercased().split(separator: " ")
    shown = groups.values.filter { group in
      words.isEmpty
        || words.allSatisfy { word in
          [group.name, group.id.text, group.account.text, group.rule ?? "", group.state.text]
            .contains { $0.lowercased().contains(word) }
        }
    }.sorted(by: order.isBefore)
    select(shown.firstIndex { $0.key == key } ?? min(selected, shown.count - 1))
  }

  private mutating func select(_ index: Int) {
    selected = max(0, min(index, shown.count - 1))
    top = min(top, selected)
    if selected >= top + visibleRows { top = selected - visibleRows + 1 }
    top = max(0, min(top, shown.count - visibleRows))
  }

  /// Tells how many lines there is room for, and how many a page of text has.
  mutating func resize(rows: Int, textLines: Int) {
    (visibleRows, self.textLines) = (max(1, rows), textLines)
    select(selected)
    scroll = max(0, min(scroll, textLines - visibleRows))
  }
}

// MARK: Keys

extension WatchState {
  mutating func press(_ key: Key) -> Wish? {
    switch key {
    case .interrupt: return .quit
    case .suspend: return .suspend
    case .redraw: return .redraw
    default: break
    }
    if isTyping {
      type(key)
      return nil
    }
    switch page {
    case .fleet: return pressInFleet(key)
    case .group, .help:
      pressInText(key)
      return nil
    }
  }

  private mutating func type(_ key: Key) {
    switch key {
    case .character(let character): filter.append(character)
    case .backspace where filter.isEmpty: isTyping = false
    case .backspace: filter.removeLast()
    case .enter, .down, .up: isTyping = false
    case .escape: (filter, isTyping) = ("", false)
    default: return
    }
    arrange()
  }

  private mutating func pressInFleet(_ key: Key) -> Wish? {
    switch key {
    case .character("q"), .character("Q"): return .quit
    case .up, .character("k"): select(selected - 1)
    case .down, .character("j"): select(selected + 1)
    case .pageUp: select(selected - visibleRows)
    case .pageDown, .character(" "): select(selected + visibleRows)
    case .home, .character("g"): select(0)
    case .end, .character("G"): select(shown.count - 1)
    case .character("/"): isTyping = true
    case .escape:
      filter = ""
      arrange()
    case .character("s"): sort(by: 1)
    case .character("S"): sort(by: -1)
    case .character("+"), .character("="), .left: daysAhead = max(15, daysAhead / 2)
    case .character("-"), .right: daysAhead = min(1440, daysAhead * 2)
    case .character("?"), .character("h"): open(.help)
    case .enter:
      guard let group = selection else { return nil }
      if opened?.key != group.key { opened = nil }
      open(.group)
      return .describe(account: group.account, group: group.id)
    default: break
    }
    return nil
  }

  private mutating func open(_ page: Page) {
    self.page = page
    scroll = 0
  }

  private mutating func sort(by step: Int) {
    let all = GroupOrder.allCases
    let index = (all.firstIndex(of: order) ?? 0) + step
    order = all[(index + all.count) % all.count]
    arrange()
  }

  private mutating func pressInText(_ key: Key) {
    switch key {
    case .up, .character("k"): scroll -= 1
    case .down, .character("j"), .enter: scroll += 1
    case .pageUp: scroll -= visibleRows
    case .pageDown, .character(" "): scroll += visibleRows
    case .home, .character("g"): scroll = 0
    case .end, .character("G"): scroll = textLines
    case .escape, .left, .backspace, .character("q"), .character("?"), .character("h"):
      page = .fleet
    default: break
    }
    scroll = max(0, min(scroll, textLines - visibleRows))
  }
}
