import RenewalCore
import Testing

@Suite struct `A new group` {
  let today = CivilDate(year: 2030, month: 1, day: 31)

  /// A subscription with the least that is needed.
  var prepaid: [String: SettingValue] {
    [
      "app_center_image_id": .text("img-1"), "app_instance_group_name": .text("studio"),
      "biz_region_id": .text("cn-hangzhou"), "charge_type": .text("PrePaid"),
      "period": .integer(1), "period_unit": .text("Month"), "node_pool": .table(fixed),
    ]
  }

  var fixed: [String: SettingValue] {
    [
      "node_amount": .integer(1), "node_instance_type": .text("appstreaming.general.4c8g"),
      "strategy_type": .text("NODE_FIXED"),
    ]
  }

  var byUsage: [String: SettingValue] {
    var pool = fixed
    pool["strategy_type"] = .text("NODE_SCALING_BY_USAGE")
    pool["max_scaling_amount"] = .integer(10)
    pool["scaling_step"] = .integer(2)
    return pool
  }

  /// Pay as you go by a schedule, with those periods of a day.
  func scheduled(_ periods: (String, String)...) -> [String: SettingValue] {
    var settings = prepaid
    settings["charge_type"] = .text("PostPaid")
    settings["node_pool"] = .table([
      "node_instance_type": .text("appstreaming.general.4c8g"),
      "strategy_type": .text("NODE_SCALING_BY_SCHEDULE"), "warm_up": .boolean(false),
      "strategy_enable_date": .text("2030-02-28"), "strategy_disable_date": .text("2031-02-28"),
      "recurrence_schedules": .list([
        .table([
          "recurrence_type": .text("weekly"),
          "recurrence_values": .list([.integer(1), .integer(7)]),
          "timer_periods": .list(
            periods.map {
              .table([
                "amount": .integer(2), "start_time": .text($0.0), "end_time": .text($0.1),
              ])
            }),
        ])
      ]),
    ])
    return settings
  }

  func problems(_ settings: [String: SettingValue], capacities: [String: Int] = [:]) -> [String] {
    do throws(CreationProblems) {
      _ = try GroupCreation(checking: settings, today: today, capacities: capacities)
      return []
    } catch {
      return error.list.map(\.description)
    }
  }

  /// The settings with one changed or, by `nil`, taken away, at a path of two names at most.
  func changed(
    _ settings: [String: SettingValue], _ path: String, _ value: SettingValue?
  ) -> [String: SettingValue] {
    var settings = settings
    let names = path.split(separator: ".").map(String.init)
    if names.count == 1 {
      settings[names[0]] = value
    } else {
      guard case .table(var members) = settings[names[0]] ?? .table([:]) else { return settings }
      members[names[1]] = value
      settings[names[0]] = .table(members)
    }
    return settings
  }

  @Test func `the least is enough, and the defaults are stated`() throws {
    let creation = try GroupCreation(checking: prepaid, today: today)
    #expect(creation.name == "studio" && creation.period == .oneMonth)
    #expect(creation.chargeType == .prePaid && creation.amount == 1)
    #expect(creation.settings["AutoRenew"] == .boolean(false))
    #expect(creation.settings["AutoPay"] == .boolean(true))
    #expect(creation.settings["SessionTimeout"] == .integer(15))
    #expect(creation.settings["ChargeResourceMode"] == .text("Node"))
    #expect(creation.settings["ProductType"] == .text("CloudApp"))
  }

  @Test func `scaling by usage gets the documented threshold, which travels as text`() throws {
    var settings = prepaid
    settings["node_pool"] = .table(byUsage)
    let pool = try GroupCreation(checking: settings, today: today).settings["NodePool"]
    #expect(pool?["ScalingUsageThreshold"] == .text("85"))
    settings = changed(settings, "node_pool.scaling_usage_threshold", .integer(60))
    let other = try GroupCreation(checking: settings, today: today).settings["NodePool"]
    #expect(other?["ScalingUsageThreshold"] == .text("60"))
  }

  @Test func `a schedule may run a year, with three periods that keep their distance`() {
    #expect(problems(scheduled(("16:00", "17:00"), ("12:00", "15:55"), ("17:05", "23:59"))) == [])
  }

