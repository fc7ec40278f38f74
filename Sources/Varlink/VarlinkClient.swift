import Dispatch
import FoundationEssentials
import Glibc

/// Calls a Varlink service and waits for the answers: for commands, not for
/// anything that has something else to do meanwhile.
package struct VarlinkClient: ~Copyable {
  private let descriptor: FileDescriptor
  private let patience: Duration
  private var input: [UInt8] = []

  /// - Parameters:
  ///   - path: of the service's socket.
  ///   - patience: for each step: the connection, the call, each answer.
  /// - Throws: `VarlinkClientError.unreachable`.
  package init(
    connectingTo path: String, patience: Duration = .seconds(10)
  ) throws(VarlinkClientError) {
    self.patience = patience
    let deadline = Deadline(patience)
    while true {
      do throws(SocketError) {
        descriptor = try connectSocket(to: path)
        return
      } catch {
        // Its queue is full for the moment; there is no event to wait for.
        guard error.code == EAGAIN, !deadline.hasPassed else { throw .unreachable(error) }
        _ = poll(nil, 0, 10)
      }
    }
  }

  /// Speaks over a connection that is there already.
  ///
  /// - Parameter descriptor: a connected Unix stream socket, closed at the end.
  /// - Throws: `VarlinkClientError.unreachable` where it is no descriptor.
  package init(
    adopting descriptor: Int32, patience: Duration = .seconds(10)
  ) throws(VarlinkClientError) {
    do throws(SocketError) { try makeNonBlocking(descriptor) } catch { throw .unreachable(error) }
    self.descriptor = descriptor
    self.patience = patience
  }

  deinit { _ = close(descriptor) }

  /// Calls a method and returns its answer.
  ///
  /// - Parameter method: with its interface.
  package mutating func call<Reply: Decodable>(
    _ method: String, _ parameters: some Encodable, returning: Reply.Type = Reply.self
  ) throws(VarlinkClientError) -> Reply {
    try send(method, parameters)
    return try receive(Reply.self).parameters
  }

  /// Calls a method with `more` and hands over each answer until the last, or
  /// until the body returns false.
  ///
  /// - Parameter isEndless: answers may be any time apart.
  package mutating func stream<Reply: Decodable>(
    _ method: String, _ parameters: some Encodable, of: Reply.Type = Reply.self,
    isEndless: Bool = false, _ body: (Reply) -> Bool
  ) throws(VarlinkClientError) {
    try send(method, parameters, more: true)
    while true {
      let reply = try receive(Reply.self, isEndless: isEndless)
      let goesOn = body(reply.parameters)
      guard reply.continues, goesOn else { return }
    }
  }

  /// Calls a method and does not wait for anything, not even for an error.
  package func callOneway(
    _ method: String, _ parameters: some Encodable
  ) throws(VarlinkClientError) {
    try send(method, parameters, oneway: true)
  }

  private func send(
    _ method: String, _ parameters: some Encodable, oneway: Bool = false, more: Bool = false
  ) throws(VarlinkClientError) {
    let message: CallMessage
    do {
      message = CallMessage(
        method: method, parameters: try JSON(encoding: parameters), oneway: oneway, more: more)
    } catch {
      throw .malformed("the parameters of \(method) have no JSON form: \(error)")
    }
    let deadline = Deadline(patience)
    var rest = Array(message.text.utf8)[...]
    rest.append(0)
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        try wait(for: POLLOUT, until: deadline)
      } else if errno != EINTR {
        throw .closed
      }
    }
  }

  private mutating func receive<Reply: Decodable>(
    _: Reply.Type, isEndless: Bool = false
  ) throws(VarlinkClientError) -> (parameters: Reply, continues: Bool) {
    let message = try receiveMessage(until: isEndless ? nil : Deadline(patience))
    let data = Data(message)
    do {
      let head = try JSONDecoder().decode(ReplyHead.self, from: data)
      if let name = head.error {
        let parameters = try JSON(parsing: message)["parameters"] ?? [:]
        throw VarlinkClientError.refused(VarlinkError(name: name, parameters: parameters))
      }
      let body = try JSONDecoder().decode(ReplyBody<Reply>.self, from: data)
      return (body.parameters, head.continues ?? false)
    } catch let error as VarlinkClientError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
  }

  private mutating func receiveMessage(
    until deadline: Deadline?
  ) throws(VarlinkClientError) -> [UInt8] {
    var scanned = 0
    while true {
      if let end = input[scanned...].firstIndex(of: 0) {
        let message = Array(input[..<end])
        input.removeSubrange(...end)
        return message
      }
      scanned = input.count
      guard scanned < VarlinkClient.replyLimit else { throw .malformed("an answer too long") }
      var chunk = [UInt8](repeating: 0, count: 64 * 1024)
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        input.append(contentsOf: chunk[..<count])
      } else if count < 0, errno == EAGAIN {
        try wait(for: POLLIN, until: deadline)
      } else if count == 0 || errno != EINTR {
        throw .closed
      }
    }
  }

  /// Bytes of one answer: what systemd's own client takes.
  private static let replyLimit = 16 * 1024 * 1024

  private func wait(for events: Int32, until deadline: Deadline?) throws(VarlinkClientError) {
    var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let result = poll(&request, 1, deadline?.remainingMilliseconds ?? -1)
    if result == 0, deadline?.hasPassed == true { throw .timedOut(patience) }
  }
}

/// Why there is no answer.
package enum VarlinkClientError: Error, Sendable, CustomStringConvertible {
  /// Nothing was sent. `SocketError.code` tells a missing service (ENOENT,
  /// ECONNREFUSED) from a forbidden one (EACCES).
  case unreachable(SocketError)
  /// The call may have been carried out.
  case timedOut(Duration)
  /// The service closed the connection, which is also its answer to a call
  /// that it cannot read. The call may have been carried out.
  case closed
  /// Not the protocol, or not the types that were expected.
  case malformed(String)
  /// The service said no.
  case refused(VarlinkError)

  package var description: String {
    switch self {
    case .unreachable(let error): "\(error)"
    case .timedOut(let patience): "no answer within \(patience.components.seconds) s"
    case .closed: "the service closed the connection without an answer"
    case .malformed(let problem): "an answer that cannot be understood: \(problem)"
    case .refused(let error): "\(error)"
    }
  }
}

private struct ReplyHead: Decodable {
  var error: String?
  var continues: Bool?
}

private struct ReplyBody<Parameters: Decodable>: Decodable {
  var parameters: Parameters

  private enum CodingKeys: CodingKey { case parameters }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // A method without results may leave them out.
    parameters =
      try container.decodeIfPresent(Parameters.self, forKey: .parameters)
      ?? JSON.object([:]).decode(Parameters.self)
  }
}

private struct Deadline {
  private let end: UInt64

  init(_ patience: Duration) { end = after(monotonicNanoseconds(), patience) }

  var hasPassed: Bool { monotonicNanoseconds() >= end }

  /// Rounded up, so that waiting so long is enough.
  var remainingMilliseconds: Int32 {
    let now = monotonicNanoseconds()
    return now >= end ? 0 : Int32(clamping: (end - now + 999_999) / 1_000_000)
  }
}
