import RenewalCore

extension DaemonConfiguration {
  /// Reads a file and the `conf.d/*.toml` beside it.
  package init(contentsOf file: String, directories: Directories = .standard)
    throws(ConfigurationError)
  {
    try self.init(sources: ConfigurationSource.read(file), directories: directories)
  }

  /// Merges the sources in their order and checks the result: tables key by
  /// key, `[[account]]` and `[[rule]]` one after the other, and where two files
  /// give the same key, the later one wins.
  ///
  /// - Parameter directories: used where the files name none.
  /// - Throws: everything that is wrong, at once.
  package init(sources: [ConfigurationSource], directories: Directories = .standard)
    throws(ConfigurationError)
  {
    var problems: [ConfigurationProblem] = []
    var root = TOMLNode(
      value: .table([:]),
      position: SourcePosition(file: sources.first?.file ?? "", place: .init(line: 1, column: 1)))
    for source in sources {
      do {
        root = root.merging(try TOMLNode(parsing: source), into: &problems)
      } catch {
        problems += error.problems
      }
    }
    // A merge of half of the files would only show what the rest would mend.
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    let diagnosis = Diagnosis()
    guard let table = TableReader(root, title: "the configuration", diagnosis: diagnosis)
    else { throw ConfigurationError(problems: diagnosis.problems) }
    self.init(reading: table, directories: directories)
    guard diagnosis.problems.isEmpty else {
      throw ConfigurationError(problems: diagnosis.problems(inOrderOf: sources.map(\.file)))
    }
  }

  /// Reads every key; what is wrong is reported and left at its default.
  private init(reading table: TableReader, directories: Directories) {
    var table = table
    let mode = table.word("mode", as: Mode.self)
    let state = table.text("state_directory", "a path", absolutePath)
    let runtime = table.text("runtime_directory", "a path", absolutePath)
    var statusSocket: Located<String>?
    var controlSocket: Located<String>?
    if var control = table.table("control") {
      statusSocket = control.text("status_socket", "a path", socketPath)
      controlSocket = control.text("control_socket", "a path", socketPath)
      control.finish()
    }
    let overrides = table.table("protocol").map { ProtocolOverrides(reading: $0) }
    let accounts = Self.accounts(
      reading: &table, mode: mode?.value ?? .observe, overrides: overrides ?? ProtocolOverrides())
    let schedule = table.table("schedule").map { Schedule(reading: $0) } ?? Schedule()
    var policy = Self.policy(reading: &table, accounts: accounts, schedule: schedule)
    policy.budgets = Self.budgets(reading: &table, accounts: accounts, rules: policy.rules)
    if let fuses = table.table("fuses") { policy.fuses = FuseLimits(reading: fuses) }
    var sweepInterval: Located<Span>?
    if var sweep = table.table("sweep") {
      sweepInterval = sweep.text("interval", "a duration") { text throws(Misread) in
        let span = try DurationText.parse(text)
        guard span >= .seconds(1), span <= .days(1) else {
          throw Misread("the interval of the sweep is from \"1s\" to \"1d\"")
        }
        return span
      }
      sweep.finish()
    }
    let monitoring = MonitoringConfiguration(reading: &table)
    if var alerts = table.table("alerts") {
      policy.expiryLadder = ExpiryLadder(reading: &alerts) ?? policy.expiryLadder
      alerts.finish()
    }
    var backup = BackupConfiguration()
    if var backupTable = table.table("backup") {
      backup.isAutomatic = backupTable.boolean("automatic") ?? backup.isAutomatic
      backup.retention.daily =
        backupTable.integer("daily", in: 1...3660)?.value ?? backup.retention.daily
      backup.retention.monthly =
        backupTable.integer("monthly", in: 0...1200)?.value ?? backup.retention.monthly
      backupTable.finish()
    }
    table.finish()

    self.init(
      mode: mode?.value ?? .observe,
      directories: Directories(
        state: state?.value ?? directories.state,
        runtime: runtime?.value ?? directories.runtime),
      statusSocket: statusSocket?.value, controlSocket: controlSocket?.value, accounts: accounts,
      policy: policy, sweepInterval: sweepInterval?.value ?? .hours(1), backup: backup)
    self.monitoring = monitoring
    if self.statusSocket == self.controlSocket,
      let position = controlSocket?.position ?? statusSocket?.position
    {
      table.diagnosis.report(
        position, "the two sockets are one: rights follow the socket, so readers could pay")
    }
  }

  private static func accounts(
    reading table: inout TableReader, mode: Mode, overrides: ProtocolOverrides
  ) -> [AccountConfiguration] {
    table.requires("account", "name at least one [[account]] with its region")
    var places: [AccountName: SourcePosition] = [:]
    return table.tables("account").compactMap { accountTable in
      guard
        let account = AccountConfiguration(
          reading: accountTable, mode: mode, protocol: overrides)
      else { return nil }
      if let first = places[account.name] {
        table.diagnosis.report(
          accountTable.position, "account '\(account.name)' stands already at \(first)")
      }
      places[account.name] = accountTable.position
      return account
    }
  }

  private static func policy(
    reading table: inout TableReader, accounts: [AccountConfiguration], schedule: Schedule
  ) -> RenewalPolicy {
    let defaults =
      table.table("defaults").map { RuleDefaults(reading: $0, schedule: schedule) }
      ?? RuleDefaults(schedule: schedule)
    var places: [String: SourcePosition] = [:]
    var catchAll: Located<String>?
    let rules = table.tables("rule").compactMap { ruleTable -> RenewalRule? in
      guard
        let rule = RenewalRule(
          reading: ruleTable, defaults: defaults, schedule: schedule, accounts: accounts)
      else { return nil }
      if let first = places[rule.name] {
        table.diagnosis.report(
          ruleTable.position, "rule '\(rule.name)' stands already at \(first)")
      }
      places[rule.name] = ruleTable.position
      if let catchAll {
        table.diagnosis.report(
          ruleTable.position,
          "rule '\(rule.name)' is never reached: rule '\(catchAll.value)' at \(catchAll.position) "
            + "covers every group, and the first match wins")
      } else if rule.match.coversEverything {
        catchAll = Located(value: rule.name, position: ruleTable.position)
      }
      return rule
    }
    return RenewalPolicy(rules: rules, zone: schedule.zone)
  }

  private static func budgets(
    reading table: inout TableReader, accounts: [AccountConfiguration], rules: [RenewalRule]
  ) -> [Budget] {
    var places: [String: SourcePosition] = [:]
    return table.tables("budget").compactMap { budgetTable in
      guard
        let budget = Budget(reading: budgetTable, accounts: accounts.map(\.name), rules: rules)
      else { return nil }
      if let first = places[budget.name] {
        budgetTable.diagnosis.report(
          budgetTable.position, "budget '\(budget.name)' stands already at \(first)")
      }
      places[budget.name] = budgetTable.position
      return budget
    }
  }
}
