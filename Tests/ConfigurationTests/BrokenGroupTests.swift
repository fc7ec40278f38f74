import Configuration
import Foundation
import RenewalCore
import Testing

/// One file of `BrokenGroups/`: a description of a group that must be refused,
/// named after its mistake. Its lines that start with `#: ` are all that must
/// be said about it.
struct BrokenGroup: Sendable, CustomTestStringConvertible {
  var file: String
  var text: String
  var problems: [String]

  var testDescription: String { file }

  static let all: [BrokenGroup] = {
    let directory = Bundle.module.bundlePath + "/BrokenGroups/"
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return files.sorted().compactMap { file in
      guard let text = try? String(contentsOfFile: directory + file, encoding: .utf8) else {
        return nil
      }
      let told = text.split(separator: "\n").filter { $0.hasPrefix("#: ") }
      return BrokenGroup(
        file: file, text: text, problems: told.map { "group.toml:\($0.dropFirst(3))" })
    }
  }()

  /// As `renewalctl create` tells them.
  var told: [String] {
    let file: GroupFile
    do throws(ConfigurationError) {
      file = try GroupFile(parsing: ConfigurationSource(file: "group.toml", text: text))
    } catch { return error.problems.map(\.description) }
    do throws(CreationProblems) {
      _ = try GroupCreation(
        checking: file.settings, today: CivilDate(year: 2030, month: 1, day: 15))
      return []
    } catch { return file.located(error).problems.map(\.description) }
  }
}

@Suite struct `A broken description of a group` {
  @Test(arguments: BrokenGroup.all)
  func `is refused with every problem's path, rule, value and place`(
    _ group: BrokenGroup
  ) {
    #expect(group.told == group.problems)
  }

  /// An empty list of files would pass every test above.
  @Test func `stands in the tree for each documented rule`() {
    #expect(BrokenGroup.all.count >= 80)
    #expect(BrokenGroup.all.allSatisfy { !$0.problems.isEmpty })
    let all = BrokenGroup.all.flatMap(\.problems).joined(separator: "\n")
    for path in [
      "app_center_image_id", "app_instance_group_name", "auth_mode", "auto_pay", "auto_renew",
      "biz_region_id", "charge_resource_mode", "charge_type", "network.domain_rules[0].domain",
      "network.ip_expire_minutes", "network.routes", "network.strategy_type",
      "network.vswitch_ids", "node_pool.max_idle_app_instance_amount",
      "node_pool.max_scaling_amount", "node_pool.node_amount", "node_pool.node_capacity",
      "node_pool.node_instance_type", "recurrence_type", "recurrence_values",
      "timer_periods[0].amount", "timer_periods[0].end_time", "timer_periods[0].start_time",
      "node_pool.scaling_down_after_idle_minutes", "node_pool.scaling_step",
      "node_pool.scaling_usage_threshold", "node_pool.strategy_disable_date",
      "node_pool.strategy_enable_date", "node_pool.strategy_type", "node_pool.warm_up", "period",
      "period_unit", "runtime_policy.debug_mode", "runtime_policy.per_session_per_app",
      "runtime_policy.persistent_app_instance_schedule_mode", "runtime_policy.session_pre_open",
      "runtime_policy.session_type", "runtime_policy.session_user_generation_mode",
      "security_policy.reset_after_unbind", "security_policy.skip_user_auth_check",
      "session_timeout", "storage_policy.storage_type_list",
      "storage_policy.user_profile.remote_storage_path",
      "storage_policy.user_profile.remote_storage_type",
      "storage_policy.user_profile.user_profile_switch", "sub_pay_type",
      "user_define_policy.custom_config", "user_group_ids", "user_info", "user_info.type", "users",
      "video_policy.frame_rate", "video_policy.session_resolution_height",
      "video_policy.session_resolution_width", "video_policy.streaming_mode",
      "video_policy.terminal_resolution_adaptive", "video_policy.webrtc",
    ] {
      #expect(all.contains("\(path) "), "no file breaks \(path)")
    }
  }
}
