import RenewalCore

/// What `[defaults]` and `[[rule]]` have in common.
struct RuleSettings {
  var period: Located<BillingPeriod>?
  var leadTime: Located<LeadTime>?
  var autoPay: Bool?
  var promotionID: Located<String>?
  var maximumPrice: Located<PriceLimit>?
  var currency: Located<Currency>?
  var maximumDrift: Located<ShareLimit>?
  var notice: Located<Span>?
  var approval: Located<ApprovalWay>?
  var approveOver: Located<PriceLimit>?
  var approvalLife: Located<Span>?
  var hours = HourSettings()

  init(reading table: inout TableReader) {
    period = table.text("period", "a string such as \"1 Month\"", readPeriod)
    leadTime = table.text("lead_time", "a string such as \"7d\" or \"33%\"", LeadTime.init)
    autoPay = table.boolean("auto_pay")
    promotionID = table.string("promotion_id")
    maximumPrice = table.text(
      "maximum_price", "a string such as \"5000.00 CNY\" or \"unlimited\"", PriceLimit.init)
    currency = table.text("currency", "a string such as \"CNY\"", readCurrency)
    maximumDrift = table.text(
      "maximum_drift", "a string such as \"10%\" or \"unlimited\"", ShareLimit.init)
    notice = table.text("notice", "a duration such as \"48h\"", DurationText.parse)
    approval = table.word("approval")
    approveOver = table.text(
      "approve_over", "a string such as \"5000.00 CNY\" or \"unlimited\"", PriceLimit.init)
    approvalLife = table.text("approval_life", "a duration such as \"72h\"") {
      text throws(Misread) in
      let span = try DurationText.parse(text)
      guard span > .zero else { throw Misread("an approval has to last longer than nothing") }
      return span
    }
    hours = HourSettings(reading: &table)
  }

  init() {}

  func over(_ defaults: RuleSettings) -> RuleSettings {
    var merged = self
    merged.period = period ?? defaults.period
    merged.leadTime = leadTime ?? defaults.leadTime
    merged.autoPay = autoPay ?? defaults.autoPay
    merged.promotionID = promotionID ?? defaults.promotionID
    merged.maximumPrice = maximumPrice ?? defaults.maximumPrice
    merged.currency = currency ?? defaults.currency
    merged.maximumDrift = maximumDrift ?? defaults.maximumDrift
    merged.notice = notice ?? defaults.notice
    merged.approval = approval ?? defaults.approval
    merged.approveOver = approveOver ?? defaults.approveOver
    merged.approvalLife = approvalLife ?? defaults.approvalLife
    merged.hours = hours.over(defaults.hours)
    return merged
  }
}

/// `[defaults]`.
struct RuleDefaults {
  var settings = RuleSettings()
  /// Written there, readable or not: what is there and wrong is not missing too.
  var keys: Set<String> = []

  init(reading table: TableReader, schedule: Schedule) {
    var table = table
    settings = RuleSettings(reading: &table)
    settings.hours = settings.hours.over(schedule.settings)
    keys = Set(table.allEntries.map(\.key))
    table.finish()
  }

  /// There is no `[defaults]`.
  init(schedule: Schedule) { settings.hours = schedule.settings }
}

/// How long before its expiry a group is due.
enum LeadTime {
  case span(Span)
  /// Of the shortest term that the period can mean.
  case percent(Int64)

  init(_ text: String) throws(Misread) {
    guard text.hasSuffix("%") else {
      self = .span(try DurationText.parse(text))
      return
    }
    guard let percent = Int64(text.dropLast()), (1...99).contains(percent) else {
      throw Misread("'\(text)' is not a share of the term; write \"1%\" to \"99%\" or a duration")
    }
    self = .percent(percent)
  }

  func resolved(for period: BillingPeriod) -> Span {
    switch self {
    case .span(let span): span
    case .percent(let percent): shortestTerm(of: period) * percent / 100
    }
  }
}

/// 7 days, 28 a month, 365 a year.
func shortestTerm(of period: BillingPeriod) -> Span { period.minimumExtension + .days(1) }

enum PriceLimit {
  case unlimited
  case at(Money)

