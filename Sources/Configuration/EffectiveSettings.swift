import RenewalCore

/// One setting as it is in force, with what the file leaves out filled in.
package struct EffectiveSetting: Hashable, Sendable {
  /// Such as `rule.production.lead_time`: the name of the table, of the thing
  /// and of the key.
  package var key: String
  /// As the file would say it, without quotes. Never a secret: credentials are
  /// named, and a URL that is one is shown by its host.
  package var value: String
}

extension DaemonConfiguration {
  /// Everything that is in force, in the order of the example configuration.
  package var settings: [EffectiveSetting] {
    var list = SettingList()
    list.add("mode", mode.rawValue)
    list.add("state_directory", directories.state)
    list.add("runtime_directory", directories.runtime)
    list.add("status_socket", statusSocket)
    list.add("control_socket", controlSocket)
    list.add("sweep.interval", sweepInterval)
    for account in accounts { list.add(account) }
    list.add("schedule.time_zone", policy.zone.name)
    for (index, rule) in policy.rules.enumerated() { list.add(rule, position: index + 1) }
    for budget in policy.budgets { list.add(budget) }
    list.add(policy.fuses)
    list.add("alerts.expiry_ladder", policy.expiryLadder.steps.map(DurationText.exact))
    list.add("backup.automatic", "\(backup.isAutomatic)")
    list.add("backup.daily", "\(backup.retention.daily)")
    list.add("backup.monthly", "\(backup.retention.monthly)")
    list.add("metrics.listen", monitoring.listen?.description)
    list.add("heartbeat", monitoring.heartbeat?.shown)
    for hook in monitoring.webhooks {
      list.add("webhook.\(hook.name).kind", hook.kind.rawValue)
      list.add("webhook.\(hook.name)", hook.address.shown)
      list.add("webhook.\(hook.name).secret_credential", hook.secretCredential)
      list.add("webhook.\(hook.name).severity", hook.severity.rawValue)
    }
    return list.settings
  }
}

private struct SettingList {
  var settings: [EffectiveSetting] = []

  /// What is not set has no line.
  mutating func add(_ key: String, _ value: String?) {
    if let value { settings.append(EffectiveSetting(key: key, value: value)) }
  }

  mutating func add(_ key: String, _ value: Span) { add(key, DurationText.exact(value)) }

  mutating func add(_ key: String, _ values: [String]) {
    if !values.isEmpty { add(key, values.joined(separator: ", ")) }
  }

  mutating func add(_ account: AccountConfiguration) {
    let name = "account.\(account.name)"
    add("\(name).region", account.region)
    add("\(name).endpoint", account.endpoint.description)
    add("\(name).billing_endpoint", account.billingEndpoint.description)
    add("\(name).billing", "\(account.readsBilling)")
    add("\(name).reader_credential", account.readerCredential)
    add("\(name).payer_credential", account.payerCredential)
    add("\(name).ca_file", account.certificateAuthorities)
    let parameters = account.parameters
    add("\(name).protocol.request_life", parameters.requestLife)
    add("\(name).protocol.visibility_bound", parameters.visibilityBound)
    add("\(name).protocol.poll_interval", parameters.pollInterval)
    add("\(name).protocol.attempt_cap", "\(parameters.attemptCap)")
    add("\(name).protocol.human_time", parameters.humanTime)
    add("\(name).protocol.send_window", parameters.sendWindow)
    add("\(name).protocol.payment_deadline", parameters.paymentDeadline)
  }

  mutating func add(_ rule: RenewalRule, position: Int) {
    let name = "rule.\(rule.name)"
    add("\(name).position", "\(position)")
    add("\(name).match.account", rule.match.accounts.map(\.text))
    add("\(name).match.region", rule.match.regions)
    add("\(name).match.id", rule.match.ids.map(\.text))
    add("\(name).match.name", rule.match.names.map(\.pattern))
    add("\(name).match.instance_type", rule.match.instanceTypes)
    add("\(name).match.status", rule.match.statuses)
    add("\(name).match.tags", rule.match.tags.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
    add("\(name).action", rule.action.rawValue)
    add("\(name).period", rule.period.rawValue)
    guard rule.action.buys else { return }
    add("\(name).lead_time", rule.leadTime)
    add("\(name).auto_pay", "\(rule.autoPay)")
    add("\(name).promotion_id", rule.promotionID)
    add("\(name).maximum_price", rule.maximumPrice?.description ?? "unlimited")
    add("\(name).currency", rule.currency?.code)
    add("\(name).maximum_drift", rule.maximumDrift?.description ?? "unlimited")
    add("\(name).notice", rule.notice)
    if rule.action == .approve { add("\(name).approval", rule.approval.rawValue) }
    add("\(name).approve_over", rule.approveOver?.description)
    add("\(name).approval_life", rule.approvalLife)
    add("\(name).spread", rule.spread)
    add("\(name).windows", rule.hours.windows.map(\.shown))
    add("\(name).staffed", rule.hours.staffed.map(\.shown))
    add(
      "\(name).blackouts",
      rule.hours.blackouts.map { "\($0.from) to \($0.until)" })
  }

  mutating func add(_ budget: Budget) {
    let name = "budget.\(budget.name)"
    switch budget.per {
    case .day: add("\(name).per", "day")
    case .month: add("\(name).per", "month")
    case .rolling(let span): add("\(name).per", span)
    }
    add("\(name).account", budget.accounts.map(\.text))
    add("\(name).rule", budget.rules)
    add("\(name).group", budget.groups.map(\.text))
    add("\(name).limit", budget.limit?.description ?? "unlimited")
  }

  mutating func add(_ fuses: FuseLimits) {
    add("fuses.groups_per_sweep", fuses.groupsPerSweep.map(String.init))
    add("fuses.share_per_sweep", fuses.sharePerSweep?.description)
    add("fuses.money_per_sweep", fuses.moneyPerSweep.map(\.description))
    add("fuses.storm_margin", fuses.stormMargin?.description ?? "unlimited")
    add("fuses.calls_at_once", "\(fuses.callsAtOnce)")
  }
}

extension WeeklyHours {
  /// `Mon 09:00-18:00`.
  fileprivate var shown: String {
    func clock(_ second: Int) -> String {
      let (hour, minute) = (second / 3600, second / 60 % 60)
      return (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    return "\(days[weekday % 7]) \(clock(start))-\(clock(end))"
  }
}

extension HookAddress {
  fileprivate var shown: String {
    switch self {
    case .url(let url): url.description
    case .credential(let name): "credential \(name)"
    }
  }
}
