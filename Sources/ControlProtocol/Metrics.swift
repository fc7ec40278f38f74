/// What monitoring reads, in the Prometheus text format; its pages in their
/// order make one text.
package struct MetricsCall: ControlCall {
  package static let method = "Metrics"

  /// The one metric that is also written where there is no daemon, as zero.
  package static let up = "renewald_up"
  package static let upHelp =
    "1: the daemon answered. renewalctl metrics --file writes 0 where it did not."

  /// The next of the page before.
  package var after: String?

  package init(after: String? = nil) { self.after = after }

  package struct Reply: Codable, Hashable, Sendable {
    package var text: String
    /// Null on the last page.
    package var next: String?

    package init(text: String, next: String? = nil) {
      self.text = text
      self.next = next
    }
  }
}
