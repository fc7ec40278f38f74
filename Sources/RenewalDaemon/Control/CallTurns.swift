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
  private let waiting = Mutex<[@Sendable () -> Void]>([])

  /// - Parameter queue: serial; owns the state.
  init(queue: DispatchQueue) { self.queue = queue }

  /// Runs the body when it is its turn. Work that is long is cut into pieces,
  /// each of which takes a turn of its own.
  func take(_ body: @escaping @Sendable () -> Void) {
    let isFirst = waiting.withLock { waiting in
      waiting.append(body)
      return waiting.count == 1
    }
    if isFirst { queue.async { [self] in runOne() } }
  }

  private func runOne() {
    guard let body = waiting.withLock({ $0.first }) else { return }
    body()
    let isMore = waiting.withLock { waiting in
      waiting.removeFirst()
      return !waiting.isEmpty
    }
    if isMore { queue.async { [self] in runOne() } }
  }
}
