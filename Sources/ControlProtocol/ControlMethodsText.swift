extension ControlInterface {
  /// The methods, those that only look first, and the errors.
  static let methods = """
    method Status() -> (status: StatusReport)

    # The known groups, in order of account and id. All conditions have to hold.
    method List(
      account: ?string,
      region: ?string,
      # With * for any characters and ? for one.
      name: ?string,
      rule: ?string,
      states: ?[]GroupState,
      expiresBefore: ?string,
      # The next of the page before.
      after: ?string,
      # Groups on this page: 1 to 500, 500 unless given.
      limit: ?int
    ) -> (
      groups: []GroupReport,
      # Over all pages.
      total: int,
      # Null on the last page.
      next: ?string
    )

    # Everything about one group, named by its id or by a name that only it has.
    method Describe(group: string, account: ?string) -> (
      group: GroupReport,
      # The newest first.
      observations: []ObservationReport,
      renewals: []RenewalReport,
      checks: []CheckReport,
      alerts: []AlertReport
    )

    # What is due until then, in order of time.
    method Plan(
      # Within ten years; 30 days unless given.
      until: ?string,
      # Of each group the next step alone.
      nextOnly: ?bool,
      after: ?string,
      # 1 to 1000, 1000 unless given.
      limit: ?int
    ) -> (
      from: string,
      until: string,
      entries: []PlanEntry,
      # What will be paid, by currency, over all pages, as far as prices are known.
      totals: []Money,
      # How many renewals have no price yet.
      unpriced: int,
      # How many there are, over all pages.
      renewals: ?int,
      next: ?string
    )

    # What was paid and what the rules will pay, month by month, if nothing stands
    # against it and prices stay.
    method Forecast(
      # With the present one, 1 to 36; 12 unless given.
      months: ?int,
      # Before the present one, 0 to 36; none unless given.
      past: ?int
    ) -> (
      at: string,
      # In their order; the present one is the first that ends after that.
      months: []MonthForecast,
      # Of accounts whose balance is known.
      balances: []BalanceForecast,
      # What will be paid in all months, by currency.
      totals: []Money,
      # Renewals whose price nobody knows yet; they are in no sum.
      unpriced: int
    )

    # Runs the rules over the inventory on a clock of its own, with budgets, fuses
    # and approvals, as if the mode were pay: what they would pay for, and what not.
    method Simulate(
      # Null: the configuration in force.
      sources: ?[]ConfigurationText,
      # With the present one, 1 to 36; 12 unless given.
      months: ?int,
      # Whether people give every approval that is asked for.
      approve: ?bool,
      after: ?string,
      # 1 to 1000, 1000 unless given.
      limit: ?int
    ) -> (
      from: string,
      until: string,
      # In order of time: what is paid for, and what is not.
      entries: []PlanEntry,
      # Over all pages, as all that follows.
      months: []MonthForecast,
      totals: []Money,
      unpriced: int,
      # Groups that a rule is to renew and that expire unpaid.
      unpaid: int,
      # What stands against every payment at present, which the run leaves out.
      notes: []string,
      next: ?string
    )

    # Whether files make a configuration.
    method CheckConfiguration(
      # In the order in which they are read.
      sources: []ConfigurationText
    ) -> (
      # Each with its place; empty where all is well.
      problems: []string
    )

    # The configuration in force, with every setting resolved.
    method ShowConfiguration() -> (path: string, settings: []SettingReport)

    # What would change if files were loaded in the place of the configuration in
    # force. Nothing is loaded.
    method CompareConfiguration(sources: []ConfigurationText) -> (
      settings: []SettingChange,
      # By account and group; the first thousand.
      decisions: []DecisionChange,
      # How many groups are decided otherwise.
      changedGroups: int,
      # How many were compared.
      groups: int
    )

    # Why a group is or is not renewed: every check with its outcome.
    method Explain(group: string, account: ?string) -> (
      group: GroupReport,
      decision: Decision,
      checks: []CheckReport
    )

    # The rules in force, in the order in which they are asked.
    method Policy() -> (rules: []RuleReport)

    # What happened to a group, the newest first.
    method History(
      group: string,
      account: ?string,
      # 1 to 500, 100 unless given.
      limit: ?int
    ) -> (group: GroupReport, events: []EventReport)

    # What was recorded, the newest first. All conditions have to hold.
    method Events(
      account: ?string,
      group: ?string,
      # Recorded at or after.
      since: ?string,
      # Only what was raised, repeated, acknowledged or cleared.
      alerts: ?bool,
      # Only rows of the ledger before this one: the next of the page before.
      before: ?int,
      # How many rows are looked at for this page: 1 to 1000, 100 unless given.
      limit: ?int
    ) -> (
      events: []EventReport,
      # Null on the last page. A page without events may have one after it.
      next: ?int
    )

    # All attempts to renew, in the order in which they were opened.
    method Ledger(
      account: ?string,
      group: ?string,
      # Opened at or after.
      from: ?string,
      # Opened before.
      to: ?string,
      # Such as 2026-03, in the zone of the schedule, in the place of the two.
      month: ?string,
      openOnly: ?bool,
      after: ?string,
      # 1 to 1000, 500 unless given.
      limit: ?int
    ) -> (
      renewals: []RenewalReport,
      # Over all pages: what was paid, by currency.
      totals: []Money,
      next: ?string,
      # Where a month was asked for.
      month: ?MonthReport
    )

    # Alerts that are not cleared, the most pressing first.
    method Alerts(
      # The next of the page before.
      after: ?string,
      # Alerts on this page: 1 to 500, 500 unless given.
      limit: ?int
    ) -> (
      alerts: []AlertReport,
      # Null on the last page.
      next: ?string
    )

    # With more: the state first, then each change as it is recorded. Who reads
    # too slowly is cut off, and reads on where he was with Events.
    method Watch() -> (
      status: ?StatusReport,
      group: ?GroupReport,
      event: ?EventReport
    )

    # Who the caller is here, and with which keys the daemon works.
    method WhoAmI() -> (socket: string, userId: int, identities: []IdentityReport)

    # What monitoring reads, in the Prometheus text format. The pages in their
    # order make one text.
    method Metrics(
      # The next of the page before.
      after: ?string
    ) -> (
      text: string,
      # Null on the last page.
      next: ?string
    )

    # What the cloud's billing says of an account's renewal orders in a month, and
    # of the orders of groups that were created here. It is asked now, one free
    # question after the other.
    method Orders(
      # May be left out where only one is configured.
      account: ?string,
      # Such as 2026-03, in the zone of the schedule; the present one unless given.
      month: ?string
    ) -> (
      account: string,
      month: MonthReport,
      # In order of time.
      orders: []OrderReport
    )

    # Asks the cloud what the next renewals cost, so that the plan shows it: what
    # was asked within the hour is not asked again.
    method AskPrices(
      # Of renewals due until then, within ten years; 30 days unless given.
      until: ?string
    ) -> (
      # How many prices the cloud told.
      asked: int,
      # How many are still missing; two hundred are asked for at most.
      remaining: int,
      # Why the last one that failed is missing.
      problem: ?string
    )

    # Stops the repetition of an alert.
    method Acknowledge(alert: int, note: ?string) -> ()

    # Keeps a group from being renewed.
    method Hold(
      group: string,
      account: ?string,
      # Null: until it is released.
      until: ?string,
      reason: string
    ) -> (group: GroupReport)

    method Release(group: string, account: ?string) -> (group: GroupReport)

    # Stops all payments. Requests on their way are followed to their end.
    method Pause(reason: string) -> ()

    method Resume() -> ()

    # Tries a renewal that is due without waiting for the next try. No check is
    # skipped, and nothing is bought before its time.
    method RenewNow(group: string, account: ?string) -> (
      group: GroupReport,
      outcome: RenewNowOutcome,
      # For people: what stands before it, or what was begun.
      reason: string
    )

    # Allows a renewal that waits for a person, up to the price that was asked
    # about, for this expiry and a time. Refused where the price is not the one that
    # the caller has seen.
    method Approve(
      group: string,
      account: ?string,
      reason: ?string,
      # As the group's report shows it. An approval without one is refused.
      price: ?Money
    ) -> (group: GroupReport)

    # Refuses a renewal that was announced or waits for a person, and every further
    # attempt for the present expiry.
    method Veto(group: string, account: ?string, reason: string) -> (
      group: GroupReport,
      # What the veto comes too late for: a request that has left.
      note: ?string
    )

    # Lets payments go on that a blown fuse has stopped. The name says which.
    method LiftFuse(fuse: string, reason: string) -> ()

    # First of two steps out of a held renewal: says what would be recorded.
    method PrepareOverride(group: string, account: ?string, override: Override) -> (
      # Good once, for this group, expiry and attempt.
      token: string,
      expiresAt: string,
      # Null where none is in doubt: an expiry that moved back is accepted.
      renewal: ?RenewalReport,
      group: GroupReport,
      # What will be recorded, and what may follow from it.
      sentence: string
    )

    # Second step.
    method ConfirmOverride(
      token: string,
      # The order that was found paid.
      order: ?string,
      # For those who come after; an accepted expiry needs one.
      reason: ?string
    ) -> (group: GroupReport)

    # Makes a copy of the ledger while the daemon works, checked by opening it.
    # The daemon keeps it in its own directory, and ReadBackup hands it out.
    method Backup() -> (backup: BackupReport)

    # A piece of a copy: its bytes from an offset on, in base 64.
    method ReadBackup(name: string, offset: int) -> (data: string, isLast: bool)

    # Checks a copy of the ledger, made for that: its pages, its chain, and what
    # was recorded beside it. A file can be checked only without the daemon.
    method Verify(file: ?string) -> (
      # Null where nothing of it can be read.
      ledger: ?LedgerFileReport,
      # What is wrong; empty where all is well.
      problems: []string,
      # What is worth knowing and not wrong.
      notes: []string
    )

    # Puts a copy in the place of the ledger. Only without the daemon.
    method Restore(file: string) -> (
      ledger: LedgerFileReport,
      # Where the ledger that stood there is now.
      replaced: ?string
    )

    # Orders of new groups, the newest first; a thousand at most.
    method Creations() -> (creations: []CreationReport)

    # First of two steps to a new group: checks its file and asks for its price.
    # Nothing is ordered.
    method PrepareCreation(
      # For the places of problems.
      file: string,
      # TOML.
      text: string,
      # May be left out where only one is configured.
      account: ?string,
      # Whether the name may be that of a group that is there already.
      sameName: ?bool,
      # Whether to give no token.
      dryRun: ?bool
    ) -> (
      # Good once.
      token: ?string,
      expiresAt: string,
      account: string,
      name: string,
      region: string,
      chargeType: string,
      period: string,
      amount: int,
      instanceType: string,
      autoPay: bool,
      autoRenew: bool,
      price: Money,
      listPrice: Money,
      promotions: []string,
      # Of the rules, the one that would cover the group.
      rule: ?string,
      action: ?Action,
      # What would keep it from being ordered now.
      obstacle: ?string,
      warnings: []string
    )

    # Second step: orders it, once. With more: each change, until the group is
    # there, the order has ended or somebody is needed.
    method ConfirmCreation(token: string) -> (
      creation: CreationReport,
      # The group, once it is there.
      group: ?GroupReport
    )

    # Ends a doubt about an order of a new group by an operator's word.
    method SettleCreation(
      creation: int,
      # As it was seen: a change since is an error.
      state: RenewalState,
      outcome: CreationOutcome
    ) -> (creation: CreationReport)

    # Reads the configuration again. A broken one changes nothing.
    method Reload() -> (
      configuration: ConfigurationReport,
      # Whether the service manager passed newer keys; null where it passes none.
      credentials: ?string
    )

    error NoSuchGroup (group: string)

    # The text fits several groups.
    error AmbiguousGroup (group: string, matches: []string)

    error NoSuchAccount (account: string)

    error NoSuchAlert (alert: int)

    # The daemon cannot do it in its present state; nothing was changed.
    error NotNow (reason: string, remedy: string)

    # Unknown, used, too old, or the renewal has moved on since.
    error TokenRefused (reason: string)

    # A file is no ledger, not of this daemon, or damaged; nothing was changed.
    error UnsoundLedger (reason: string, remedy: string)

    # The configuration is broken; the old one stays in force.
    error ConfigurationRejected (problems: []string)

    # The file of a new group is broken.
    error CreationRejected (problems: []string)

    # Groups, or an open order, have the name of the new group.
    error NameTaken (name: string, by: []string)

    # A check that guards money said no; nothing was changed.
    error Guarded (reason: string, remedy: string)

    """
}
