import RenewalCore
import Testing

@Suite struct `How long orders take to show` {
  @Test func `is kept as the last, the longest and the number, and read as it was kept`() {
    var seen = Visibility()
    for minutes in [3, 20, 5] { seen.note(.minutes(Int64(minutes))) }
    #expect(seen.last == .minutes(5) && seen.longest == .minutes(20) && seen.orders == 3)
    #expect(seen.text == "300 1200 3")
    #expect(Visibility(text: seen.text) == seen)
    #expect(Visibility(text: Visibility().text) == Visibility())
  }

  @Test(arguments: ["", "300", "300 1200", "300 1200 3 4", "300 -1 3", "-300 1200 3"])
  func `is not read from anything but three numbers`(text: String) {
    #expect(Visibility(text: text) == nil)
  }

  @Test func `is known of an accepted order alone, and never negative`() {
    func latency(_ state: RenewalState, _ span: Span) -> Span? {
      let renewal = `A renewal`.renewal(state, order: "1")
      return renewal.latency(
        until: ExpiryEvidence(
          expiry: renewal.intent.key.expiry + .days(31), serverTime: renewal.since + span,
          orders: .unavailable))
    }
    #expect(latency(.accepted, .minutes(9)) == .minutes(9))
    #expect(latency(.accepted, -.seconds(1)) == .zero)
    for state in RenewalState.allCases where state != .accepted {
      #expect(latency(state, .minutes(9)) == nil)
    }
  }

  @Test func `is slow above a quarter of its bound`() {
    #expect(!ProtocolParameters.withBilling.isSlow(.minutes(15)))
    #expect(ProtocolParameters.withBilling.isSlow(.minutes(15) + .seconds(1)))
    #expect(!ProtocolParameters.withoutBilling.isSlow(.hours(6)))
  }
}
