/// The rules that hold between settings (API reference, section 5.2; the
/// comments of the vendor's clients, version 5.9.0). Each speaks only where its
/// parts could be read: an unreadable part was reported already.
struct CreationRules {
  let settings: SettingValue
  /// As written, for what was there and could not be read.
  let file: SettingValue
  private(set) var problems: [CreationProblem] = []

  init(settings: SettingValue, file: SettingValue) {
    self.settings = settings
    self.file = file
  }

  mutating func check(today: CivilDate, capacities: [String: Int]) {
    checkCharge()
    checkNodePool(capacities: capacities)
    checkStrategy()
    checkDates(today: today)
    for index in schedules.indices { checkPeriods(ofSchedule: index) }
    checkSharedDays()
    checkUsers()
    checkNetwork()
    checkVideo()
    checkRuntime()
  }

  /// Nothing for a pair that is not sold.
  var period: BillingPeriod? {
    guard let count = settings["Period"]?.integer,
      let unit = settings["PeriodUnit"]?.text.flatMap(BillingPeriod.Unit.init)
    else { return nil }
    return BillingPeriod(count: count, unit: unit)
  }

  private mutating func report(_ path: String, _ rule: String, _ value: SettingValue? = nil) {
    problems.append(CreationProblem(path: path, rule: rule, value: value))
  }

  private var chargeType: ChargeType? { settings["ChargeType"]?.text.flatMap(ChargeType.init) }
  private var strategy: String? { settings["NodePool"]?["StrategyType"]?.text }

  private mutating func checkCharge() {
    let count = settings["Period"]
    let unit = settings["PeriodUnit"]
    if chargeType == .postPaid {
      if let count, count != .integer(1) {
        report("period", "must be 1 for charge_type 'PostPaid'", count)
      }
      if let unit, unit != .text("Month") {
        report("period_unit", "must be 'Month' for charge_type 'PostPaid'", unit)
      }
    } else if let count, let unit, period == nil {
      let sold = BillingPeriod.allCases.map(\.rawValue).joined(separator: ", ")
      report("period", "with period_unit \(unit) is not sold; sold are \(sold)", count)
    } else if let count, unit == nil,
      !BillingPeriod.allCases.contains(where: { .integer($0.count) == count })
    {
      report("period", "must be 1, 2, 3 or 6", count)
    }
    if let kind = settings["SubPayType"], kind.text == "monthPackage",
      file["app_package_type"] == nil
    {
      report("sub_pay_type", "'monthPackage' is only for an app_package_type", kind)
    }
    if let kind = settings["SubPayType"], kind.text != "monthPackage", let chargeType,
      kind.text?.lowercased() != chargeType.rawValue.lowercased()
    {
      report("sub_pay_type", "must agree with charge_type '\(chargeType.rawValue)'", kind)
    }
    if settings["AutoRenew"]?.boolean == true, chargeType == .postPaid || period == .oneWeek {
      report("auto_renew", "is for subscriptions of a month and longer", .boolean(true))
    }
  }

  private mutating func checkNodePool(capacities: [String: Int]) {
    guard let pool = settings["NodePool"] else {
      if settings["AppPackageType"] == nil, file["node_pool"] == nil {
        report("node_pool", "is needed")
      }
      return
    }
    if file["node_pool"]?["node_amount"] == nil {
      if chargeType == .prePaid {
        report("node_pool.node_amount", "is needed for charge_type 'PrePaid'")
      } else if let strategy, ["NODE_FIXED", "NODE_SCALING_BY_USAGE"].contains(strategy) {
        report("node_pool.node_amount", "is needed for strategy_type '\(strategy)'")
      }
    }
    if let type = pool["NodeInstanceType"]?.text, let capacity = pool["NodeCapacity"],
      let most = capacities[type] ?? Self.documentedCapacities[type],
      let count = capacity.integer, count > most
    {
      report("node_pool.node_capacity", "must be from 1 to \(most) for '\(type)'", capacity)
    }
  }

  private static let documentedCapacities = [
    "appstreaming.general.4c8g": 2, "appstreaming.general.8c16g": 4,
    "appstreaming.vgpu.8c16g.4g": 4, "appstreaming.vgpu.8c31g.16g": 4,
    "appstreaming.vgpu.14c93g.12g": 6,
  ]

  private mutating func checkStrategy() {
    guard let strategy else { return }
    if strategy == "NODE_SCALING_BY_SCHEDULE", chargeType == .prePaid {
      report(
        "node_pool.strategy_type", "must be another for charge_type 'PrePaid'", .text(strategy))
    }
    /// Which settings belong to which strategies, and whether they have to be there.
    let belongings: [(key: String, strategies: [String], isNeeded: Bool)] = [
      ("max_scaling_amount", ["NODE_SCALING_BY_USAGE"], true),
      ("scaling_step", ["NODE_SCALING_BY_USAGE"], true),
      ("scaling_usage_threshold", ["NODE_SCALING_BY_USAGE"], false),
      ("max_idle_app_instance_amount", ["NODE_SCALING_BY_USAGE"], false),
      (
        "scaling_down_after_idle_minutes",
        ["NODE_SCALING_BY_USAGE", "NODE_SCALING_BY_SCHEDULE"], false
      ),
      ("strategy_enable_date", ["NODE_SCALING_BY_SCHEDULE"], true),
      ("strategy_disable_date", ["NODE_SCALING_BY_SCHEDULE"], true),
      ("warm_up", ["NODE_SCALING_BY_SCHEDULE"], true),
      ("recurrence_schedules", ["NODE_SCALING_BY_SCHEDULE"], true),
    ]
    for (key, strategies, isNeeded) in belongings {
      let value = file["node_pool"]?[key]
      if let value, !strategies.contains(strategy) {
        let names = strategies.map { "'\($0)'" }.joined(separator: " and ")
        report("node_pool.\(key)", "is only for strategy_type \(names)", value)
      } else if value == nil, isNeeded, strategies.contains(strategy) {
        report("node_pool.\(key)", "is needed for strategy_type '\(strategy)'")
      }
    }
  }

