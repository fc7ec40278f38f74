import ControlProtocol
import Exposition

/// Every metric of the daemon: a closed list. One that is added here does not
/// compile until `MetricsPage` or `MetricsOfGroups` says where its value comes from.
///
/// renewald-metrics(7) and the rules and the dashboard in config/prometheus name
/// them; tests compare. Names, types and labels are a promise: add, never change.
enum Metric: String, CaseIterable, Hashable, Sendable {
  // The daemon.
  case up = "renewald_up"
  case buildInfo = "renewald_build_info"
  case startTime = "renewald_start_timestamp_seconds"
  case modeInfo = "renewald_mode_info"
  case paused = "renewald_paused"
  case pausedSince = "renewald_paused_since_timestamp_seconds"
  case configurationValid = "renewald_configuration_valid"
  case configurationLoaded = "renewald_configuration_loaded_timestamp_seconds"
  // Ledger and disk.
  case storageFault = "renewald_storage_fault"
  case ledgerHead = "renewald_ledger_head_sequence"
  case ledgerVerified = "renewald_ledger_verified_timestamp_seconds"
  case databaseSize = "renewald_database_size_bytes"
  case stateFree = "renewald_state_free_bytes"
  // Accounts.
  case paymentsAllowed = "renewald_payments_allowed"
  case paymentObstacle = "renewald_payment_obstacle"
  case clockTrusted = "renewald_clock_trusted"
  case clockSkew = "renewald_clock_skew_seconds"
  case sweepInterval = "renewald_sweep_interval_seconds"
  case sweepLastStart = "renewald_sweep_last_start_timestamp_seconds"
  case sweepLastSuccess = "renewald_sweep_last_success_timestamp_seconds"
  case sweeps = "renewald_sweeps_total"
  case sweepDuration = "renewald_sweep_duration_seconds"
  // The cloud.
  case requests = "renewald_api_requests_total"
  case requestDuration = "renewald_api_request_duration_seconds"
  // Renewals and money.
  case attempts = "renewald_renewal_attempts_total"
  case renewals = "renewald_renewals_total"
  case refusals = "renewald_renewal_refusals_total"
  case spend = "renewald_spend_currency_units_total"
  case budgetLimit = "renewald_budget_limit"
  case budgetUsed = "renewald_budget_used"
  case accountBalance = "renewald_account_balance"
  case balanceEnd = "renewald_balance_end_timestamp_seconds"
  case forecastSpend = "renewald_forecast_spend"
  case forecastUnpriced = "renewald_forecast_unpriced_renewals"
  case openRenewals = "renewald_open_renewals"
  case unknownOutcomes = "renewald_unknown_outcomes"
  // Alerts.
  case alerts = "renewald_alerts"
  case alertsRaised = "renewald_alerts_raised_total"
  case heartbeats = "renewald_heartbeats_total"
  case heartbeatLastSuccess = "renewald_heartbeat_last_success_timestamp_seconds"
  case notifications = "renewald_notifications_total"
  // Groups.
  case groups = "renewald_groups"
  case groupExpiration = "renewald_group_expiration_timestamp_seconds"
  case groupDue = "renewald_group_due_timestamp_seconds"
  case groupFloor = "renewald_group_floor_timestamp_seconds"
  case groupInfo = "renewald_group_info"
  case groupState = "renewald_group_state"

  var family: MetricFamily {
    MetricFamily(rawValue, kind, labels: labels, help: help)
  }

  private var kind: MetricFamily.Kind {
    switch self {
    case .sweeps, .requests, .attempts, .renewals, .refusals, .spend, .alertsRaised,
      .heartbeats, .notifications:
      .counter
    case .sweepDuration, .requestDuration: .histogram
    default: .gauge
    }
  }

  private var labels: [String] {
    switch self {
    case .buildInfo: ["version"]
    case .modeInfo: ["mode"]
    case .paymentsAllowed, .clockTrusted, .clockSkew, .sweepLastStart, .sweepLastSuccess,
      .sweepDuration:
      ["account"]
    case .paymentObstacle: ["account", "check"]
    case .sweeps: ["account", "result"]
    case .requests: ["api", "code_class"]
    case .requestDuration: ["api"]
    case .renewals: ["result"]
    case .refusals: ["check"]
    case .spend, .accountBalance: ["account", "currency"]
    case .balanceEnd: ["account"]
    case .forecastSpend: ["account", "currency", "days"]
    case .forecastUnpriced: ["account", "days"]
    case .budgetLimit, .budgetUsed: ["budget", "currency", "period"]
    case .openRenewals, .groups: ["state"]
    case .alerts: ["alert", "severity"]
    case .alertsRaised: ["alert"]
    case .heartbeats: ["result"]
    case .notifications: ["channel", "result"]
    case .groupExpiration, .groupDue, .groupFloor: ["account", "region", "group_id"]
    case .groupInfo: ["account", "group_id", "name", "rule", "charge_type", "status"]
    case .groupState: ["account", "group_id", "state"]
    default: []
    }
  }

