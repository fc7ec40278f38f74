extension ControlInterface {
  /// What is said of the time to come, and of configurations that are not in force.
  static let ahead = """
    type MonthForecast (
      month: MonthReport,
      # What the ledger says, by currency.
      paid: []Money,
      paidRenewals: int,
      # What the rules will pay, by currency.
      planned: []Money,
      plannedRenewals: int,
      # Of the planned ones, those without a price.
      unpriced: int
    )

    type BalanceForecast (
      account: string,
      balance: Money,
      # The first payment for which it does not suffice, if nobody adds to it;
      # null: it lasts for all of them.
      endsAt: ?string,
      # Its day in the zone of the schedule.
      lastDay: ?string
    )

    # An order of the cloud's billing.
    type OrderReport (
      order: string,
      # In the cloud's words: Paid, Unpaid, Cancelled.
      status: string,
      createdAt: ?string,
      amount: ?Money,
      # By the ids that billing uses.
      groups: []string,
      # In the cloud's words: Renew, New.
      type: ?string
    )

    # One file of a configuration that is not in force.
    type ConfigurationText (
      # For the places of problems.
      file: string,
      # TOML.
      text: string
    )

    type SettingReport (
      # Such as rule.production.lead_time.
      key: string,
      # Never a secret.
      value: string
    )

    type SettingChange (
      key: string,
      # Null: it is not there yet.
      before: ?string,
      # Null: it is not there any more.
      after: ?string
    )

    # A group whose next step would be another. Null: nothing happens to it.
    type DecisionChange (
      account: string,
      group: string,
      name: string,
      before: ?PlanEntry,
      after: ?PlanEntry
    )

    """
}
