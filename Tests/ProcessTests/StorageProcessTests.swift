import Foundation
import Glibc
import Synchronization
import Testing

extension `The real programs` {
  @Suite struct `On a storage that fails` {
    private static let strace = "/usr/bin/strace"
    /// Every n-th call that is let fail; `RENEWALD_SOAK` asks for all up to 120.
    private static let faults: [(call: String, error: String, number: Int)] = {
      let numbers =
        ProcessInfo.processInfo.environment["RENEWALD_SOAK"] == nil ? [3, 17, 40] : Array(1...120)
      return [("fdatasync", "EIO"), ("fsync", "EIO"), ("pwrite64", "ENOSPC")].flatMap { fault in
        numbers.map { (fault.0, fault.1, $0) }
      }
    }()

    @Test(.enabled(if: access(strace, X_OK) == 0, "strace is not installed"))
    func `the daemon never pays twice, and renews all once it is sound again`() throws {
      let faults = Self.faults
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: faults.count) { index in
        let fault = faults[index]
        do {
          let wrong = try Self.course(fault)
          failures.withLock { $0 += wrong }
        } catch { failures.withLock { $0.append("\(fault): \(error)") } }
      }
      #expect(failures.withLock { $0 } == [])
    }

    /// - Returns: what went wrong.
    private static func course(
      _ fault: (call: String, error: String, number: Int)
    ) throws -> [String] {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      let traced = try ChildProcess(
        strace,
        [
          "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(fault.call)", "-e",
          "inject=\(fault.call):error=\(fault.error):when=\(fault.number)",
          Programs.path("renewald"), "--config", site.configuration,
        ], environment: site.environment, in: site)
      let deadline = Deadline(.seconds(12))
      while try cloud.payments().count < due.count, !deadline.hasPassed {
        traced.listen(.milliseconds(300))
      }
      traced.killChildren()
      _ = try traced.exit()
      // A reboot clears the runtime directory, and with it the latch.
      try? FileManager.default.removeItem(atPath: "\(site.directory)/run/anchor")
      let daemon = try site.renewald()
      let end = Deadline(.seconds(60))
      while try cloud.payments().count < due.count, !end.hasPassed {
        daemon.listen(.milliseconds(300))
      }
      let payments = try cloud.payments()
      let twice = payments.filter { $0.value > 1 }.map { "\(fault): paid twice \($0.key.group)" }
      let unpaid = due.filter { payments[$0] == nil }.map { "\(fault): not paid \($0.group)" }
      return twice + unpaid
    }

    @Test func `an older ledger put in its place while it runs stops it, and pays nothing twice`()
      throws
    {
      let cloud = try SandboxProcess()
      let due = try cloud.due()
      let site = try Site(cloud)
      let database = "\(site.directory)/state/inventory.sqlite"
      let first = try site.renewald()
      try first.line("is settled")
      first.signal(SIGTERM)
      #expect(try first.exit() == 0)
      try FileManager.default.copyItem(atPath: database, toPath: database + ".old")

      let second = try site.renewald()
      for _ in 1..<due.count { try second.line("is settled", within: .seconds(40)) }
      // Into the file that it has open, between two sweeps.
      second.listen(.milliseconds(500))
      try Data(contentsOf: URL(fileURLWithPath: database + ".old"))
        .write(to: URL(fileURLWithPath: database))
      try second.line("was replaced under the running daemon")
      second.signal(SIGKILL)
      _ = try second.exit()
      // A reboot clears the runtime directory, and with it the latch.
      try? FileManager.default.removeItem(atPath: "\(site.directory)/run/anchor")

      let third = try site.renewald()
      try third.line("ROLLBACK")
      for _ in 0..<2 { try third.line("groups seen") }
      let payments = try cloud.payments()
      #expect(payments.count == due.count && payments.values.allSatisfy { $0 == 1 })
    }
  }
}

extension ChildProcess {
  /// Kills what this process has started, which ends it as well.
  fileprivate func killChildren() {
    let path = "/proc/\(processID)/task/\(processID)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    for child in text.split(separator: " ").compactMap({ pid_t($0) }) { kill(child, SIGKILL) }
  }
}
