import CSystemd

/// The memory of this process, where keys are.
package enum ProcessMemory {
  /// Keeps it out of core dumps, also of those that are piped to a program and know no
  /// limit (core(5)), and from other processes of the same user.
  package static func seal() { _ = csystemd_forbid_dumps() }

  /// Has all threads allocate from one heap instead of one each. A process that
  /// mostly sleeps gains nothing by more, and each of them keeps what it once
  /// needed. Called before the first thread is started.
  package static func keepOneHeap() { _ = mallopt(M_ARENA_MAX, 1) }

  /// Returns what is free to the system, before a long sleep.
  package static func giveBack() { _ = malloc_trim(0) }
}
