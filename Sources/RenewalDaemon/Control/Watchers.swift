import ControlProtocol
import Dispatch
import Synchronization
import Varlink

/// Those who follow what is recorded.
///
/// The queue that owns the state hands over values and goes on; they become
/// text on a queue of their own, once for all watchers. Whoever reads too
/// slowly is cut off by the server's limits; should this queue itself fall
/// behind, all watchers are let go rather than changes kept without end. A
/// watcher who was cut off reads on where he was with `Events`.
final class Watchers: Sendable {
  private struct Watched {
    var repliers: [ObjectIdentifier: VarlinkReplier] = [:]
    /// Changes that were handed over and are not text yet.
    var backlog = 0
  }

  /// Changes that may wait: some seconds' worth of a first sweep.
  private static let backlogLimit = 20_000

  private let queue = DispatchQueue(label: "renewald watchers")
  private let watched = Mutex(Watched())

  var isEmpty: Bool { watched.withLock { $0.repliers.isEmpty } }

  /// - Parameter first: what the watcher gets before any change.
  func add(_ replier: VarlinkReplier, first: WatchCall.Reply) {
    let id = ObjectIdentifier(replier)
    queue.async { [self] in
      replier.replyContinuing(first)
      watched.withLock { $0.repliers[id] = replier }
      // Only now: the body runs at once for a caller who has gone already.
      replier.whenCallerLeaves { [self] in watched.withLock { $0.repliers[id] = nil } }
    }
  }

  func tell(_ changes: [WatchCall.Reply]) {
    let isTooMuch = watched.withLock { watched in
      watched.backlog += changes.count
      guard watched.backlog > Self.backlogLimit else { return false }
      watched.repliers = [:]
      return true
    }
    guard !isTooMuch else {
      watched.withLock { $0.backlog -= changes.count }
      return
    }
    queue.async { [self] in
      let repliers = watched.withLock { watched in
        watched.backlog -= changes.count
        return Array(watched.repliers.values)
      }
      for change in repliers.isEmpty ? [] : changes {
        // Only a value without JSON form fails, of which these have none.
        guard let encoded = try? EncodedParameters(change) else { continue }
        for replier in repliers { replier.replyContinuing(encoded) }
      }
    }
  }
}
