import Glibc

/// The bytes of a secret, in memory of their own that is locked against
/// swapping, left out of core dumps and overwritten before it is given back.
///
/// It has no text form and no way to be encoded: the only door to the bytes is
/// `withBytes`, so that no log line, error or file can hold them by accident.
package final class AccessKeySecret: Sendable {
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer
  private let size: Int
  private let count: Int

  /// `nil` where there are no bytes, or no memory for them.
  package convenience init?(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  package convenience init?(_ text: some StringProtocol) { self.init(Array(text.utf8)) }

  /// Lets the caller write the bytes where they are going to stay.
  ///
  /// A machine that allows no locked memory (`RLIMIT_MEMLOCK`) still gets its
  /// secret: swap is the operator's to encrypt.
  package init?(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    guard count > 0 else { return nil }
    // Whole pages of its own: locks and advice do not count their callers, and
    // undoing them for one secret would undo them for its neighbour.
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = (count + pageSize - 1) / pageSize * pageSize
    guard
      let address = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      address != MAP_FAILED
    else { return nil }
    mlock(address, size)
    madvise(address, size, MADV_DONTDUMP)
    self.address = address
    self.size = size
    self.count = count
    fill(UnsafeMutableRawBufferPointer(start: address, count: count))
  }

  deinit {
    explicit_bzero(address, size)
    munmap(address, size)
  }

  /// Lends the bytes for the length of the call. They must not outlive it.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: address, count: count))
  }
}

/// What signs a request: a key by its id, its secret, and for a session of
/// limited life its token.
package struct AccessKey: Sendable {
  package let id: String
  package let secret: AccessKeySecret
  /// Travels beside the signature, so that it is no use without the secret;
  /// still no reader's business.
  package let securityToken: AccessKeySecret?

  package init(id: String, secret: AccessKeySecret, securityToken: AccessKeySecret? = nil) {
    self.id = id
    self.secret = secret
    self.securityToken = securityToken
  }
}

extension AccessKey: CustomStringConvertible {
  /// The last four characters of the id: enough to tell two keys apart.
  package var description: String { "…\(id.suffix(4))" }
}
