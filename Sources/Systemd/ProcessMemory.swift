import CSystemd

/// The memory of this process, where keys are.
package enum ProcessMemory {
  /// Keeps it out of core dumps, also of those that are piped to a program and know no
  /// limit (core(5)), and from other processes of the same user.
  package static func seal() { _ = csystemd_forbid_dumps() }
}
