import Foundation
import Glibc
import Testing

extension `The real programs` {
  @Suite struct `Run once` {
    @Test func `only looks in the start hold; later runs pay for what is due, once each`() throws {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)

      let first = try site.renewald("--once")
      // A group of the fleet has lapsed: that calls a person besides.
      #expect(try first.exit() == 13)
      #expect(first.lines.contains { $0.contains("no payment before") })
      #expect(try cloud.orders().isEmpty)

      // Each run takes what a sweep takes; the hold is one of seconds.
      let deadline = Deadline(.seconds(60))
      while try cloud.payments().count < due.count, !deadline.hasPassed {
        let run = try site.renewald("--once")
        let code = try run.exit(within: .seconds(60))
        #expect([0, 11, 13].contains(code), "\(code): \(run.lines)")
      }
      #expect(try cloud.payments() == Dictionary(uniqueKeysWithValues: due.map { ($0, 1) }))

      let last = try site.renewald("--once")
      #expect(try last.exit() == 13)
      // Quiet where nothing happens: the line of the sweep, and no other.
      #expect(last.lines.count == 1, "\(last.lines)")
    }

    @Test func `refuses to run beside the daemon`() throws {
      let site = try Site(SandboxProcess())
      let daemon = try site.renewald()
      try daemon.line("groups seen")
      #expect(try site.renewald("--once").exit() == 75)
    }

    @Test func `tells a cloud that is away by its exit code, and pays nothing`() throws {
      let site = try Site(port: Loopback.closedPort())
      // The waits between its tries are those of the daemon: they are not waited for here.
      let run = try site.renewald("--once")
      try run.line("only 0 groups seen")
      run.signal(SIGTERM)
      #expect(try run.exit() == 69)
    }
  }
}
