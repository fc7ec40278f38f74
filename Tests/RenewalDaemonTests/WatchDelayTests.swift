import InventoryStore
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `Looking at an open renewal` {
  private let parameters = ProtocolParameters(
    requestLife: .minutes(10), visibilityBound: .minutes(20), pollInterval: .minutes(2),
    attemptCap: 1)

  private func watch(looks: Int) -> Watch {
    let intent = Sample.intent(attempt: 1)
    var watch = Watch(
      renewal: Renewal(id: 1, intent: intent, state: .unknown, since: intent.date), nextLook: nil)
    watch.looks = looks
    return watch
  }

  private func delay(_ looks: Int, _ now: Instant) -> Span {
    watch(looks: looks).delay(parameters, at: now)
  }

  @Test func `is soon at first, and at the poll interval at most`() {
    let now = Sample.intent(attempt: 1).date
    let waits = (0...6).map { delay($0, now) }
    #expect(
      waits == [
        .zero, .seconds(2), .seconds(5), .seconds(15), .seconds(60), .minutes(2), .minutes(2),
      ])
  }

  @Test func `is the rarer the longer it takes, up to an hour`() {
    let date = Sample.intent(attempt: 1).date
    #expect(delay(20, date + .hours(4)) == .minutes(30))
    #expect(delay(20, date + .days(9)) == .hours(1))
  }

  @Test func `is never put off beyond the first read that can prove something`() {
    let intent = Sample.intent(attempt: 1)
    let provable = intent.provableFrom(parameters)
    #expect(delay(20, provable - .seconds(40)) == .seconds(40))
    #expect(delay(20, provable - .seconds(1)) == .seconds(1))
    #expect(delay(20, provable) > .minutes(2))
  }
}
