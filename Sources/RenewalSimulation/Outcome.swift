/// What became of one world.
package struct Outcome: Codable, Sendable {
  package var violations: [String] = []
  /// What was paid for beyond the operator's limits.
  package var breaches: [String] = []
  /// How often the seed was run.
  package var runs = 1
  package var payments = 0
  package var cycles = 0
  /// Durable ones: each deletes a journal.
  package var transactions: Int64 = 0
  /// Of the daemon, the first included.
  package var starts = 0
  package var pagedLapses = 0
  package var groupYears = 0.0
  package var faults = FaultCounts()
  /// A digest of everything that happened, in order.
  package private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325

  package var isClean: Bool { violations.isEmpty && breaches.isEmpty }

  mutating func mix(_ value: UInt64) { trace = (trace ^ value) &* 0x100_0000_01B3 }
  mutating func mix(_ text: String) { text.utf8.forEach { mix(UInt64($0)) } }
}
