/// The node pool of a group to be created, checked by the published rules (comments
/// of the vendor's client on `NodePool`; API reference, section 5.2).
struct NodePool {
  static let strategies = ["NODE_FIXED", "NODE_SCALING_BY_USAGE", "NODE_SCALING_BY_SCHEDULE"]
  static let nodeAmounts = 1...100

  var nodeType: Catalogue.NodeType
  /// 0 where a schedule decides.
  var nodeAmount: Int
  /// All members, defaults filled in.
  var members: [String: WireJSON]

  init(
    _ object: NestedObject, chargeType: SandboxGroup.ChargeType, at now: CloudTime
  ) throws(Refusal) {
    let typeName = try object.requiredText("NodeInstanceType")
    guard let nodeType = Catalogue.nodeType(typeName) else {
      throw .invalid("NodePool.NodeInstanceType", "is not on sale: \(typeName)")
    }
    self.nodeType = nodeType
    members = object.members
    members["NodeCapacity"] = .integer(
      try object.integer("NodeCapacity", in: 1...nodeType.maxCapacity) ?? 1)
    let strategy = try object.word("StrategyType", of: Self.strategies) ?? "NODE_FIXED"
    members["StrategyType"] = .string(strategy)
    let amount = try object.integer("NodeAmount", in: Self.nodeAmounts)
    // Published as for pay as you go alone, yet the vendor's client is seen to send
    // a schedule with a subscription as well: taken for both.
    let bySchedule = strategy == "NODE_SCALING_BY_SCHEDULE"
    guard amount != nil || (bySchedule && chargeType == .postPaid) else {
      throw object.missing("NodeAmount")
    }
    nodeAmount = amount ?? 0

    // Scaling fields are checked whenever they are there, and needed with their strategy.
    let byUsage = strategy == "NODE_SCALING_BY_USAGE"
    if try object.integer("MaxScalingAmount", in: 1...100) == nil, byUsage {
      throw object.missing("MaxScalingAmount")
    }
    if try object.integer("ScalingStep", in: 1...10) == nil, byUsage {
      throw object.missing("ScalingStep")
    }
    let threshold = try object.text("ScalingUsageThreshold") ?? "85"
    guard let percent = Int(threshold), (0...100).contains(percent) else {
      throw .invalid("NodePool.ScalingUsageThreshold", "must be 0 to 100")
    }
    members["ScalingUsageThreshold"] = .string(threshold)
    members["ScalingDownAfterIdleMinutes"] = .integer(
      try object.integer("ScalingDownAfterIdleMinutes", in: 5...120) ?? 5)
    _ = try object.integer("MaxIdleAppInstanceAmount", in: 0...Int.max)
    if try object.bool("WarmUp") == nil, bySchedule { throw object.missing("WarmUp") }
    if bySchedule { try Self.checkDates(object, at: now) }
    let schedules = try object.objects("RecurrenceSchedules")
    if bySchedule, schedules.isEmpty { throw object.missing("RecurrenceSchedules") }
    for schedule in schedules { try Self.checkSchedule(schedule) }
  }

  /// From today on, 7 days to a year long.
  private static func checkDates(_ object: NestedObject, at now: CloudTime) throws(Refusal) {
    let enable = try object.day("StrategyEnableDate")
    let disable = try object.day("StrategyDisableDate")
    // Both sides are midnights of the same (UTC) reckoning; the day is Beijing's.
    guard enable.seconds >= now.beijingDay.daysSinceEpoch * CloudTime.day else {
      throw .invalid("NodePool.StrategyEnableDate", "must not be in the past")
    }
    guard disable >= enable + 7 * CloudTime.day, disable <= enable + 366 * CloudTime.day else {
      throw .invalid(
        "NodePool.StrategyDisableDate", "must be 7 days to 1 year after StrategyEnableDate")
    }
  }

  private static func checkSchedule(_ schedule: NestedObject) throws(Refusal) {
    _ = try schedule.requiredText("RecurrenceType")
    guard try !schedule.integers("RecurrenceValues").isEmpty else {
      throw schedule.missing("RecurrenceValues")
    }
    let periods = try schedule.objects("TimerPeriods")
    guard (1...3).contains(periods.count) else {
      throw .invalid("\(schedule.path).TimerPeriods", "must have one to three time periods")
    }
    var spans: [(start: Int, end: Int)] = []
    for period in periods {
      _ = try period.requiredInteger("Amount", in: nodeAmounts)
      let span = (try period.timeOfDay("StartTime"), try period.timeOfDay("EndTime"))
      guard span.1 - span.0 >= 15 else {
        throw .invalid(period.path, "must last at least 15 minutes and end on the same day")
      }
      spans.append(span)
    }
    spans.sort { $0.start < $1.start }
    for (earlier, later) in zip(spans, spans.dropFirst())
    where later.start - earlier.end < 5 {
      throw .invalid(
        "\(schedule.path).TimerPeriods", "must be at least 5 minutes apart and not overlap")
    }
  }
}
