/// The interface between daemon and command: its one source.
///
/// The Swift types of this target say the same; a test compares the two in
/// both directions. It grows by new methods, types and nullable fields. What
/// is not compatible needs a new interface name.
package enum ControlInterface {
  package static let name = "io.renewald.Control"

  /// The name of the socket on which readers call. Every other is for operators.
  package static let readersSocket = "status"
  package static let operatorsSocket = "control"

  /// Whether a method, named without its interface, only looks. Such methods
  /// are open to readers; all others need the operators' socket.
  package static func isRead(_ method: String) -> Bool {
    readMethods.contains(method)
  }

  private static let readMethods: Set = [
    "Status", "List", "Describe", "Plan", "Explain", "History", "Events", "Ledger", "Alerts",
    "Policy", "Watch", "WhoAmI", "Metrics", "Creations", "Forecast", "Simulate",
    "CheckConfiguration", "ShowConfiguration", "CompareConfiguration",
  ]
}
