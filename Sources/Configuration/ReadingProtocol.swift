import RenewalCore

/// `[protocol]`: what the operator wrote over the defaults.
struct ProtocolOverrides {
  private typealias SpanPath = WritableKeyPath<ProtocolParameters, Span> & Sendable
  private typealias CountPath = WritableKeyPath<ProtocolParameters, Int> & Sendable

  /// The direction in which a value can only lose time, never money.
  private enum Careful { case longer, shorter }

  /// At an endpoint that is not this machine a value may only be more careful
  /// than its default: the defaults are the bounds behind "never pay twice".
  private static let spans: [(key: String, path: any SpanPath, careful: Careful)] = [
    ("request_life", \.requestLife, .longer),
    ("visibility_bound", \.visibilityBound, .longer),
    ("poll_interval", \.pollInterval, .longer),
    ("human_time", \.humanTime, .longer),
    ("send_window", \.sendWindow, .shorter),
    ("payment_deadline", \.paymentDeadline, .shorter),
    ("read_freshness", \.readFreshness, .shorter),
    ("quote_freshness", \.quoteFreshness, .shorter),
    ("clock_alert", \.clockAlert, .shorter),
    ("clock_refusal", \.clockRefusal, .shorter),
    ("discontinuity", \.discontinuity, .shorter),
  ]
  private static let counts: [(key: String, path: any CountPath)] = [
    ("attempt_cap", \.attemptCap), ("refusal_cap", \.refusalCap),
  ]

  private var written: [String: Located<Span>] = [:]
  private var writtenCounts: [String: Located<Int>] = [:]

  init() {}

  init(reading table: TableReader) {
    var table = table
    for (key, _, _) in Self.spans {
      written[key] = table.text(key, "a duration") { text throws(Misread) in
        let span = try DurationText.parse(text)
        guard span > .zero, span <= .days(30) else {
          throw Misread("'\(key)' is more than nothing and at most 30 days")
        }
        return span
      }
    }
    for (key, _) in Self.counts { writtenCounts[key] = table.integer(key, in: 1...100) }
    table.finish()
  }

  /// The parameters of one account; reports what its endpoint does not allow.
  func applied(to account: AccountConfiguration, diagnosis: Diagnosis) -> ProtocolParameters {
    var parameters = account.parameters
    for (key, path, careful) in Self.spans {
      guard let span = written[key] else { continue }
      let limit = parameters[keyPath: path]
      let isCareful = careful == .longer ? span.value >= limit : span.value <= limit
      if isCareful || account.endpoint.isLoopback {
        parameters[keyPath: path] = span.value
      } else {
        let bound = careful == .longer ? "at least" : "at most"
        diagnosis.report(
          span.position, refusal(key, "\(bound) \"\(DurationText.exact(limit))\"", account))
      }
    }
    for (key, path) in Self.counts {
      guard let count = writtenCounts[key] else { continue }
      let limit = parameters[keyPath: path]
      if count.value <= limit || account.endpoint.isLoopback {
        parameters[keyPath: path] = count.value
      } else {
        diagnosis.report(count.position, refusal(key, "at most \(limit)", account))
      }
    }
    return parameters
  }

  private func refusal(_ key: String, _ bound: String, _ account: AccountConfiguration) -> String {
    let billing = account.readsBilling ? "with" : "without"
    return "'\(key)' is \(bound) for account '\(account.name)' (\(billing) billing reads at "
      + "\(account.endpoint)); only a stand-in on this machine may have less care"
  }
}
