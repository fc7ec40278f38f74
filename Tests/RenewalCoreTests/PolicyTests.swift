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
  }

  @Test func `that do not exist leave a group unmanaged`() {
    #expect(RenewalPolicy(rules: []).rule(for: group, of: "main") == nil)
  }
}
