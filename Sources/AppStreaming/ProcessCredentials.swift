import CloudSigning
import Dispatch
import Glibc
import RenewalCore
import Synchronization

/// Sessions from a program of the operator's (mode `External`, API reference,
/// section 9.2): started without a shell.
enum ProcessCredentials {
  /// The program may have to ask somebody; the vendor's tool waits as long.
  private static let patience = DispatchTimeInterval.seconds(60)
  private static let outputLimit = 64 << 10
  private static let queue = DispatchQueue(label: "cloud-credentials-process")

  static func session(command: String) -> SessionCredentials {
    let words = Self.words(of: command)
    return SessionCredentials(name: "program \(words.first ?? "")") { now, completion in
      queue.async { completion(read(output(of: words), program: words.first ?? "", at: now)) }
    }
  }

  /// As the vendor's library splits a command: at blanks, but for what is between
  /// quotes or behind a backslash, as a shell would read it.
  ///
  /// - Returns: nothing where a quote has no end.
  static func words(of command: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = command[...]
    while let character = rest.popFirst() {
      switch (quote, character) {
      case ("'", _) where character != "'": word?.append(character)
      case ("\"", "\\") where rest.first != "\"" && rest.first != "\\": word?.append(character)
      case (_, "\\"):
        guard let next = rest.popFirst() else { return [] }
        word = (word ?? "") + String(next)
      case (nil, "'"), (nil, "\""): (word, quote) = (word ?? "", character)
      case (character, _): quote = nil
      case (nil, _) where character.isWhitespace:
        if let whole = word { words.append(whole) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { return [] }
    return words + (word.map { [$0] } ?? [])
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
  ///
  /// - Parameter patience: until it has ended, not only until its output has: one that
  ///   closes its output and stays would otherwise hold up every read of the cloud.
  static func output(of words: [String], within patience: DispatchTimeInterval = patience)
    -> [UInt8]?
  {
    guard let program = words.first else { return nil }
    let deadline = DispatchTime.now() + patience
    var ends: [Int32] = [0, 0]
    // A pair of sockets in place of a pipe: both are closed in every other child from the start.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    defer { close(ends[0]) }
    let child = spawn(program, words, output: ends[1])
    close(ends[1])
    guard let child else { return nil }

    let life = ChildLife(process: child, deadline: deadline)
    let output = readAll(ends[0], until: deadline)
    if output == nil { life.kill() }
    return life.endsWell() ? output : nil
  }

  /// A process group of its own, so that what it starts can be ended with it, and no
  /// signal held back or ignored because the daemon does so.
  private static func spawn(_ program: String, _ words: [String], output: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    return posix_spawnp(&child, program, &actions, &attributes, &arguments, environ) == 0
      ? child : nil
  }

  private static func readAll(_ descriptor: Int32, until deadline: DispatchTime) -> [UInt8]? {
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let now = DispatchTime.now().uptimeNanoseconds
      let left = deadline.uptimeNanoseconds - min(now, deadline.uptimeNanoseconds)
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, Int32(clamping: left / 1_000_000))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return output }
      guard count > 0, output.count + count <= outputLimit else { return nil }
      output.append(contentsOf: chunk[..<count])
    }
  }
}

/// A child that is killed at a deadline, and never after it was waited for: its
/// number may be another process's by then.
private final class ChildLife: Sendable {
  private static let timers = DispatchQueue(label: "cloud-credentials-deadline")
  private let process: pid_t
  private let state = Mutex(State.running)

  private enum State { case running, killed, over }

  init(process: pid_t, deadline: DispatchTime) {
    self.process = process
    Self.timers.asyncAfter(deadline: deadline) { [self] in kill() }
  }

  func kill() {
    state.withLock {
      guard $0 == .running else { return }
      $0 = .killed
      _ = Glibc.kill(-process, SIGKILL)
    }
  }

  /// Waits for the end. True if it came by itself, and with success.
  func endsWell() -> Bool {
    var ignored = siginfo_t()
    while waitid(P_PID, id_t(process), &ignored, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    return state.withLock {
      let wasKilled = $0 == .killed
      $0 = .over
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
      return status == 0 && !wasKilled
    }
  }
}
