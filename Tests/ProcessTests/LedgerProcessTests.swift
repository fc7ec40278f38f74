import Foundation
import Testing

extension `The real programs` {
  @Suite struct `The ledger` {
    @Test func `adds up to what the cloud charged, as JSON and for a spreadsheet`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      let daemon = try site.renewald()
      for _ in due { try daemon.line(" is settled") }
      let orders = try cloud.orders()
      let charged = try orders.reduce(Decimal(0)) { sum, order in
        sum + (try #require(order.amount.flatMap { Decimal(string: $0) }))
      }
      let text = try site.renewalctl("ledger", "--json").text
      let ledger = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let sums = try #require(ledger["sums"] as? [String: [[String: Any]]])
      for kind in ["accounts", "rules", "groups"] {
        let paid = try (sums[kind] ?? []).reduce(Decimal(0)) { sum, row in
          let money = try #require(row["paid"] as? [String: String])
          #expect(money["currency"] == "CNY")
          return sum + (try #require(money["amount"].flatMap { Decimal(string: $0) }))
        }
        #expect(paid == charged, "\(kind)")
      }
      #expect(sums["groups"]?.count == due.count)
      let csv = try site.renewalctl("ledger", "--csv").text
      for order in orders { #expect(csv.contains(",\(order.id),")) }
      #expect(try site.renewalctl("ledger", "--month", "2026-13").code == 64)
      #expect(
        try site.renewalctl("ledger", "--month", "1999-01").text == "Nothing in 1999-01 (UTC).")
    }
  }
}
