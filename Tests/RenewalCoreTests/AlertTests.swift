import RenewalCore
import Testing

@Suite struct `An alert` {
  @Test(arguments: AlertKind.allCases)
  func `of every kind says in one line of its own what to do next`(kind: AlertKind) {
    let remedy = kind.remedy
    #expect(remedy.count > 20 && remedy.first?.isUppercase == true && remedy.hasSuffix("."))
    #expect(!remedy.contains("\n") && !remedy.contains("  "))
    #expect(AlertKind.allCases.filter { $0.remedy == remedy } == [kind])
  }

  @Test func `that stands until somebody acknowledges it says so`() {
    for kind in AlertKind.allCases where kind.needsAcknowledgement {
      #expect(kind.severity == .page && kind.remedy.contains("ack"), "\(kind)")
    }
  }

  /// Nothing but a person's word can settle a ledger and a bill that disagree.
  @Test func `that stops payments calls a person and does not clear by itself`() {
    let stopping = AlertKind.allCases.filter(\.stopsPayments)
    #expect(
      Set(stopping) == [
        .doubleExtension, .orderMismatch, .amountMismatch, .rollback, .ledgerTamper,
        .machineChanged, .createdTwice,
      ])
    #expect(stopping.allSatisfy { $0.severity == .page && $0.needsAcknowledgement })
  }

  @Test func `pages hourly, reminds daily, or is told once`() {
    let severities: [(AlertKind.Severity, Span?, [AlertKind])] = [
      (
        .page, .hours(1),
        [
          .stuckOrder, .unpaidOrder, .attemptsExhausted, .expiryNear, .lapsed, .gone, .converted,
          .authentication, .permission, .accountChanged, .storageFault,
        ]
      ),
      (
        .sameDay, .days(1),
        [
          .outcomeUnknown, .budgetExhausted, .balanceLow, .priceRefused, .clock, .schemaDrift,
          .visibilitySlow, .expiryRegressed, .configurationRejected,
        ]
      ),
      (.journal, nil, [.foreignRenewal, .nativeAutoRenew]),
    ]
    for (severity, repetition, kinds) in severities {
      #expect(kinds.allSatisfy { $0.severity == severity })
      #expect(severity.repetition == repetition)
    }
    #expect(AlertKind.Severity.journal < .sameDay && AlertKind.Severity.sameDay < .page)
  }
}
