import CFaultDisk
import InventoryStore
import RenewalCore
import RenewalDaemon

/// The disk of the simulated machine, and what else survives a process.
final class VirtualDisk {
  let raw: OpaquePointer
  private let root: String
  /// The runtime directory: kept over a restart, gone at a reboot.
  var anchor: RuntimeAnchor?
  /// Called ahead of each boundary of a life: while the daemon handles an event ahead
  /// of each operation of the disk, then ahead of each effect.
  var beforeBoundary: (() -> Void)?

  init?(_ name: String) {
    guard let raw = fault_disk_create(name) else { return nil }
    self.raw = raw
    root = String(cString: fault_disk_root(raw))
  }

  deinit { fault_disk_destroy(raw) }

  var databasePath: String { root + "inventory.sqlite" }
  var sidecarPath: String { root + "sidecar.log" }
  var faultMarkPath: String { root + "storage-fault" }

  var isOff: Bool { fault_disk_is_off(raw) }

  func kill() { fault_disk_kill_process(raw) }

  func cutPower(_ luck: inout Seeded) {
    cutPower(
      loss: UInt32(luck.number(0...100)), tear: UInt32(luck.number(0...100)),
      sector: luck.happens(500) ? 512 : 4096, seed: luck.next())
  }

  func cutPower(loss: UInt32, tear: UInt32, sector: Int, seed: UInt64) {
    fault_disk_cut_power(raw, loss, tear, sector, seed)
    anchor = nil
  }

  func snapshot() -> OpaquePointer? { fault_disk_take_snapshot(raw) }
}

extension VirtualDisk {
  /// Handles an event and carries out its effects, as far as a life goes that may
  /// end in a crash.
  ///
  /// - Parameter passed: boundaries of this life so far.
  /// - Returns: whether the daemon lives on.
  func live(
    until crash: Crash?, passed: inout Int64, _ handle: () -> [EngineEffect],
    then perform: (EngineEffect) -> Void
  ) -> Bool {
    let counted = fault_disk_count(raw, .every)
    if let crash, crash.boundary > passed {
      _ = fault_disk_arm(
        raw, .every, crash.boundary - passed, 1, crash.isAfter ? .offAfter : .offBefore)
    }
    let effects = watching(handle)
    passed += fault_disk_count(raw, .every) - counted
    if isOff { return false }
    fault_disk_disarm(raw)
    for effect in effects {
      passed += 1
      beforeBoundary?()
      let isHere = crash?.boundary == passed
      if isHere, crash?.isAfter == false { return false }
      perform(effect)
      if isHere { return false }
    }
    return true
  }

  private func watching(_ handle: () -> [EngineEffect]) -> [EngineEffect] {
    guard beforeBoundary != nil else { return handle() }
    let context = Unmanaged.passUnretained(self).toOpaque()
    fault_disk_watch(
      raw,
      { context in
        guard let context else { return }
        Unmanaged<VirtualDisk>.fromOpaque(context).takeUnretainedValue().beforeBoundary?()
      }, context)
    defer { fault_disk_watch(raw, nil, nil) }
    return handle()
  }

  /// - Returns: whether the machine has to boot again.
  func end(by kind: Crash.Kind) -> Bool {
    switch kind {
    case .kill:
      kill()
      return false
    case .powerCut(let loss, let tear, let seed):
      cutPower(loss: UInt32(loss), tear: UInt32(tear), sector: 512, seed: seed)
      return true
    }
  }
}

extension VirtualDisk: AnchorKeeping {
  func load() -> RuntimeAnchor? { anchor }
  // Code that runs on after the disk went off is that of a process that is dead.
  func save(_ anchor: RuntimeAnchor) { if !isOff { self.anchor = anchor } }
}

/// Beside the ledger on the same disk, and so as likely to be lost.
final class VirtualFaultMark: FaultMarking {
  private let disk: VirtualDisk
  private let path: String

  init(_ disk: VirtualDisk) {
    self.disk = disk
    path = disk.faultMarkPath
  }

  func load() -> String? {
    let size = fault_disk_size(disk.raw, path)
    guard size > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    guard fault_disk_read(disk.raw, path, 0, &bytes, bytes.count) == size else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  func save(_ fault: String?) {
    _ = fault_disk_delete(disk.raw, path)
    guard let fault else { return }
    let bytes = Array(fault.utf8)
    if fault_disk_append(disk.raw, path, bytes, bytes.count) == Int64(bytes.count),
      fault_disk_sync(disk.raw, path) == 0
    {
      _ = fault_disk_sync_directory(disk.raw, path)
    }
  }
}

extension VirtualDisk: FileIdentifying {
  func identify(_ path: String) -> FileIdentity? {
    let number = fault_disk_file_number(raw, path)
    return number == 0 ? nil : FileIdentity(device: 1, inode: number)
  }
}

/// The sidecar on the simulated disk, with the same text as in production.
final class VirtualSidecar: SidecarLog {
  private let disk: VirtualDisk

  init(_ disk: VirtualDisk) throws {
    self.disk = disk
    let size = fault_disk_size(disk.raw, disk.sidecarPath)
    if size < 0 {
      try check(fault_disk_append(disk.raw, disk.sidecarPath, [UInt8](), 0))
      try check(fault_disk_sync_directory(disk.raw, disk.sidecarPath))
    } else {
      let bytes = try contents()
      let whole = SidecarText.wholeCount(bytes)
      guard whole < bytes.count else { return }
      try check(fault_disk_truncate(disk.raw, disk.sidecarPath, Int64(whole)))
    }
  }

  func append(_ lines: [SidecarLine]) throws {
    let bytes = try SidecarText.encode(lines)
    let end = fault_disk_size(disk.raw, disk.sidecarPath)
    do {
      try check(fault_disk_append(disk.raw, disk.sidecarPath, bytes, bytes.count))
      try check(fault_disk_sync(disk.raw, disk.sidecarPath))
    } catch {
      // Half a line must not swallow the next one.
      if end >= 0 { _ = fault_disk_truncate(disk.raw, disk.sidecarPath, end) }
      throw error
    }
  }

  func load() throws -> [SidecarLine] { try SidecarText.decode(try contents()) }
  func loadLast() throws -> [SidecarLine] { try SidecarText.decodeLast(try contents()) }

  private func contents() throws -> [UInt8] {
    let size = fault_disk_size(disk.raw, disk.sidecarPath)
    guard size > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    try check(fault_disk_read(disk.raw, disk.sidecarPath, 0, &bytes, bytes.count))
    return bytes
  }

  private func check(_ result: Int64) throws {
    guard result >= 0 else { throw StoreError.inputOutput("the simulated disk said \(result)") }
  }
}
