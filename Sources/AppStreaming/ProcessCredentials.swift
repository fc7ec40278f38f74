import CloudSigning
import Dispatch
import Glibc
import RenewalCore

/// Sessions from a program of the operator's (mode `External`, API reference,
/// section 9.2): started without a shell, its words separated by blanks.
enum ProcessCredentials {
  /// The program may have to ask somebody; the vendor's tool waits as long.
  private static let patience: Int32 = 60_000
  private static let outputLimit = 64 << 10
  private static let queue = DispatchQueue(label: "cloud-credentials-process")

  static func session(command: String) -> SessionCredentials {
    let words = command.split(separator: " ").map(String.init)
    return SessionCredentials(name: "program \(words.first ?? "")") { now, completion in
      queue.async { completion(read(output(of: words), program: words.first ?? "", at: now)) }
    }
  }

  static func read(
    _ output: [UInt8]?, program: String, at now: Instant
  ) -> Result<SessionCredentials.Session, CredentialsError> {
    guard let output else {
      return .failure(.unavailable("\(program) did not answer with success"))
    }
    guard let root = JSONText(output)?.root, let id = root["access_key_id"]?.string, !id.isEmpty,
      let secret = AccessKeySecret(root["access_key_secret"]?.string ?? "")
    else { return .failure(.unusable("\(program) printed no key in JSON")) }
    let token = AccessKeySecret(root["sts_token"]?.string ?? "")
    // A key without an end is good until asked for again; an hour is as long
    // as a session usually lives.
    let end =
      root["expiration"]?.string.flatMap { Instant(iso8601: $0) }
      ?? root["expiration"]?.integer.map { Instant(Int64($0)) } ?? now + .hours(1)
    return .success(.init(key: AccessKey(id: id, secret: secret, securityToken: token), end: end))
  }

  /// What the program writes, or `nil` unless it ends well, in time and within the limit.
  static func output(of words: [String]) -> [UInt8]? {
    guard let program = words.first else { return nil }
    var ends: [Int32] = [0, 0]
    // A pair of sockets in place of a pipe: both are closed in every other child from the start.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    defer { close(ends[0]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    var arguments = words.map { strdup($0) } + [nil]
    var child: pid_t = 0
    let code = posix_spawnp(&child, program, &actions, nil, &arguments, environ)
    posix_spawn_file_actions_destroy(&actions)
    for argument in arguments { free(argument) }
    close(ends[1])
    guard code == 0 else { return nil }

    let output = readAll(ends[0])
    if output == nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? output : nil
  }

  private static func readAll(_ descriptor: Int32) -> [UInt8]? {
    let start = DispatchTime.now().uptimeNanoseconds
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let passed = Int32(clamping: (DispatchTime.now().uptimeNanoseconds - start) / 1_000_000)
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, max(0, patience - passed))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return output }
      guard count > 0, output.count + count <= outputLimit else { return nil }
      output.append(contentsOf: chunk[..<count])
    }
  }
}
