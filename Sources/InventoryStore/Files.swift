import FoundationEssentials
import Glibc
import RenewalCore

/// Which file a path leads to.
package struct FileIdentity: Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

package protocol FileIdentifying: AnyObject {
  /// `nil` where the path leads nowhere.
  func identify(_ path: String) -> FileIdentity?
}

/// The real file system.
package final class FileSystemIdentity: FileIdentifying {
  package init() {}

  package func identify(_ path: String) -> FileIdentity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// When a file's contents changed last; long ago for one that is not there.
  package static func lastWritten(_ path: String) -> Instant {
    var status = stat()
    return stat(path, &status) == 0 ? Instant(Int64(status.st_mtim.tv_sec)) : Instant(0)
  }
}

/// Exclusive use of a state directory, by a kernel lock on an open file. It
/// ends with the process and is never stolen: a lock file with a time in it
/// proves nothing.
package final class StateLock {
  private let descriptor: Int32

  /// - Throws: `StoreError.inUse` if another process holds it.
  package init(directory: String) throws(StoreError) {
    let path = directory + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      Glibc.close(descriptor)
      throw error == EWOULDBLOCK ? .inUse(directory) : StoreError.system(error, path)
    }
    self.descriptor = descriptor
    // Root may be the first to hold it, and the daemon has to be able to.
    try DurableFile.giveToOwner(ofDirectoryOf: path)
  }

  deinit { Glibc.close(descriptor) }

  /// Whether somebody holds it now.
  package static func isHeld(directory: String) -> Bool {
    let descriptor = open(directory + "/lock", O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}

/// The sidecar as a file: appended, synced, read whole at a start.
package final class SidecarFile: SidecarLog {
  private let path: String
  private let descriptor: Int32

  package init(path: String) throws(StoreError) {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0o600)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    self.descriptor = descriptor
    do throws(StoreError) {
      try dropTornLine()
      try DurableFile.synchroniseDirectory(of: path)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  deinit { Glibc.close(descriptor) }

  package func append(_ lines: [SidecarLine]) throws {
    var bytes = try SidecarText.encode(lines)[...]
    let end = lseek(descriptor, 0, SEEK_END)
    var isComplete = false
    // Half a line must not swallow the next one.
    defer { if !isComplete, end >= 0 { _ = ftruncate(descriptor, end) } }
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw StoreError.system(errno, path) }
      bytes = bytes.dropFirst(written)
    }
    guard fdatasync(descriptor) == 0 else { throw StoreError.system(errno, path) }
    isComplete = true
  }

  package func load() throws -> [SidecarLine] {
    try SidecarText.decode(try contents())
  }

  package func loadLast() throws -> [SidecarLine] {
    try SidecarText.decodeLast(try contents())
  }

  /// The lines of a log that another process may be writing; none where there
  /// is no log.
  package static func read(_ path: String) throws(StoreError) -> [SidecarLine] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return [] }
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    defer { Glibc.close(descriptor) }
    let bytes = try contents(of: descriptor, path)
    return try SidecarText.decode(Array(bytes[..<SidecarText.wholeCount(bytes)]))
  }

  /// A line that a crash cut off must not swallow the next one.
  private func dropTornLine() throws(StoreError) {
    let bytes = try contents()
    let whole = SidecarText.wholeCount(bytes)
    guard whole < bytes.count else { return }
    guard ftruncate(descriptor, off_t(whole)) == 0 else { throw StoreError.system(errno, path) }
  }

  private func contents() throws(StoreError) -> [UInt8] {
    try Self.contents(of: descriptor, path)
  }

  private static func contents(
    of descriptor: Int32, _ path: String
  ) throws(StoreError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StoreError.system(errno, path) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}

/// The anchor as a file in the runtime directory: memory, gone at a reboot, so
/// that it is renamed into place but never synced.
package final class AnchorFile: AnchorKeeping {
  private let path: String

  package init(path: String) { self.path = path }

  package func load() -> RuntimeAnchor? {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return try? JSONDecoder().decode(RuntimeAnchor.self, from: data)
  }

  package func save(_ anchor: RuntimeAnchor) throws(StoreError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(anchor) else { throw .inputOutput(path) }
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o600)
    guard descriptor >= 0 else { throw StoreError.system(errno, temporary) }
    let written = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    Glibc.close(descriptor)
    guard written == data.count, rename(temporary, path) == 0 else {
      throw StoreError.system(errno, path)
    }
  }
}

/// Remembers, over a reboot and outside the ledger, that a write failed. The best
/// that can be done on a disk that fails; the journal was told as well.
package protocol FaultMarking: AnyObject {
  func load() -> String?
  /// `nil` forgets it.
  func save(_ fault: String?)
}

/// The mark as a file in the state directory.
package final class FaultMarkFile: FaultMarking {
  private let path: String

  package init(path: String) { self.path = path }

  package func load() -> String? {
    guard let data = try? Data(contentsOf: URL(filePath: path)), !data.isEmpty else { return nil }
    return String(decoding: data.prefix(1000), as: UTF8.self)
  }

  package func save(_ fault: String?) {
    guard let fault else {
      unlink(path)
      return
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o600)
    guard descriptor >= 0 else { return }
    defer { Glibc.close(descriptor) }
    let bytes = Array(fault.utf8)
    if write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 {
      try? DurableFile.synchroniseDirectory(of: path)
    }
  }
}

/// Where the anchor of a start hold is kept over restarts.
package protocol AnchorKeeping: AnyObject {
  /// `nil` where there is none, or none that can be read: then the hold applies.
  func load() -> RuntimeAnchor?
  func save(_ anchor: RuntimeAnchor) throws(StoreError)
}

extension StoreError {
  static func system(_ code: Int32, _ path: String) -> StoreError {
    let text = "\(path): \(String(cString: strerror(code)))"
    return switch code {
    case ENOSPC, EDQUOT: .full(text)
    case EROFS, EACCES, EPERM: .readOnly(text)
    case EIO: .inputOutput(text)
    default: .cannotOpen(text)
    }
  }
}
