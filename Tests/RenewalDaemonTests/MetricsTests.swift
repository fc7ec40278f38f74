import Configuration
import ControlProtocol
import Foundation
import RenewalCore
import TestSupport
import Testing

@testable import RenewalDaemon

/// The metrics of the real engine, store and control service, read over the socket.
@Suite struct `The metrics` {
  private let daemon: SteeredDaemon

  init() throws { daemon = try SteeredDaemon() }

  private func text() throws -> String {
    var text = ""
    var next: String?
    repeat {
      let page = try daemon.call(MetricsCall(after: next), on: ControlInterface.readersSocket)
      text += page.text
      next = page.next
    } while next != nil
    return text
  }

  /// By series, as they stand in the text.
  private func samples() throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try text().split(separator: "\n").filter { !$0.hasPrefix("#") }
        .compactMap { line in
          line.lastIndex(of: " ").map {
            (String(line[..<$0]), String(line[line.index(after: $0)...]))
          }
        })
  }

  private func value(_ series: String) throws -> String? { try samples()[series] }

  // MARK: The text as a whole

  /// Without the zeros, of which each closed set has one for each of its words.
  /// Written anew, after a look at what changed, by running with
  /// RENEWALD_GOLDEN=write.
  @Test func `the text is the golden one`() throws {
    let path = sourceTree + "/Tests/RenewalDaemonTests/Golden/metrics.prom"
    let text = try text().split(separator: "\n").filter { $0.first == "#" || !$0.hasSuffix(" 0") }
      .map { $0 + "\n" }.joined()
    if ProcessInfo.processInfo.environment["RENEWALD_GOLDEN"] == "write" {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    let golden = try String(contentsOfFile: path, encoding: .utf8)
    for (new, old) in zip(text.split(separator: "\n"), golden.split(separator: "\n")) {
      #expect(new == old)
    }
    #expect(text == golden)
  }

  @Test func `every series belongs to a family that is announced once and in one block`() throws {
    var families: [String] = []
    for line in try text().split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("# HELP ") {
        families.append(String(words[2]))
        #expect(words.count > 4, "\(line)")
      } else if line.hasPrefix("# TYPE ") {
        #expect(words[2] == families.last ?? "")
      } else {
        let name = line.prefix { $0 != "{" && $0 != " " }
        #expect(families.last.map { name.hasPrefix($0) } == true, "\(line)")
      }
    }
    #expect(families == Metric.allCases.map(\.rawValue))
  }

  @Test func `each metric stands in its manual page with its type and its help`() throws {
    let path = sourceTree + "/packaging/man/renewald-metrics.7"
    if ProcessInfo.processInfo.environment["RENEWALD_GOLDEN"] == "write" {
      try MetricsPageText.manual.write(toFile: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == MetricsPageText.manual)
  }

  @Test func `a large fleet comes in pages, each group once in each family`() throws {
    let groups = (0..<800).map {
      DeliveryGroup(
        id: GroupID("aig-\($0)"), name: "\"quoted\"\n\($0)", expiry: Sample.now + .days(60))
    }
    daemon.change { $0.groups = groups }
    daemon.advance(by: .hours(1))
    let first = try daemon.call(MetricsCall(), on: ControlInterface.readersSocket)
    #expect(first.text.utf8.count < 1 << 20)
    #expect(first.next != nil)
    let samples = try samples()
    for family in ["renewald_group_expiration_timestamp_seconds", "renewald_group_info"] {
      #expect(samples.keys.count { $0.hasPrefix(family) } == 800)
    }
    #expect(try text().components(separatedBy: "# TYPE renewald_group_info").count == 2)
  }

  @Test func `a cursor of somebody else's making is refused`() throws {
    for cursor in ["", "x", "renewald_up main/aig-1", "renewald_group_info aig-1"] {
      #expect(
        try daemon.refusal(of: MetricsCall(after: cursor))?.name
          == "org.varlink.service.InvalidParameter")
    }
  }

  // MARK: Each metric moves

  @Test func `a payment counts as an attempt, then by its proven end, with its money`() throws {
    #expect(try value("renewald_renewals_total{result=\"paid\"}") == "0")
    #expect(try value("renewald_renewal_attempts_total") == "1")
    #expect(try value("renewald_renewals_total{result=\"unknown\"}") == "1")
    #expect(try value("renewald_unknown_outcomes") == "1")
    #expect(try value("renewald_open_renewals{state=\"unknown\"}") == "1")
    #expect(
      try value("renewald_group_state{account=\"main\",group_id=\"aig-1\",state=\"unknown\"}")
        == "1")
    #expect(try value("renewald_groups{state=\"unknown\"}") == "1")
    #expect(
      try value("renewald_alerts{alert=\"OUTCOME_UNKNOWN\",severity=\"warning\"}") == "1")
    #expect(try value("renewald_alerts_raised_total{alert=\"OUTCOME_UNKNOWN\"}") == "1")
    #expect(
      try value("renewald_api_requests_total{api=\"RenewAppInstanceGroup\",code_class=\"none\"}")
        == "1")
    let before = try value("renewald_ledger_head_sequence").flatMap { Int($0) }

    daemon.change { $0.groups[0].expiry = Sample.now + .days(5 + 31) }
    daemon.advance(by: .minutes(2))
    #expect(try value("renewald_renewals_total{result=\"paid\"}") == "1")
    #expect(try value("renewald_renewals_total{result=\"unknown\"}") == "1")
    #expect(try value("renewald_unknown_outcomes") == "0")
    #expect(
      try value("renewald_spend_currency_units_total{account=\"main\",currency=\"CNY\"}")
        == "899.00")
    #expect(
      try value("renewald_alerts{alert=\"OUTCOME_UNKNOWN\",severity=\"warning\"}") == "0")
    #expect(try value("renewald_ledger_head_sequence").flatMap { Int($0) } ?? 0 > before ?? .max)
  }

  @Test func `what outlives the process is counted from the ledger, once`() throws {
    for _ in 0..<3 { #expect(try value("renewald_renewal_attempts_total") == "1") }
  }

  @Test func `the times of a group are its own and follow it`() throws {
    let labels = "{account=\"main\",region=\"\",group_id=\"aig-2\"}"
    let expiry = (Sample.now + .days(60)).seconds
    #expect(try value("renewald_group_expiration_timestamp_seconds" + labels) == "\(expiry)")
    #expect(
      try value("renewald_group_due_timestamp_seconds" + labels) == "\(expiry - 7 * 86_400)")
    #expect(try value("renewald_group_floor_timestamp_seconds" + labels) == "\(expiry - 86_400)")
    daemon.change { $0.groups[1].chargeType = CloudWord("PostPaid") }
    daemon.advance(by: .hours(1))
    #expect(try value("renewald_group_expiration_timestamp_seconds" + labels) == nil)
    #expect(try value("renewald_group_due_timestamp_seconds" + labels) == nil)
    #expect(
      try samples().keys.contains {
        $0.hasPrefix("renewald_group_info") && $0.contains("aig-2")
          && $0.contains("charge_type=\"PostPaid\"")
      })
  }

  @Test func `sweeps and requests are counted by how they ended`() throws {
    let complete = "renewald_sweeps_total{account=\"main\",result=\"complete\"}"
    let partial = "renewald_sweeps_total{account=\"main\",result=\"partial\"}"
    let success = "renewald_sweep_last_success_timestamp_seconds{account=\"main\"}"
    let listed =
      "renewald_api_requests_total{api=\"ListAppInstanceGroup\",code_class=\"2xx\"}"
    let before = try samples()
    daemon.advance(by: .hours(1))
    let after = try samples()
    for series in [complete, success, listed] {
      #expect(Int(after[series] ?? "") ?? 0 > Int(before[series] ?? "") ?? .max, "\(series)")
    }
    #expect(
      after["renewald_sweep_duration_seconds_count{account=\"main\"}"]
        != before["renewald_sweep_duration_seconds_count{account=\"main\"}"])
    #expect(
      after["renewald_sweep_last_start_timestamp_seconds{account=\"main\"}"]
        == "\(daemon.now.seconds)")
    daemon.change {
      $0.readFault = .refused(CloudRefusal(code: "Throttling.User", httpStatus: 429))
    }
    daemon.advance(by: .hours(1))
    let failed = try samples()
    #expect(failed[partial] != after[partial])
    #expect(failed[success] == after[success])
    #expect(
      failed["renewald_api_requests_total{api=\"ListAppInstanceGroup\",code_class=\"4xx\"}"] != "0")
    #expect(
      failed["renewald_api_request_duration_seconds_count{api=\"ListAppInstanceGroup\"}"]
        != after["renewald_api_request_duration_seconds_count{api=\"ListAppInstanceGroup\"}"])
  }

  @Test func `a pause is seen with its beginning and its end`() throws {
    #expect(try value("renewald_paused") == "0")
    #expect(try value("renewald_paused_since_timestamp_seconds") == nil)
    #expect(
      try value("renewald_payment_obstacle{account=\"main\",check=\"notPaused\"}") == "0")
    _ = try daemon.call(PauseCall(reason: "audit"))
    #expect(try value("renewald_paused") == "1")
    #expect(try value("renewald_paused_since_timestamp_seconds") == "\(daemon.now.seconds)")
    #expect(
      try value("renewald_payment_obstacle{account=\"main\",check=\"notPaused\"}") == "1")
    #expect(try value("renewald_payments_allowed{account=\"main\"}") == "0")
    _ = try daemon.call(ResumeCall())
    #expect(try value("renewald_paused") == "0")
    #expect(try value("renewald_paused_since_timestamp_seconds") == nil)
  }

  @Test func `a broken and a new configuration are told apart`() throws {
    #expect(try value("renewald_configuration_valid") == "1")
    #expect(try value("renewald_mode_info{mode=\"pay\"}") == "1")
    daemon.letTimePass(.hours(1))
    daemon.reloadGives(.failure(DaemonFailure(code: .configuration, message: "x", remedy: "y")))
    _ = try daemon.refusal(of: ReloadCall())
    #expect(try value("renewald_configuration_valid") == "0")
    var mended = daemon.configuration()
    mended.mode = .observe
    mended.sweepInterval = .minutes(7)
    daemon.reloadGives(.success(mended))
    _ = try daemon.call(ReloadCall())
    #expect(try value("renewald_configuration_valid") == "1")
    #expect(try value("renewald_mode_info{mode=\"pay\"}") == "0")
    #expect(try value("renewald_mode_info{mode=\"observe\"}") == "1")
    #expect(
      try value("renewald_configuration_loaded_timestamp_seconds") == "\(daemon.now.seconds)")
    #expect(
      try value("renewald_start_timestamp_seconds").flatMap { Int64($0) } ?? .max
        < daemon.now.seconds)
    #expect(try value("renewald_sweep_interval_seconds") == "420")
  }

  @Test func `tries to tell the outside are counted by how they ended, once configured`() throws {
    let failed = "renewald_notifications_total{channel=\"ops\",result=\"failed\"}"
    let beats = "renewald_heartbeats_total{result=\"delivered\"}"
    #expect(try value(failed) == nil)
    #expect(try value(beats) == nil)
    var configuration = daemon.configuration()
    let url = HookAddress.url(try SecretURL("https://hooks.example/hidden"))
    configuration.monitoring.heartbeat = url
    configuration.monitoring.webhooks = [WebhookConfiguration(name: "ops", address: url)]
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    #expect(try value(failed) == "0")
    #expect(try value(beats) == "0")
    #expect(try value("renewald_heartbeat_last_success_timestamp_seconds") == nil)
    daemon.tried(.failed("no answer"), "ops")
    daemon.tried(.refused("HTTP 400"), "ops", isGivenUp: true)
    daemon.tried(.delivered, nil)
    #expect(try value(failed) == "1")
    #expect(
      try value("renewald_notifications_total{channel=\"ops\",result=\"given_up\"}") == "1")
    #expect(try value(beats) == "1")
    #expect(
      try value("renewald_heartbeat_last_success_timestamp_seconds") == "\(daemon.now.seconds)")
    #expect(!(try text()).contains("hidden"))
  }

  @Test func `an outlet that fails is an alert until it works again`() throws {
    let alert = "renewald_alerts{alert=\"NOTIFIER_FAILING\",severity=\"warning\"}"
    #expect(try value(alert) == "0")
    for _ in 0..<2 { daemon.handle(.outletChanged(.notifierFailing, problem: "no answer")) }
    #expect(try value(alert) == "1")
    #expect(try value("renewald_alerts_raised_total{alert=\"NOTIFIER_FAILING\"}") == "1")
    daemon.handle(.outletChanged(.notifierFailing, problem: nil))
    #expect(try value(alert) == "0")
  }

  @Test func `a budget shows what it allows and what it holds, open renewals included`() throws {
    var configuration = daemon.configuration()
    configuration.policy.budgets = [
      Budget(
        name: "all", per: .rolling(.days(30)), limit: Money(minorUnits: 100_000, currency: .cny)),
      Budget(name: "endless", per: .day, limit: nil),
      Budget(
        name: "others", per: .month, groups: ["aig-2"], limit: Money(minorUnits: 0, currency: .cny)),
    ]
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    let all = "{budget=\"all\",currency=\"CNY\",period=\"30d\"}"
    let others = "{budget=\"others\",currency=\"CNY\",period=\"month\"}"
    #expect(try value("renewald_budget_limit" + all) == "1000.00")
    #expect(try value("renewald_budget_used" + all) == "899.00")
    #expect(try value("renewald_budget_limit" + others) == "0.00")
    #expect(try value("renewald_budget_used" + others) == "0.00")
    #expect(try samples().keys.count { $0.hasPrefix("renewald_budget_limit") } == 2)
    #expect(try samples().keys.count { $0.hasPrefix("renewald_budget_used") } == 3)
  }

  @Test func `each check that keeps a due group back is counted under its name`() throws {
    let check = "renewald_renewal_refusals_total{check=\"priceAllowed\"}"
    let held = try SteeredDaemon()
    #expect(held.payments.count == 1)
    #expect(try value(check) == "0")
    #expect(
      try value("renewald_renewal_refusals_total{check=\"startHoldOver\"}").flatMap { Int($0) }
        ?? 0 > 0)
  }

  @Test func `the clock is trusted until the cloud says otherwise`() throws {
    let trusted = "renewald_clock_trusted{account=\"main\"}"
    #expect(try value(trusted) == "1")
    #expect(try value("renewald_clock_skew_seconds{account=\"main\"}") == "0")
    daemon.skewServer(by: .minutes(11))
    daemon.advance(by: .hours(1))
    #expect(try value(trusted) == "0")
    #expect(try value("renewald_clock_skew_seconds{account=\"main\"}") == "-660")
  }

  @Test func `the size of the inventory and the room beside it are those of the disk`() throws {
    #expect(try value("renewald_database_size_bytes") == nil)
    var configuration = daemon.configuration()
    configuration.directories.state = daemon.directory.path
    daemon.reloadGives(.success(configuration))
    _ = try daemon.call(ReloadCall())
    #expect(try value("renewald_database_size_bytes").flatMap { Int($0) } ?? 0 > 10_000)
    #expect(try value("renewald_state_free_bytes").flatMap { Int($0) } ?? 0 > 0)
    #expect(try value("renewald_storage_fault") == "0")
  }

  @Test func `a daemon that has heard nothing leaves out what it does not know`() throws {
    let silent = try SteeredDaemon(startsHeld: true, isSilent: true)
    let text = try silent.call(MetricsCall()).text
    for series in [
      "renewald_clock_trusted{", "renewald_clock_skew_seconds{",
      "renewald_sweep_last_success_timestamp_seconds{",
      "renewald_group_expiration_timestamp_seconds{",
    ] {
      #expect(!text.contains("\n" + series))
    }
    #expect(text.contains("\nrenewald_payments_allowed{account=\"main\"} 0\n"))
    #expect(text.contains("\nrenewald_sweeps_total{account=\"main\",result=\"complete\"} 0\n"))
  }
}

