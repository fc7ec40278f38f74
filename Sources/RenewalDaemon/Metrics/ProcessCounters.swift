import Exposition
import InventoryStore
import RenewalCore

/// What this process did, told by the engine's own events and effects. What has
/// to outlive the process is counted from the ledger instead.
struct ProcessCounters: Sendable {
  /// The calls of the cloud that are made, by their names there.
  enum API: String, CaseIterable, Hashable, Sendable {
    case listGroups = "ListAppInstanceGroup"
    case getGroup = "GetAppInstanceGroup"
    case price = "GetResourceRenewPrice"
    case balance = "QueryAccountBalance"
    case orders = "QueryOrders"
    case order = "GetOrderDetail"
    case nativeRenewal = "QueryAvailableInstances"
    case renew = "RenewAppInstanceGroup"
    case newPrice = "GetResourcePrice"
    case types = "ListNodeInstanceType"
    case create = "CreateAppInstanceGroup"
  }

  /// How a request ended.
  enum Answer: String, CaseIterable, Hashable, Sendable {
    case success = "2xx"
    case redirection = "3xx"
    case refusal = "4xx"
    case failure = "5xx"
    case none
    case unreadable
    case unsent
  }

  struct Request: Hashable {
    var api: API
    var answer: Answer
  }

  struct Sweeps {
    var lastStart: Instant?
    var complete = 0
    var partial = 0
    var duration = Histogram()
    fileprivate var begunAt: Int64?
  }

  private(set) var requests: [Request: Int] = [:]
  private(set) var durations: [API: Histogram] = [:]
  private(set) var refusals: [PolicyCheck: Int] = [:]
  private(set) var sweeps: [AccountName: Sweeps] = [:]
  /// Tries to tell the outside, by how they ended.
  private(set) var heartbeats: [String: Int] = [:]
  private(set) var lastHeartbeat: Instant?
  private(set) var notifications: [String: [String: Int]] = [:]
  /// Boot clock of what is not answered yet.
  private var asked: [ReadID: (api: API, at: Int64)] = [:]
  private var paying: [Int64: Int64] = [:]
  private var creating: [Int64: Int64] = [:]

  /// Takes in what the engine is told.
  mutating func note(_ event: EngineEvent, at reading: ClockReading) {
    switch event {
    case .readReplied(let id, let reply):
      guard let question = asked.removeValue(forKey: id) else { return }
      count(question.api, Answer(reply.result), since: question.at, until: reading.boot)
    case .paymentReplied(let renewal, let reply):
      guard let start = paying.removeValue(forKey: renewal) else { return }
      count(.renew, Answer(reply.delivery), since: start, until: reading.boot)
    case .creationReplied(let id, let reply):
      guard let start = creating.removeValue(forKey: id) else { return }
      count(.create, Answer(reply.delivery), since: start, until: reading.boot)
    default: break
    }
  }

  /// Takes in how a question past the engine was answered.
  mutating func note(
    _ read: CloudRead, _ reply: ReadReply, since start: Int64, at reading: ClockReading
  ) { count(API(read), Answer(reply.result), since: start, until: reading.boot) }

  /// Takes in what the engine wants done.
  mutating func note(_ effects: [EngineEffect], at reading: ClockReading) {
    for effect in effects {
      switch effect {
      case .read(let id, let account, let read):
        asked[id] = (API(read), reading.boot)
        guard case .groups(page: 1) = read else { continue }
        sweeps[account, default: Sweeps()].lastStart = reading.wall
        sweeps[account]?.begunAt = reading.boot
      case .pay(let renewal, _, _, _, _): paying[renewal] = reading.boot
      case .create(let id, _, _, _, _): creating[id] = reading.boot
      case .sweepEnded(let account, _, let isComplete):
        var own = sweeps[account] ?? Sweeps()
        if isComplete { own.complete += 1 } else { own.partial += 1 }
        if let start = own.begunAt { own.duration.observe(seconds: seconds(start, reading.boot)) }
        own.begunAt = nil
        sweeps[account] = own
      case .heldBack(let check): refusals[check, default: 0] += 1
      case .announce, .drafted, .storageFailed, .wake: break
      }
    }
  }

  /// Takes in how a try to tell the outside ended.
  ///
  /// - Parameter webhook: `nil` for the heartbeat.
  mutating func note(
    _ outcome: HookOutcome, of webhook: String?, isGivenUp: Bool, at reading: ClockReading
  ) {
    if let webhook {
      notifications[webhook, default: [:]][outcome.word, default: 0] += 1
      if isGivenUp { notifications[webhook, default: [:]]["given_up", default: 0] += 1 }
    } else {
      heartbeats[outcome.word, default: 0] += 1
      if outcome == .delivered { lastHeartbeat = reading.wall }
    }
  }

  private mutating func count(_ api: API, _ answer: Answer, since start: Int64, until end: Int64) {
    requests[Request(api: api, answer: answer), default: 0] += 1
    durations[api, default: Histogram()].observe(seconds: seconds(start, end))
  }
}

private func seconds(_ start: Int64, _ end: Int64) -> Double { Double(max(0, end - start)) / 1000 }

extension ProcessCounters.API {
  fileprivate init(_ read: CloudRead) {
    self =
      switch read {
      case .groups, .groupsNamed: .listGroups
      case .group: .getGroup
      case .renewalPrice: .price
      case .balance: .balance
      case .renewalOrders, .newOrders: .orders
      case .order: .order
      case .nativeRenewal: .nativeRenewal
      case .newGroupPrice: .newPrice
      case .capacity: .types
      }
  }
}

extension ProcessCounters.Answer {
  fileprivate init(_ result: Result<CloudAnswer, CloudFault>) {
    self =
      switch result {
      case .success: .success
      case .failure(.refused(let refusal)): Self(status: refusal.httpStatus)
      case .failure(.unreachable): .none
      case .failure(.unreadable): .unreadable
      case .failure(.noCredentials): .unsent
      }
  }

  fileprivate init(_ delivery: PaymentReply.Delivery) {
    self =
      switch delivery {
      case .notSent: .unsent
      case .interrupted: .none
      case .answered(let status): Self(status: status)
      }
  }

  private init(status: Int) {
    self =
      switch status {
      case 200..<300: .success
      case 300..<400: .redirection
      case 400..<500: .refusal
      case 500..<600: .failure
      default: .unreadable
      }
  }
}
