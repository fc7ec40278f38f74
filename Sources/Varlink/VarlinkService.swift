/// What a server offers: who it says it is, and its interfaces.
package struct VarlinkService: Sendable {
  package var vendor: String
  package var product: String
  package var version: String
  package var url: String
  package var interfaces: [VarlinkInterface]

  package init(
    vendor: String, product: String, version: String, url: String, interfaces: [VarlinkInterface]
  ) {
    self.vendor = vendor
    self.product = product
    self.version = version
    self.url = url
    self.interfaces = interfaces
  }
}

/// An interface with the code that answers its calls.
package struct VarlinkInterface: Sendable {
  /// What introspection answers, as it was written.
  package let text: String
  package let description: InterfaceDescription
  let permits: @Sendable (String, VarlinkCall.Caller) -> Bool
  let handler: @Sendable (VarlinkCall, VarlinkReplier) -> Void

  /// - Parameters:
  ///   - text: the interface description.
  ///   - permits: whether a caller may use a method, given without its interface.
  ///   - handler: called on the server's queue for every call that is permitted
  ///     and fits the description. It must not block; it may keep the replier
  ///     and answer later from any queue. A replier that is dropped without a
  ///     final answer closes the connection.
  package init(
    _ text: String,
    permits: @escaping @Sendable (String, VarlinkCall.Caller) -> Bool = { _, _ in true },
    handler: @escaping @Sendable (VarlinkCall, VarlinkReplier) -> Void
  ) throws(InterfaceSyntaxError) {
    self.text = text
    description = try InterfaceDescription(parsing: text)
    self.permits = permits
    self.handler = handler
  }
}

extension VarlinkService {
  enum Disposition {
    case answer(JSON)
    case fail(VarlinkError)
    case hand(VarlinkCall, to: VarlinkInterface)
  }

  /// What becomes of a call. The checks stand in the order of what the caller
  /// has to know first: that the method exists, that it is his, that his
  /// parameters fit.
  func dispose(of message: CallMessage, from caller: VarlinkCall.Caller) -> Disposition {
    // A method is everything behind the last dot.
    guard let dot = message.method.lastIndex(of: ".") else {
      return .fail(.interfaceNotFound(message.method))
    }
    let interfaceName = String(message.method[..<dot])
    let methodName = String(message.method[message.method.index(after: dot)...])

    if interfaceName == serviceInterface {
      return disposeOfIntrospection(methodName, message)
    }
    guard let interface = interfaces.first(where: { $0.description.name == interfaceName }) else {
      return .fail(.interfaceNotFound(interfaceName))
    }
    guard let method = interface.description.method(methodName) else {
      return .fail(.methodNotFound(message.method))
    }
    guard interface.permits(methodName, caller) else { return .fail(.permissionDenied) }
    // No method turns the connection into something else.
    guard !message.upgrade else { return .fail(.methodNotImplemented(message.method)) }
    if let parameter = interface.description.mismatch(of: message.parameters, with: method.input) {
      return .fail(.invalidParameter(parameter))
    }
    let call = VarlinkCall(
      method: message.method, parameters: message.parameters, wantsMore: message.more,
      isOneway: message.oneway, caller: caller)
    return .hand(call, to: interface)
  }

  private func disposeOfIntrospection(_ name: String, _ message: CallMessage) -> Disposition {
    let description = VarlinkService.introspection
    guard let method = description.method(name) else {
      return .fail(.methodNotFound(message.method))
    }
    guard !message.upgrade else { return .fail(.methodNotImplemented(message.method)) }
    if let parameter = description.mismatch(of: message.parameters, with: method.input) {
      return .fail(.invalidParameter(parameter))
    }
    let texts = Dictionary(
      [(serviceInterface, VarlinkService.introspectionText)]
        + interfaces.map { ($0.description.name, $0.text) },
      uniquingKeysWith: { first, _ in first })
    if case .string(let interface)? = message.parameters["interface"] {
      guard let text = texts[interface] else { return .fail(.interfaceNotFound(interface)) }
      return .answer(["description": .string(text)])
    }
    return .answer([
      "vendor": .string(vendor), "product": .string(product), "version": .string(version),
      "url": .string(url), "interfaces": .array(texts.keys.sorted().map(JSON.string)),
    ])
  }

  /// The specification's own text.
  package static let introspectionText = """
    # The Varlink Service Interface is provided by every varlink service. It
    # describes the service and the interfaces it implements.
    interface org.varlink.service

    # Get a list of all the interfaces a service provides and information
    # about the implementation.
    method GetInfo() -> (
      vendor: string,
      product: string,
      version: string,
      url: string,
      interfaces: []string
    )

    # Get the description of an interface that is implemented by this service.
    method GetInterfaceDescription(interface: string) -> (description: string)

    # The requested interface was not found.
    error InterfaceNotFound (interface: string)

    # The requested method was not found
    error MethodNotFound (method: string)

    # The interface defines the requested method, but the service does not
    # implement it.
    error MethodNotImplemented (method: string)

    # One of the passed parameters is invalid.
    error InvalidParameter (parameter: string)

    # Client is denied access
    error PermissionDenied ()

    # Method is expected to be called with 'more' set to true, but wasn't
    error ExpectedMore ()

    """

  private static let introspection: InterfaceDescription = {
    do {
      return try InterfaceDescription(parsing: introspectionText)
    } catch {
      // A constant of ours, which a test parses.
      preconditionFailure("\(error)")
    }
  }()
}