  private var help: String {
    switch self {
    case .up: MetricsCall.upHelp
    case .buildInfo: "Always 1; which version runs."
    case .startTime: "When the process started."
    case .modeInfo: "1 for the mode in force: observe, plan or pay."
    case .paused: "1 while an operator has paused all payments."
    case .pausedSince: "When payments were paused; absent while they are not."
    case .configurationValid:
      "0 while the newest configuration file was refused and an older one is in force."
    case .configurationLoaded: "When the configuration in force was read."
    case .storageFault: "1 after a failed write: nothing is recorded or paid."
    case .ledgerHead: "How many rows the ledger has."
    case .ledgerVerified:
      "When the whole ledger was last found sound, by a start or the daily copy; absent until then."
    case .databaseSize: "Size of the inventory and its write-ahead log."
    case .stateFree: "Free bytes of the file system that holds the ledger."
    case .paymentsAllowed:
      "1 where every check of daemon and account would let a due group be paid for now."
    case .paymentObstacle:
      "1 for each check of daemon and account that stops all payments of the account now."
    case .clockTrusted:
      "1 while the cloud's clock and this machine's agree; absent before the first answer."
    case .clockSkew: "This machine's clock less the cloud's; absent before the first answer."
    case .sweepInterval: "From the start of one walk over all groups to the start of the next."
    case .sweepLastStart:
      "When this process last began a walk over all groups; absent before the first."
    case .sweepLastSuccess:
      "When a walk last saw all groups, by the cloud's clock; absent before the first ever."
    case .sweeps:
      "Ended walks over all groups of this process: complete, or partial with whatever was missing."
    case .sweepDuration: "How long walks took, complete or not."
    case .requests:
      "Requests to the cloud of this process, by API and by the class of the answer; none: no answer, unreadable: an answer that cannot be read, unsent: nothing was sent."
    case .requestDuration:
      "From the question to its answer or its end, waiting for the pace of reads included."
    case .attempts: "Paid calls that were decided and recorded, ever."
    case .renewals:
      "Renewals that entered a state, ever: paid is proven by a new expiry, unknown may or may not have worked, not_effected is proven not to have."
    case .refusals:
      "How often this process kept a due group from being paid for, by the first check that failed."
    case .spend:
      "Money of renewals that are proven paid, as quoted; for graphs only, the ledger is exact."
    case .budgetLimit: "What a budget allows in its period; absent where it is unlimited."
    case .budgetUsed:
      "What a budget holds now: spent, or reserved by what is open or may still take effect."
    case .accountBalance:
      "What the account can still spend, as billing said last; absent where billing is not read."
    case .balanceEnd:
      "The first planned payment that the balance does not cover; absent where it lasts for 92 days, and where it is not known."
    case .forecastSpend:
      "What the rules will pay in so many days, as far as prices are known; absent before the first run of them."
    case .forecastUnpriced:
      "Planned renewals of so many days whose price is not known yet: balance and forecast leave them out."
    case .openRenewals: "Renewals whose end is not known yet, by state."
    case .unknownOutcomes: "Paid calls that may or may not have worked."
    case .alerts: "Alerts that stand and are not acknowledged."
    case .alertsRaised: "Alerts that were raised, ever."
    case .heartbeats:
      "Tries of this process to call the heartbeat's URL; absent where none is configured."
    case .heartbeatLastSuccess: "When this process last reached the heartbeat's URL; absent before."
    case .notifications: "Tries of this process to tell a webhook; given_up: a message was dropped."
    case .groups: "How many groups are in each state."
    case .groupExpiration: "When the group's subscription ends, as the cloud last showed it."
    case .groupDue:
      "From when the group is to be renewed, by its rule; absent where no rule renews it."
    case .groupFloor:
      "The last moment at which a person still has a day; absent for what is no subscription."
    case .groupInfo: "Always 1; what else is known of the group."
    case .groupState: "1 for the state the group is in, 0 for all others."
    }
  }
}
