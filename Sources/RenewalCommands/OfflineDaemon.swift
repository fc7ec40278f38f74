import Glibc
import Varlink

/// A `renewald --offline`: reads the daemon's files for this command, over a
/// connection that nobody else has. It renews nothing, and ends with the
/// command.
///
/// It is another program because the files are the daemon's affair: what reads
/// them comes with what writes them, and asking the daemon stays light.
struct OfflineDaemon: ~Copyable {
  private let descriptor: Int32
  private let process: pid_t

  /// - Parameter configuration: where the daemon's own is not the usual one.
  init(configuration: String?) throws(CommandFailure) {
    guard let program = Self.program() else {
      throw CommandFailure(
        .unavailable, "renewald is not installed beside renewalctl",
        remedy: "install the package renewald")
    }
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw CommandFailure(.internalError, "no connection: \(String(cString: strerror(errno)))")
    }
    defer { _ = close(ends[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
    let words = [program, "--offline"] + (configuration.map { ["--config", $0] } ?? [])
    var arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var process = pid_t()
    let result = posix_spawn(&process, program, &actions, nil, &arguments, environ)
    guard result == 0 else {
      _ = close(ends[0])
      throw CommandFailure(
        .unavailable, "cannot run \(program): \(String(cString: strerror(result)))")
    }
    descriptor = ends[0]
    self.process = process
  }

  deinit {
    _ = close(descriptor)
    _ = waitpid(process, nil, 0)
  }

  func client(patience: Duration) throws(VarlinkClientError) -> VarlinkClient {
    try VarlinkClient(adopting: dup(descriptor), patience: patience)
  }

  /// The daemon that was installed, or built, with this command.
  private static func program() -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let own = String(decoding: buffer[..<count], as: UTF8.self)
    let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
    return [directory + "/../sbin/renewald", directory + "/renewald"].first {
      access($0, X_OK) == 0
    }
  }
}