  @Test func `every problem is told at once, by path, rule and value`() {
    var settings = changed(prepaid, "session_timeout", .integer(2))
    settings["charge_type"] = .text("Prepaid")
    settings["period_unit"] = nil
    settings["colour"] = .text("red")
    settings = changed(settings, "node_pool.node_amount", .integer(101))
    let told = problems(settings)
    #expect(told.count == 5)
    #expect(told[0] == "charge_type must be 'PrePaid' or 'PostPaid'; it is 'Prepaid'")
    #expect(told[1].hasPrefix("colour is no setting here; known are app_center_image_id,"))
    #expect(
      told[2] == "node_pool.node_amount must be a whole number from 1 to 100; it is 101")
    #expect(told[3] == "period_unit is needed")
    #expect(
      told[4] == "session_timeout must be -1 or a whole number from 3 to 300; it is 2")
  }

  @Test(
    arguments: [
      ("app_center_image_id", nil, "app_center_image_id is needed"),
      ("app_instance_group_name", .text(""), "must be a text that is not empty; it is ''"),
      ("app_center_image_id", .integer(7), "must be a text that is not empty; it is 7"),
      ("period", .integer(4), "period with period_unit 'Month' is not sold"),
      ("period_unit", .text("month"), "must be 'Week' or 'Month' or 'Year'; it is 'month'"),
      ("sub_pay_type", .text("postPaid"), "sub_pay_type must agree with charge_type 'PrePaid'"),
      ("auth_mode", .text("app"), "must be 'App' or 'AppInstanceGroup' or 'Session'"),
      ("auto_pay", .text("yes"), "auto_pay must be true or false; it is 'yes'"),
      ("session_timeout", .other("a number with a fraction"), "it is a number with a fraction"),
      ("session_timeout", .integer(0), "must be -1 or a whole number from 3 to 300"),
      ("users", .list([.text("alice")]), "user_info is needed with users"),
      ("users", .list([]), "users must be a list of at least 1; it is an empty list"),
      ("user_group_ids", .list([.text("a"), .integer(1)]), "user_group_ids[1] must be a text"),
      ("user_group_ids", .list([.text("a"), .text("a")]), "must not repeat itself"),
      ("user_info", .table(["type": .text("Other")]), "user_info.type must be 'Simple'"),
      ("user_info", .text("Simple"), "user_info must be a table; it is 'Simple'"),
      ("node_pool", nil, "node_pool is needed"),
      ("node_pool.node_amount", nil, "node_amount is needed for charge_type 'PrePaid'"),
      (
        "node_pool.node_capacity", .integer(3),
        "must be from 1 to 2 for 'appstreaming.general.4c8g'"
      ),
      ("node_pool.strategy_type", .text("NODE_SCALING"), "must be 'NODE_FIXED' or"),
      ("node_pool.scaling_step", .integer(2), "is only for strategy_type 'NODE_SCALING_BY_USAGE'"),
      ("node_pool.scaling_step", .integer(11), "must be a whole number from 1 to 10; it is 11"),
      ("node_pool.warm_up", .boolean(true), "is only for strategy_type 'NODE_SCALING_BY_SCHEDULE'"),
      ("node_pool.colour", .text("red"), "node_pool.colour is no setting here"),
      ("network.ip_expire_minutes", .integer(59), "must be a whole number of at least 60"),
      ("network.vswitch_ids", .list([.text("vsw-1")]), "is only for an office_site_id"),
      (
        "network.routes",
        .list([.table(["destination": .text("1.2.3.0/24"), "mode": .text("Shared")])]),
        "is only for strategy_type 'Mixed'"
      ), ("network.routes", .list([.table(["mode": .text("Shared")])]), "destination is needed"),
      (
        "network.routes", .list([.table(["destination": .text("1.2.3.4")])]),
        "must be a network such as '139.196.0.0/16'; it is '1.2.3.4'"
      ),
      (
        "network.domain_rules",
        .list([.table(["domain": .text("x"), "policy": .text("deny")])]), "'allow' or 'block'"
      ), ("video_policy.frame_rate", .integer(50), "must be 60 or 30; it is 50"),
      ("video_policy.webrtc", .boolean(true), "video_policy.streaming_mode is needed with webrtc"),
      (
        "video_policy.session_resolution_width", .integer(1920),
        "terminal_resolution_adaptive is needed with a resolution"
      ),
      (
        "video_policy.session_resolution_width", .integer(1920),
        "session_resolution_height is needed with session_resolution_width"
      ),
      (
        "video_policy.terminal_resolution_adaptive", .boolean(false),
        "session_resolution_width is needed with terminal_resolution_adaptive false"
      ),
      (
        "runtime_policy.session_user_generation_mode", .text("wyid"),
        "session_pre_open must be false with session_user_generation_mode 'wyid'"
      ), ("runtime_policy.debug_mode", .boolean(true), "must be 'OFF' or 'ON'; it is true"),
      ("storage_policy.user_profile", .table(["switch": .boolean(true)]), "is no setting here"),
      ("user_define_policy", .table([:]), "user_define_policy.custom_config is needed"),
    ] as [(String, SettingValue?, String)])
  func `each rule speaks`(path: String, value: SettingValue?, told: String) {
    let list = problems(changed(prepaid, path, value))
    #expect(list.contains { $0.contains(told) }, "\(list)")
  }

  @Test func `webrtc is a video stream`() {
    let video: [String: SettingValue] = [
      "webrtc": .boolean(true), "streaming_mode": .text("mix"),
    ]
    #expect(
      problems(changed(prepaid, "video_policy", .table(video)))
        == ["video_policy.streaming_mode must be 'video' with webrtc true; it is 'mix'"])
  }

  @Test func `scaling by usage needs its settings, a schedule its own and pay as you go`() {
    let usage = changed(
      changed(prepaid, "node_pool", .table(byUsage)), "node_pool.max_scaling_amount", nil)
    #expect(
      problems(usage) == [
        "node_pool.max_scaling_amount is needed for strategy_type 'NODE_SCALING_BY_USAGE'"
      ])
    let schedule = changed(prepaid, "node_pool.strategy_type", .text("NODE_SCALING_BY_SCHEDULE"))
    #expect(problems(schedule).count == 5)
    #expect(problems(schedule).contains { $0.contains("another for charge_type 'PrePaid'") })
  }

  @Test func `pay as you go is ordered as one month`() {
    let settings = changed(
      changed(prepaid, "charge_type", .text("PostPaid")), "period", .integer(2))
    #expect(
      problems(settings) == [
        "period must be 1 for charge_type 'PostPaid'; it is 2"
      ])
  }

  @Test func `native auto-renewal is for subscriptions of a month and longer`() {
    let week = changed(changed(prepaid, "period_unit", .text("Week")), "auto_renew", .boolean(true))
    #expect(problems(week).count == 1)
    #expect(problems(changed(prepaid, "auto_renew", .boolean(true))) == [])
  }

  @Test func `a strategy lasts from seven days to a year, and begins no earlier than today`() {
    let start = scheduled(("12:00", "15:00"))
    func dates(_ enable: String, _ disable: String) -> [String] {
      problems(
        changed(
          changed(start, "node_pool.strategy_enable_date", .text(enable)),
          "node_pool.strategy_disable_date", .text(disable)))
    }
    #expect(dates("2030-01-31", "2030-02-07") == [])
    #expect(dates("2030-01-31", "2030-02-06").count == 1)
    #expect(dates("2030-01-31", "2031-01-31") == [])
    #expect(dates("2030-01-31", "2031-02-01").count == 1)
    #expect(
      dates("2030-01-30", "2030-03-01") == [
        "node_pool.strategy_enable_date must not be past; it is '2030-01-30'"
      ])
    #expect(dates("2030-02-30", "2030-03-01").count == 1)
  }

  @Test func `periods are long enough, apart and at most three`() {
    let place = "node_pool.recurrence_schedules[0].timer_periods"
    #expect(
      problems(scheduled(("12:00", "12:14"))) == [
        "\(place)[0].end_time must be at least 15 minutes after start_time; it is '12:14'"
      ])
    #expect(
      problems(scheduled(("14:04", "16:00"), ("12:00", "14:00"))) == [
        "\(place)[0].start_time must be at least 5 minutes after the end of timer_periods[1]; "
          + "it is '14:04'"
      ])
    #expect(problems(scheduled(("12:00", "15:00"), ("13:00", "14:00"))).count == 1)
    #expect(
      problems(scheduled(("12:00", "20:00"), ("13:00", "14:00"), ("15:00", "16:00"))).count == 2)
    #expect(problems(scheduled(("23:00", "01:00"))).count == 1)
    #expect(problems(scheduled(("24:00", "9:00"))).count == 2)
    #expect(
      problems(
        scheduled(("01:00", "02:00"), ("03:00", "04:00"), ("05:00", "06:00"), ("07:00", "08:00")))
        == ["\(place) must be a list of 1 to 3; it is a list of 4"])
  }

  @Test func `what the cloud does not take is a problem of the setting that names it`() throws {
    let creation = try GroupCreation(checking: prepaid, today: today)
    func told(_ code: String) -> [String]? {
      creation.problems(refusedBy: CloudRefusal(code: code, httpStatus: 400))?.list
        .map(\.description)
    }
    #expect(
      told("InvalidParameter.BizRegionId") == [
        "biz_region_id must be one that the cloud takes, which says "
          + "InvalidParameter.BizRegionId; it is 'cn-hangzhou'"
      ])
    #expect(
      told("InvalidParameter.NodeInstanceType")?.first?.hasPrefix("node_pool.node_instance_type ")
        == true)
    // None of these is about a setting: the file may be as it is.
    for code in ["InvalidParameter.Weather", "Throttling.User", "Forbidden.RAM", ""] {
      #expect(told(code) == nil, "\(code)")
    }
  }

  @Test func `the cloud's own capacities go before the documented`() {
    let type = "appstreaming.general.4c8g"
    let settings = changed(prepaid, "node_pool.node_capacity", .integer(3))
    #expect(problems(settings).count == 1)
    #expect(problems(settings, capacities: [type: 8]) == [])
    #expect(problems(settings, capacities: ["other": 1]).count == 1)
  }

  @Test func `a fixed pool needs its nodes counted, however it is paid for`() {
    let settings = changed(
      changed(prepaid, "charge_type", .text("PostPaid")), "node_pool.node_amount", nil)
    #expect(
      problems(settings) == ["node_pool.node_amount is needed for strategy_type 'NODE_FIXED'"])
  }

  @Test func `a package has no nodes to ask a price for`() throws {
    let package = changed(
      changed(prepaid, "node_pool", nil), "app_package_type", .text("standard"))
    #expect(GroupOrder(try GroupCreation(checking: package, today: today)) == nil)
    #expect(
      GroupOrder(try GroupCreation(checking: prepaid, today: today))
        == GroupOrder(
          region: "cn-hangzhou", instanceType: "appstreaming.general.4c8g", amount: 1,
          chargeType: .prePaid, period: .oneMonth))
  }

  @Test func `a number in quotes is wrong, and what follows from it is told with it`() {
    func told(_ text: String) -> [String] { problems(changed(prepaid, "period", .text(text))) }
    let rule = "period must be a whole number of at least 1; it is"
    #expect(told("1") == ["\(rule) '1'"])
    #expect(told("4").count == 2)
    #expect(told("4").contains { $0.hasPrefix("period with period_unit 'Month' is not sold") })
    // Outside of the range nobody knows what was meant.
    #expect(told("0") == ["\(rule) '0'"])
    #expect(told("one") == ["\(rule) 'one'"])
  }

  @Test func `a number that travels as text may stand in quotes`() throws {
    let pool = changed(prepaid, "node_pool", .table(byUsage))
    func threshold(_ text: String) -> [String: SettingValue] {
      changed(pool, "node_pool.scaling_usage_threshold", .text(text))
    }
    let creation = try GroupCreation(checking: threshold("60"), today: today)
    #expect(creation.settings["NodePool"]?["ScalingUsageThreshold"] == .text("60"))
    for text in ["101", "-1", "+60", "6 0", ""] {
      #expect(problems(threshold(text)).count == 1, "\(text)")
    }
  }

  @Test func `what is missing or cannot be read is told once`() {
    let renewed = changed(changed(prepaid, "auto_renew", .boolean(true)), "period", nil)
    #expect(problems(renewed) == ["period is needed"])
    let settings = changed(
      scheduled(("12:00", "15:00")), "node_pool.recurrence_schedules", .list([.text("daily")]))
    #expect(
      problems(settings) == [
        "node_pool.recurrence_schedules[0] must be a table; it is 'daily'"
      ])
  }

  @Test func `schedules keep their distance on the days that both have, and on no other`() {
    func settings(_ days: [Int]...) -> [String: SettingValue] {
      changed(
        scheduled(("12:00", "15:00")), "node_pool.recurrence_schedules",
        .list(
          days.map { days in
            .table([
              "recurrence_type": .text("weekly"),
              "recurrence_values": .list(days.map { .integer($0) }),
              "timer_periods": .list([
                .table([
                  "amount": .integer(2), "start_time": .text("12:00"), "end_time": .text("15:00"),
                ])
              ]),
            ])
          }))
    }
    #expect(problems(settings([1, 7], [2])) == [])
    let told = problems(settings([1, 7], [2], [6, 7]))
    #expect(told.count == 1)
    #expect(told.first?.contains("recurrence_schedules[2].timer_periods[0]") == true)
    #expect(told.first?.contains("recurrence_schedules[0]") == true)
    #expect(told.first?.contains(" on day 7, which both schedules have") == true)
  }

  @Test func `a setting has the parts of its own kind alone`() {
    let values: [SettingValue] = [
      .text("a"), .integer(1), .boolean(true), .list([.integer(1)]), .table(["a": .integer(1)]),
      .other("nothing"),
    ]
    #expect(values.map(\.text) == ["a", nil, nil, nil, nil, nil])
    #expect(values.map(\.integer) == [nil, 1, nil, nil, nil, nil])
    #expect(values.map(\.boolean) == [nil, nil, true, nil, nil, nil])
    #expect(values.map(\.elements) == [[], [], [], [.integer(1)], [], []])
    #expect(values.map { $0["a"] } == [nil, nil, nil, nil, .integer(1), nil])
  }
}