  init(_ text: String) throws(Misread) {
    if text == "unlimited" {
      self = .unlimited
      return
    }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let currency = Currency(parts[1]), String(parts[1]) == currency.code,
      let money = try? Money(decimal: parts[0], currency: currency), money.minorUnits >= 0
    else {
      throw Misread(
        "'\(text)' is not an exact price; write \"5000.00 CNY\", or \"unlimited\" for no limit")
    }
    self = .at(money)
  }

  var money: Money? {
    if case .at(let money) = self { money } else { nil }
  }
}

private func readCurrency(_ text: String) throws(Misread) -> Currency {
  guard let currency = Currency(text), currency.code == text else {
    throw Misread("'\(text)' is not a currency; write its three capital letters, such as \"CNY\"")
  }
  return currency
}

private func readPeriod(_ text: String) throws(Misread) -> BillingPeriod {
  if let period = BillingPeriod(rawValue: text) { return period }
  let sold = BillingPeriod.allCases.map(\.rawValue)
  let parts = text.split(separator: " ")
  // A well-formed pair was not misspelt: another period is another price.
  let isPair =
    parts.count == 2 && Int(parts[0]) != nil
    && BillingPeriod.Unit(rawValue: String(parts[1])) != nil
  let hint = isPair ? nil : suggestion(for: text, among: sold)
  throw Misread(
    "'\(text)' is not sold; sold are " + sold.joined(separator: ", ")
      + (hint.map { "; did you mean \"\($0)\"?" } ?? ""))
}

extension GroupMatcher {
  /// `match = { ... }` of a rule.
  init(reading table: TableReader, accounts known: [AccountName]) {
    var table = table
    if table.allEntries.isEmpty {
      table.diagnosis.report(
        table.position, "'match' is empty; write { name = \"*\" } to cover every group")
    }
    let accountNames = table.strings("account")
    table.check(accountNames, "[[account]]", among: known.map(\.text))
    let statusWords = table.strings("status")
    for word in statusWords where GroupStatus(rawValue: word.value) == nil {
      let known = GroupStatus.allCases.map(\.rawValue)
      table.diagnosis.report(
        word.position, Misread(unknown: word.value, of: "status", among: known).message)
    }
    var tags: [String: String] = [:]
    if var tagTable = table.table("tags") {
      for (key, _) in tagTable.allEntries { tags[key] = tagTable.string(key)?.value }
    }
    self.init(
      accounts: accountNames.map { AccountName($0.value) },
      ids: table.strings("id").map { GroupID($0.value) },
      names: table.strings("name").map { Glob($0.value) },
      regions: table.strings("region").map(\.value),
      instanceTypes: table.strings("instance_type").map(\.value),
      statuses: statusWords.map(\.value), tags: tags)
    table.finish()
  }

  /// Whether no group can escape it.
  var coversEverything: Bool {
    accounts.isEmpty && ids.isEmpty && regions.isEmpty && instanceTypes.isEmpty
      && statuses.isEmpty && tags.isEmpty
      && (names.isEmpty || names.contains { $0.pattern.allSatisfy { $0 == "*" } })
  }
}

