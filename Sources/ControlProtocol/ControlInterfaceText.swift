extension ControlInterface {
  /// The description that introspection answers.
  package static let text = types + "\n" + ahead + "\n" + methods

  private static let types = """
    # What renewald knows about the delivery groups of the configured accounts,
    # what it will do, and how an operator steers it.
    #
    # Instants are RFC 3339 in UTC. Money is counted in minor units.
    # Methods that change something exist on the operators' socket only.
    interface io.renewald.Control

    # How far the daemon goes: observe looks, plan also says what it would pay,
    # pay pays.
    type Mode (observe, plan, pay)

    type Money (
      # In the smallest unit of the currency, such as fen or cents.
      minorUnits: int,
      # ISO 4217.
      currency: string
    )

    # The newest walk over all groups of an account.
    type SweepReport (
      finishedAt: string,
      # Only a complete sweep can show that a group is gone.
      result: SweepResult,
      # How many groups it saw.
      groups: int,
      # Why it is not complete.
      problem: ?string
    )

    type SweepResult (complete, partial, failed)

    type CredentialsState (loaded, missing, refused, expired, unknown)

    # Why nothing is paid at present.
    type Obstacle (
      kind: ObstacleKind,
      # For people, with the way out.
      sentence: string,
      # When it goes by itself.
      until: ?string
    )

    type ObstacleKind (
      mode,
      paused,
      startHold,
      clock,
      storage,
      ledger,
      credentials,
      account,
      alert,
      fuse,
      budget,
      balance,
      notRunning
    )

    type AccountReport (
      # As in the configuration.
      name: string,
      region: string,
      endpoint: string,
      credentials: CredentialsState,
      # Whether billing can be read as a second witness.
      billing: bool,
      # How many groups are known.
      groups: int,
      # The local clock less the cloud's; null until the cloud has answered.
      clockSkewSeconds: ?int,
      lastSweep: ?SweepReport,
      nextSweepAt: ?string,
      paymentsAllowed: bool,
      # Empty where payments are allowed.
      obstacles: []Obstacle,
      # What the account can still spend.
      balance: ?Money,
      # The first planned payment for which it does not suffice; null where it lasts
      # for 92 days, and where it is not known.
      balanceEndsAt: ?string,
      # Null until an accepted order was seen to settle.
      visibility: ?VisibilityReport
    )

    type VisibilityReport (
      lastSeconds: int,
      longestSeconds: int,
      # Over how many orders.
      orders: int,
      # What does not show within it counts as unpaid.
      boundSeconds: int
    )

    type GroupState (
      ok,
      due,
      noticed,
      inFlight,
      unknown,
      held,
      lapsing,
      unmanaged,
      expired,
      payAsYouGo,
      gone
    )

    type Action (renew, approve, verify, lapse)

    # A delivery group: what the cloud says of it and what is done about it.
    type GroupReport (
      account: string,
      id: string,
      # Not unique.
      name: string,
      region: string,
      # In the cloud's words, as is status.
      chargeType: string,
      status: string,
      instanceType: ?string,
      tags: [string]string,
      # Null where the cloud shows none that can be read.
      expiry: ?string,
      # The highest expiry ever seen. A lower one is not paid on.
      maximumExpirySeen: ?string,
      # When the renewal is due: the expiry less the lead time.
      dueAt: ?string,
      # When a person has to be called if it is not renewed.
      floorAt: ?string,
      # The rule that covers the group; null for an unmanaged one.
      rule: ?string,
      action: ?Action,
      # What would be bought, such as 1 Month.
      period: ?string,
      # The newest quote for that period: where a person is asked, what about.
      price: ?Money,
      state: GroupState,
      # Why it is in this state, for people.
      reason: string,
      # When it is looked at again.
      nextCheckAt: ?string,
      lastSeenAt: ?string,
      hold: ?HoldReport
    )

    # An operator's word that a group is not renewed for now.
    type HoldReport (
      since: string,
      # Null: until it is released.
      until: ?string,
      reason: string,
      actor: string
    )

    # An expiry as it was seen, when it was seen first.
    type ObservationReport (
      at: string,
      oldExpiry: ?string,
      newExpiry: ?string,
      # The read that showed it.
      source: string,
      # What the cloud's support asks for.
      requestId: ?string
    )

    type RenewalState (
      intended,
      sent,
      accepted,
      unpaid,
      unknown,
      stuck,
      held,
      settled,
      foreign,
      refused,
      notSent,
      notEffected
    )

    # One attempt to renew a group past one expiry.
    type RenewalReport (
      account: string,
      group: string,
      # The expiry that it is to move.
      expiry: string,
      # From 1 for each expiry.
      attempt: int,
      state: RenewalState,
      # While open, no other payment for the group is made.
      isOpen: bool,
      rule: ?string,
      period: string,
      quote: ?Money,
      # What the bill says.
      charged: ?Money,
      order: ?string,
      requestId: ?string,
      openedAt: string,
      sentAt: ?string,
      closedAt: ?string,
      newExpiry: ?string,
      # Who asked for it, where it was not the policy.
      actor: ?string,
      # What happened, for people.
      note: string
    )

    # A month of the schedule's zone, as budgets count it.
    type MonthReport (
      # Such as 2026-03.
      name: string,
      from: string,
      # Where the next one begins.
      to: string,
      # Such as Asia/Shanghai.
      zone: string
    )

    type Severity (page, warning, notice)

    type AlertReport (
      id: int,
      severity: Severity,
      # Such as OUTCOME_UNKNOWN.
      kind: string,
      account: ?string,
      group: ?string,
      raisedAt: string,
      repeatedAt: ?string,
      acknowledgedAt: ?string,
      acknowledgedBy: ?string,
      text: string,
      # What to do next.
      remedy: string
    )

    type Upcoming (
      account: string,
      group: string,
      name: string,
      dueAt: string,
      expiry: string
    )

    type PauseReport (since: string, reason: string, actor: string)

    type ConfigurationReport (
      path: string,
      loadedAt: string,
      # Why a newer file was not taken.
      problem: ?string
    )

    type LedgerHead (sequence: int, hash: string)

    # A limit on what is spent in a time, and what it holds now.
    type BudgetReport (
      name: string,
      # Null: unlimited.
      limit: ?Money,
      # By settled renewals.
      spent: Money,
      # By renewals that are open or may still take effect.
      reserved: Money,
      periodStart: string,
      # When it starts anew; null for one that rolls.
      periodEnd: ?string
    )

    # A fuse, and whether it stops all payments.
    type FuseReport (
      name: string,
      # Null while it is whole.
      blownAt: ?string,
      reason: ?string
    )

    # Said by the store instead of the daemon.
    type OfflineReport (
      # When the daemon wrote to it last: nothing here is newer.
      writtenAt: string,
      # Whether a daemon holds it and gives no answer.
      daemonRuns: bool
    )

    type StatusReport (
      # Null where the daemon itself answers.
      offline: ?OfflineReport,
      version: string,
      mode: Mode,
      # Null unless an operator has paused all payments.
      pause: ?PauseReport,
      # The daemon's clock.
      now: string,
      startedAt: string,
      configuration: ?ConfigurationReport,
      accounts: []AccountReport,
      # How many groups are in each state that has any.
      groups: [string]int,
      nextDue: ?Upcoming,
      # When the daemon looks again by itself.
      nextWakeAt: ?string,
      # The first 100; Ledger has all of them.
      openRenewals: []RenewalReport,
      # Those not cleared, the most pressing first: 100 of them; Alerts has all.
      alerts: []AlertReport,
      # How many more there are of either; null for none.
      moreOpenRenewals: ?int,
      moreAlerts: ?int,
      ledger: ?LedgerHead,
      budgets: ?[]BudgetReport,
      fuses: ?[]FuseReport
    )

    type PlanStep (renew, approve, verify, lapse, hold)

    type PlanEntry (
      account: string,
      group: string,
      name: string,
      # When the step is due.
      at: string,
      step: PlanStep,
      rule: ?string,
      period: ?string,
      expiry: string,
      # A forecast. What the cloud will show is the truth.
      expectedExpiry: ?string,
      # The cloud's newest word, else what was paid last; null: nobody knows.
      price: ?Money,
      priceSeenAt: ?string,
      reason: string
    )

    # One question that has to be answered with yes before money is spent.
    type CheckReport (
      number: int,
      name: string,
      # Null where an earlier check made it pointless.
      passed: ?bool,
      # What was looked at.
      input: string,
      sentence: string
    )

    type Decision (renew, approve, hold, refuse, none)

    # A rule with every setting resolved.
    type RuleReport (
      name: string,
      # What it covers: all that are not empty have to fit.
      accounts: []string,
      ids: []string,
      # With * for any characters and ? for one.
      names: []string,
      regions: []string,
      instanceTypes: []string,
      statuses: []string,
      tags: [string]string,
      action: Action,
      period: string,
      leadTimeSeconds: int,
      # A higher price is refused; null: none is.
      maximumPrice: ?Money,
      # A higher price waits for a person; null: none does.
      approveOver: ?Money,
      # How long before the payment it is announced; 0: not at all.
      noticeSeconds: int,
      # Whether it is paid for in some hours of the week only.
      hasHours: bool,
      # Over how long renewals that are due at once are spread.
      spreadSeconds: int
    )

    # A row of the ledger, told for people.
    type EventReport (
      sequence: int,
      at: string,
      kind: string,
      account: ?string,
      group: ?string,
      order: ?string,
      amount: ?Money,
      oldExpiry: ?string,
      newExpiry: ?string,
      actor: ?string,
      sentence: string
    )

    # What a file of the ledger holds.
    type LedgerFileReport (
      file: string,
      # Of the tables, by number.
      schema: int,
      head: LedgerHead,
      # When its newest row was recorded.
      newestAt: ?string,
      accounts: []string,
      groups: int,
      renewals: int
    )

    type BackupReport (
      name: string,
      path: string,
      madeAt: string,
      bytes: int,
      # SHA-256 of all its bytes, in hexadecimal.
      digest: string,
      ledger: LedgerFileReport
    )

    # A key without its secret.
    type IdentityReport (
      account: string,
      # Whether the key reads or pays.
      purpose: (read, pay),
      # Where it came from.
      provider: string,
      # The last four characters; empty where there is none.
      keyId: string,
      # Why there is none.
      problem: ?string,
      # The cloud's number of the account.
      cloudAccount: ?string,
      expiresAt: ?string,
      # The operations that the cloud let the key do since the configuration was
      # read, and those that it did not. What is in neither was not tried.
      may: ?[]string,
      mayNot: ?[]string
    )

    # What an operator can say about a renewal whose outcome nobody can see.
    type Override (confirmPaid, confirmNotPaid, retryOnce, acceptExpiry)

    # One order of a new group.
    type CreationReport (
      id: int,
      account: string,
      name: string,
      region: string,
      # In the cloud's words.
      chargeType: string,
      period: string,
      # Nodes.
      amount: int,
      instanceType: string,
      autoPay: bool,
      # What was confirmed.
      price: Money,
      state: RenewalState,
      # While open, no other group of the name is ordered.
      isOpen: bool,
      openedAt: string,
      since: string,
      # From then on a list without the group proves that nothing was bought.
      provableAt: string,
      order: ?string,
      group: ?string,
      actor: string,
      # What happened, for people.
      note: string
    )

    # What an operator found in the console.
    type CreationOutcome (created, notCreated)

    # Started: the rest is told by the group's state. All others changed nothing.
    type RenewNowOutcome (started, nothingDue, deferred, outcomeUnknown, refused)

    """
}
