import Configuration
import RenewalCore
import Testing

@Suite struct `Settings in force` {
  private func settings(_ text: String) throws -> [String: String] {
    let configuration = try DaemonConfiguration(
      sources: [
        ConfigurationSource(
          file: "a.toml",
          text: """
            [[account]]
            name = "main"
            region = "cn-shanghai"
            reader_credential = "reader"

            """ + text)
      ])
    return Dictionary(
      configuration.settings.map { ($0.key, $0.value) }, uniquingKeysWith: { $0 + " and " + $1 })
  }

  @Test func `have one line each, with what the file leaves out`() throws {
    let settings = try settings(
      """
      [schedule]
      time_zone = "Asia/Shanghai"
      windows = ["Mon-Tue 09:00-18:00"]
      [[rule]]
      name = "production"
      match = { name = "prod-*", tags = { team = "a" } }
      action = "renew"
      period = "1 Month"
      lead_time = "13d 12h"
      maximum_price = "900.00 CNY"
      [[budget]]
      name = "m"
      per = "month"
      limit = "5000.00 CNY"

      """)
    #expect(settings["mode"] == "observe")
    #expect(settings["account.main.reader_credential"] == "reader")
    #expect(settings["account.main.protocol.visibility_bound"] == "1d")
    #expect(settings["schedule.time_zone"] == "Asia/Shanghai")
    #expect(settings["rule.production.match.name"] == "prod-*")
    #expect(settings["rule.production.match.tags"] == "team=a")
    #expect(settings["rule.production.lead_time"] == "13d 12h")
    #expect(settings["rule.production.maximum_price"] == "900.00 CNY")
    #expect(settings["rule.production.windows"] == "Mon 09:00-18:00, Tue 09:00-18:00")
    #expect(settings["budget.m.limit"] == "5000.00 CNY")
    #expect(settings["sweep.interval"] == "1h")
    #expect(!settings.values.contains { $0.contains(" and ") })
  }

  @Test func `hold no secret`() throws {
    let settings = try settings(
      """
      [heartbeat]
      url = "https://example.com/ping/canary-path"
      [[webhook]]
      name = "chat"
      url = "https://example.com/canary-path?token=canary-token"
      secret_credential = "chat-secret"

      """)
    #expect(settings["heartbeat"] == "https://example.com/…")
    #expect(settings["webhook.chat"] == "https://example.com/…")
    #expect(settings["webhook.chat.secret_credential"] == "chat-secret")
    #expect(!settings.values.contains { $0.contains("canary") })
  }
}
