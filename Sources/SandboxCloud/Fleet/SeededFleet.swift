/// The delivery groups that the sandbox starts with.
///
/// They follow from their number, the seed and the clock at the start alone.
/// Roles repeat every twelve groups: four due soon, five not due for weeks, one
/// called `hold-...` that is due soon as well and meant to be held by a policy,
/// one pay as you go, and one that expired three days ago. Region, node type,
/// number of nodes and the days left are drawn from the seed. Every expiry falls
/// on 16:00 UTC, midnight in Beijing, as in the published samples.
enum SeededFleet {
  private enum Role {
    case due, later, held, payAsYouGo, expired
  }

  private static let roles: [Role] = [
    .due, .later, .held, .payAsYouGo, .expired, .later,
    .due, .later, .due, .later, .due, .later,
  ]

  private static let names = [
    "studio-render", "design-cad", "classroom", "support-desk", "trading-floor", "lab-simulation",
  ]

  static func groups(_ count: Int, at now: CloudTime, using generator: inout SeededGenerator)
    -> [SandboxGroup]
  {
    let today = CloudTime(now.seconds - now.seconds % CloudTime.day)
    return (0..<count).map { index in
      let role = roles[index % roles.count]
      let id = "aig-" + generator.word(16)
      let name = role == .held ? "hold-legacy" : generator.pick(names)
      let soon = generator.next(in: 2...6)
      let far = generator.next(in: 20...300)
      let days: Int? =
        switch role {
        // At 16:00 of the sixth day from today at most 6.7 days are left: inside a
        // lead of seven days, and more than one day from being too late.
        case .due, .held: soon
        case .later: far
        case .expired: -3
        case .payAsYouGo: nil
        }
      var group = SandboxGroup(
        id: id, name: "\(name)-\((index + 1).padded(2))",
        region: generator.pick(["cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen"]),
        chargeType: role == .payAsYouGo ? .postPaid : .prePaid,
        nodeType: generator.pick(Catalogue.nodeTypes).name, nodeAmount: generator.next(in: 1...4),
        created: today + -generator.next(in: 60...600) * CloudTime.day,
        expiry: days.map { today + ($0 * 24 + 16) * 3600 })
      group.tags = ["env": generator.pick(["prod", "stage"])]
      return group
    }
  }
}
