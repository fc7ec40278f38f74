import Foundation
import Testing

extension `The real programs` {
  @Suite struct `Reconciling` {
    @Test func `the ledger agrees with the cloud until somebody else buys`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      try site.write(
        Site.configuration(cloud.endpoint).replacing(
          "endpoint = \"\(cloud.endpoint)\"",
          with: "endpoint = \"\(cloud.endpoint)\"\nbilling_endpoint = \"\(cloud.endpoint)\"\n"
            + "billing = true"))
      let daemon = try site.renewald()
      for _ in due { try daemon.line(" is settled") }

      let orders = try site.steer("orders", "--plain")
      #expect(orders.code == 0, "\(orders.text)")
      for order in try cloud.orders() {
        #expect(orders.text.contains("\(order.id)\tPaid\t"))
        #expect(orders.text.contains(order.group))
      }
      let agreed = try site.steer("reconcile")
      #expect(agreed.code == 0, "\(agreed.text)")
      #expect(agreed.text.contains("\(due.count) of \(due.count) agree."))

      let other = try #require(try cloud.groups().first { $0.name.hasPrefix("hold-") })
      try cloud.post("/groups/\(other.id)/renew", #"{"period":1,"periodUnit":"Month"}"#)
      // The sandbox shows an order a second after it was made.
      var differs = try site.steer("reconcile", "--plain")
      while differs.code == 0 { differs = try site.steer("reconcile", "--plain") }
      #expect(differs.code == 1)
      let row = differs.text.split(separator: "\n").first { $0.hasPrefix("onlyThere\t") }
      #expect(row?.contains(other.id) == true, "\(differs.text)")

      let quoted = try site.steer("plan", "--quote", "--until", "2030-01-01", "--plain")
      #expect(quoted.code == 0)
      let lines = quoted.text.split(separator: "\n").filter { $0.contains("\trenew\t") }
      #expect(!lines.isEmpty && lines.allSatisfy { $0.contains("\tCNY\t") })
      // Nothing was bought by asking.
      #expect(try cloud.orders().count == due.count + 1)
    }
  }
}
