import AppStreaming
import Dispatch
import RenewalCore

/// The dead man's switch: calls a URL after each completed sweep, and its `/fail`
/// when something is wrong, so that whoever waits for the call learns of silence
/// too.
///
/// Everything happens on a queue of its own. At most one call is out and one
/// waits; a newer one takes the place of the one that waits.
final class Heartbeat: @unchecked Sendable {
  /// After these waits a call is tried again, then left to the next sweep.
  private static let waits: [DispatchTimeInterval] = [.seconds(10), .seconds(60)]

  private let queue = DispatchQueue(label: "renewald heartbeat")
  private let url: SecretURL
  private let transport: any HTTPTransport
  private let whenEnded: @Sendable (HookOutcome) -> Void
  private var isOut = false
  private var waiting: Bool?
  /// Counts calls, so that a retry finds out that a newer one took its place.
  private var number = 0

  /// - Parameter whenEnded: told of each try, on any queue.
  init(
    _ url: SecretURL, transport: any HTTPTransport,
    whenEnded: @escaping @Sendable (HookOutcome) -> Void
  ) {
    self.url = url
    self.transport = transport
    self.whenEnded = whenEnded
  }

  /// Returns at once.
  func beat(isDegraded: Bool) {
    queue.async { [self] in
      number += 1
      if isOut { waiting = isDegraded } else { send(isDegraded, try: 0) }
    }
  }

  private func send(_ isDegraded: Bool, try count: Int) {
    isOut = true
    let number = self.number
    transport.post(to: isDegraded ? url.appending("fail") : url) { [self] result in
      queue.async { [self] in ended(HookOutcome(result), isDegraded, number, try: count) }
    }
  }

  private func ended(_ outcome: HookOutcome, _ isDegraded: Bool, _ number: Int, try count: Int) {
    isOut = false
    whenEnded(outcome)
    if let next = waiting {
      waiting = nil
      send(next, try: 0)
    } else if outcome != .delivered, count < Self.waits.count {
      queue.asyncAfter(deadline: .now() + Self.waits[count]) { [weak self] in
        guard let self, self.number == number, !self.isOut else { return }
        self.send(isDegraded, try: count + 1)
      }
    }
  }
}
