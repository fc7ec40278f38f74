import FoundationEssentials
import Glibc

/// What a clean stop leaves in the runtime directory: which file it closed, and
/// when that file had last changed.
///
/// A start in the same boot that finds the file untouched since need not read
/// all of it again. It is used once: whatever ends in another way than by a clean
/// stop leaves none behind, and the next start checks everything.
package struct CleanStop: Hashable, Sendable, Codable {
  private var bootID: String
  private var device: UInt64
  private var inode: UInt64
  private var size: Int64
  /// Of the inode, in nanoseconds: unlike the time of the contents nobody can
  /// set it.
  private var changed: Int64

  /// `nil` where there is no such file.
  init?(of database: String, bootID: String) {
    var status = stat()
    guard stat(database, &status) == 0 else { return nil }
    self.bootID = bootID
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
  }

  /// Takes the mark away and says whether it fits the file as it is now.
  package static func take(_ path: String, of database: String, bootID: String) -> Bool {
    let data = try? Data(contentsOf: URL(filePath: path))
    guard let data, unlink(path) == 0,
      let mark = try? JSONDecoder().decode(CleanStop.self, from: data)
    else { return false }
    return mark == CleanStop(of: database, bootID: bootID)
  }

  /// Leaves the mark. A failure costs the next start its time and nothing else.
  package static func leave(_ path: String, of database: String, bootID: String) {
    guard let mark = CleanStop(of: database, bootID: bootID),
      let data = try? JSONEncoder().encode(mark)
    else { return }
    try? data.write(to: URL(filePath: path))
  }
}
