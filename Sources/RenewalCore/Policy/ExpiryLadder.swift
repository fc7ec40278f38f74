/// How long before a group's expiry a person hears of it, and hears of it again.
///
/// Told at every step and not between them: an alert about what is weeks away
/// must not become a noise that nobody hears on the last day.
package struct ExpiryLadder: Hashable, Sendable {
  /// Distances from the expiry, the longest first; at least one.
  package let steps: [Span]

  /// - Parameter steps: in any order. An empty list is the standard one.
  package init(_ steps: [Span]) {
    let ordered = Set(steps).sorted(by: >)
    self.steps = ordered.isEmpty ? Self.standard.steps : ordered
  }

  package static let standard = ExpiryLadder([
    .days(30), .days(14), .days(7), .days(3), .days(1),
  ])

  /// Whether a step lies behind the last telling and not ahead of now.
  package func isReached(before expiry: Instant, after told: Instant, at now: Instant) -> Bool {
    steps.contains { told < expiry - $0 && expiry - $0 <= now }
  }

  /// Whether the group is on the ladder at all.
  package func covers(_ remaining: Span) -> Bool {
    remaining > .zero && steps.contains { remaining <= $0 }
  }

  /// The moments of the steps.
  package func instants(before expiry: Instant) -> [Instant] { steps.map { expiry - $0 } }
}
