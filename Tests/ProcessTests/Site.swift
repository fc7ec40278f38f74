import Foundation

/// The programs under test lie beside the test bundle.
enum Programs {
  static func path(_ name: String) -> String {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appending(path: name).path
  }
}

/// A place for one daemon: its directories, its configuration and its key.
final class Site {
  let directory: String
  let configuration: String
  var environment: [String: String]
  /// Has to run for as long as its daemon.
  private let cloud: SandboxProcess?

  convenience init(
    _ cloud: SandboxProcess, keyID: String = "testAccessKeyId",
    secret: String = Canary.secret
  ) throws {
    try self.init(endpoint: cloud.endpoint, cloud: cloud, keyID: keyID, secret: secret)
  }

  /// A daemon without a cloud.
  convenience init(port: UInt16) throws {
    try self.init(
      endpoint: "http://127.0.0.1:\(port)", cloud: nil, keyID: "testAccessKeyId",
      secret: Canary.secret)
  }

  private init(endpoint: String, cloud: SandboxProcess?, keyID: String, secret: String) throws {
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "renewald-test.\(UUID().uuidString.prefix(8))").path
    for name in ["state", "run"] {
      try FileManager.default.createDirectory(
        atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
    }
    self.directory = directory
    self.cloud = cloud
    configuration = "\(directory)/renewald.toml"
    environment = [
      "STATE_DIRECTORY": "\(directory)/state", "RUNTIME_DIRECTORY": "\(directory)/run",
      "ALIBABA_CLOUD_ACCESS_KEY_ID": keyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
    ]
    try write(Self.configuration(endpoint))
  }

  deinit {
    Canary.check(directory: directory)
    try? FileManager.default.removeItem(atPath: directory)
  }

  func write(_ text: String) throws {
    try text.write(toFile: configuration, atomically: true, encoding: .utf8)
  }

  func files(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []
  }

  /// The daemon; or, by `arguments`, one of its checks.
  func renewald(_ arguments: String...) throws -> ChildProcess {
    try ChildProcess(
      Programs.path("renewald"), ["--config", configuration] + arguments, environment: environment,
      in: self)
  }

  /// - Returns: the exit code and what was said.
  func renewalctl(_ arguments: String...) throws -> (code: Int32, text: String) {
    let process = try ChildProcess(
      Programs.path("renewalctl"), arguments + ["--socket", "\(directory)/run/status"],
      environment: ["TZ": "UTC"], in: self)
    let code = try process.exit()
    return (code, process.lines.joined(separator: "\n"))
  }

  /// Pays, with waits of seconds in place of hours. There may be many
  /// attempts, since a killed daemon uses them up.
  static func configuration(_ endpoint: String) -> String {
    """
    mode = "pay"

    [sweep]
    interval = "5s"

    [[account]]
    name = "test"
    region = "cn-shanghai"
    endpoint = "\(endpoint)"

    [defaults]
    period = "1 Month"
    lead_time = "7d"
    maximum_price = "20000.00 CNY"

    [[rule]]
    name = "held"
    match = { name = "hold-*" }
    action = "lapse"

    [[rule]]
    name = "all others"
    match = { name = "*" }
    action = "renew"

    [protocol]
    request_life = "2s"
    visibility_bound = "3s"
    poll_interval = "1s"
    attempt_cap = 100
    human_time = "1h"
    send_window = "2s"
    payment_deadline = "2s"

    """
  }
}
