import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The fake cloud: App Streaming, billing and token service of one account, on one
/// loopback port.
///
///     let sandbox = SandboxServer()
///     try sandbox.start()
///     sandbox.inject(SandboxFault(.cut, operation: "RenewAppInstanceGroup", effect: .done))
///     // ... let a client work on sandbox.endpoint ...
///     #expect(sandbox.orders.count == 1)
///     sandbox.stop()
///
/// Every member may be used from any thread. Reading the state and changing it go
/// through the same lock as the calls, so a reader sees each call wholly or not at all.
package final class SandboxServer: Sendable {
  private let configuration: SandboxConfiguration
  private let state: Mutex<State>
  private let running = Mutex<Running?>(nil)

  private struct State {
    var clock: SandboxClock
    var cloud: Cloud
  }

  private struct Running: Sendable {
    let loops: MultiThreadedEventLoopGroup
    let port: Int
    let controlPort: Int?
  }

  package init(_ configuration: SandboxConfiguration = SandboxConfiguration()) {
    self.configuration = configuration
    let start = configuration.clock ?? MachineClock.now()
    state = Mutex(
      State(
        clock: SandboxClock(
          at: start, monotonic: configuration.monotonic(), runs: configuration.clockRuns),
        cloud: Cloud(configuration, at: start)))
  }

  /// Starts listening, if it does not already.
  ///
  /// - Returns: the port, which is a free one if port 0 was asked for.
  @discardableResult
  package func start() throws(SandboxError) -> Int {
    if let port = running.withLock({ $0?.port }) { return port }
    guard SandboxServer.isLoopback(configuration.host) else {
      throw .notLoopback(configuration.host)
    }
    var authority: CertificateAuthority?
    if let directory = configuration.tlsDirectory {
      authority = try CertificateAuthority()
      try authority?.write(into: directory)
    }
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do throws(SandboxError) {
      let port = try listen(
        on: configuration.port, loops: loops, tls: authority?.context
      ) { [weak self] request in
        self?.answer(request) ?? WireAnswer(status: 503, body: [])
      }
      var controlPort: Int?
      if let wanted = configuration.controlPort {
        controlPort = try listen(on: wanted, loops: loops) { [weak self] request in
          self?.control(request) ?? WireAnswer(status: 503, body: [])
        }
      }
      running.withLock {
        $0 = Running(loops: loops, port: port, controlPort: controlPort)
      }
      return port
    } catch {
      try? loops.syncShutdownGracefully()
      throw error
    }
  }

  /// Closes every connection, hanging ones included. The state stays readable.
  package func stop() {
    let stopped = running.withLock { running in
      defer { running = nil }
      return running
    }
    try? stopped?.loops.syncShutdownGracefully()
  }

  deinit {
    // Perhaps on the very loop that is to end, which therefore cannot be waited for.
    running.withLock { $0?.loops.shutdownGracefully { _ in } }
  }

  /// The port of the cloud; 0 while it is not listening.
  package var port: Int { running.withLock { $0?.port ?? 0 } }

  /// `http://127.0.0.1:PORT`, or `https` with TLS.
  package var endpoint: String {
    "\(configuration.tlsDirectory == nil ? "http" : "https")://\(authority):\(port)"
  }

  /// The control interface, always without TLS; `nil` where there is none.
  package var controlEndpoint: String? {
    running.withLock { $0?.controlPort }.map { "http://\(authority):\($0)" }
  }

  private var authority: String {
    configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
  }

  // MARK: - The state

  /// Everything that was ever ordered, oldest first.
  package var orders: [SandboxOrder] { change { cloud, _ in cloud.orders } }

  /// Every group there ever was, deleted and released ones included.
  package var groups: [SandboxGroup] { change { cloud, _ in cloud.groups } }

  package var requests: [SandboxRequest] { change { cloud, _ in cloud.requests } }

  /// Faults that have not been used up.
  package var faults: [SandboxFault] { change { cloud, _ in cloud.faults } }

  package var balance: Amount {
    get { change { cloud, _ in cloud.balance } }
    set { change { cloud, _ in cloud.balance = newValue } }
  }

  package var settings: SandboxSettings {
    get { change { cloud, _ in cloud.settings } }
    set { change { cloud, _ in cloud.settings = newValue } }
  }

  package var now: CloudTime { change { _, now in now } }

  package func inject(_ fault: SandboxFault) { change { cloud, _ in cloud.faults.append(fault) } }

  package func clearFaults() { change { cloud, _ in cloud.faults = [] } }

  package func setClock(to time: CloudTime) { moveClock { _ in time } }

  package func advanceClock(bySeconds seconds: Int) { moveClock { $0 + seconds } }

  private func moveClock(_ target: (CloudTime) -> CloudTime) {
    let monotonic = configuration.monotonic()
    state.withLock { state in
      let time = target(state.clock.now(monotonic: monotonic))
      state.clock.set(to: time, monotonic: monotonic)
      state.cloud.settle(at: time)
    }
  }

  /// Changes one group by hand, as nothing but a test may.
  ///
  /// - Returns: whether there is such a group.
  @discardableResult
  package func edit(_ id: String, _ change: (inout SandboxGroup) -> Void) -> Bool {
    self.change { cloud, _ in
      guard let index = cloud.groupIndex(id) else { return false }
      change(&cloud.groups[index])
      return true
    }
  }

  /// Renews and pays as a person in the console would, beside every key.
  ///
  /// - Returns: the order; `nil` if there is no such subscription or no money.
  @discardableResult
  package func renewInConsole(_ id: String, _ term: Term) -> SandboxOrder? {
    change { cloud, now in try? cloud.renewInConsole(id, term, at: now) }
  }

  /// Pays an order that a call left unpaid.
  ///
  /// - Returns: `nil` if there is no such unpaid order or no money.
  @discardableResult
  package func payInConsole(_ order: String) -> SandboxOrder? {
    change { cloud, now in try? cloud.payInConsole(order, at: now) }
  }

  /// Forbids a key some operations from now on.
  package func deny(_ operations: Set<String>, to keyID: String) {
    change { cloud, _ in cloud.keys[keyID]?.deniedOperations = operations }
  }

  func change<Outcome: Sendable, Failure: Error>(
    _ body: (inout Cloud, CloudTime) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome {
    try state.withLock { (state) throws(Failure) in
      let now = state.clock.now(monotonic: configuration.monotonic())
      state.cloud.settle(at: now)
      return try body(&state.cloud, now)
    }
  }

  func answer(_ request: WireRequest) -> WireAnswer {
    change { cloud, now in cloud.answer(request, at: now) }
  }

  private func listen(
    on port: Int, loops: MultiThreadedEventLoopGroup, tls: TLSContext? = nil,
    answer: @escaping @Sendable (WireRequest) -> WireAnswer
  ) throws(SandboxError) -> Int {
    let bootstrap = ServerBootstrap(group: loops)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(TLSHandler(tls)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(HTTPResponder(answer: answer))
        }
      }
    do {
      let channel = try bootstrap.bind(host: configuration.host, port: port).wait()
      return channel.localAddress?.port ?? port
    } catch {
      let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) }
      throw .cannotListen(
        host: configuration.host, port: port, reason: reason ?? String(describing: error))
    }
  }

  /// The sandbox knows its keys by heart and moves money on request: it must not be
  /// reachable from anywhere else.
  private static func isLoopback(_ host: String) -> Bool {
    switch try? SocketAddress(ipAddress: host, port: 0) {
    case .v4(let address): address.address.sin_addr.s_addr & 0xFF == 127
    case .v6: host == "::1"
    default: false
    }
  }
}

/// Why the sandbox did not start.
package enum SandboxError: Error, Hashable, CustomStringConvertible {
  case notLoopback(String)
  case cannotListen(host: String, port: Int, reason: String)
  case tls(String)

  package var description: String {
    switch self {
    case .notLoopback(let host):
      "\(host) is not a loopback address: the sandbox listens on 127.0.0.1 or ::1 only"
    case .cannotListen(let host, let port, let reason):
      "cannot listen on \(host):\(port): \(reason); port 0 takes a free one"
    case .tls(let reason):
      "no TLS: \(reason)"
    }
  }
}
