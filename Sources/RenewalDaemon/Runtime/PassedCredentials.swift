import Glibc

/// The files that the service manager has passed as credentials, by what tells a
/// new file from an old one. Their content is no affair of this type.
///
/// Before systemd 260 a reload does not pass them anew: whoever has replaced a
/// key has to be told that the old one is still in use.
struct PassedCredentials: Hashable {
  private struct File: Hashable {
    var name: String
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private let files: Set<File>

  /// `nil` where no credentials are passed.
  init?(environment: [String: String]) {
    guard let path = environment["CREDENTIALS_DIRECTORY"], let directory = opendir(path)
    else { return nil }
    defer { closedir(directory) }
    var files: Set<File> = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var facts = stat()
      guard !name.hasPrefix("."), stat("\(path)/\(name)", &facts) == 0 else { continue }
      files.insert(
        File(
          name: name, inode: UInt64(facts.st_ino), size: Int64(facts.st_size),
          seconds: facts.st_mtim.tv_sec, nanoseconds: facts.st_mtim.tv_nsec))
    }
    self.files = files
  }

  /// What a reload made of them, for the person who asked for it.
  static func note(before: PassedCredentials?, after: PassedCredentials?) -> String? {
    guard let after else { return nil }
    return after == before
      ? "the service manager passed no newer credentials: a key that was replaced is used "
        + "after systemctl restart renewald.service"
      : "newer credentials were passed and read"
  }
}
