import RenewalCore
import Synchronization
import Testing

@testable import AppStreaming

@Suite struct `Token bucket` {
  @Test func `a burst goes at once, the rest at the rate`() {
    var bucket = TokenBucket(perSecond: 10, burst: 3)
    let start = Duration.seconds(1000)
    let waits = (0..<5).map { _ in bucket.reserve(at: start) }
    #expect(waits == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200)])
    // Half a second later the line has gone and two and a half places are free.
    #expect(bucket.reserve(at: start + .milliseconds(500)) == .zero)
    #expect(bucket.reserve(at: start + .milliseconds(500)) == .zero)
    #expect(bucket.reserve(at: start + .milliseconds(500)) == .zero)
    #expect(bucket.reserve(at: start + .milliseconds(500)) == .milliseconds(100))
  }

  @Test func `a long pause gives no more than the burst`() {
    var bucket = TokenBucket(perSecond: 1, burst: 2)
    #expect(bucket.reserve(at: .zero) == .zero)
    let later = Duration.seconds(1_000_000)
    #expect((0..<3).map { _ in bucket.reserve(at: later) } == [.zero, .zero, .seconds(1)])
  }

  @Test func `throttling without a hint doubles up to 64 seconds and ends with an answer`() {
    var bucket = TokenBucket(perSecond: 1000, burst: 1000)
    var now = Duration.zero
    var waits: [Duration] = []
    for _ in 0..<8 {
      bucket.throttle(at: now, hint: nil)
      waits.append(bucket.reserve(at: now))
      now += waits[waits.count - 1]
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 64, 64].map { .seconds($0) })
    bucket.recover()
    bucket.throttle(at: now, hint: nil)
    #expect(bucket.reserve(at: now) == .seconds(1))
  }

  @Test func `the cloud's own hint counts`() {
    var bucket = TokenBucket(perSecond: 1000, burst: 1000)
    bucket.throttle(at: .zero, hint: .seconds(7))
    #expect(bucket.reserve(at: .seconds(2)) == .seconds(5))
    #expect(bucket.reserve(at: .seconds(8)) == .zero)
    bucket.throttle(at: .seconds(8), hint: .seconds(Int64.max))
    #expect(bucket.reserve(at: .seconds(8)) == .seconds(600))
  }
}

@Suite struct `Pacing of reads` {
  let waits = Waits()

  final class Waits: Sendable {
    let list = Mutex<[Duration]>([])
  }

  func client(_ transport: FakeTransport) throws -> AppStreamingClient {
    try AppStreamingClient.forTest(
      transport,
      pacing: ReadPacing(
        perSecond: 2, now: { .zero },
        after: { [waits] delay, call in
          waits.list.withLock { $0.append(delay) }
          call()
        }))
  }

  @Test func `each operation has its own line, and payments have none`() throws {
    let transport = FakeTransport(json: "{}")
    let client = try client(transport)
    for _ in 0..<3 { _ = try client.answer(.group("aig-1")) }
    _ = try client.answer(.balance)
    let payment = try client.sign(
      RenewalRequest(group: "aig-1", period: .oneWeek), nonce: "n", date: capturedDate)
    for _ in 0..<5 { client.send(payment, deadline: .seconds(1)) { _ in } }
    #expect(waits.list.withLock { $0 } == [.milliseconds(500)])
    #expect(transport.requests.count == 9)
  }

  @Test func `throttling delays the next read of that operation alone`() throws {
    let throttled = HTTPResponse.json(#"{"Code":"Throttling.User"}"#, status: 400)
    let client = try client(FakeTransport(.success(throttled)))
    _ = try client.answer(.group("aig-1"))
    _ = try client.answer(.balance)
    _ = try client.answer(.group("aig-1"))
    #expect(waits.list.withLock { $0 } == [.seconds(1)])
  }
}