extension RenewalRule {
  /// One `[[rule]]` over `[defaults]`; `nil` where something in it is wrong.
  init?(
    reading table: TableReader, defaults: RuleDefaults, schedule: Schedule,
    accounts: [AccountConfiguration]
  ) {
    var table = table
    let diagnosis = table.diagnosis
    table.requires("name", "decisions are explained by it")
    table.requires("action", "write action = \"renew\", \"approve\", \"verify\" or \"lapse\"")
    table.requires("match", "write match = { name = \"*\" } to cover every group")
    let name = table.string("name")
    let action = table.word("action", as: RuleAction.self)
    var match = GroupMatcher()
    if let matchTable = table.table("match") {
      match = GroupMatcher(reading: matchTable, accounts: accounts.map(\.name))
    }
    let own = RuleSettings(reading: &table)
    let hasOwnAutoPay = table.has("auto_pay")
    if action?.value.buys == true {
      if !defaults.keys.contains("period") {
        table.requires("period", "a renewal has to say what it buys, here or in [defaults]")
      }
      if !defaults.keys.contains("maximum_price") {
        table.requires(
          "maximum_price",
          "a renewal has to say what it may cost, here or in [defaults]; "
            + "\"unlimited\" has to be written out")
      }
    }
    table.finish()

    guard let name, let action else { return nil }
    let settings = own.over(defaults.settings)
    if action.value != .approve, let approval = own.approval {
      diagnosis.report(
        approval.position,
        "'approval' says how action = \"approve\" waits, and the action is "
          + "\"\(action.value.rawValue)\"")
    }
    if action.value == .approve, hasOwnAutoPay {
      diagnosis.report(
        action.position,
        "'auto_pay' follows from 'approval' where the action is \"approve\"; leave it out")
    }
    settings.checkCurrencies(of: name.value, diagnosis: diagnosis)
    let period = settings.period?.value ?? .oneMonth
    let approval = settings.approval?.value ?? .wait
    self.init(
      name: name.value, match: match, action: action.value, period: period,
      leadTime: settings.leadTime?.value.resolved(for: period)
        ?? ProtocolParameters.defaultLeadTime(for: period),
      autoPay: action.value == .approve ? approval == .wait : settings.autoPay ?? true,
      promotionID: settings.promotionID?.value,
      maximumPrice: settings.maximumPrice?.value.money, currency: settings.currency?.value,
      maximumDrift: settings.maximumDrift?.value.share, notice: settings.notice?.value ?? .zero,
      approval: approval, approveOver: settings.approveOver?.value.money,
      approvalLife: settings.approvalLife?.value ?? .days(3),
      hours: schedule.hours(settings.hours), spread: settings.hours.spread?.value ?? .zero)
    if action.value.buys, settings.period != nil {
      checkLeadTime(
        at: settings.leadTime?.position ?? table.position, accounts: accounts,
        diagnosis: diagnosis)
    }
  }

  /// The lead time has to hold every attempt and a person's time, and has to
  /// end within the term, else one renewal would leave the group due again.
  private func checkLeadTime(
    at position: SourcePosition, accounts: [AccountConfiguration], diagnosis: Diagnosis
  ) {
    let term = shortestTerm(of: period)
    if leadTime >= term {
      diagnosis.report(
        position,
        "rule '\(name)': a lead time of \(DurationText.exact(leadTime)) is not shorter than a term "
          + "of \(period.rawValue) (\(DurationText.exact(term)) at least)")
    }
    if hours.longestClosure >= .days(7) {
      diagnosis.report(position, "rule '\(name)': its windows and the staffed hours never meet")
      return
    }
    let tightest =
      accounts
      .filter { match.accounts.isEmpty || match.accounts.contains($0.name) }
      .max { leastLeadTime($0.parameters) < leastLeadTime($1.parameters) }
    guard let tightest else { return }
    let least = leastLeadTime(tightest.parameters)
    if leadTime < least {
      diagnosis.report(
        position,
        "rule '\(name)': a lead time of \(DurationText.exact(leadTime)) is too short for a term of "
          + "\(period.rawValue); account '\(tightest.name)' needs at least "
          + "\"\(DurationText.exact(least))\" for its attempts and for a person after them"
          + waitsBefore)
    }
  }

  /// What may pass before the first attempt, beside the attempts themselves.
  private var waitsBefore: String {
    let waits = [
      (notice, "a notice of "), (spread, "a spread of "),
      (hours.longestClosure, "closed hours of "),
    ]
    .filter { $0.0 > .zero }.map { $0.1 + DurationText.exact($0.0) }
    return waits.isEmpty ? "" : ", behind " + waits.joined(separator: ", ")
  }
}

extension RuleSettings {
  /// Amounts are never converted, so that two currencies in one rule would
  /// refuse every price.
  fileprivate func checkCurrencies(of rule: String, diagnosis: Diagnosis) {
    guard let maximum = maximumPrice?.value.money?.currency ?? currency?.value else { return }
    let others = [
      currency.map { ("currency", $0.value, $0.position) },
      approveOver.flatMap { limit in
        limit.value.money.map { ("approve_over", $0.currency, limit.position) }
      },
    ]
    for (key, other, position) in others.compactMap({ $0 }) where other != maximum {
      diagnosis.report(
        position, "rule '\(rule)': '\(key)' is in \(other), and its prices are in \(maximum)")
    }
  }
}
