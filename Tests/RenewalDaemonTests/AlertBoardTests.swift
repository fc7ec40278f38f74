import ControlProtocol
import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `The board of alerts` {
  private static let raised = Instant(1_800_000_000)

  private func alert(_ number: Int64, _ kind: AlertKind = .lapsed) -> Alert {
    Alert(
      id: number, kind: kind, account: "main", group: GroupID("aig-\(number)"),
      raised: Self.raised, lastTold: Self.raised, reason: "since then")
  }

  @Test func `tells what stands again once its time has come, some at a time`() throws {
    var board = AlertBoard((1...5).map { alert($0) })
    let interval = try #require(AlertKind.lapsed.severity.repetition)
    #expect(board.repetitions(at: Self.raised + interval - .seconds(1), limit: 2).isEmpty)
    var told: [Int64] = []
    let now = Self.raised + interval
    for _ in 1...3 {
      for var alert in board.repetitions(at: now, limit: 2) {
        told.append(alert.id)
        alert.lastTold = now
        board.put(alert)
      }
    }
    #expect(told == [1, 2, 3, 4, 5])
    #expect(board.repetitions(at: now, limit: 2).isEmpty)
    #expect(board.repetitions(at: now + interval, limit: 9).count == 5)
  }

  @Test func `tells a new alert again after its own time, and not after that of others`() throws {
    var board = AlertBoard([alert(1)])
    let interval = try #require(AlertKind.lapsed.severity.repetition)
    var later = alert(2)
    later.lastTold = Self.raised - .seconds(10)
    #expect(board.repetitions(at: Self.raised, limit: 9).isEmpty)
    board.put(later)
    let found = board.repetitions(at: Self.raised + interval - .seconds(10), limit: 9)
    #expect(found.map(\.id) == [2])
  }

  @Test func `tells again what a clock that was wrong has told in the future`() {
    var board = AlertBoard([alert(1)])
    #expect(board.repetitions(at: Self.raised + .seconds(1), limit: 9).isEmpty)
    #expect(board.repetitions(at: Self.raised - .days(1), limit: 9).map(\.id) == [1])
  }

  @Test func `counts the pages, and those that nobody has acknowledged`() {
    var board = AlertBoard([alert(1), alert(2), alert(3, .sweepFailing)])
    #expect((board.pages, board.unheardPages) == (2, 2))
    var heard = alert(1)
    heard.acknowledged = true
    board.put(heard)
    board.put(heard)
    #expect((board.pages, board.unheardPages) == (2, 1))
    board.remove(.init(heard))
    board.remove(.init(heard))
    board.remove(.init(alert(2)))
    #expect((board.pages, board.unheardPages) == (0, 0))
  }

  @Test func `is listed page by page, the most pressing first, each alert once`() {
    let all = (1...7).map { alert($0, $0 % 2 == 0 ? .lapsed : .sweepFailing) }
    var board = AlertBoard(all)
    var found: [Alert] = []
    var page = board.list(limit: 2)
    while let last = page.last {
      found += page
      // It is over before the next page is asked for.
      board.remove(.init(last))
      page = board.list(after: .init(last), limit: 2)
    }
    #expect(found.map(\.id) == [2, 4, 6, 1, 3, 5, 7])
    #expect(AlertBoard.Subject(text: AlertBoard.Subject(all[0]).text) == .init(all[0]))
  }
}

@Suite struct `A fleet in trouble` {
  @Test func `is told in answers that a caller can take, with how much more there is`() throws {
    let daemon = try SteeredDaemon(mode: .observe)
    daemon.change { cloud in
      cloud.groups = (1...640).map {
        DeliveryGroup(id: GroupID("aig-\($0)"), expiry: Sample.now + .hours(1))
      }
    }
    daemon.letTimePass(.hours(2))
    for _ in 1...20 { daemon.handle() }
    let status = try daemon.call(StatusCall()).status
    #expect(status.alerts.count == 100)
    #expect(status.alerts.allSatisfy { $0.severity == .page })
    var call = AlertsCall()
    var alerts: [AlertReport] = []
    repeat {
      let page = try daemon.call(call)
      #expect(page.alerts.count <= 500)
      alerts += page.alerts
      call.after = page.next
    } while call.after != nil
    #expect(alerts.count == 100 + (status.moreAlerts ?? 0))
    #expect(Set(alerts.map(\.id)).count == alerts.count)
    #expect(alerts.count >= 640)
    #expect(Array(alerts.prefix(100)) == status.alerts)
    #expect(throws: (any Error).self) { try daemon.call(AlertsCall(after: "nonsense")) }
    #expect(throws: (any Error).self) { try daemon.call(AlertsCall(limit: 501)) }
  }
}
