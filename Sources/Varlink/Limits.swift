/// What one listening socket grants its callers. Whoever goes beyond is cut
/// off; nobody else notices.
package struct VarlinkLimits: Hashable, Sendable {
  /// Bytes of one call.
  package var messageSize = 64 * 1024
  /// Bytes of answers that the caller has not taken yet.
  package var unreadOutput = 1024 * 1024
  /// Connections on one listening socket, so that a crowd on one cannot lock
  /// out the callers of another.
  package var connections = 32
  /// Of those, of one user. In a user namespace of its own the service sees
  /// all foreign users as one.
  package var connectionsPerUser = 8
  /// For one call to arrive from its first byte to its last.
  package var partialMessage = Duration.seconds(10)
  /// For answers to be taken.
  package var unread = Duration.seconds(10)
  /// Without a call.
  package var idle = Duration.seconds(300)
  /// Calls of one connection before it is every other connection's turn.
  /// Further calls wait in the socket; none is lost. There is no limit by time:
  /// whoever asks much gets what the others leave.
  package var callsPerTurn = 16

  package init() {}
}
