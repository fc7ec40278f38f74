import Dispatch

/// The clock of `DispatchTime`: it stands still while the machine sleeps, and
/// so does the patience with a caller.
func monotonicNanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

func after(_ instant: UInt64, _ duration: Duration) -> UInt64 {
  let (seconds, attoseconds) = duration.components
  return instant + UInt64(max(0, seconds)) * 1_000_000_000
    + UInt64(max(0, attoseconds) / 1_000_000_000)
}
