import Foundation
import TestSupport
import Testing

@testable import RenewalDaemon

@Suite struct `Passed credentials` {
  private let directory = TemporaryDirectory()

  private func pass(_ key: String) throws {
    // As systemd does it: a new file under the old name.
    try Data(key.utf8).write(to: URL(filePath: directory.path + "/payer"), options: .atomic)
  }

  private var passed: PassedCredentials? {
    PassedCredentials(environment: ["CREDENTIALS_DIRECTORY": directory.path])
  }

  @Test func `a reload without newer ones says how a new key is taken`() throws {
    try pass("one")
    let note = PassedCredentials.note(before: passed, after: passed)
    #expect(note?.contains("systemctl restart renewald.service") == true)
  }

  @Test func `newer ones are noticed, however much they look like the old`() throws {
    try pass("one")
    let before = passed
    try pass("two")
    #expect(PassedCredentials.note(before: before, after: passed)?.hasPrefix("newer") == true)
  }

  @Test func `where none are passed there is nothing to say`() {
    #expect(PassedCredentials.note(before: nil, after: .init(environment: [:])) == nil)
  }
}
