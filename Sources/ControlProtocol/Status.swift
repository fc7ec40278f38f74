import RenewalCore

package struct StatusCall: ControlCall {
  package static let method = "Status"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var status: StatusReport

    package init(status: StatusReport) {
      self.status = status
    }
  }
}

package struct StatusReport: Codable, Hashable, Sendable {
  /// Null where the daemon itself answers.
  package var offline: OfflineReport?
  package var version: String
  package var mode: Term<Mode>
  /// Null unless an operator has paused all payments.
  package var pause: PauseReport?
  /// The daemon's clock.
  package var now: Timestamp
  package var startedAt: Timestamp
  package var configuration: ConfigurationReport?
  package var accounts: [AccountReport]
  /// How many groups are in each state that has any.
  package var groups: [String: Int]
  package var nextDue: Upcoming?
  /// When the daemon looks again by itself.
  package var nextWakeAt: Timestamp?
  /// The first 100.
  package var openRenewals: [RenewalReport]
  /// Those not cleared, the most pressing first: 100 of them.
  package var alerts: [AlertReport]
  /// How many more there are of either; null for none.
  package var moreOpenRenewals: Int?
  package var moreAlerts: Int?
  package var ledger: LedgerHead?
  package var budgets: [BudgetReport]?
  package var fuses: [FuseReport]?

  package init(
    offline: OfflineReport? = nil, version: String, mode: Term<Mode>, pause: PauseReport? = nil,
    now: Timestamp, startedAt: Timestamp, configuration: ConfigurationReport? = nil,
    accounts: [AccountReport],
    groups: [String: Int], nextDue: Upcoming? = nil, nextWakeAt: Timestamp? = nil,
    openRenewals: [RenewalReport], alerts: [AlertReport], moreOpenRenewals: Int? = nil,
    moreAlerts: Int? = nil, ledger: LedgerHead? = nil,
    budgets: [BudgetReport]? = nil, fuses: [FuseReport]? = nil
  ) {
    self.offline = offline
    self.version = version
    self.mode = mode
    self.pause = pause
    self.now = now
    self.startedAt = startedAt
    self.configuration = configuration
    self.accounts = accounts
    self.groups = groups
    self.nextDue = nextDue
    self.nextWakeAt = nextWakeAt
    self.openRenewals = openRenewals
    self.alerts = alerts
    self.moreOpenRenewals = moreOpenRenewals
    self.moreAlerts = moreAlerts
    self.ledger = ledger
    self.budgets = budgets
    self.fuses = fuses
  }
}

/// A limit on what is spent in a time, and what it holds now.
package struct BudgetReport: Codable, Hashable, Sendable {
  package var name: String
  /// Null: unlimited.
  package var limit: Money?
  /// By settled renewals.
  package var spent: Money
  /// By renewals that are open or may still take effect.
  package var reserved: Money
  package var periodStart: Timestamp
  /// When it starts anew; null for one that rolls.
  package var periodEnd: Timestamp?

  package init(
    name: String, limit: Money? = nil, spent: Money, reserved: Money, periodStart: Timestamp,
    periodEnd: Timestamp? = nil
  ) {
    self.name = name
    self.limit = limit
    self.spent = spent
    self.reserved = reserved
    self.periodStart = periodStart
    self.periodEnd = periodEnd
  }
}

/// A fuse, and whether it stops all payments.
package struct FuseReport: Codable, Hashable, Sendable {
  package var name: String
  /// Null while it is whole.
  package var blownAt: Timestamp?
  package var reason: String?

  package init(name: String, blownAt: Timestamp? = nil, reason: String? = nil) {
    self.name = name
    self.blownAt = blownAt
    self.reason = reason
  }
}

/// Said by the store instead of the daemon.
package struct OfflineReport: Codable, Hashable, Sendable {
  /// When the daemon wrote to it last: nothing here is newer.
  package var writtenAt: Timestamp
  /// Whether a daemon holds it and gives no answer.
  package var daemonRuns: Bool

  package init(writtenAt: Timestamp, daemonRuns: Bool) {
    self.writtenAt = writtenAt
    self.daemonRuns = daemonRuns
  }
}

package struct PauseReport: Codable, Hashable, Sendable {
  package var since: Timestamp
  package var reason: String
  package var actor: String

  package init(since: Timestamp, reason: String, actor: String) {
    self.since = since
    self.reason = reason
    self.actor = actor
  }
}

package struct ConfigurationReport: Codable, Hashable, Sendable {
  package var path: String
  package var loadedAt: Timestamp
  /// Why a newer file was not taken.
  package var problem: String?

  package init(path: String, loadedAt: Timestamp, problem: String? = nil) {
    self.path = path
    self.loadedAt = loadedAt
    self.problem = problem
  }
}

package struct Upcoming: Codable, Hashable, Sendable {
  package var account: AccountName
  package var group: GroupID
  package var name: String
  package var dueAt: Timestamp
  package var expiry: Timestamp

  package init(
    account: AccountName, group: GroupID, name: String, dueAt: Timestamp, expiry: Timestamp
  ) {
    self.account = account
    self.group = group
    self.name = name
    self.dueAt = dueAt
    self.expiry = expiry
  }
}

/// With more: the state first, then each change as it is recorded.
package struct WatchCall: ControlCall {
  package static let method = "Watch"

  package init() {}

  package struct Reply: Codable, Hashable, Sendable {
    package var status: StatusReport?
    package var group: GroupReport?
    package var event: EventReport?

    package init(
      status: StatusReport? = nil, group: GroupReport? = nil, event: EventReport? = nil
    ) {
      self.status = status
      self.group = group
      self.event = event
    }
  }
}