/// The manual page of the list: nothing in it is written twice.
enum MetricsPageText {
  static var manual: String {
    var lines = [
      ".\\\" Made from the list of metrics; see the test of it.",
      ".Dd November 26, 2026", ".Dt RENEWALD-METRICS 7", ".Os", ".Sh NAME",
      ".Nm renewald-metrics", ".Nd what monitoring can read of renewald", ".Sh DESCRIPTION",
      "The metrics of", ".Xr renewald 8", "are text in the format of Prometheus, version 0.0.4.",
      "They are printed by", ".Ic renewalctl metrics ,",
      "written for the textfile collector of node_exporter by",
      ".Pa renewald-textfile.timer ,", "and served over HTTP where",
      ".Xr renewald.toml 5", "says so under", ".Ic [metrics] .", ".Pp",
      "Times are seconds since 1970 UTC, money is in whole units of its currency.",
      "Counters of things that the ledger holds count all that ever was; the others begin",
      "at zero with each process.", "What is not known is left out, never zero.", ".Pp",
      "Names, types and labels stay; new ones may come.",
      ".Sh METRICS", ".Bl -tag -width Ds",
    ]
    for metric in Metric.allCases {
      let family = metric.family
      let labels = family.labels.isEmpty ? "" : " { \(family.labels.joined(separator: ", ")) }"
      lines += [".It Va \(family.name)\(labels)", "\(family.kind.rawValue).", family.help]
    }
    lines += [
      ".El", ".Sh FILES", ".Bl -tag -width Ds",
      ".It Pa /usr/share/doc/renewald/prometheus/renewald.rules.yml", "Alert rules.",
      ".It Pa /usr/share/doc/renewald/prometheus/runbook.md",
      "What to do about each of them.",
      ".It Pa /usr/share/doc/renewald/prometheus/dashboard.json", "A dashboard for Grafana.",
      ".It Pa /var/lib/prometheus/node-exporter/renewald.prom",
      "What", ".Pa renewald-textfile.service", "writes.", ".El",
      ".Sh EXAMPLES", "Groups that are past due, in Prometheus:",
      ".Dl time() - renewald_group_due_timestamp_seconds > 7200",
      "The textfile collector, once a minute:",
      ".Dl systemctl enable --now renewald-textfile.timer",
      ".Sh SEE ALSO", ".Xr renewalctl 1 ,", ".Xr renewald.toml 5 ,",
      ".Xr renewald-events 7 ,", ".Xr renewald 8", "",
    ]
    return lines.joined(separator: "\n")
  }
}

private let sourceTree = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
