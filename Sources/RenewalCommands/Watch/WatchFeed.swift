import ControlProtocol
import Dispatch
import Glibc
import RenewalCore
import Synchronization

/// Asks the daemon on queues of its own and leaves what it says in a box, so that the
/// view answers keys while the daemon is slow, busy or gone.
final class WatchFeed: Sendable {
  private struct Box {
    var messages: [WatchMessage] = []
    /// The fleet as it is known may have missed changes.
    var isFleetOld = true
    var isConnected = false
  }

  /// A status is asked for so often, the whole fleet so often at least: what a group's
  /// state follows from is also time, which records nothing.
  private static let statusInterval = 5.0
  private static let fleetInterval = 120.0
  private static let retryInterval = 2.0

  private let box = Mutex(Box())
  /// A byte for each message.
  let ready: Int32
  private let wake: Int32
  private let connection: ConnectionOptions

  init(_ connection: ConnectionOptions) throws(CommandFailure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandFailure(.inputOutput, "no pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
    (ready, wake) = (ends[0], ends[1])
    self.connection = connection
  }

  func start() {
    DispatchQueue(label: "renewalctl watch: changes").async { [self] in followChanges() }
    DispatchQueue(label: "renewalctl watch: state").async { [self] in askAgainAndAgain() }
  }

  /// What came since the last time.
  func take() -> [WatchMessage] {
    box.withLock { box in
      defer { box.messages = [] }
      return box.messages
    }
  }

  /// Asks for everything about a group; the answer comes as a message.
  func describe(_ account: AccountName, _ group: GroupID) {
    DispatchQueue.global().async { [self] in
      do throws(CommandFailure) {
        let description = try connection.call(DescribeCall(group: group.text, account: account))
        let history = try connection.call(
          HistoryCall(group: group.text, account: account, limit: 200))
        post(.details(GroupDetails(description: description, events: history.events)))
      } catch {
        post(.lost(reason: error.message))
      }
    }
  }

  private func post(_ message: WatchMessage) {
    box.withLock { $0.messages.append(message) }
    var byte: UInt8 = 0
    // A full pipe wakes the view as well as one byte more would.
    _ = Glibc.write(wake, &byte, 1)
  }

  // MARK: Changes as they happen

  private func followChanges() {
    while true {
      do throws(CommandFailure) {
        try connection.watch { change in
          if let status = change.status {
            // What happened before this moment is only in a new list.
            box.withLock { ($0.isFleetOld, $0.isConnected) = (true, true) }
            post(.status(status, paidThisMonth: nil))
          }
          if let group = change.group {
            post(.changed(group))
          } else if change.event?.group != nil {
            box.withLock { $0.isFleetOld = true }
          }
          return true
        }
        post(.lost(reason: "the daemon ended the connection"))
      } catch {
        post(.lost(reason: error.message))
      }
      box.withLock { $0.isConnected = false }
      pause(Self.retryInterval)
    }
  }

  // MARK: The state now and then

  private func askAgainAndAgain() {
    var fleetAsked = -Self.fleetInterval
    var paidMonth: (ledger: Int64, amounts: [Money])?
    while true {
      let (isConnected, isOld) = box.withLock { ($0.isConnected, $0.isFleetOld) }
      guard isConnected else {
        pause(0.2)
        continue
      }
      do throws(CommandFailure) {
        let status = try connection.call(StatusCall()).status
        let head = status.ledger?.sequence ?? 0
        if paidMonth?.ledger != head {
          let month = CalendarMonth(of: status.now.instant).start().timestamp
          if let reply = try? connection.call(LedgerCall(from: month, limit: 1)) {
            paidMonth = (head, reply.totals)
          }
        }
        post(.status(status, paidThisMonth: paidMonth?.amounts))
      } catch {
        // A daemon that hangs keeps its connections.
        post(.lost(reason: error.message))
      }
      if isOld || uptime() - fleetAsked >= Self.fleetInterval {
        box.withLock { $0.isFleetOld = false }
        if let fleet = try? connection.allPages(ListCall()) {
          post(.fleet(fleet.groups))
          fleetAsked = uptime()
        } else {
          box.withLock { $0.isFleetOld = true }
        }
      }
      pause(Self.statusInterval)
    }
  }

  private func uptime() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  private func pause(_ seconds: Double) { _ = poll(nil, 0, Int32(seconds * 1000)) }
}
