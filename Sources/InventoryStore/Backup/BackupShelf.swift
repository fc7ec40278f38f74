import CCrypto
import FoundationEssentials
import Glibc
import RenewalCore

/// The directory in which copies of the inventory are kept, each under the
/// instant at which it was made.
package struct BackupShelf: Sendable {
  package var directory: String

  /// - Parameter directory: made where it is missing.
  package init(directory: String) { self.directory = directory }

  /// A copy on the shelf.
  package struct Copy: Hashable, Sendable {
    package var name: String
    package var path: String
    package var madeAt: Instant
    package var bytes: Int
    /// Of all its bytes, lower-case hex SHA-256.
    package var digest: String
    package var inspection: StoreInspection
  }

  /// Makes a copy and checks it. Names are seconds: a second copy in one gets
  /// the next.
  ///
  /// - Throws: `StoreError`.
  package func add(from source: String, at now: Instant) throws(StoreError) -> Copy {
    guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
      throw StoreError.system(errno, directory)
    }
    var madeAt = now
    while access("\(directory)/\(Self.name(at: madeAt))", F_OK) == 0 {
      madeAt = madeAt + .seconds(1)
    }
    let name = Self.name(at: madeAt)
    let path = "\(directory)/\(name)"
    let inspection = try StoreBackup.make(of: source, at: path)
    let (bytes, digest) = try Self.digest(of: path)
    return Copy(
      name: name, path: path, madeAt: madeAt, bytes: bytes, digest: digest, inspection: inspection)
  }

  /// When the copies on the shelf were made, the oldest first.
  package func instants() -> [Instant] {
    names.compactMap { Self.instant(of: $0) }.sorted()
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  }

  /// Removes what is not to be kept, and what interrupted tries have left.
  package func thin(by retention: BackupRetention) {
    for name in names where name.contains(".partial") { _ = unlink("\(directory)/\(name)") }
    let instants = instants()
    let kept = retention.kept(of: instants)
    for instant in instants where !kept.contains(instant) {
      _ = unlink("\(directory)/\(Self.name(at: instant))")
    }
  }

  /// A piece of a copy, shorter than asked for only at its end.
  ///
  /// - Throws: `StoreError`: `refused` for a name that is none of ours.
  package func read(
    _ name: String, from offset: Int, count: Int
  ) throws(StoreError) -> [UInt8] {
    // The name comes from a caller and must not lead anywhere else.
    guard Self.instant(of: name) != nil else { throw .refused("'\(name)' is no copy") }
    let path = "\(directory)/\(name)"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    defer { Glibc.close(descriptor) }
    return try Self.read(descriptor, from: offset, count: count, path)
  }

  private static func read(
    _ descriptor: Int32, from offset: Int, count: Int, _ path: String
  ) throws(StoreError) -> [UInt8] {
    var piece = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let result = piece.withUnsafeMutableBytes {
        pread(
          descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
      }
      if result < 0, errno == EINTR { continue }
      guard result >= 0 else { throw StoreError.system(errno, path) }
      if result == 0 { break }
      filled += result
    }
    return Array(piece[..<filled])
  }

  private static func digest(of path: String) throws(StoreError) -> (bytes: Int, digest: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.system(errno, path) }
    defer { Glibc.close(descriptor) }
    guard let context = EVP_MD_CTX_new() else { throw .inputOutput("SHA-256 is not available") }
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
    var bytes = 0
    while true {
      let piece = try read(descriptor, from: bytes, count: 1024 * 1024, path)
      if piece.isEmpty { break }
      EVP_DigestUpdate(context, piece, piece.count)
      bytes += piece.count
    }
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    return (bytes, LedgerChain.hex(digest))
  }

  /// `inventory-2026-11-26T205900Z.sqlite`.
  static func name(at instant: Instant) -> String {
    "inventory-" + instant.description.filter { $0 != ":" } + ".sqlite"
  }

  static func instant(of name: String) -> Instant? {
    let (prefix, suffix) = ("inventory-", ".sqlite")
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let text = Array(name.dropFirst(prefix.count).dropLast(suffix.count))
    guard text.count == 18 else { return nil }
    let instant = Instant(
      iso8601: String(text[..<13]) + ":" + String(text[13..<15]) + ":" + String(text[15...]))
    return instant.flatMap { Self.name(at: $0) == name ? $0 : nil }
  }
}
