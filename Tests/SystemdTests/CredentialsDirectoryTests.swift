import Glibc
import Systemd
import Testing

/// A directory with one credential, gone with the value.
private final class Directory {
  let path: String

  init(mode: mode_t = 0o400, bytes: String = "id:secret") throws {
    var template = Array("/tmp/renewald-credentials-XXXXXX".utf8CString)
    path = try #require(mkdtemp(&template).map { String(cString: $0) })
    let file = try #require(fopen(path + "/reader", "w"))
    fputs(bytes, file)
    fclose(file)
    chmod(path + "/reader", mode)
  }

  deinit {
    unlink(path + "/link")
    unlink(path + "/reader")
    rmdir(path)
  }

  var credentials: CredentialsDirectory? {
    CredentialsDirectory(environment: ["CREDENTIALS_DIRECTORY": path])
  }
}

@Suite struct `The credentials directory` {
  @Test func `gives a credential as it stands there`() throws {
    let directory = try Directory()
    #expect(try directory.credentials?.contents(of: "reader") == Array("id:secret".utf8))
  }

  @Test func `is absent where the manager passed none`() {
    #expect(CredentialsDirectory(environment: [:]) == nil)
    #expect(CredentialsDirectory(environment: ["CREDENTIALS_DIRECTORY": "here"]) == nil)
  }

  /// systemd grants access by an ACL where it can, which shows as a group bit.
  @Test(arguments: [(0o400, true), (0o440, true), (0o600, true), (0o404, false), (0o660, false)])
  func `refuses what others may read or change`(_ mode: Int, _ isAccepted: Bool) throws {
    let directory = try Directory(mode: mode_t(mode))
    let credentials = try #require(directory.credentials)
    if isAccepted {
      #expect(try !credentials.contents(of: "reader").isEmpty)
    } else {
      #expect(throws: CredentialError.self) { _ = try credentials.contents(of: "reader") }
    }
  }

  @Test(arguments: ["", "..", ".hidden", "../reader", "a/b", "missing", "link"])
  func `never leads out of itself`(_ name: String) throws {
    let directory = try Directory()
    symlink(directory.path + "/reader", directory.path + "/link")
    let credentials = try #require(directory.credentials)
    #expect(throws: CredentialError.self) { _ = try credentials.contents(of: name) }
  }

  @Test func `names a missing credential and the reason, and nothing of its bytes`() throws {
    let directory = try Directory(mode: 0o604, bytes: "canary")
    let credentials = try #require(directory.credentials)
    let missing = try #require(throws: CredentialError.self) {
      _ = try credentials.contents(of: "payer")
    }
    #expect(missing.description.contains("'payer' cannot be opened"))
    let open = try #require(throws: CredentialError.self) {
      _ = try credentials.contents(of: "reader")
    }
    #expect(!open.description.contains("canary"))
  }
}
