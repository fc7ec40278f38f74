import ArgumentParser
import ControlProtocol
import RenewalCore

struct MetricsCommand: RenewalSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print what monitoring reads, in the Prometheus text format.",
    discussion: """
      EXAMPLES
        renewalctl metrics | promtool check metrics
        renewalctl metrics --file /var/lib/prometheus/node-exporter/renewald.prom

      renewald-metrics(7) explains each metric.
      """)

  @Option(
    help: ArgumentHelp(
      "Replace this file at once, for node_exporter's textfile collector. Where the daemon does "
        + "not answer the file says so: \(MetricsCall.up) 0.", valueName: "path"),
    completion: .file())
  var file: String?

  @OptionGroup var connection: ConnectionOptions

  func execute() throws(CommandFailure) {
    guard let file else { return try write(allPages(), to: 1) }
    do throws(CommandFailure) {
      try replace(file, with: allPages())
    } catch {
      // What an old file says must not pass for the present.
      if error.code != .cannotCreate { try? replace(file, with: Self.down) }
      throw error
    }
  }

  func allPages() throws(CommandFailure) -> String {
    var page = try connection.call(MetricsCall())
    var text = page.text
    while let next = page.next {
      page = try connection.call(MetricsCall(after: next))
      text += page.text
    }
    return text
  }

  static let down = """
    # HELP \(MetricsCall.up) \(MetricsCall.upHelp)
    # TYPE \(MetricsCall.up) gauge
    \(MetricsCall.up) 0

    """
}
