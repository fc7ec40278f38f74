import RenewalCore

/// The alerts that stand, by what they are about.
struct AlertBoard {
  struct Subject: Hashable, Comparable {
    var kind: AlertKind
    var account: AccountName
    var group: GroupID

    static func < (left: Subject, right: Subject) -> Bool {
      (left.account, left.group, left.kind.rawValue) < (
        right.account, right.group, right.kind.rawValue
      )
    }
  }

  private(set) var standing: [Subject: Alert] = [:]
  // Each cycle and each judgement of a group asks for these, and a large fleet may
  // have very many others.
  private var stopping: Set<Subject> = []
  private(set) var pages = 0
  /// Pages that nobody has acknowledged.
  private(set) var unheardPages = 0
  /// None is to be told again before, as long as the clock is not set back.
  private var quiet: (since: Instant, until: Instant)?
  /// The most pressing first; `nil` where it has to be sorted anew.
  private var order: [Subject]?

  init(_ alerts: [Alert] = []) {
    for alert in alerts { put(alert) }
  }

  mutating func put(_ alert: Alert) {
    let subject = Subject(alert)
    count(standing.updateValue(alert, forKey: subject), -1)
    count(alert, 1)
    order = nil
    if let next = alert.nextTelling, let quiet {
      self.quiet = alert.lastTold > quiet.since ? nil : (quiet.since, min(quiet.until, next))
    }
    if alert.kind.stopsPayments && !alert.acknowledged {
      stopping.insert(subject)
    } else {
      stopping.remove(subject)
    }
  }

  mutating func remove(_ subject: Subject) {
    count(standing.removeValue(forKey: subject), -1)
    stopping.remove(subject)
    order = nil
  }

  private mutating func count(_ alert: Alert?, _ difference: Int) {
    guard let alert, alert.kind.severity == .page else { return }
    pages += difference
    if !alert.acknowledged { unheardPages += difference }
  }

  var stoppingPayments: [AlertKind] {
    stopping.map(\.kind).sorted { $0.rawValue < $1.rawValue }
  }

  /// Those that are to be told again, the longest silent first.
  mutating func repetitions(at now: Instant, limit: Int) -> [Alert] {
    if let quiet, quiet.since <= now, now < quiet.until { return [] }
    let due = standing.filter { _, alert in
      guard let next = alert.nextTelling else { return false }
      // Told in the future: by a clock that was wrong then.
      return now >= next || now < alert.lastTold
    }
    guard due.isEmpty else {
      quiet = nil
      return due.sorted { ($0.value.lastTold, $0.key) < ($1.value.lastTold, $1.key) }
        .prefix(limit).map(\.value)
    }
    quiet = (now, standing.values.compactMap(\.nextTelling).min() ?? Instant(.max))
    return []
  }

  /// A part of them, the most pressing first.
  mutating func list(after last: Subject? = nil, limit: Int) -> [Alert] {
    let isBefore: (Subject, Subject) -> Bool = {
      ($0.kind.severity.rawValue, $0) < ($1.kind.severity.rawValue, $1)
    }
    let subjects = order ?? standing.keys.sorted(by: isBefore)
    order = subjects
    // Those up to the last one that was given out, whether it still stands or not.
    var (low, high) = (0, last == nil ? 0 : subjects.count)
    while let last, low < high {
      let middle = (low + high) / 2
      if isBefore(last, subjects[middle]) { high = middle } else { low = middle + 1 }
    }
    return subjects[low...].prefix(limit).compactMap { standing[$0] }
  }
}

extension AlertBoard.Subject {
  init(_ alert: Alert) {
    self.init(kind: alert.kind, account: alert.account, group: alert.group)
  }

  /// For whoever asks for what comes after it.
  init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count == 3, let kind = AlertKind(rawValue: parts[0]) else { return nil }
    self.init(kind: kind, account: AccountName(parts[1]), group: GroupID(parts[2]))
  }

  var text: String { "\(kind.rawValue) \(account) \(group)" }
}

extension Alert {
  /// When it is told again; `nil` where it waits for no clock.
  fileprivate var nextTelling: Instant? {
    guard !acknowledged, !kind.followsExpiryLadder else { return nil }
    return kind.severity.repetition.map { lastTold + $0 }
  }
}
