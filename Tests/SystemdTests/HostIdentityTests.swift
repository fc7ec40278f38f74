import Systemd
import Testing

@Suite struct `The identity of the host` {
  @Test(
    arguments: [
      (
        "a3e5c0b2-1f0d-4c7e-9a39-0d2f8b7c6e51", "a3e5c0b21f0d4c7e9a390d2f8b7c6e51"
      ),
      ("A3E5C0B21F0D4C7E9A390D2F8B7C6E51", "a3e5c0b21f0d4c7e9a390d2f8b7c6e51"),
      ("%b", nil),
      ("", nil),
    ] as [(String, String?)])
  func `takes the boot that the unit names, in one form`(_ given: String, _ expected: String?) {
    #expect(HostIdentity.bootID(given: given) == expected)
  }

  @Test func `asks the kernel where the unit names no boot`() throws {
    let boot = try #require(HostIdentity.bootID())
    #expect(boot.count == 32)
    #expect(boot == HostIdentity.bootID())
  }

  @Test func `needs sixteen bytes to tell programs apart`() {
    #expect(HostIdentity.machineID(application: []) == nil)
    let one = HostIdentity.machineID(application: Array(repeating: 1, count: 16))
    let other = HostIdentity.machineID(application: Array(repeating: 2, count: 16))
    // Both are nil on a machine without an id.
    #expect(one == nil || one != other)
  }
}
