/// A new group, checked against every documented rule before anything is asked
/// of the cloud. Making one is the only way to be sure of that, so there is no other.
package struct GroupCreation: Hashable, Sendable {
  /// By the names and in the kinds in which they travel.
  package let settings: [String: SettingValue]
  package let name: String
  package let region: String
  package let chargeType: ChargeType
  package let period: BillingPeriod
  /// Whether the cloud takes the money at once, or leaves an unpaid order.
  package let autoPay: Bool
  /// Nodes to buy; 1 where a schedule alone says how many.
  package let amount: Int
  /// Empty for a package, which has a price of its own.
  package let instanceType: String

  /// - Parameters:
  ///   - settings: a file's, by the keys in which parameters are written there:
  ///     `app_center_image_id`.
  ///   - today: Beijing's, where the service keeps its days.
  ///   - capacities: the most sessions per node by type, as `ListNodeInstanceType`
  ///     says; for types that it leaves out, the documentation's.
  /// - Throws: every problem at once.
  package init(
    checking settings: [String: SettingValue], today: CivilDate, capacities: [String: Int] = [:]
  ) throws(CreationProblems) {
    var reader = CreationReader()
    var values = reader.read(settings, as: CreationField.all)
    // This daemon is the renewer; a second one would renew twice.
    values["AutoRenew"] = values["AutoRenew"] ?? .boolean(false)
    // The cloud's own default would leave an unpaid order and no group.
    autoPay = values["AutoPay"]?.boolean ?? true
    values["AutoPay"] = .boolean(autoPay)
    values["ChargeResourceMode"] = values["ChargeResourceMode"] ?? .text("Node")
    values["ProductType"] = .text("CloudApp")
    values["SessionTimeout"] = values["SessionTimeout"] ?? .integer(15)
    if case .table(var pool) = values["NodePool"],
      pool["StrategyType"]?.text == "NODE_SCALING_BY_USAGE",
      settings["node_pool"]?["scaling_usage_threshold"] == nil
    {
      pool["ScalingUsageThreshold"] = .text("85")
      values["NodePool"] = .table(pool)
    }

    var rules = CreationRules(settings: .table(values), file: .table(settings))
    rules.check(today: today, capacities: capacities)
    let problems = reader.problems + rules.problems
    guard problems.isEmpty, let chargeType = values["ChargeType"]?.text,
      let charge = ChargeType(rawValue: chargeType), let period = rules.period,
      let name = values["AppInstanceGroupName"]?.text, let region = values["BizRegionId"]?.text
    else { throw CreationProblems(problems) }
    self.settings = values
    self.name = name
    self.region = region
    self.chargeType = charge
    self.period = period
    amount = values["NodePool"]?["NodeAmount"]?.integer ?? 1
    instanceType = values["NodePool"]?["NodeInstanceType"]?.text ?? ""
  }
}

extension GroupCreation {
  /// The setting that the cloud, asked something free, would not take: which
  /// regions and types there are it knows alone, and the file has to change.
  ///
  /// - Returns: nothing for a refusal that is about no setting.
  package func problems(refusedBy refusal: CloudRefusal) -> CreationProblems? {
    let prefix = "InvalidParameter."
    guard refusal.code.hasPrefix(prefix),
      let place = CreationField.place(of: String(refusal.code.dropFirst(prefix.count)))
    else { return nil }
    let value = place.isInPool ? settings["NodePool"]?[place.name] : settings[place.name]
    return CreationProblems([
      CreationProblem(
        path: place.path, rule: "must be one that the cloud takes, which says \(refusal.code)",
        value: value)
    ])
  }

  /// The group as the rules will see it, as far as it is known before it exists.
  package var foreseen: DeliveryGroup {
    DeliveryGroup(
      id: "", name: name, region: region, chargeType: CloudWord(chargeType),
      instanceType: instanceType, nodeAmount: amount, expiry: nil)
  }
}

/// One thing that is wrong with the description of a group.
package struct CreationProblem: Hashable, Sendable, CustomStringConvertible {
  /// In the file: `node_pool.recurrence_schedules[0].timer_periods[1].start_time`.
  package var path: String
  /// What would be right.
  package var rule: String
  /// What is there; `nil` where nothing is.
  package var value: SettingValue?

  package var description: String {
    "\(path) \(rule)" + (value.map { "; it is \($0)" } ?? "")
  }
}

/// All of them, in the order of their paths. The operator has to change the file.
package struct CreationProblems: Error, Hashable, Sendable, CustomStringConvertible {
  package var list: [CreationProblem]

  init(_ problems: [CreationProblem]) {
    list = problems.sorted { ($0.path, $0.rule) < ($1.path, $1.rule) }
  }

  package var description: String { list.map(\.description).joined(separator: "\n") }
}
