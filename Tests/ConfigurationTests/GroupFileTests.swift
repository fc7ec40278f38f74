import Configuration
import Foundation
import RenewalCore
import Testing

@Suite struct `The file of a new group` {
  let today = CivilDate(year: 2030, month: 1, day: 31)

  static let examples = [
    "subscription", "subscription-scaling-by-usage", "pay-as-you-go", "pay-as-you-go-by-schedule",
  ]

  @Test(arguments: examples) func `every example can be ordered as it is`(name: String) throws {
    let path = "\(#filePath)/../../../config/examples/\(name).toml"
    let url = URL(fileURLWithPath: path).standardized
    let file = try GroupFile(
      parsing: ConfigurationSource(file: name, bytes: Array(Data(contentsOf: url))))
    let creation = try GroupCreation(checking: file.settings, today: today)
    #expect(!creation.name.isEmpty)
  }

  /// What stands in comments is to be copied, so it has to be right as well.
  @Test func `what the first example only shows is right too`() throws {
    let path = "\(#filePath)/../../../config/examples/subscription.toml"
    let text = try String(contentsOf: URL(fileURLWithPath: path).standardized, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let body = line.hasPrefix("# ") ? line.dropFirst(2) : line
      let isSetting = body.hasPrefix("[") || body.firstRange(of: " = ") != nil
      return isSetting && !body.hasPrefix("--") ? String(body) : String(line)
    }
    let file = try GroupFile(
      parsing: ConfigurationSource(file: "all", text: lines.joined(separator: "\n")))
    #expect(file.settings.count >= 20)
    _ = try GroupCreation(checking: file.settings, today: today)
  }

  @Test func `each problem stands at its line and column`() throws {
    let file = try GroupFile(
      parsing: ConfigurationSource(
        file: "group.toml",
        text: """
          app_center_image_id = "img-1"
          app_instance_group_name = "studio"
          biz_region_id = "cn-hangzhou"
          charge_type = "PostPaid"
          period = 1.5
          period_unit = "Month"
          [node_pool]
          node_instance_type = "appstreaming.general.4c8g"
          strategy_type = "NODE_SCALING_BY_SCHEDULE"
          strategy_enable_date = 2030-02-01
          strategy_disable_date = "2030-03-01"
          [[node_pool.recurrence_schedules]]
          recurrence_type = "weekly"
          recurrence_values = [1, 8]
          timer_periods = [{ start_time = "09:00", end_time = "09:10", amount = 1 }]
          """))
    let problems = #expect(throws: CreationProblems.self) {
      try GroupCreation(checking: file.settings, today: today)
    }
    let located = file.located(try #require(problems)).description
    let schedule = "node_pool.recurrence_schedules[0]"
    let told: [String] = [
      "group.toml:5:1: period must be a whole number of at least 1",
      "group.toml:7:2: node_pool.warm_up is needed for strategy_type 'NODE_SCALING_BY_SCHEDULE'",
      "group.toml:10:1: node_pool.strategy_enable_date must be a day in quotes",
      "group.toml:14:25: \(schedule).recurrence_values[1] must be a whole number from 1 to 7",
      "group.toml:15:42: \(schedule).timer_periods[0].end_time must be at least 15 minutes",
    ]
    let lines = located.split(separator: "\n").map(String.init)
    #expect(lines.count == told.count)
    for (line, start) in zip(lines, told) { #expect(line.hasPrefix(start)) }
  }
}
