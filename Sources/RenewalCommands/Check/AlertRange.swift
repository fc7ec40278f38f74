import ArgumentParser

/// A range of the monitoring-plugins guidelines, and the values that alert by it:
/// `10` is below 0 or above 10, `10:` below 10, `~:10` above 10, `10:20` outside of
/// both, `@10:20` inside.
package struct AlertRange: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  private let lowest: Double
  private let highest: Double
  private let alertsInside: Bool
  package let description: String

  /// `nil` for any other text, and where the end is before the start.
  package init?(argument text: String) {
    description = text
    alertsInside = text.hasPrefix("@")
    let ends = text.drop { $0 == "@" }
      .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = ends.first, let last = ends.last, !text.dropFirst().hasPrefix("@") else {
      return nil
    }
    func number(_ text: Substring) -> Double? {
      guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 45 || $0 == 46 }) else {
        return nil
      }
      return Double(text)
    }
    let start = ends.count == 1 ? 0 : first == "~" ? -Double.infinity : number(first)
    let end = ends.count == 2 && last.isEmpty ? Double.infinity : number(last)
    guard let start, let end, start <= end else { return nil }
    lowest = start
    highest = end
  }

  package func alerts(on value: Double) -> Bool {
    (lowest...highest).contains(value) == alertsInside
  }
}
