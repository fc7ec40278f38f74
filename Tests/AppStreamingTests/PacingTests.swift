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

@Suite struct `Guide to refusals` {
  func entry(_ code: String, _ status: Int = 400) -> RefusalGuide {
    RefusalGuide.entry(for: CloudRefusal(code: code, httpStatus: status))
  }

  @Test(arguments: [
    ("Throttling", RefusalGuide.Repetition.afterWait), ("Throttling.User", .afterWait),
    ("Throttling.Api", .afterWait), ("Rejected.Throttling", .afterWait),
    ("InvalidTimeStamp.Expired", .afterWait), ("IllegalTimestamp", .afterWait),
    ("SignatureNonceUsed", .afterObserving), ("SignatureDoesNotMatch", .never),
    ("IncompleteSignature", .never), ("InvalidSignatureMethod", .never),
    ("InvalidAccessKeyId.NotFound", .never), ("InvalidAccessKeyId.Inactive", .never),
    ("InvalidSecurityToken.Expired", .afterWait), ("Forbidden", .never), ("Forbidden.RAM", .never),
    ("NoPermission", .never), ("ActionUnauthorized", .never), ("Forbidden.RiskControl", .never),
    ("RealNameAuthenticationError", .never), ("MissingPeriod", .never),
    ("MissingParameter", .never), ("InvalidParameter.ProductType", .never),
    ("InvalidPeriod", .never),
    ("UnsupportedParameter", .never), ("InvalidApi.NotFound", .never), ("InvalidAction", .never),
    ("InvalidVersion", .never), ("InvalidProduct.NotFound", .never),
    ("InvalidProtocol.NeedSsl", .never), ("ServiceUnavailable", .afterObserving),
    ("InternalError", .afterObserving), ("UnknownError", .afterObserving),
    ("PAY.INSUFFICIENT_BALANCE", .afterObserving), ("InsufficientBalance", .afterObserving),
    ("PAY.USER_DECLINED", .afterObserving), ("PAY.COUPON_EXPIRED", .afterObserving),
    ("INSTANCE_HAS_INACTIVE_CHANGE", .afterWait), ("SYSTEM.CONCURRENT_OPERATE", .afterObserving),
    ("ORDER.OPEND", .afterObserving), ("COMMODITY.INVALID_COMPONENT", .never),
    ("CreateOrderFailed", .never), ("NotApplicable", .never), ("StockError.NoStock", .afterWait),
    ("StockError.InvalidResourceRequest", .afterObserving), ("InvalidAmount.UnIncrease", .never),
  ])
  func `every documented code has its entry`(code: String, repetition: RefusalGuide.Repetition) {
    #expect(!entry(code).pattern.isEmpty)
    #expect(entry(code).repetition == repetition)
  }

  @Test func `the longest pattern wins, and a wrong host is not the program's fault`() {
    #expect(entry("InvalidParameter.X").fault == .program)
    #expect(entry("InvalidAccessKeyId.NotFound").fault == .operator)
    #expect(entry("InvalidApi.NotFound").fault == .operator)
    #expect(entry("Forbidden.RiskControl").remedy != entry("Forbidden.RAM").remedy)
  }

  @Test func `an unknown code is judged by its status`() {
    #expect(entry("Novel.Code", 403).repetition == .never)
    #expect(entry("Novel.Code", 500).repetition == .afterObserving)
    #expect(entry("Novel.Code", 200).repetition == .afterObserving)
    #expect(entry("", 404).repetition == .afterObserving)
  }

  @Test func `every entry says what to do and who says so`() {
    for entry in RefusalGuide.entries {
      #expect(!entry.remedy.isEmpty && entry.source.hasPrefix("API reference, section"))
    }
    #expect(Set(RefusalGuide.entries.map(\.pattern)).count == RefusalGuide.entries.count)
  }
}