  private mutating func checkDates(today: CivilDate) {
    let pool = settings["NodePool"]
    guard let enable = pool?["StrategyEnableDate"],
      let first = enable.text.flatMap({ CivilDate($0) })
    else { return }
    if first < today { report("node_pool.strategy_enable_date", "must not be past", enable) }
    guard let disable = pool?["StrategyDisableDate"],
      let last = disable.text.flatMap({ CivilDate($0) })
    else { return }
    if last.daysSinceEpoch - first.daysSinceEpoch < 7 || last > first.adding(months: 12) {
      report(
        "node_pool.strategy_disable_date",
        "must be 7 days to 1 year after strategy_enable_date \(enable)", disable)
    }
  }

  private var schedules: [SettingValue] {
    settings["NodePool"]?["RecurrenceSchedules"]?.elements ?? []
  }

  /// The periods of a schedule that could be read.
  private func periods(
    of schedule: Int
  ) -> [(start: Int, end: Int, index: Int, value: SettingValue)] {
    (schedules[schedule]["TimerPeriods"]?.elements ?? []).enumerated().compactMap {
      index, period in
      guard let start = period["StartTime"]?.text.flatMap(minuteOfDay),
        let end = period["EndTime"]?.text.flatMap(minuteOfDay)
      else { return nil }
      return (start, end, index, period)
    }
  }

  private mutating func checkPeriods(ofSchedule schedule: Int) {
    let place = "node_pool.recurrence_schedules[\(schedule)].timer_periods"
    var taken = periods(of: schedule)
    for period in taken where period.end - period.start < 15 {
      report(
        "\(place)[\(period.index)].end_time", "must be at least 15 minutes after start_time",
        period.value["EndTime"])
    }
    taken = taken.filter { $0.end - $0.start >= 15 }
      .sorted { ($0.start, $0.index) < ($1.start, $1.index) }
    guard var latest = taken.first else { return }
    for period in taken.dropFirst() {
      if period.start - latest.end < 5 {
        report(
          "\(place)[\(period.index)].start_time",
          "must be at least 5 minutes after the end of timer_periods[\(latest.index)]",
          period.value["StartTime"])
      }
      if period.end > latest.end { latest = period }
    }
  }

  /// Periods of one day are kept apart whichever schedule they are written in.
  private mutating func checkSharedDays() {
    for (later, schedule) in schedules.enumerated() {
      let days = Set(schedule["RecurrenceValues"]?.elements.compactMap(\.integer) ?? [])
      for earlier in 0..<later {
        let shared = schedules[earlier]["RecurrenceValues"]?.elements.compactMap(\.integer)
          .filter(days.contains).sorted()
        guard let day = shared?.first else { continue }
        for period in periods(of: later) {
          guard
            let other = periods(of: earlier).first(where: {
              period.start - $0.end < 5 && $0.start - period.end < 5
            })
          else { continue }
          report(
            "node_pool.recurrence_schedules[\(later)].timer_periods[\(period.index)].start_time",
            "must keep 5 minutes from recurrence_schedules[\(earlier)]"
              + ".timer_periods[\(other.index)] on day \(day), which both schedules have",
            period.value["StartTime"])
        }
      }
    }
  }

  private mutating func checkUsers() {
    if let users = file["users"], !users.elements.isEmpty, file["user_info"] == nil {
      report("user_info", "is needed with users")
    }
  }

  private mutating func checkNetwork() {
    guard let network = settings["Network"] else { return }
    if let routes = network["Routes"], network["StrategyType"]?.text != "Mixed" {
      report("network.routes", "is only for strategy_type 'Mixed'", routes)
    }
    if let switches = network["VSwitchIds"], file["network"]?["office_site_id"] == nil {
      report("network.vswitch_ids", "is only for an office_site_id of your own", switches)
    }
  }

  private mutating func checkVideo() {
    guard let video = settings["VideoPolicy"], let written = file["video_policy"] else { return }
    if let webrtc = video["Webrtc"] {
      if written["streaming_mode"] == nil {
        report("video_policy.streaming_mode", "is needed with webrtc")
      } else if webrtc.boolean == true, let mode = video["StreamingMode"], mode.text != "video" {
        report("video_policy.streaming_mode", "must be 'video' with webrtc true", mode)
      }
    }
    if video["StreamingMode"] != nil, written["webrtc"] == nil {
      report("video_policy.webrtc", "is needed with streaming_mode")
    }
    let sizes = ["session_resolution_width", "session_resolution_height"]
    let given = sizes.filter { written[$0] != nil }
    if !given.isEmpty, written["terminal_resolution_adaptive"] == nil {
      report("video_policy.terminal_resolution_adaptive", "is needed with a resolution")
    }
    if !given.isEmpty || video["TerminalResolutionAdaptive"]?.boolean == false {
      for size in sizes where !given.contains(size) {
        report(
          "video_policy.\(size)",
          given.isEmpty
            ? "is needed with terminal_resolution_adaptive false" : "is needed with \(given[0])")
      }
    }
  }

  private mutating func checkRuntime() {
    let runtime = settings["RuntimePolicy"]
    if runtime?["SessionUserGenerationMode"]?.text == "wyid",
      runtime?["SessionPreOpen"]?.text != "false"
    {
      report(
        "runtime_policy.session_pre_open",
        "must be false with session_user_generation_mode 'wyid'",
        file["runtime_policy"]?["session_pre_open"])
    }
  }
}
