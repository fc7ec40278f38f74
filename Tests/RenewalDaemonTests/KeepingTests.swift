import Configuration
import ControlProtocol
import Dispatch
import Foundation
import InventoryStore
import RenewalCore
import TestSupport
import Testing
import Varlink

@testable import RenewalDaemon

@Suite struct `Keeping the ledger over the socket` {
  @Test func `a copy is made, fetched in pieces and found sound`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let backup = try daemon.call(BackupCall()).backup
    #expect(backup.ledger.head == (try daemon.call(StatusCall()).status.ledger))
    var bytes = Data()
    while true {
      let piece = try daemon.call(ReadBackupCall(name: backup.name, offset: bytes.count))
      bytes += try #require(Data(base64Encoded: piece.data))
      if piece.isLast { break }
    }
    #expect(bytes == (try Data(contentsOf: URL(filePath: backup.path))))
    #expect(bytes.count == backup.bytes)
    #expect(
      try daemon.refusal(of: ReadBackupCall(name: "../inventory.sqlite", offset: 0))?.name
        == "\(ControlInterface.name).NotNow")
    #expect(
      try daemon.refusal(of: ReadBackupCall(name: backup.name, offset: -1))
        == .invalidParameter("offset"))
  }

  @Test func `the copy of the day says when the ledger was last found sound`() async throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let keeper = BackupKeeper(
      directories: Directories(state: daemon.directory.path, runtime: daemon.directory.path))
    #expect(keeper.verifiedAt == nil)
    let queue = DispatchQueue(label: "daily copy")
    let now = daemon.now
    let copied = await withCheckedContinuation { waiting in
      queue.async {
        keeper.keepUp(at: now, with: BackupConfiguration(), on: queue) {
          waiting.resume(returning: $0)
        }
      }
    }
    _ = try copied.get()
    #expect(queue.sync { keeper.verifiedAt } == now)
  }

  @Test func `the ledger in use is verified, and nothing is left of it`() throws {
    let daemon = try SteeredDaemon()
    let before = try FileManager.default.contentsOfDirectory(atPath: daemon.directory.path)
    let reply = try daemon.call(VerifyCall())
    #expect(reply.ledger?.head == (try daemon.call(StatusCall()).status.ledger))
    #expect(reply.problems == [] && reply.notes == [])
    let after = try FileManager.default.contentsOfDirectory(atPath: daemon.directory.path)
    #expect(after.sorted() == before.sorted())
  }

  @Test func `a running daemon restores nothing and opens no file of its caller`() throws {
    let daemon = try SteeredDaemon(startsHeld: true)
    let refusal = try daemon.refusal(of: RestoreCall(file: "/tmp/x"))
    #expect(refusal?.name == "\(ControlInterface.name).NotNow")
    #expect(try daemon.refusal(of: VerifyCall(file: "/etc/shadow")) == .invalidParameter("file"))
  }

  @Test func `a copy that fails is an alert until one is made`() throws {
    let harness = try EngineHarness()
    harness.tell(.backupEnded(problem: "no space is left"))
    #expect(harness.engine.standingAlerts.map(\.kind) == [.backupFailed])
    harness.tell(.backupEnded(problem: nil))
    #expect(harness.engine.standingAlerts.isEmpty)
  }
}

/// A cloud that moves on while a ledger does not.
///
/// The worst case at every point: every alert is acknowledged at once, the anchor
/// of the runtime directory is still there, and the answers of some payments
/// were lost.
@Suite struct `A restored ledger` {
  private struct Course {
    let harness: EngineHarness
    /// Effects of ours in the cloud, by the expiry that they moved.
    var effects: [Instant: Int] = [:]
    private var calls = 0

    init() throws {
      harness = try EngineHarness(
        parameters: ProtocolParameters(
          requestLife: .minutes(65), visibilityBound: .hours(1), pollInterval: .minutes(10),
          attemptCap: 3))
      harness.settings.sweepInterval = .days(1)
      try harness.restart()
    }

