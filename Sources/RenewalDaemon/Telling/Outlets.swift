import AppStreaming
import CloudSigning
import Configuration
import Dispatch
import Glibc
import InventoryStore
import RenewalCore
import Systemd

/// What the daemon tells the world by itself: heartbeat, webhooks and the metrics
/// port, as the configuration asks for them.
///
/// Belongs to the queue that owns the state, on which it only hands over values:
/// whatever takes time is done on queues of their own.
final class Outlets: @unchecked Sendable {
  /// So many failures in a row are told as an alert.
  private static let patience = 3

  private unowned let loop: DaemonLoop
  private unowned let control: ControlService
  private let journal: JournalWriter
  private let credentials: String?
  private let makeTransport: () throws(TransportUnavailable) -> any HTTPTransport
  private var transport: (any HTTPTransport)?
  private var heartbeat: Heartbeat?
  private var couriers: [HookCourier] = []
  private var server: (address: MetricsAddress, server: MetricsServer)?
  /// Failures in a row, and the last one's text, by what failed.
  private var failures: [Channel: (count: Int, text: String)] = [:]
  /// Which configuration an outcome belongs to: that of an older one is nobody's.
  private var generation = 0

  fileprivate enum Channel: Hashable {
    case heartbeat
    case webhook(String)

    var alert: AlertKind { self == .heartbeat ? .heartbeatFailing : .notifierFailing }
  }

  /// - Parameter credentials: `$CREDENTIALS_DIRECTORY`.
  init(
    loop: DaemonLoop, control: ControlService, journal: JournalWriter, credentials: String?,
    makeTransport: @escaping () throws(TransportUnavailable) -> any HTTPTransport
  ) {
    self.loop = loop
    self.control = control
    self.journal = journal
    self.credentials = credentials
    self.makeTransport = makeTransport
  }

  // MARK: What happened

  /// Alerts may be among the new rows.
  func rowsWereRecorded() { couriers.forEach { $0.wake() } }

  func sweepWasCompleted() { heartbeat?.beat(isDegraded: loop.engine.isDegraded) }

  func stop() {
    couriers.forEach { $0.stop() }
    (couriers, heartbeat) = ([], nil)
    server?.server.stop()
    server = nil
  }

  // MARK: The configuration

  func configure(_ monitoring: MonitoringConfiguration) {
    generation += 1
    couriers.forEach { $0.stop() }
    (couriers, heartbeat, failures) = ([], nil, [:])
    listen(monitoring.listen)
    if monitoring.heartbeat != nil || !monitoring.webhooks.isEmpty, transport == nil {
      transport = try? makeTransport()
    }
    if let address = monitoring.heartbeat {
      build(.heartbeat) { transport throws(CredentialsError) in
        heartbeat = Heartbeat(try url(address), transport: transport) { [weak self] outcome in
          self?.onQueue { $0.ended(outcome, .heartbeat) }
        }
      }
    }
    for hook in monitoring.webhooks {
      build(.webhook(hook.name)) { transport throws(CredentialsError) in
        let courier = HookCourier(
          hook, url: try url(hook.address), secret: try secret(hook.secretCredential),
          host: Self.host, position: position(of: hook.name), transport: transport,
          errands: errands(hook.name))
        couriers.append(courier)
        courier.wake()
      }
    }
    tellTrouble()
  }

  private func build(
    _ channel: Channel, _ body: (any HTTPTransport) throws(CredentialsError) -> Void
  ) {
    do throws(CredentialsError) {
      guard let transport else { throw .unavailable("libcurl cannot be started") }
      try body(transport)
    } catch {
      failures[channel] = (Self.patience, error.description)
    }
  }

  private func url(_ address: HookAddress) throws(CredentialsError) -> SecretURL {
    switch address {
    case .url(let url): return url
    case .credential(let name):
      let credential = try CredentialText(name, in: credentials)
      do throws(EndpointError) { return try SecretURL(credential.text) } catch {
        throw .unusable("the URL in credential '\(name)' cannot be used: \(error)")
      }
    }
  }

  private func secret(_ name: String?) throws(CredentialsError) -> AccessKeySecret? {
    guard let name else { return nil }
    return try CredentialText(name, in: credentials).secret
  }

  /// A new webhook begins with what happens from now on.
  private func position(of hook: String) -> Int64 {
    let store = loop.engine.store
    if let known = try? store.read({ try $0.setting(.hookPosition(hook)) }).flatMap({ Int64($0) }) {
      return known
    }
    let head = store.head.sequence
    loop.handle(.delivered(hook: hook, upTo: head))
    return head
  }

  private func errands(_ hook: String) -> HookCourier.Errands {
    HookCourier.Errands(
      rows: { [weak self] after, reply in
        self?.onQueue { outlets in
          reply(
            (try? outlets.loop.engine.store.read { try $0.ledger(after: after, limit: 200) }) ?? [])
        }
      },
      arrived: { [weak self] row in
        self?.onQueue { $0.loop.handle(.delivered(hook: hook, upTo: row)) }
      },
      ended: { [weak self] outcome, isGivenUp in
        self?.onQueue { $0.ended(outcome, .webhook(hook), isGivenUp: isGivenUp) }
      },
      later: { [queue = loop.queue] span, body in
        queue.asyncAfter(
          deadline: .now() + .seconds(Int(span.seconds)), execute: body)
      },
      now: { SystemClock.reading().wall })
  }

  private func onQueue(_ body: @escaping @Sendable (Outlets) -> Void) {
    loop.queue.async { [weak self] in
      if let self { body(self) }
    }
  }

  // MARK: How it went

  private func ended(_ outcome: HookOutcome, _ channel: Channel, isGivenUp: Bool = false) {
    loop.note(outcome, of: channel.name, isGivenUp: isGivenUp)
    if let problem = outcome.problem {
      let count = (failures[channel]?.count ?? 0) + 1
      failures[channel] = (isGivenUp ? Self.patience : count, problem)
    } else {
      failures[channel] = nil
    }
    tellTrouble()
  }

  /// An alert is told once, however often it is raised.
  private func tellTrouble() {
    for kind in [AlertKind.heartbeatFailing, .notifierFailing] {
      let failing = failures.filter { $0.key.alert == kind && $0.value.count >= Self.patience }
        .map { "\($0.key.title): \($0.value.text)" }.sorted()
      let problem = failing.isEmpty ? nil : failing.joined(separator: "; ")
      loop.handle(.outletChanged(kind, problem: problem))
    }
  }

  // MARK: Metrics

  private func listen(_ address: MetricsAddress?) {
    if let server, server.address == address { return }
    server?.server.stop()
    server = nil
    guard let address else { return }
    do throws(MetricsServerError) {
      let control = self.control
      server = (
        address,
        try MetricsServer(address) { cursor, reply in control.metricsPage(after: cursor, reply) }
      )
    } catch {
      journal.write(Announcer.metricsUnavailable(error))
    }
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }
}

extension Outlets.Channel {
  /// As the metrics call it; `nil` for the heartbeat, which has its own.
  fileprivate var name: String? {
    switch self {
    case .heartbeat: nil
    case .webhook(let name): name
    }
  }

  fileprivate var title: String { name.map { "webhook '\($0)'" } ?? "heartbeat" }
}
