import CloudSigning
import Foundation
import RenewalCore
import Synchronization
import Testing

@testable import AppStreaming

@Suite struct `The chain of credentials` {
  let directory: TemporaryDirectory
  let silence = FakeTransport(.failure(.notSent("no route")))

  init() throws { directory = try TemporaryDirectory() }

  func chain(
    _ variables: [String: String], credential: String? = nil, _ transport: FakeTransport? = nil
  ) -> CredentialsChain {
    let variables = variables.merging(["HOME": directory.path]) { first, _ in first }
    return .standard(
      credential: credential,
      tokens: TokenService(transport: transport ?? silence, nonce: { "n" }),
      variable: { variables[$0] })
  }

  /// Asks as a read would.
  func key(_ chain: CredentialsChain) throws -> AccessKey {
    let result = Mutex<Result<Void, CredentialsError>?>(nil)
    chain.refresh(at: capturedDate, renewing: false) { outcome in
      result.withLock { $0 = outcome }
    }
    try #require(result.withLock { $0 }).get()
    return try chain.key(at: capturedDate)
  }

  func writeProfiles(_ profiles: String, current: String = "default") throws -> [String: String] {
    let path = try directory.write(
      #"{"current":"\#(current)","profiles":[\#(profiles)],"meta_path":""}"#, to: "config.json")
    return ["ALIBABA_CLOUD_CONFIG_FILE": path]
  }

  @Test func `places are asked in the documented order`() throws {
    try directory.write("access_key_id=FILE\naccess_key_secret=s", to: "reader")
    var variables = try writeProfiles(
      #"{"name":"default","mode":"AK","access_key_id":"PROFILE","access_key_secret":"s"}"#)
    variables["ALIBABA_CLOUD_CREDENTIALS_FILE"] = try directory.write(
      "[default]\ntype = access_key\naccess_key_id = INI\naccess_key_secret = s # comment\n",
      to: "credentials")
    variables["CREDENTIALS_DIRECTORY"] = directory.path
    variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "ENVIRONMENT"
    variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "s"

    #expect(try key(chain(variables, credential: "reader")).id == "FILE")
    #expect(try key(chain(variables)).id == "ENVIRONMENT")
    variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = nil
    #expect(throws: CredentialsError.self) { try key(chain(variables, credential: "absent")) }
    #expect(try key(chain(variables)).id == "PROFILE")
    variables["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "true"
    let last = try key(chain(variables))
    #expect(last.id == "INI" && last.secretText == "s")
  }

  @Test func `what signs is known without waiting where the key is at hand`() throws {
    let variables = [
      "ALIBABA_CLOUD_ACCESS_KEY_ID": "A", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s",
    ]
    let chain = chain(variables)
    #expect(try chain.key(at: capturedDate).id == "A")
    #expect(chain.name == "environment")
  }

  @Test func `the first that delivers stays, even when it fails later`() throws {
    let path = try directory.write("access_key_id=A\naccess_key_secret=s", to: "reader")
    let variables = [
      "CREDENTIALS_DIRECTORY": directory.path, "ALIBABA_CLOUD_ACCESS_KEY_ID": "OTHER",
      "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s",
    ]
    let chain = chain(variables, credential: "reader")
    #expect(try key(chain).id == "A")
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: CredentialsError.self) { try key(chain) }
  }

  @Test func `something broken ends the walk rather than give another identity`() throws {
    try directory.write("garbage", to: "reader")
    let chain = chain(
      [
        "CREDENTIALS_DIRECTORY": directory.path, "ALIBABA_CLOUD_ACCESS_KEY_ID": "OTHER",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s",
      ], credential: "reader")
    let error = #expect(throws: CredentialsError.self) { try key(chain) }
    #expect(error?.description.contains("line 1") == true)
  }

  @Test func `with nothing anywhere every place is named`() throws {
    let error = #expect(throws: CredentialsError.self) { try key(chain([:])) }
    for place in ["ACCESS_KEY_ID", "OIDC", "config.json", "credentials file", "ECS", "URI"] {
      #expect(error?.description.contains(place) == true, "\(place)")
    }
  }

  @Test func `profiles of every mode that needs no person`() throws {
    let session = HTTPResponse.json(
      """
      {"Code":"Success","AccessKeyId":"STS.1","AccessKeySecret":"s","SecurityToken":"t",
       "Expiration":"2030-01-02T04:04:05Z","Credentials":{"AccessKeyId":"STS.2","AccessKeySecret":"s",
       "SecurityToken":"t","Expiration":"2030-01-02T04:04:05Z"}}
      """)
    let key = #""access_key_id":"A","access_key_secret":"s""#
    let arn = #""ram_role_arn":"acs:ram::1:role/r","ram_session_name":"n""#
    try directory.write("token", to: "token")
    let modes = [
      (#""mode":"AK",\#(key)"#, "A"), (#""mode":"StsToken","sts_token":"t",\#(key)"#, "A"),
      (#""mode":"RamRoleArn","sts_region":"cn-shanghai",\#(key),\#(arn)"#, "STS.2"),
      (#""mode":"EcsRamRole","ram_role_name":"r""#, "STS.1"),
      (#""mode":"ChainableRamRoleArn","source_profile":"base",\#(arn)"#, "STS.2"),
      (
        #""mode":"OIDC","oidc_provider_arn":"p","oidc_token_file":"\#(directory.path)/token",\#(arn)"#,
        "STS.2"
      ), (#""mode":"CredentialsURI","credentials_uri":"http://localhost/x""#, "STS.1"),
    ]
    for (settings, id) in modes {
      let profiles = #"{"name":"p",\#(settings)},{"name":"base","mode":"AK",\#(key)}"#
      let chain = chain(
        try writeProfiles(profiles, current: "p"), FakeTransport(.success(session)))
      #expect(try self.key(chain).id == id, "\(settings)")
    }
  }

  @Test(arguments: [
    #"{"name":"default","mode":"CloudSSO"}"#, #"{"name":"default","mode":"AK"}"#,
    #"{"name":"other","mode":"AK"}"#,
    #"{"name":"default","mode":"ChainableRamRoleArn","source_profile":"default","ram_role_arn":"r"}"#,
    #"{"name":"default","mode":"RamRoleArn","access_key_id":"a","access_key_secret":"CANARY"}"#,
  ])
  func `a profile that cannot be used says why`(profile: String) throws {
    let chain = chain(try writeProfiles(profile))
    let error = #expect(throws: CredentialsError.self) { try key(chain) }
    guard case .unusable(let text) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(text.contains("config.json") && !text.contains("CANARY"))
  }

  /// As `shlex.split` does, by which the vendor's library reads the same profile.
  @Test(arguments: [
    ("/opt/keys  --for renewal", ["/opt/keys", "--for", "renewal"]),
    (
      #"/opt/keys "two words" 'and "three" of them'"#,
      ["/opt/keys", "two words", #"and "three" of them"#]
    ),
    (#"/opt/my\ keys --say="a \"b\" \c" ''"#, ["/opt/my keys", #"--say=a "b" \c"#, ""]),
    ("\t/opt/keys\t", ["/opt/keys"]),
    ("/opt/keys 'without an end", []), ("/opt/keys \\", []), ("", []),
  ])
  func `a program's words are split as a shell would`(command: String, words: [String]) {
    #expect(ProcessCredentials.words(of: command) == words)
  }

  @Test func `a program of a profile has no signal held back because the daemon has`() throws {
    var held = sigset_t()
    var before = sigset_t()
    sigemptyset(&held)
    sigaddset(&held, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &held, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let output = try #require(
      ProcessCredentials.output(of: ["grep", "SigBlk", "/proc/self/status"]))
    #expect(String(decoding: output, as: UTF8.self) == "SigBlk:\t0000000000000000\n")
  }

  @Test func `a program's answer is a session`() throws {
    let script = try directory.write(
      """
      #!/bin/sh
      echo '{"mode":"StsToken","access_key_id":"'"$1"'","access_key_secret":"s","sts_token":"t",'
      echo '"expiration":"2030-01-02T04:04:05Z"}'
      """, to: "program")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    let output = ProcessCredentials.output(of: [script, "STS.P"])
    let session = try ProcessCredentials.read(output, program: script, at: capturedDate).get()
    #expect(session.key.id == "STS.P" && session.key.tokenText == "t")
    #expect(session.end == Instant(1_893_557_045))
    #expect(ProcessCredentials.output(of: ["/bin/false"]) == nil)
    #expect(ProcessCredentials.output(of: ["/nowhere/program"]) == nil)
    #expect(ProcessCredentials.output(of: []) == nil)
  }

  @Test(arguments: [
    // Says everything, closes its output, and stays.
    "echo key; exec >&-; trap '' TERM; while :; do read line < fifo; done",
    // Says nothing and stays.
    "while :; do read line < fifo; done",
    // Is gone itself, but what it started holds its output.
    "(while :; do read line < fifo; done) & exit 0",
  ])
  func `a program that does not come to an end is ended with all that it started`(
    _ script: String
  ) throws {
    let pipe = directory.path + "/fifo"
    #expect(mkfifo(pipe, 0o600) == 0)
    let words = ["/bin/sh", "-c", script.replacing("fifo", with: pipe)]
    #expect(ProcessCredentials.output(of: words, within: .milliseconds(300)) == nil)
    // Nobody is left who reads: neither is a writer let in, nor does one stay whole.
    let writer = open(pipe, O_WRONLY | O_NONBLOCK)
    guard writer >= 0 else { return #expect(errno == ENXIO) }
    defer { close(writer) }
    var end = pollfd(fd: writer, events: 0, revents: 0)
    #expect(poll(&end, 1, 10_000) == 1 && end.revents & Int16(POLLERR) != 0)
  }
}
