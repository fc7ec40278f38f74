import Foundation
import Testing

extension `The real programs` {
  @Suite struct `Looking ahead` {
    @Test func `plan, forecast, simulation and comparison agree on what is paid`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      for _ in due { try daemon.line(" is settled") }

      let json = try site.renewalctl("forecast", "--json")
      #expect(json.code == 0)
      let forecast = try #require(
        try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: Any])
      let months = try #require(forecast["months"] as? [[String: Any]])
      #expect(months.count == 12)
      let charged = try cloud.orders().compactMap { $0.amount.flatMap { Decimal(string: $0) } }
        .reduce(0, +)
      let paid = months.flatMap { $0["paid"] as? [[String: String]] ?? [] }
        .compactMap { $0["amount"].flatMap { Decimal(string: $0) } }.reduce(0, +)
      #expect(paid == charged)

      // The last second of the last month is the plan's end.
      let last = try #require((months.last?["month"] as? [String: String])?["to"])
      let plan = try site.renewalctl("plan", "--until", last, "--plain").text
      let planned = plan.split(separator: "\n").filter { $0.contains("\trenew\t") }
      let counted = months.compactMap { $0["plannedRenewals"] as? Int }.reduce(0, +)
      #expect(planned.count == counted && counted > 12)
      let run = try site.renewalctl("simulate", "--plain")
      let simulated = run.text.split(separator: "\n").filter { $0.contains("\trenew\t") }
      #expect(simulated.count == counted)

      let same = try site.renewalctl("config", "diff", site.configuration)
      #expect(same.code == 0, "\(same.text)")
      let other = "\(site.directory)/other.toml"
      let text = try String(contentsOfFile: site.configuration, encoding: .utf8)
        .replacing("maximum_price = \"20000.00 CNY\"", with: "maximum_price = \"0.01 CNY\"")
      try text.write(toFile: other, atomically: true, encoding: .utf8)
      let diff = try site.renewalctl("config", "diff", other)
      #expect(diff.code == 1)
      #expect(diff.text.contains("+ rule.all others.maximum_price = 0.01 CNY"))
      #expect(diff.text.contains("hold"))
      let refused = try site.renewalctl("simulate", "--config", other, "--months", "3")
      #expect(refused.code == 13)
      #expect(refused.text.contains("at most 0.01 CNY"))

      try "mode = \"pey\"\n".write(toFile: other, atomically: true, encoding: .utf8)
      let broken = try site.renewalctl("simulate", "--config", other)
      #expect(broken.code == 78 && broken.text.contains("other.toml:1:8"))
      let shown = try site.renewalctl("config", "show", "--plain")
      #expect(shown.text.contains("rule.all others.maximum_price\t20000.00 CNY"))
      // Nothing was loaded and nothing was bought by any of it.
      #expect(try cloud.orders().count == due.count)
    }

    @Test func `a configuration is checked without a daemon`() throws {
      let site = try Site(port: 1)
      func check() throws -> (code: Int32, text: String) {
        let process = try ChildProcess(
          Programs.path("renewalctl"), ["config", "check", site.configuration],
          environment: ["TZ": "UTC"], in: site)
        let code = try process.exit()
        return (code, process.lines.joined(separator: "\n"))
      }
      let good = try check()
      #expect(good.code == 0 && good.text == "\(site.configuration): good")
      try site.write("mode = \"pey\"\n")
      let broken = try check()
      #expect(broken.code == 78)
      #expect(broken.text.contains("renewald.toml:1:8"))
    }
  }
}
