/// The parameters of one method, with what it answers.
package protocol ControlCall: Codable, Sendable, Hashable {
  associatedtype Reply: Codable & Sendable & Hashable

  /// Without the interface.
  static var method: String { get }
}

extension ControlCall {
  /// As it travels: `io.renewald.Control.Status`.
  package static var qualifiedMethod: String { "\(ControlInterface.name).\(method)" }
}

/// The reply of a method that returns nothing.
package struct NoReply: Codable, Sendable, Hashable {
  package init() {}
}
