import CSystemd

/// Which machine this is.
package enum MachineIdentity {
  /// A number that is this machine's and this program's alone, in hex: made from
  /// `/etc/machine-id`, which is confidential (machine-id(5)) and cannot be found out
  /// from it. `nil` where there is none.
  package static func current() -> String? {
    var program = sd_id128_t()
    var machine = sd_id128_t()
    guard sd_id128_from_string("6a1c8b0d1c0c4a5e9d3b2f7e5a4c9b18", &program) >= 0,
      sd_id128_get_machine_app_specific(program, &machine) >= 0
    else { return nil }
    var text = [CChar](repeating: 0, count: 33)
    sd_id128_to_string(machine, &text)
    return String(decoding: text.prefix(32).map { UInt8($0) }, as: UTF8.self)
  }
}
