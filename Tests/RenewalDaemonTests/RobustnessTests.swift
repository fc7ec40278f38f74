import ControlProtocol
import Foundation
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

@Suite struct `In bad company` {
  @Test func `a renewal runs on time, and others are served`() throws {
    let daemon = try SteeredDaemon(startsHeld: true) {
      // As many at once as the company has, none turned away at the door.
      $0.connections = 400
      $0.connectionsPerUser = 400
    }
    let before = try residentMemory()
    let company = BadCompany(at: daemon.path("status"), each: 32)
    defer { company.stop() }
    while company.sent.load(ordering: .relaxed) < 5_000_000 { sched_yield() }

    // Each step waits for its place on the daemon's queue, as a timer would.
    var longest = Duration.zero
    func measured(_ step: () -> Void) {
      let start = ContinuousClock.now
      step()
      longest = max(longest, ContinuousClock.now - start)
    }
    measured { daemon.advance(by: SteeredDaemon.pastStartHold) }
    #expect(daemon.payments.map(\.request.group) == ["aig-1"])
    for _ in 0..<20 { measured { daemon.advance(by: .minutes(10)) } }
    // Far less than the seconds that a fresh read may be old before it pays, on
    // a machine that is busy with the company itself.
    #expect(longest < .seconds(5))
    #expect(try daemon.call(StatusCall(), on: "control").status.groups.values.reduce(0, +) == 2)
    #expect(try daemon.call(StatusCall(), on: "status").status.mode == .pay)
    // What 192 callers may keep: a call of 64 KiB and what was read with it, and
    // answers of 1 MiB for those who take none.
    #expect(try residentMemory() - before < 160 * 1024 * 1024)
  }

  /// Of this process, in bytes (proc(5), statm).
  private func residentMemory() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return try #require(pages) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

@Suite struct `A large fleet` {
  @Test func `is listed whole by walking over it once for the count and once for the pages`()
    throws
  {
    let daemon = try SteeredDaemon(startsHeld: true)
    daemon.change { cloud in
      cloud.groups += (0..<1_300).map {
        DeliveryGroup(id: GroupID("aig-x\($0)"), name: "n\($0 % 2)", expiry: Sample.now + .days(90))
      }
    }
    daemon.advance(by: .hours(2))
    var call = ListCall(name: "n1", limit: 200)
    var ids: [GroupID] = []
    repeat {
      let page = try daemon.call(call, on: "status")
      #expect(page.total == 650)
      ids += page.groups.map(\.id)
      call.after = page.next
    } while call.after != nil
    #expect(ids.count == 650 && ids == ids.sorted() && Set(ids).count == 650)
    // All that fits is on the last page exactly.
    call = ListCall(name: "n1", limit: 325)
    call.after = try daemon.call(call).next
    #expect(try daemon.call(call).next == nil)
    for place in ["x", "main/aig-1", "-1 main/aig-1", "3 main"] {
      #expect(try daemon.refusal(of: ListCall(after: place)) == .invalidParameter("after"))
    }
  }

  @Test func `says the same status until something happens`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let first = try daemon.call(StatusCall(), on: "status")
    #expect(try daemon.call(StatusCall(), on: "status") == first)
    daemon.letTimePass(.seconds(1))
    #expect(try daemon.call(StatusCall()).status.now > first.status.now)
    _ = try daemon.call(PauseCall(reason: "audit"))
    #expect(try daemon.call(StatusCall(), on: "status").status.pause?.reason == "audit")
    #expect(try daemon.refusal(of: ReloadCall()) == nil)
    _ = try daemon.call(HoldCall(group: "aig-2", reason: "moves"))
    #expect(try daemon.call(StatusCall(), on: "status").status.groups["held"] != nil)
  }
}