    /// The same machine and the same cloud at the same moment, apart from now on.
    init(fork other: Course) throws {
      try self.init()
      try harness.engine.store.close()
      for (from, to) in [(other.inventory, inventory), (other.sidecar, sidecar)] {
        try FileManager.default.removeItem(atPath: to)
        try FileManager.default.copyItem(atPath: from, toPath: to)
      }
      harness.cloud = other.harness.cloud
      harness.server = other.harness.server
      harness.bootMilliseconds = other.harness.bootMilliseconds
      harness.anchor.anchor = other.harness.anchor.anchor
      effects = other.effects
    }

    var inventory: String { harness.directory.path + "/inventory.sqlite" }
    var sidecar: String { harness.directory.path + "/sidecar.log" }

    /// Lets the time pass in steps; a payment takes effect when it is sent.
    ///
    /// - Parameter each: before and after every payment, and after every step.
    mutating func run(_ span: Span, each: (Course) throws -> Void = { _ in }) throws {
      let end = harness.server + span
      while harness.server < end {
        harness.tell(.woke)
        harness.answerAll()
        while let renewal = harness.takePayment() {
          try each(self)
          harness.tell(.paymentReplied(renewal: renewal, pay()))
          harness.answerAll()
        }
        for alert in harness.engine.standingAlerts where alert.kind.stopsPayments {
          try harness.operate(.acknowledge(alert.id))
        }
        try each(self)
        harness.advance(harness.open == nil ? .hours(12) : .minutes(40))
      }
    }

    /// What the cloud does and says. Every other answer is lost.
    private mutating func pay() -> PaymentReply {
      let expiry = harness.cloud["aig-1"]?.expiry ?? Instant(0)
      effects[expiry, default: 0] += 1
      harness.cloud["aig-1"]?.expiry = expiry + .days(31)
      harness.cloud["aig-1"]?.expiryText = (expiry + .days(31)).description
      calls += 1
      guard calls % 2 == 0 else { return PaymentReply(delivery: .interrupted("cut")) }
      return PaymentReply(
        delivery: .answered(status: 200), isReadable: true, code: "200",
        orderID: OrderID("order-\(calls)"))
    }

    /// Takes the copy in the place of the ledger and starts on it.
    func restore(_ copy: String, withSidecar: Bool) throws {
      if !withSidecar { try FileManager.default.removeItem(atPath: sidecar) }
      _ = try StoreRestore.restore(
        copy, to: inventory, sidecar: try SidecarFile.read(sidecar), accounts: ["main"],
        at: harness.server)
      try harness.restart()
      #expect(harness.engine.alerts.stoppingPayments.contains(.rollback))
    }
  }

  @Test(arguments: [true, false]) func `of any age never pays twice for what was paid`(
    withSidecar: Bool
  ) throws {
    var course = try Course()
    var copies: [String] = []
    var seen: Set<String> = []
    try course.run(.days(66)) { course in
      // One for each state of each renewal, and each fortnight.
      let states = course.harness.renewals.map { "\($0.intent.key.expiry) \($0.state)" }
      let fortnight = "\((course.harness.server - Sample.now).seconds / 1_209_600)"
      guard seen.insert(states.joined() + fortnight).inserted else { return }
      let copy = course.harness.directory.path + "/copy-\(copies.count)"
      _ = try StoreBackup.make(of: course.inventory, at: copy)
      copies.append(copy)
    }
    #expect(copies.count >= 9)
    #expect(course.effects.count >= 2 && course.effects.values.allSatisfy { $0 == 1 })
    try course.harness.engine.store.close()
    for (number, copy) in copies.enumerated() {
      var restored = try Course(fork: course)
      try restored.restore(copy, withSidecar: withSidecar)
      try restored.run(.days(40))
      #expect(restored.effects.values.allSatisfy { $0 == 1 }, "after copy \(number)")
      // And it goes on paying for what comes.
      #expect(restored.effects.count > course.effects.count, "after copy \(number)")
    }
  }
}
