import Glibc
import RenewalCore

/// The machine's clocks.
package enum SystemClock {
  package static func reading() -> ClockReading {
    var wall = timespec()
    var boot = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    clock_gettime(CLOCK_BOOTTIME, &boot)
    return ClockReading(
      wall: Instant(Int64(wall.tv_sec)),
      boot: Int64(boot.tv_sec) * 1000 + Int64(boot.tv_nsec) / 1_000_000)
  }

  /// The kernel's id of this boot; a fresh random one where it cannot be read,
  /// which makes every start hold.
  package static func bootID(environment: [String: String]) -> String {
    // The unit passes it as %b: ProcSubset=pid hides /proc/sys.
    if let id = environment["RENEWALD_BOOT_ID"], !id.isEmpty { return id }
    if let file = fopen("/proc/sys/kernel/random/boot_id", "r") {
      defer { fclose(file) }
      var buffer = [CChar](repeating: 0, count: 64)
      if fgets(&buffer, 64, file) != nil {
        let text = String(decoding: buffer.prefix { $0 > 32 }.map { UInt8($0) }, as: UTF8.self)
        if !text.isEmpty { return text }
      }
    }
    return Nonce.make()
  }
}

/// Numbers used once.
package enum Nonce {
  /// 32 hex digits from the kernel.
  package static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    let halves = [generator.next(), generator.next()].map { (number: UInt64) in
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return halves.joined()
  }
}
