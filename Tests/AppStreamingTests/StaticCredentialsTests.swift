import CloudSigning
import Foundation
import RenewalCore
import Testing

@testable import AppStreaming

/// A directory that is gone when the test is.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    return file
  }
}

extension AccessKey {
  var secretText: String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }
  var tokenText: String? { securityToken?.withBytes { String(decoding: $0, as: UTF8.self) } }
}

@Suite struct `Keys at hand` {
  let now = Instant(0)

  @Test func `a credential is read with blanks and comments, and anew each time`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "# the reader\r\n\r\n access_key_id=LTAI1234\r\naccess_key_secret =  s=cr&t \nsecurity_token = t",
      to: "reader")
    let provider = CredentialsDirectory(directory: directory.path, credential: "reader")
    let key = try provider.key(at: now)
    #expect(key.id == "LTAI1234")
    #expect(key.secretText == "s=cr&t")
    #expect(key.tokenText == "t")
    #expect("\(key)" == "…1234")

    try directory.write("access_key_id = B\naccess_key_secret = C", to: "reader")
    #expect(try provider.key(at: now).id == "B")
    #expect(try provider.key(at: now).securityToken == nil)
  }

  @Test(arguments: [
    ("access_key_id = A\n", "both needed"), ("access_key_secret = A\n", "both needed"),
    ("access_key_id = A\n\nCANARY\n", "line 3"),
    ("access_key_id = A\nCANARY = 1\n", "line 2"),
    ("access_key_id = A\naccess_key_id = CANARY\n", "line 2"),
  ])
  func `a broken credential is refused by line, without repeating it`(
    text: String, reason: String
  ) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write(text, to: "reader")
    let provider = CredentialsDirectory(directory: directory.path, credential: "reader")
    let error = #expect(throws: CredentialsError.self) { try provider.key(at: now) }
    let message = error?.description ?? ""
    #expect(message.contains(reason) && message.contains(path))
    #expect(!message.contains("CANARY"))
  }

  @Test func `a missing credential names the remedy`() {
    #expect(
      throws: CredentialsError.unusable(
        "there is no credential /nowhere/payer; add LoadCredential= to the unit")
    ) { try CredentialsDirectory(directory: "/nowhere", credential: "payer").key(at: now) }
  }

  @Test func `a credential that everybody may read is refused`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("access_key_id=A\naccess_key_secret=s", to: "reader")
    let provider = CredentialsDirectory(directory: directory.path, credential: "reader")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let error = #expect(throws: CredentialsError.self) { try provider.key(at: now) }
    #expect(error?.description.contains("everybody") == true)
    try FileManager.default.setAttributes([.posixPermissions: 0o440], ofItemAtPath: path)
    #expect(try provider.key(at: now).id == "A")
  }

  @Test func `the environment needs id and secret, a token may stand beside`() throws {
    var variables = ["ALIBABA_CLOUD_ACCESS_KEY_ID": "A", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "B"]
    let key = try EnvironmentCredentials { [variables] in variables[$0] }.key(at: now)
    #expect(key.id == "A" && key.secretText == "B" && key.tokenText == nil)
    variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "T"
    let session = try EnvironmentCredentials { [variables] in variables[$0] }.key(at: now)
    #expect(session.tokenText == "T")
    variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = ""
    let broken = EnvironmentCredentials { [variables] in variables[$0] }
    #expect(throws: CredentialsError.self) { try broken.key(at: now) }
  }
}
