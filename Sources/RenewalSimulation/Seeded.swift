/// A small generator whose whole course follows from its seed (SplitMix64,
/// Steele, Lea and Flood, OOPSLA 2014).
package struct Seeded: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True so many times in a thousand.
  mutating func happens(_ perMille: Int) -> Bool { Int(next() % 1000) < perMille }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(next() % UInt64(elements.count))]
  }

  /// A generator of its own for one part of a simulation, so that a change in
  /// one part does not shift the luck of all others.
  mutating func fork() -> Seeded { Seeded(next()) }
}
