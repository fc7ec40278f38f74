import RenewalCore

extension Budget {
  /// One `[[budget]]`; `nil` where something in it is wrong.
  init?(reading table: TableReader, accounts: [AccountName], rules: [RenewalRule]) {
    var table = table
    let diagnosis = table.diagnosis
    table.requires("name", "refusals are explained by it")
    table.requires("per", "write per = \"day\", \"month\" or a duration such as \"30d\"")
    table.requires(
      "limit", "write limit = \"20000.00 CNY\"; \"unlimited\" has to be written out")
    let name = table.string("name")
    let per = table.text(
      "per", "\"day\", \"month\" or a duration such as \"30d\"", BudgetPeriod.parse)
    let limit = table.text(
      "limit", "a string such as \"20000.00 CNY\" or \"unlimited\"", PriceLimit.init)
    let inAccounts = table.strings("account")
    table.check(inAccounts, "[[account]]", among: accounts.map(\.text))
    let inRules = table.strings("rule")
    table.check(inRules, "[[rule]]", among: rules.map(\.name))
    let inGroups = table.strings("group")
    table.finish()
    if let money = limit?.value.money {
      for name in inRules {
        guard let rule = rules.first(where: { $0.name == name.value }),
          let currency = rule.currency, currency != money.currency
        else { continue }
        diagnosis.report(
          name.position,
          "rule '\(rule.name)' pays in \(currency), and this budget is in \(money.currency): "
            + "nothing would be paid")
      }
    }
    guard let name, let per, let limit else { return nil }
    self.init(
      name: name.value, per: per.value, accounts: inAccounts.map { AccountName($0.value) },
      rules: inRules.map(\.value), groups: inGroups.map { GroupID($0.value) },
      limit: limit.value.money)
  }
}

extension BudgetPeriod {
  fileprivate static func parse(_ text: String) throws(Misread) -> BudgetPeriod {
    switch text {
    case "day": return .day
    case "month": return .month
    default: break
    }
    guard text.utf8.contains(where: { (48...57).contains($0) }) else {
      let hint = suggestion(for: text, among: ["day", "month"])
        .map { "; did you mean \"\($0)\"?" }
      throw Misread("'\(text)' is not \"day\", \"month\" or a duration\(hint ?? "")")
    }
    let span = try DurationText.parse(text)
    guard span >= .hours(1) else {
      throw Misread("'\(text)' is too short for a budget; at least \"1h\"")
    }
    return .rolling(span)
  }
}

extension FuseLimits {
  /// `[fuses]`.
  init(reading table: TableReader) {
    var table = table
    self.init()
    groupsPerSweep = table.integer("groups_per_sweep", in: 0...10_000_000)?.value
    sharePerSweep =
      table.text(
        "share_per_sweep", "a string such as \"25%\"", Percentage.parse)?.value
    moneyPerSweep =
      table.texts("money_per_sweep") { text throws(Misread) in
        let usage = Misread(
          "'\(text)' is not an exact amount; write \"5000.00 CNY\", and without a limit leave it out"
        )
        guard let money = (try? PriceLimit(text))?.money else { throw usage }
        return money
      }?.value ?? []
    if let margin = table.text(
      "storm_margin", "a string such as \"50%\" or \"unlimited\"", ShareLimit.init)
    {
      stormMargin = margin.value.share
    }
    callsAtOnce = table.integer("calls_at_once", in: 1...4)?.value ?? callsAtOnce
    table.finish()
  }
}

/// A share, or the word for none.
enum ShareLimit {
  case unlimited
  case at(Percentage)

  init(_ text: String) throws(Misread) {
    self = text == "unlimited" ? .unlimited : .at(try Percentage.parse(text))
  }

  var share: Percentage? {
    if case .at(let share) = self { share } else { nil }
  }
}

extension Percentage {
  /// `10%`, `2.5%`: at most ten times the whole.
  static func parse(_ text: String) throws(Misread) -> Percentage {
    let usage = Misread("'\(text)' is not a share; write for instance \"10%\" or \"2.5%\"")
    guard text.hasSuffix("%") else { throw usage }
    let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let whole = Int(parts[0]), whole <= 1_000
    else { throw usage }
    var fraction = 0
    if parts.count == 2 {
      guard parts[1].count <= 2, let digits = Int(parts[1]) else { throw usage }
      fraction = parts[1].count == 1 ? digits * 10 : digits
    }
    return Percentage(hundredths: whole * 100 + fraction)
  }
}

extension TableReader {
  /// Reports names that stand in no table of a list, with what was meant.
  func check(_ names: [Located<String>], _ title: String, among known: [String]) {
    for name in names where !known.contains(name.value) {
      let hint = suggestion(for: name.value, among: known).map { "; did you mean '\($0)'?" }
      diagnosis.report(name.position, "no \(title) is named '\(name.value)'\(hint ?? "")")
    }
  }
}
