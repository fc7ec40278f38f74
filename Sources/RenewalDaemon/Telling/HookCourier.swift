import AppStreaming
import CloudSigning
import Configuration
import Dispatch
import FoundationEssentials
import InventoryStore
import RenewalCore

/// Carries alerts to one webhook, at least once each, from the ledger.
///
/// The place up to which the other side was told is kept in the store, so that
/// neither a crash nor a long silence loses an alert. One message is out at a
/// time; what happens meanwhile goes into the next. Everything but reading the
/// ledger happens on a queue of its own.
final class HookCourier: @unchecked Sendable {
  /// What a courier needs of the daemon. Answers may come on any queue.
  struct Errands: Sendable {
    /// Rows after one, oldest first, a page at a time; none where they cannot be read.
    var rows: @Sendable (_ after: Int64, _ reply: @escaping @Sendable ([LedgerRow]) -> Void) -> Void
    /// Everything up to this row was told, or given up.
    var arrived: @Sendable (_ upTo: Int64) -> Void
    /// A try ended.
    var ended: @Sendable (HookOutcome, _ isGivenUp: Bool) -> Void
    /// Runs later.
    var later: @Sendable (Span, @escaping @Sendable () -> Void) -> Void
    /// The machine's clock, for the date in a signature.
    var now: @Sendable () -> Instant
  }

  /// Between tries: twelve an hour at last, so that the other side is not the
  /// worse for our alerts.
  private static let waits: [Span] = [
    .seconds(10), .seconds(30), .minutes(1), .minutes(2), .minutes(5),
  ]
  /// A message that was refused so often is given up.
  static let refusalLimit = 8

  private let hook: WebhookConfiguration
  private let url: SecretURL
  private let secret: AccessKeySecret?
  private let host: String
  private let transport: any HTTPTransport
  private let errands: Errands
  private let queue: DispatchQueue
  private var position: Int64
  private var isBusy = false
  private var hasNews = true
  private var isStopped = false
  private var tries = 0
  private var refusals = 0

  /// - Parameter position: the last row that the other side was told of.
  init(
    _ hook: WebhookConfiguration, url: SecretURL, secret: AccessKeySecret?, host: String,
    position: Int64, transport: any HTTPTransport, errands: Errands
  ) {
    self.hook = hook
    self.url = url
    self.secret = secret
    self.host = host
    self.position = position
    self.transport = transport
    self.errands = errands
    queue = DispatchQueue(label: "renewald webhook \(hook.name)")
  }

  /// The ledger has new rows, or may have. Returns at once.
  func wake() {
    queue.async { [self] in
      hasNews = true
      collect()
    }
  }

  /// Sends nothing more. What is out comes to its end unheard, and is sent again
  /// by whoever takes this courier's place.
  func stop() { queue.async { [self] in isStopped = true } }

  /// Waits for what the queue holds at present; for tests.
  func finishTurn() { queue.sync {} }

  // MARK: Collecting

  private func collect() {
    guard !isBusy, !isStopped, hasNews else { return }
    isBusy = true
    hasNews = false
    collect(into: HookMessage(after: position))
  }

  private func collect(into message: HookMessage) {
    errands.rows(message.upTo) { [self] rows in
      queue.async { [self] in take(rows, into: message) }
    }
  }

  private func take(_ rows: [LedgerRow], into message: HookMessage) {
    var message = message
    for row in rows { message.add(row, atLeast: AlertKind.Severity(hook.severity)) }
    guard rows.isEmpty else { return collect(into: message) }
    guard !message.isEmpty else {
      position = message.upTo
      isBusy = false
      return collect()
    }
    send(message)
  }

  // MARK: Sending

  private func send(_ message: HookMessage) {
    guard !isStopped, let body = try? message.body(hook.kind, host: host) else {
      isBusy = false
      return
    }
    var url = url
    var headers = [Parameter("content-type", "application/json; charset=utf-8")]
    let now = errands.now()
    switch (hook.kind, secret) {
    case (.dingtalk, let secret?):
      // The signature is over the time and the secret itself, by the same secret.
      let stamp = "\(now.seconds * 1000)"
      let text = secret.withBytes { String(decoding: $0, as: UTF8.self) }
      let signature = MessageSignature("\(stamp)\n\(text)", by: secret).base64
      url = url.adding(query: "timestamp=\(stamp)&sign=\(percentEncoded(signature))")
    case (.generic, let secret?):
      let stamp = "\(now.seconds)"
      let signature = MessageSignature("\(stamp).\(body)", by: secret).hex
      headers.append(Parameter("x-renewald-signature", "t=\(stamp),v1=\(signature)"))
    default: break
    }
    if hook.kind == .generic {
      // The same for the same message however often it is sent: it may arrive twice.
      headers.append(Parameter("x-renewald-delivery", "\(hook.name)-\(message.upTo)"))
    }
    transport.post(body, to: url, headers: headers) { [self] result in
      queue.async { [self] in ended(result, of: message) }
    }
  }

  private func ended(_ result: Result<HTTPResponse, HTTPFailure>, of message: HookMessage) {
    guard !isStopped else { return }
    let outcome = outcome(result)
    if case .refused = outcome { refusals += 1 }
    let isGivenUp = refusals >= Self.refusalLimit
    errands.ended(outcome, isGivenUp)
    isBusy = false
    guard outcome == .delivered || isGivenUp else {
      // What is told then is collected anew, so that it is of that time.
      hasNews = true
      isBusy = true
      var wait = Self.waits[min(tries, Self.waits.count - 1)]
      if case .failed(_, let asked?) = outcome { wait = max(wait, asked) }
      tries += 1
      errands.later(wait) { [self] in
        queue.async { [self] in
          isBusy = false
          collect()
        }
      }
      return
    }
    (tries, refusals) = (0, 0)
    position = message.upTo
    errands.arrived(position)
    collect()
  }

  /// DingTalk answers 200 to what it refuses, and says so inside.
  private func outcome(_ result: Result<HTTPResponse, HTTPFailure>) -> HookOutcome {
    let outcome = HookOutcome(result)
    guard hook.kind == .dingtalk, outcome == .delivered, case .success(let response) = result else {
      return outcome
    }
    struct Answer: Decodable { var errcode: Int }
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
      return .failed("an answer that is not DingTalk's")
    }
    return answer.errcode == 0 ? .delivered : .refused("errcode \(answer.errcode)")
  }
}

extension AlertKind.Severity {
  fileprivate init(_ severity: WebhookConfiguration.Severity) {
    self =
      switch severity {
      case .page: .page
      case .warning: .sameDay
      case .notice: .journal
      }
  }
}
