import RenewalCore

/// What `[defaults]` and `[[rule]]` have in common.
struct RuleSettings {
  var period: Located<BillingPeriod>?
  var leadTime: Located<LeadTime>?
  var autoPay: Bool?
  var promotionID: Located<String>?
  var maximumPrice: Located<PriceLimit>?

  init(reading table: inout TableReader) {
    period = table.text("period", "a string such as \"1 Month\"", readPeriod)
    leadTime = table.text("lead_time", "a string such as \"7d\" or \"33%\"", LeadTime.init)
    autoPay = table.boolean("auto_pay")
    promotionID = table.string("promotion_id")
    maximumPrice = table.text(
      "maximum_price", "a string such as \"5000.00 CNY\" or \"unlimited\"", PriceLimit.init)
  }

  init() {}

  func over(_ defaults: RuleSettings) -> RuleSettings {
    var merged = self
    merged.period = period ?? defaults.period
    merged.leadTime = leadTime ?? defaults.leadTime
    merged.autoPay = autoPay ?? defaults.autoPay
    merged.promotionID = promotionID ?? defaults.promotionID
    merged.maximumPrice = maximumPrice ?? defaults.maximumPrice
    return merged
  }
}

/// `[defaults]`.
struct RuleDefaults {
  var settings = RuleSettings()
  /// Written there, readable or not: what is there and wrong is not missing too.
  var keys: Set<String> = []

  init() {}

  init(reading table: TableReader) {
    var table = table
    settings = RuleSettings(reading: &table)
    keys = Set(table.allEntries.map(\.key))
    table.finish()
  }
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
    for name in accountNames where !known.contains(AccountName(name.value)) {
      let hint = suggestion(for: name.value, among: known.map(\.text))
      table.diagnosis.report(
        name.position,
        "no [[account]] is named '\(name.value)'" + (hint.map { "; did you mean '\($0)'?" } ?? ""))
    }
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
  init?(reading table: TableReader, defaults: RuleDefaults, accounts: [AccountConfiguration]) {
    var table = table
    let diagnosis = table.diagnosis
    table.requires("name", "decisions are explained by it")
    table.requires("action", "write action = \"renew\", \"verify\" or \"lapse\"")
    table.requires("match", "write match = { name = \"*\" } to cover every group")
    let name = table.string("name")
    let action = table.word("action", as: RuleAction.self)
    var match = GroupMatcher()
    if let matchTable = table.table("match") {
      match = GroupMatcher(reading: matchTable, accounts: accounts.map(\.name))
    }
    let own = RuleSettings(reading: &table)
    if action?.value == .renew {
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
    let period = settings.period?.value ?? .oneMonth
    self.init(
      name: name.value, match: match, action: action.value, period: period,
      leadTime: settings.leadTime?.value.resolved(for: period)
        ?? ProtocolParameters.defaultLeadTime(for: period),
      autoPay: settings.autoPay ?? true, promotionID: settings.promotionID?.value,
      maximumPrice: settings.maximumPrice?.value.money)
    if action.value == .renew, settings.period != nil {
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
    let tightest =
      accounts
      .filter { match.accounts.isEmpty || match.accounts.contains($0.name) }
      .max { $0.parameters.leastLeadTime(for: period) < $1.parameters.leastLeadTime(for: period) }
    guard let tightest else { return }
    let least = tightest.parameters.leastLeadTime(for: period)
    if leadTime < least {
      diagnosis.report(
        position,
        "rule '\(name)': a lead time of \(DurationText.exact(leadTime)) is too short for a term of "
          + "\(period.rawValue); account '\(tightest.name)' needs at least "
          + "\"\(DurationText.exact(least))\" for its attempts and for a person after them")
    }
  }
}
