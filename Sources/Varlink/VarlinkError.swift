/// An error as it travels in a reply: a qualified name and its parameters.
package struct VarlinkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For instance `org.varlink.service.MethodNotFound`.
  package var name: String
  /// An object.
  package var parameters: JSON

  package init(name: String, parameters: JSON = [:]) {
    self.name = name
    self.parameters = parameters
  }

  package var description: String {
    parameters == [:] ? name : "\(name) \(parameters)"
  }
}

/// The errors that every Varlink service shares (interface `org.varlink.service`).
extension VarlinkError {
  package static func interfaceNotFound(_ interface: String) -> VarlinkError {
    VarlinkError(
      name: "\(serviceInterface).InterfaceNotFound", parameters: ["interface": .string(interface)])
  }

  /// - Parameter method: with its interface.
  package static func methodNotFound(_ method: String) -> VarlinkError {
    VarlinkError(
      name: "\(serviceInterface).MethodNotFound", parameters: ["method": .string(method)])
  }

  package static func methodNotImplemented(_ method: String) -> VarlinkError {
    VarlinkError(
      name: "\(serviceInterface).MethodNotImplemented", parameters: ["method": .string(method)])
  }

  package static func invalidParameter(_ parameter: String) -> VarlinkError {
    VarlinkError(
      name: "\(serviceInterface).InvalidParameter", parameters: ["parameter": .string(parameter)])
  }

  package static let permissionDenied = VarlinkError(name: "\(serviceInterface).PermissionDenied")
  /// The method answers more than once, and the call did not say `more`.
  package static let expectedMore = VarlinkError(name: "\(serviceInterface).ExpectedMore")
}

/// The interface that every service offers beside its own.
let serviceInterface = "org.varlink.service"
