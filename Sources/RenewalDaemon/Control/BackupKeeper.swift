import Configuration
import ControlProtocol
import Dispatch
import InventoryStore
import RenewalCore

/// Copies and checks the ledger, on a queue of its own: however large the file
/// is, no decision waits for it.
final class BackupKeeper: @unchecked Sendable {
  let inventory: String
  private let sidecar: String
  private let shelf: BackupShelf
  private let queue = DispatchQueue(label: "renewald backups")

  // Belong to the queue that owns the state.
  private(set) var isBusy = false
  private var next: Instant?
  /// When a copy was last made, whose whole chain was read then.
  private(set) var verifiedAt: Instant?

  init(directories: Directories) {
    inventory = directories.inventory
    sidecar = directories.sidecar
    shelf = BackupShelf(directory: directories.state + "/backups")
  }

  /// Makes a copy and removes what need not be kept any longer.
  func make(
    at now: Instant, keeping retention: BackupRetention,
    reply: @escaping @Sendable (Result<BackupShelf.Copy, StoreError>) -> Void
  ) {
    queue.async { [self] in
      let result = Result { () throws(StoreError) in try shelf.add(from: inventory, at: now) }
      // What is there is thinned only once there is something newer.
      if case .success = result { shelf.thin(by: retention) }
      reply(result)
    }
  }

  /// The copy of the day, where it is time for it. Called on the queue that
  /// owns the state, on which it also answers.
  func keepUp(
    at now: Instant, with settings: BackupConfiguration, on owner: DispatchQueue,
    ended: @escaping @Sendable (Result<BackupShelf.Copy, StoreError>) -> Void
  ) {
    guard settings.isAutomatic, !isBusy else { return }
    let due = next ?? shelf.instants().last.map { $0 + .days(1) } ?? now
    next = due
    // One that is due in two days was made by a clock that was wrong.
    guard now >= due || due > now + .days(1) else { return }
    isBusy = true
    make(at: now, keeping: settings.retention) { [self] result in
      owner.async { [self] in
        isBusy = false
        if case .success = result {
          next = now + .days(1)
          verifiedAt = now
        } else {
          next = now + .hours(1)
        }
        ended(result)
      }
    }
  }

  /// A piece of a copy, and whether it is the last.
  func read(
    _ name: String, from offset: Int,
    reply: @escaping @Sendable (Result<(bytes: [UInt8], isLast: Bool), StoreError>) -> Void
  ) {
    queue.async { [self] in
      reply(
        Result { () throws(StoreError) in
          let bytes = try shelf.read(name, from: offset, count: Self.pieceSize)
          return (bytes, bytes.count < Self.pieceSize)
        })
    }
  }

  /// In base 64 a third of what an answer may be.
  private static let pieceSize = 256 * 1024

  /// Checks a copy of the ledger that is made for it and removed again: the
  /// daemon's own file is never held by a long read.
  func verify(reply: @escaping @Sendable (VerifyCall.Reply) -> Void) {
    queue.async { [self] in
      let copy = inventory + ".verifying"
      StoreBackup.discard(copy)
      let verdict: VerifyCall.Reply
      do {
        let inspection = try StoreBackup.make(of: inventory, at: copy)
        verdict = try self.verdict(on: copy, inspection, named: inventory)
      } catch {
        verdict = VerifyCall.Reply(problems: [StoreError(error).description])
      }
      // Before the answer: whoever has it finds nothing left.
      StoreBackup.discard(copy)
      reply(verdict)
    }
  }

  /// Checks a file that nobody writes to.
  func verify(file: String) -> VerifyCall.Reply {
    do throws(StoreError) {
      return try verdict(on: file, try StoreInspection(of: file), named: file)
    } catch {
      return VerifyCall.Reply(problems: [error.description])
    }
  }

  private func verdict(
    on file: String, _ inspection: StoreInspection, named name: String
  ) throws(StoreError) -> VerifyCall.Reply {
    var reply = VerifyCall.Reply(ledger: LedgerFileReport(inspection, file: name))
    let isTheInventory = name == inventory
    let lines: [SidecarLine]
    do throws(StoreError) { lines = try SidecarFile.read(sidecar) } catch {
      let text = "what was recorded beside the ledger cannot be read: \(error)"
      if isTheInventory { reply.problems.append(text) } else { reply.notes.append(text) }
      return reply
    }
    let agreement = try StoreInspection.compare(
      file, with: isTheInventory ? SidecarText.inForce(lines) : lines)
    if agreement.different > 0 {
      let text = "\(agreement.different) rows differ from what was recorded beside the ledger"
      if isTheInventory || agreement.same == 0 {
        reply.problems.append(text)
      } else {
        reply.notes.append(text + ", as after an earlier restore")
      }
    }
    if agreement.missing > 0 {
      let text = "\(agreement.missing) rows that were recorded beside the ledger are not in it"
      if isTheInventory {
        reply.problems.append(text)
      } else {
        reply.notes.append(text + "; a restore takes them over")
      }
    }
    return reply
  }
}

extension LedgerFileReport {
  init(_ inspection: StoreInspection, file: String) {
    self.init(
      file: file, schema: inspection.schema, head: inspection.head,
      newestAt: inspection.newest?.timestamp, accounts: inspection.accounts,
      groups: inspection.groups, renewals: inspection.renewals)
  }
}

extension Directories {
  var inventory: String { state + "/inventory.sqlite" }
  /// Beside the inventory, and never restored with it.
  var sidecar: String { state + "/sidecar/renewals.log" }
}
