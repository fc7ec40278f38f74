import RenewalCore
import Testing

@Suite struct `Globs` {
  @Test(arguments: [
    ("*", "anything", true), ("*", "", true), ("studio-*", "studio-render-03", true),
    ("studio-*", "old-studio-1", false), ("*-03", "studio-render-03", true),
    ("a?c", "abc", true), ("a?c", "ac", false), ("", "", true), ("", "a", false),
    ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("渲染*", "渲染-组", true),
  ])
  func `match whole names`(pattern: String, text: String, matches: Bool) {
    #expect(Glob(pattern).matches(text) == matches)
  }

  @Test func `are shown as they were written`() {
    #expect("\(Glob("studio-*"))" == "studio-*")
  }

  @Test func `of many stars end soon`() {
    let pattern = String(repeating: "*a", count: 50) + "b"
    #expect(!Glob(pattern).matches(String(repeating: "a", count: 2000)))
  }
}

@Suite struct `Rules` {
  let group = DeliveryGroup(
    id: "aig-1", name: "studio-1", region: "cn-hangzhou", expiry: Instant(0),
    tags: ["team": "film"])

  private func rule(_ name: String, _ match: GroupMatcher) -> RenewalRule {
    RenewalRule(name: name, match: match, action: .renew, period: .oneMonth, leadTime: .days(7))
  }

  @Test func `are asked in order and the first that matches decides`() {
    let policy = RenewalPolicy(rules: [
      rule("other", GroupMatcher(regions: ["cn-shanghai"])),
      rule("by tag", GroupMatcher(tags: ["team": "film"])), rule("all", GroupMatcher()),
    ])
    #expect(policy.rule(for: group, of: "main")?.name == "by tag")
  }

  @Test func `need every given condition to hold`() {
    #expect(!GroupMatcher(names: ["studio-*"], regions: ["x"]).covers(group, of: "main"))
    #expect(!GroupMatcher(accounts: ["other"]).covers(group, of: "main"))
    #expect(GroupMatcher(ids: ["aig-1"], names: ["studio-*"]).covers(group, of: "main"))
    #expect(!GroupMatcher(tags: ["team": "sales"]).covers(group, of: "main"))
    var typed = group
    typed.instanceType = "appstreaming.general.4c8g"
    typed.status = CloudWord("RETIRING")
    // A word that this version does not know can be matched like any other.
    let both = GroupMatcher(
      instanceTypes: ["appstreaming.general.4c8g"], statuses: ["PUBLISHED", "RETIRING"])
    #expect(both.covers(typed, of: "main"))
    #expect(!both.covers(group, of: "main"))
    typed.status = CloudWord(.expired)
    #expect(!both.covers(typed, of: "main"))
    #expect(GroupMatcher().covers(typed, of: "main"))
  }

  @Test func `that do not exist leave a group unmanaged`() {
    #expect(RenewalPolicy(rules: []).rule(for: group, of: "main") == nil)
  }
}

@Suite struct `A budget` {
  private func cny(_ units: Int64) -> Money { Money(minorUnits: units, currency: .cny) }

  @Test func `of a rule covers no order of a group that no rule will cover`() {
    let budget = Budget(name: "b", per: .month, rules: ["all"], limit: cny(1))
    #expect(budget.coversOrder(in: "main", rule: "all"))
    #expect(!budget.coversOrder(in: "main", rule: "other"))
    #expect(!budget.coversOrder(in: "main", rule: nil))
    #expect(Budget(name: "b", per: .month, limit: cny(1)).coversOrder(in: "main", rule: nil))
  }

  /// A group that is to be created has no id yet.
  @Test func `of some groups or of another account covers no order of a new one`() {
    let groups = Budget(name: "b", per: .month, groups: ["aig-1"], limit: cny(1))
    #expect(!groups.coversOrder(in: "main", rule: "all"))
    let account = Budget(name: "b", per: .month, accounts: ["main"], limit: cny(1))
    #expect(account.coversOrder(in: "main", rule: nil))
    #expect(!account.coversOrder(in: "other", rule: nil))
  }

  @Test func `never holds less for an amount too large to count`() {
    let much = BudgetUse(spent: cny(.max), reserved: cny(.max - 1))
    let little = BudgetUse(spent: cny(1), reserved: cny(1))
    #expect(much + little == BudgetUse(spent: cny(.max), reserved: cny(.max)))
    #expect(little + little == BudgetUse(spent: cny(2), reserved: cny(2)))
  }
}

@Suite struct `The steps towards an expiry` {
  @Test func `come in order, each once, and are the standard ones where none is given`() {
    #expect(ExpiryLadder([.days(1), .days(30), .days(1)]).steps == [.days(30), .days(1)])
    #expect(ExpiryLadder([]) == .standard)
  }

  @Test func `begin with the longest and end with the expiry`() {
    let ladder = ExpiryLadder([.days(3), .days(1)])
    #expect(ladder.covers(.days(3)) && ladder.covers(.seconds(1)))
    #expect(!ladder.covers(.days(3) + .seconds(1)) && !ladder.covers(.zero))
  }
}
