import ArgumentParser
import Foundation
import Glibc
import RenewalDaemon

@main struct Renewald: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "renewald",
    abstract: "Renews App Streaming delivery groups before they expire.",
    discussion: """
      Runs in the foreground, as a service of systemd (renewald.service). Ask it with renewalctl.

      EXAMPLES
        renewald --check-config FILE   is this file right?
        renewald --check-cloud         are endpoint, key and clock right? (free)
        renewald                       run
        renewald --once                do what can be done now, and end (for a timer)
      """,
    version: Daemon.version)

  @Option(help: "The configuration; conf.d/*.toml beside it is read too.")
  var config = "/etc/renewald/renewald.toml"

  @Option(help: "Check a configuration and end: 0, or 78 with every problem.")
  var checkConfig: String?

  @Flag(help: "Ask each account one free question and end.")
  var checkCloud = false

  @Flag(help: "Run once: look, renew what is due, wait for it to show, and end.")
  var once = false

  @Flag(help: "Answer renewalctl on standard input from the files, without a daemon.")
  var offline = false

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    do throws(DaemonFailure) {
      if offline {
        try OfflineService(configuration: config, environment: environment).serve(STDIN_FILENO)
        return
      }
      if let checkConfig {
        _ = try Daemon.load(checkConfig, environment: environment)
        print("\(checkConfig): good")
        return
      }
      if checkCloud {
        try CloudCheck.run(configuration: config, environment: environment) { print($0) }
        return
      }
    } catch {
      FileHandle.standardError.write(Data("renewald: \(error)\n".utf8))
      throw ArgumentParser.ExitCode(error.code.rawValue)
    }
    let outcome = Daemon(configuration: config, environment: environment, isOneRun: once).run()
    // exit(3) would tear libcrypto down under an answer that is still being read, and a
    // clean stop would look like a crash. All that has to last is on the disk.
    _exit(outcome.rawValue)
  }
}
