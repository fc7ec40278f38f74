import Dispatch
import Synchronization

/// Lets calls onto the queue that owns the state, one at a time.
///
/// Behind each of them the queue goes on to whatever came meanwhile: a wake, an
/// answer of the cloud. So a decision waits for one piece of one call at most,
/// however many callers there are and however fast they ask. A connection has
/// one call under way, so that taking the calls in their order gives each
/// caller the same share.
final class CallTurns: Sendable {
  private let queue: DispatchQueue
  private struct Line {
    var bodies: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let line = Mutex(Line())

  /// - Parameter queue: serial; owns the state.
  init(queue: DispatchQueue) { self.queue = queue }

  /// Runs the body when it is its turn. Work that is long is cut into pieces,
  /// each of which takes a turn of its own.
  func take(_ body: @escaping @Sendable () -> Void) {
    let isFirst = line.withLock { line in
      guard !line.isClosed else { return false }
      line.bodies.append(body)
      return line.bodies.count == 1
    }
    if isFirst { queue.async { [self] in runOne() } }
  }

  /// Lets nobody in any more, those who wait neither.
  func close() {
    line.withLock { line in
      line.bodies = []
      line.isClosed = true
    }
  }

  private func runOne() {
    guard let body = line.withLock({ $0.bodies.first }) else { return }
    body()
    let isMore = line.withLock { line in
      if !line.isClosed { line.bodies.removeFirst() }
      return !line.bodies.isEmpty
    }
    if isMore { queue.async { [self] in runOne() } }
  }
}
