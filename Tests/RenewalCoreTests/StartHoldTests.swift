import RenewalCore
import Testing

@Suite struct `The start hold` {
  let parameters = ProtocolParameters.withBilling
  let server = Instant(1_800_000_000)
  let head = LedgerHead(sequence: 7, hash: "abc")

  private func hold(
    anchor: RuntimeAnchor?, head: LedgerHead? = nil, boot: Int64 = 100_000,
    bootID: String = "this"
  ) -> StartHold {
    .first(
      answer: server, at: ClockReading(wall: server, boot: boot), anchor: anchor, account: "main",
      head: head ?? self.head, bootID: bootID, parameters: parameters)
  }

  private func anchor(
    server: Instant? = nil, boot: Int64 = 40_000, holdUntil: Instant? = nil
  ) -> RuntimeAnchor {
    let clock = ClockMark(server: server ?? self.server - .seconds(60), boot: boot)
    return RuntimeAnchor(
      head: head, bootID: "this",
      accounts: ["main": .init(clock: clock, holdUntil: holdUntil)])
  }

  @Test func `is waived for a plain restart only`() {
    #expect(hold(anchor: anchor()) == .none)
    let full = StartHold.until(server + parameters.quarantine)
    #expect(hold(anchor: nil) == full)
    #expect(hold(anchor: anchor(), head: LedgerHead(sequence: 6, hash: "ab")) == full)
    #expect(hold(anchor: anchor(), bootID: "another") == full)
    #expect(hold(anchor: anchor(), boot: 39_999) == full)
    #expect(
      hold(anchor: RuntimeAnchor(head: head, bootID: "this", accounts: [:])) == full)
  }

  @Test func `is not waived when the clocks ran apart since`() {
    let bound = parameters.discontinuity
    #expect(hold(anchor: anchor(server: server - .seconds(60) - bound)) == .none)
    #expect(hold(anchor: anchor(server: server - .seconds(61) - bound)) != .none)
    #expect(hold(anchor: anchor(server: server - .seconds(60) + bound + .seconds(1))) != .none)
  }

  @Test func `that the last process was under is not shortened by a restart`() {
    let end = server + .hours(1)
    #expect(hold(anchor: anchor(holdUntil: end)) == .until(end))
  }

  @Test func `ends at its instant and not before`() {
    #expect(!StartHold.waiting.isOver(at: server))
    #expect(!StartHold.until(server).isOver(at: server - .seconds(1)))
    #expect(StartHold.until(server).isOver(at: server))
    #expect(StartHold.until(server).end == server)
    #expect(StartHold.waiting.end == nil && StartHold.none.end == nil)
  }
}

@Suite struct `The cloud's clock` {
  let parameters = ProtocolParameters.withBilling
  let server = Instant(1_800_000_000)

  private func reading(_ seconds: Int64, wall: Span = .zero) -> ClockReading {
    ClockReading(wall: server + .seconds(seconds) + wall, boot: seconds * 1000)
  }

  @Test func `is carried on by the boot clock, whatever the wall clock does`() {
    var clock = ServerClock()
    #expect(clock.now(at: reading(0)) == nil)
    _ = clock.hear(server, at: reading(0), parameters: parameters)
    #expect(clock.now(at: reading(90, wall: .days(-400))) == server + .seconds(90))
  }

  @Test func `is in doubt when it runs apart from this machine's`() {
    var clock = ServerClock()
    #expect(clock.hear(server, at: reading(0), parameters: parameters) == .trusted)
    #expect(
      clock.hear(server + .seconds(180), at: reading(60), parameters: parameters) == .trusted)
    #expect(
      clock.hear(server + .seconds(361), at: reading(120), parameters: parameters)
        == .discontinuity(.seconds(121)))
  }

  @Test func `is in doubt when the wall clock is ten minutes off`() {
    var clock = ServerClock()
    let far = reading(0, wall: .seconds(601))
    #expect(clock.hear(server, at: far, parameters: parameters) == .wallClockOff(.seconds(601)))
    var other = ServerClock()
    #expect(
      other.hear(server, at: reading(0, wall: .minutes(-10)), parameters: parameters) == .trusted)
  }
}
