/// One look at the machine's clocks.
package struct ClockReading: Hashable, Sendable {
  /// CLOCK_REALTIME: what the machine believes, and anybody may set.
  package var wall: Instant
  /// CLOCK_BOOTTIME in milliseconds: never set, runs on in suspend.
  package var boot: Int64

  package init(wall: Instant, boot: Int64) {
    self.wall = wall
    self.boot = boot
  }
}

/// The cloud's clock, as its answers show it.
///
/// Every wait of the renewal protocol is measured here, because the cloud
/// judges the age of a request by this clock and no other.
package struct ServerClock: Hashable, Sendable {
  /// The last answer's date, and the boot clock when it arrived.
  package private(set) var last: ClockMark?

  package init() {}

  /// What an answer's date says about the two clocks.
  package enum Verdict: Hashable, Sendable {
    case trusted
    /// Between two answers the cloud's clock and the boot clock ran apart: a
    /// resumed snapshot, a frozen machine, or one wrong `Date`. Nothing that
    /// was known before is current.
    case discontinuity(Span)
    /// The wall clock is too far from the cloud's: one of them is wrong.
    case wallClockOff(Span)

    /// Why the answer's date cannot be relied on, for a person; `nil` if it can.
    package var doubt: String? {
      switch self {
      case .trusted: nil
      case .discontinuity(let drift):
        "the cloud's clock and this machine's ran apart by \(drift)"
      case .wallClockOff(let skew): "this machine's clock is off by \(skew)"
      }
    }
  }

  /// Takes in the date of one answer.
  package mutating func hear(
    _ server: Instant, at reading: ClockReading, parameters: ProtocolParameters
  ) -> Verdict {
    let previous = last
    last = ClockMark(server: server, boot: reading.boot)
    if let previous {
      let drift = previous.drift(to: server, boot: reading.boot)
      if drift.magnitude > parameters.discontinuity { return .discontinuity(drift) }
    }
    let skew = reading.wall - server
    if skew.magnitude > parameters.clockRefusal { return .wallClockOff(skew) }
    return .trusted
  }

  /// The cloud's time now, by the boot clock since the last answer; `nil`
  /// before the first.
  package func now(at reading: ClockReading) -> Instant? {
    last.map { $0.server + .seconds(max(0, reading.boot - $0.boot) / 1000) }
  }
}

/// A moment on both clocks: the cloud's, and CLOCK_BOOTTIME in milliseconds.
package struct ClockMark: Hashable, Sendable, Codable {
  package var server: Instant
  package var boot: Int64

  package init(server: Instant, boot: Int64) {
    self.server = server
    self.boot = boot
  }

  /// By how much more the cloud's clock advanced than the machine's.
  package func drift(to server: Instant, boot: Int64) -> Span {
    (server - self.server) - .seconds((boot - self.boot) / 1000)
  }
}

/// What a running daemon leaves in the runtime directory, which a restart
/// keeps and a reboot clears. It lets a plain restart pay without waiting Q.
package struct RuntimeAnchor: Hashable, Sendable, Codable {
  package var head: LedgerHead
  package var bootID: String
  package var accounts: [AccountName: Mark]
  /// A write failed in this boot: payments stay off until the next.
  package var storageFault: String?

  package struct Mark: Hashable, Sendable, Codable {
    package var clock: ClockMark
    /// The end of the hold that the process was itself under; a restart must
    /// not shorten it.
    package var holdUntil: Instant?

    package init(clock: ClockMark, holdUntil: Instant?) {
      self.clock = clock
      self.holdUntil = holdUntil
    }
  }

  package init(
    head: LedgerHead, bootID: String, accounts: [AccountName: Mark], storageFault: String? = nil
  ) {
    self.head = head
    self.bootID = bootID
    self.accounts = accounts
    self.storageFault = storageFault
  }
}

/// No payment before the cloud's clock has passed a first answer by Q: what a
/// lost ledger, an older process or an older copy of this machine may have
/// sent is visible by then.
package enum StartHold: Hashable, Sendable {
  /// No answer yet.
  case waiting
  case until(Instant)
  case none

  package var end: Instant? { if case .until(let end) = self { end } else { nil } }

  package func isOver(at server: Instant) -> Bool {
    switch self {
    case .waiting: false
    case .until(let end): server >= end
    case .none: true
    }
  }

  /// The hold of an account once its first answer is here.
  ///
  /// An anchor may prove that this is a plain restart: the same boot, the very
  /// ledger that the last process left, and clocks that ran together since.
  /// Then only what is left of that process's own hold applies. Anything else
  /// holds for Q.
  package static func first(
    answer server: Instant, at reading: ClockReading, anchor: RuntimeAnchor?,
    account: AccountName, head: LedgerHead, bootID: String, parameters: ProtocolParameters
  ) -> StartHold {
    let hold = StartHold.until(server + parameters.quarantine)
    guard let anchor, anchor.bootID == bootID, anchor.head == head,
      let mark = anchor.accounts[account], reading.boot >= mark.clock.boot,
      mark.clock.drift(to: server, boot: reading.boot).magnitude <= parameters.discontinuity
    else { return hold }
    return mark.holdUntil.map { .until($0) } ?? .none
  }
}
