import Dispatch
import Glibc

/// Serves one Varlink service on listening Unix sockets.
///
/// Everything happens on a private serial queue, and nothing there ever
/// blocks: a slow, silent or flooding caller costs the others nothing. Without
/// connections no timer runs.
package final class VarlinkServer: @unchecked Sendable {
  private let service: VarlinkService
  private let limits: VarlinkLimits
  private let listeners: [ListeningSocket]
  private let queue: DispatchQueue
  private let whenCutOff: @Sendable (VarlinkCall.Caller, String) -> Void

  private let openAcceptors = DispatchGroup()

  // Belong to the queue.
  private var acceptors: [any DispatchSourceRead] = []
  private var connections: [ObjectIdentifier: Connection] = [:]

  /// - Parameters:
  ///   - limits: for each of the sockets by itself.
  ///   - whenCutOff: told on the server's queue whenever a caller is cut off
  ///     for what he did, with the reason; for a log at debug level.
  package init(
    _ service: VarlinkService, on listeners: [ListeningSocket],
    limits: VarlinkLimits = VarlinkLimits(),
    whenCutOff: @escaping @Sendable (VarlinkCall.Caller, String) -> Void = { _, _ in }
  ) {
    self.service = service
    self.listeners = listeners
    self.limits = limits
    self.whenCutOff = whenCutOff
    queue = DispatchQueue(label: "varlink")
  }

  package func start() {
    queue.async { [self] in
      for (index, listener) in listeners.enumerated() {
        let acceptor = DispatchSource.makeReadSource(
          fileDescriptor: listener.descriptor, queue: queue)
        acceptor.setEventHandler { [weak self] in self?.accept(from: index) }
        openAcceptors.enter()
        acceptor.setCancelHandler { [openAcceptors] in
          listener.closeAndRemove()
          openAcceptors.leave()
        }
        acceptor.resume()
        acceptors.append(acceptor)
      }
    }
  }

  /// Serves a connection that somebody else made.
  ///
  /// - Parameters:
  ///   - descriptor: a connected Unix stream socket, which the server closes.
  ///   - name: of the socket that the caller is to count as one of.
  ///   - whenGone: called once, on the server's queue, when it has ended.
  /// - Throws: `SocketError` where it is none.
  package func serve(
    connected descriptor: Int32, as name: String, whenGone: @escaping @Sendable () -> Void
  ) throws(SocketError) {
    try makeNonBlocking(descriptor)
    let caller = VarlinkCall.Caller(socket: name, peer: try PeerCredentials(of: descriptor))
    queue.async { [self] in open(descriptor, caller, whenGone: whenGone) }
  }

  /// Closes all connections and sockets, and removes the files of those that
  /// it was not given from outside. Not to be called from a handler.
  package func stop() {
    queue.sync {
      acceptors.forEach { $0.cancel() }
      connections.values.forEach { $0.close(.stopped) }
    }
    // A descriptor is closed only when Dispatch has stopped watching it.
    openAcceptors.wait()
  }
}

extension VarlinkServer {
  private func accept(from index: Int) {
    // A crowd at the door must not keep the queue from those inside.
    for _ in 0..<16 {
      let descriptor = Glibc.accept(listeners[index].descriptor, nil, nil)
      if descriptor >= 0 {
        admit(descriptor, from: listeners[index])
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR, errno != ECONNABORTED {
        // Out of descriptors or memory: the connection stays at the door and
        // would wake us without end.
        acceptors[index].suspend()
        queue.asyncAfter(deadline: .now() + 1) { [self] in
          acceptors[index].resume()
        }
        return
      }
    }
  }

  private func admit(_ descriptor: FileDescriptor, from listener: ListeningSocket) {
    let peer: PeerCredentials
    do throws(SocketError) {
      try makeNonBlocking(descriptor)
      peer = try PeerCredentials(of: descriptor)
    } catch {
      _ = close(descriptor)
      return
    }
    let caller = VarlinkCall.Caller(socket: listener.name, peer: peer)
    guard makeRoom(for: caller) else {
      _ = close(descriptor)
      whenCutOff(caller, "too many connections")
      return
    }
    open(descriptor, caller)
  }

  private func open(
    _ descriptor: FileDescriptor, _ caller: VarlinkCall.Caller,
    whenGone: @escaping @Sendable () -> Void = {}
  ) {
    let connection = Connection(
      descriptor: descriptor, caller: caller, service: service, limits: limits, queue: queue
    ) { [weak self] connection, end in
      self?.connections[ObjectIdentifier(connection)] = nil
      if let reason = end.reason { self?.whenCutOff(connection.caller, reason) }
      whenGone()
    }
    connections[ObjectIdentifier(connection)] = connection
    connection.start()
  }

  /// A user at his limit loses the connection that has gone without a call the
  /// longest, so that forgotten or hostile ones do not lock him out.
  private func makeRoom(for caller: VarlinkCall.Caller) -> Bool {
    let here = connections.values.filter { $0.caller.socket == caller.socket }
    let own = here.filter { $0.caller.peer.userID == caller.peer.userID }
    guard own.count >= limits.connectionsPerUser || here.count >= limits.connections else {
      return true
    }
    let forgotten = own.filter { !$0.hasOpenCall }.min { $0.idleSince < $1.idleSince }
    forgotten?.close(.refused)
    return forgotten != nil
  }
}

extension Connection.End {
  /// `nil` for an end that is nobody's fault.
  fileprivate var reason: String? {
    switch self {
    case .left, .stopped, .idle: nil
    case .malformed(let problem): "not a call: \(problem)"
    case .messageTooLong: "a call too long"
    case .messageTooSlow: "a call that took too long to arrive"
    case .answersUnread: "answers not taken"
    case .unanswered: "a call without an answer"
    case .refused: "too many connections"
    case .failed(let code): String(cString: strerror(code))
    }
  }
}
