import ArgumentParser
import Glibc

@main struct RenewalBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renewal-bench",
    abstract: "Single measurements; Tests/Benchmarks/bench.py makes a table of them.",
    subcommands: [Prepare.self, Cycle.self, Micro.self, Calls.self])
}

/// One figure a line, for the script that reads it.
func report(_ name: String, _ value: Double) {
  let rounded = (value * 1000).rounded() / 1000
  print("\(name) \(rounded)")
}

/// Seconds of this thread's processor.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
