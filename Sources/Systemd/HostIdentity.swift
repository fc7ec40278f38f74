import CSystemd

/// Which machine, and which of its boots, this process runs in: 32 lower-case
/// hexadecimal digits each.
package enum HostIdentity {
  /// Changes with every boot; `nil` where the kernel tells none.
  ///
  /// - Parameter given: what the unit passed with the specifier `%b`, with or
  ///   without dashes. `ProcSubset=pid` hides the kernel's own file.
  package static func bootID(given: String? = nil) -> String? {
    if let given {
      let digits = given.lowercased().filter { $0 != "-" }
      return digits.count == 32 && digits.allSatisfy(\.isHexDigit) ? digits : nil
    }
    var id = sd_id128_t()
    return sd_id128_get_boot(&id) >= 0 ? text(id) : nil
  }

  /// Stays for the life of an installation, and differs between two
  /// applications: the machine's own id is confidential (machine-id(5)).
  ///
  /// - Parameter application: a fixed id of the asking program.
  package static func machineID(application: [UInt8]) -> String? {
    var id = sd_id128_t()
    var application128 = sd_id128_t()
    guard application.count == 16 else { return nil }
    withUnsafeMutableBytes(of: &application128) { $0.copyBytes(from: application) }
    return sd_id128_get_machine_app_specific(application128, &id) >= 0 ? text(id) : nil
  }

  private static func text(_ id: sd_id128_t) -> String {
    withUnsafeBytes(of: id) { bytes in
      bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
    }
  }
}
