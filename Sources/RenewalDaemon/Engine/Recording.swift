import InventoryStore
import RenewalCore

/// What the engine writes down, and what follows when it cannot.
extension RenewalEngine {
  /// One durable transaction. `nil` when it failed: then nothing that depends
  /// on it may happen, and payments are off.
  func record<Result>(
    spending: Bool = false, _ body: (StoreTransaction) throws -> Result
  ) -> Result? {
    guard storageFault?.latches != true else { return nil }
    do throws(StoreError) {
      return try store.write(spending: spending, body)
    } catch {
      storageFailed(error)
      return nil
    }
  }

  func storageFailed(_ error: StoreError) {
    // A refused change is a defect of ours and leaves the disk sound; it is
    // told, and the case that led to it is not tried again in this cycle.
    preparations = [:]
    switch error {
    case .refused:
      wasRefused = true
      effects.append(.storageFailed(error))
    default:
      if storageFault == nil {
        effects.append(.storageFailed(error))
        faultMark?.save("at \(now): \(error)")
      }
      if storageFault?.latches != true { storageFault = error }
    }
    // What the failed transaction raised or cleared was rolled back with it.
    if let standing = try? store.read({ try $0.alerts() }) { alerts = AlertBoard(standing) }
  }

  /// Whether anything may be written. After a failed sync nothing is until the
  /// next boot: the pages that the kernel calls clean may not be on the disk,
  /// and one more transaction on top of them can ruin the file.
  var canRecord: Bool { storageFault == nil }

  /// A full disk and a locked file are the faults that heal: the failed
  /// transaction was rolled back, and a later one shows that writing is
  /// possible again.
  func recoverFromPassingFault() {
    guard let fault = storageFault, !fault.latches else { return }
    let sequence = String(announced)
    let probe: Void? = try? store.write { try $0.set(.announcedSequence, sequence) }
    guard probe != nil else { return }
    storageFault = nil
    recordPastFault()
  }

  /// Nothing can be recorded any more, so no alert can be raised either: the
  /// journal is told directly, and again, until somebody reboots.
  func repeatStorageFault() {
    guard let fault = storageFault else {
      nextFaultTelling = 0
      return
    }
    guard reading.boot >= nextFaultTelling else { return }
    if nextFaultTelling > 0 { effects.append(.storageFailed(fault)) }
    nextFaultTelling = boot(after: .hours(1))
  }

  /// Rows of the ledger that nobody was told yet.
  var isBehindInTelling: Bool { store.head.sequence > announced }

  func announcements() -> [EngineEffect] {
    guard isBehindInTelling,
      let rows = try? store.read({ try $0.ledger(after: announced, limit: 1000) }),
      let last = rows.last
    else { return [] }
    announced = last.sequence
    return [.announce(rows)]
  }

  /// Whoever was told of these rows will not be told again after a clean stop;
  /// after a crash the last ones are told twice.
  func rememberAnnounced(_ transaction: StoreTransaction) throws {
    guard rememberedAnnounced != announced else { return }
    try transaction.set(.announcedSequence, String(announced))
    rememberedAnnounced = announced
  }

  /// The last that was announced has been told for certain.
  func rememberTold() { _ = record { try rememberAnnounced($0) } }

  func leaveAnchor() {
    var marks: [AccountName: RuntimeAnchor.Mark] = [:]
    for (name, state) in accounts {
      guard let mark = state.clock.last else { continue }
      switch state.hold {
      case .waiting: continue
      case .until(let end): marks[name] = .init(clock: mark, holdUntil: end)
      case .none: marks[name] = .init(clock: mark, holdUntil: nil)
      }
    }
    let new = RuntimeAnchor(
      head: store.head, bootID: bootID, accounts: marks,
      storageFault: storageFault?.latches == true ? storageFault?.description : nil)
    if let saved = savedAnchor, saved.isEqualButForClocks(new),
      saved.accounts.allSatisfy({ name, mark in
        (marks[name]?.clock.boot ?? 0) - mark.clock.boot < 600_000
      })
    {
      return
    }
    // Failing is safe: an anchor that is missing or behind makes the next
    // start hold.
    if (try? anchor.save(new)) != nil { savedAnchor = new }
  }
}
