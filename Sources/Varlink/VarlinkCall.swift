/// One call as it came in, checked against its interface before anybody sees it.
package struct VarlinkCall: Sendable {
  /// With its interface: `io.example.Interface.Method`.
  package var method: String
  /// An object.
  package var parameters: JSON
  /// The caller takes several replies.
  package var wantsMore: Bool
  /// The caller takes no reply of any kind.
  package var isOneway: Bool
  package var caller: Caller

  /// Who calls, and through which socket.
  package struct Caller: Hashable, Sendable {
    /// The name of the listening socket: what a caller may do follows from it.
    package var socket: String
    /// As the kernel says. For the record only: in a user namespace of its own
    /// the service sees every foreign user as 65534.
    package var peer: PeerCredentials

    package init(socket: String, peer: PeerCredentials) {
      self.socket = socket
      self.peer = peer
    }
  }

  package init(
    method: String, parameters: JSON = [:], wantsMore: Bool = false, isOneway: Bool = false,
    caller: Caller
  ) {
    self.method = method
    self.parameters = parameters
    self.wantsMore = wantsMore
    self.isOneway = isOneway
    self.caller = caller
  }

  /// The parameters as a type.
  ///
  /// - Throws: `org.varlink.service.InvalidParameter` with the name at fault.
  package func decode<Parameters: Decodable>(
    _ type: Parameters.Type = Parameters.self
  ) throws(VarlinkError) -> Parameters {
    do {
      return try parameters.decode(type)
    } catch let DecodingError.keyNotFound(key, context) {
      throw .invalidParameter(path(context.codingPath + [key]))
    } catch let DecodingError.typeMismatch(_, context) {
      throw .invalidParameter(path(context.codingPath))
    } catch let DecodingError.valueNotFound(_, context) {
      throw .invalidParameter(path(context.codingPath))
    } catch let DecodingError.dataCorrupted(context) {
      throw .invalidParameter(path(context.codingPath))
    } catch {
      throw .invalidParameter("")
    }
  }
}

private func path(_ keys: [any CodingKey]) -> String {
  keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
}

/// A call message in the wire's own words.
struct CallMessage: Hashable {
  var method: String
  var parameters: JSON = [:]
  var oneway = false
  var more = false
  var upgrade = false

  /// Reads one message, without the NUL behind it.
  ///
  /// - Throws: `ProtocolError` for anything that is no call: the answer to it
  ///   is the end of the connection, for nobody knows what was meant.
  init(parsing bytes: some Collection<UInt8>) throws(ProtocolError) {
    let message: JSON
    do {
      message = try JSON(parsing: bytes)
    } catch {
      throw ProtocolError(problem: error.description)
    }
    guard case .object(let members) = message else { throw ProtocolError(problem: "no object") }
    guard case .string(let method)? = members["method"] else {
      throw ProtocolError(problem: "no method")
    }
    self.method = method
    for (name, value) in members {
      switch (name, value) {
      case ("method", _), ("parameters", .null): break
      case ("parameters", .object): parameters = value
      case ("oneway", .bool(let flag)): oneway = flag
      case ("more", .bool(let flag)): more = flag
      case ("upgrade", .bool(let flag)): upgrade = flag
      // An extension of some vendor's, who named it after a domain of theirs.
      case (_, .object) where isInterfaceName(name): break
      default: throw ProtocolError(problem: "unexpected '\(name)'")
      }
    }
    guard !(oneway && more) else { throw ProtocolError(problem: "both oneway and more") }
  }

  init(method: String, parameters: JSON, oneway: Bool = false, more: Bool = false) {
    self.method = method
    self.parameters = parameters
    self.oneway = oneway
    self.more = more
  }

  var text: String {
    var members: [String: JSON] = ["method": .string(method), "parameters": parameters]
    if oneway { members["oneway"] = true }
    if more { members["more"] = true }
    return JSON.object(members).text
  }
}

/// Bytes that are no message of the protocol.
struct ProtocolError: Error, Hashable { var problem: String }
