import ArgumentParser
import Glibc
import SandboxCloud

@main struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox-cloud",
    abstract: "A fake App Streaming cloud on loopback, with its order book and its money.",
    discussion: SandboxServer.manual)

  @OptionGroup var options: SandboxOptions

  func run() throws {
    let server = SandboxServer(try options.configuration())
    // Blocked before any thread starts, so that only sigwait below receives them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    do throws(SandboxError) {
      try server.start()
    } catch {
      let line = "sandbox-cloud: \(error)\n"
      write(STDERR_FILENO, line, line.utf8.count)
      // sysexits.h: EX_USAGE for an address that is never listened on, EX_CANTCREAT
      // for a listening socket that cannot be made.
      if case .notLoopback = error { throw ExitCode(64) }
      throw ExitCode(73)
    }
    if let control = server.controlEndpoint { print("CONTROL \(control)") }
    print("READY \(server.endpoint)")
    fflush(nil)
    var received: Int32 = 0
    sigwait(&signals, &received)
    server.stop()
  }
}
