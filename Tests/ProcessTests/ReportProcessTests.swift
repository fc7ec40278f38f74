import Foundation
import Testing

extension `The real programs` {
  @Suite struct `The report` {
    @Test func `every order of the cloud stands in it, with its amount and both expiries`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      for _ in due { try daemon.line(" is settled") }
      let page = "\(site.directory)/report.html"
      let calendar = "\(site.directory)/report.ics"
      #expect(try site.renewalctl("report", "--html", page, "--ics", calendar).code == 0)

      let text = try String(contentsOfFile: page, encoding: .utf8)
      let orders = try cloud.orders()
      try #require(orders.count == due.count)
      var sum = 0.0
      for order in orders {
        let row = try #require(
          text.components(separatedBy: "<tr>").first { $0.contains("<code>\(order.id)</code>") })
        let (before, after) = (try #require(order.keyExpiryBefore), try #require(order.expiryAfter))
        for fact in [order.group, "datetime=\"\(before)\"", "datetime=\"\(after)\"", "proven"] {
          #expect(row.contains(fact), "\(order.id): \(fact)")
        }
        let amount = try #require(order.amount.flatMap { Double($0) })
        #expect(row.contains(Self.readable(amount)), "\(row)")
        sum += amount
      }
      #expect(text.contains("<b>\(Self.readable(sum))</b>"))
      // The ledger says the same in its own way.
      let ledger = try site.renewalctl("ledger")
      #expect(ledger.text.contains("Paid: \(String(format: "%.2f", sum)) CNY."))

      let events = try String(contentsOfFile: calendar, encoding: .utf8)
      for group in try cloud.groups() where group.chargeType == "PrePaid" {
        let expiry = try #require(group.expiry).filter { $0 != "-" && $0 != ":" }
        #expect(events.contains("UID:expiry-test/\(group.id)@renewald"))
        #expect(events.contains("DTSTART:\(expiry)"))
      }
    }

    @Test func `a directory that is not there leaves nothing behind`() throws {
      let cloud = try SandboxProcess(groups: 3)
      let site = try Site(cloud)
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      let failed = try site.renewalctl("report", "--html", "\(site.directory)/none/report.html")
      #expect(failed.code == 73)
      #expect(failed.text.contains("No such file or directory"))
    }

    /// `1,234.50 CNY`.
    private static func readable(_ amount: Double) -> String {
      let text = String(format: "%.2f", amount)
      let whole = text.prefix { $0 != "." }
      let grouped = whole.reversed().enumerated().reduce("") { result, digit in
        "\(digit.element)" + (digit.offset > 0 && digit.offset % 3 == 0 ? "," : "") + result
      }
      return grouped + text.dropFirst(whole.count) + " CNY"
    }
  }
}
