import Testing

/// The layers of the house. The build's import check stops a target that imports
/// one that `Package.swift` does not give it; these tests stop `Package.swift` from
/// giving too much, and see the system's modules, which that check does not.
@Suite struct `The architecture` {
  /// What each target may import of ours, from the bottom up: a row names rows
  /// above it only.
  static let allowed: [String: Set<String>] = [
    "RenewalCore": [], "Varlink": [], "Exposition": [],
    "CloudSigning": ["CCrypto"],
    "Systemd": ["CSystemd"],

    "Configuration": ["RenewalCore", "CToml"],
    // libcrypto for the hash chain of the ledger.
    "InventoryStore": ["RenewalCore", "CCrypto"],
    "AppStreaming": ["RenewalCore", "CloudSigning", "CCurl"],
    "ControlProtocol": ["RenewalCore"],

    // Signing for the headers of requests and for webhooks that are signed.
    "RenewalDaemon": [
      "RenewalCore", "InventoryStore", "AppStreaming", "ControlProtocol", "Configuration",
      "Varlink", "Exposition", "Systemd", "CloudSigning",
    ],
    "RenewalCommands": ["RenewalCore", "ControlProtocol", "Varlink"],
    "RenewalSimulation": ["RenewalCore", "InventoryStore", "RenewalDaemon", "CFaultDisk"],
    // It reads the cloud's rules by itself: a rule misread once must not be misread
    // twice and agree with itself.
    "SandboxCloud": ["CCrypto", "CTLS"],

    "renewald": ["RenewalDaemon", "Configuration"],
    "renewalctl": ["RenewalCommands"],
    "sandbox-cloud": ["SandboxCloud"],
    "renewal-simulator": ["RenewalSimulation"],
  ]
  static let adapters: Set = ["InventoryStore", "AppStreaming", "ControlProtocol", "Configuration"]
  static let executables = ["renewald", "renewalctl", "sandbox-cloud", "renewal-simulator"]

  let sources: SourceTree
  let tests: SourceTree

  init() throws {
    sources = try SourceTree("Sources")
    tests = try SourceTree("Tests")
    try #require(sources.files.count > 100)
    try #require(tests.files.count > 10)
  }

  /// Ours are those in the table and the C modules below it.
  private func isOurs(_ module: String) -> Bool {
    Self.allowed[module] != nil
      || ["CCrypto", "CCurl", "CFaultDisk", "CSystemd", "CTLS", "CToml"]
        .contains(module)
  }

  @Test func `a target imports only what stands below it`() {
    for file in sources.files {
      let allowed = Self.allowed[file.target]
      #expect(allowed != nil, "\(file.path) belongs to a target that has no row in the table")
      let surplus = file.imports.filter(isOurs).filter { allowed?.contains($0) == false }
      #expect(surplus == [], "\(file.path)")
    }
  }

  @Test func `adapters never import each other`() {
    for adapter in Self.adapters {
      #expect(Self.allowed[adapter]?.isDisjoint(with: Self.adapters) == true, "\(adapter)")
    }
  }

  @Test func `the core imports nothing but FoundationEssentials`() {
    for file in sources.files where file.target == "RenewalCore" {
      #expect(file.imports.filter { $0 != "FoundationEssentials" } == [], "\(file.path)")
    }
  }

  @Test func `only the store knows the database, and only the sandbox the network library`() {
    for file in sources.files {
      if file.target != "InventoryStore" { #expect(!file.imports.contains("GRDB"), "\(file.path)") }
      if file.target != "SandboxCloud" {
        #expect(file.imports.filter { $0.hasPrefix("NIO") } == [], "\(file.path)")
      }
    }
  }

  @Test func `an executable only parses, calls and exits`() {
    for name in Self.executables {
      let main = sources.files.first { $0.path == "Sources/\(name)/Main.swift" }
      #expect(main.map { $0.lines.count <= 70 } == true, "\(name)")
    }
  }

  @Test func `no file is longer than 500 lines`() {
    for file in sources.files { #expect(file.lines.count <= 500, "\(file.path)") }
  }

  @Test func `nothing outside can stop a program by a trap`() {
    #expect(sources.places(of: #/\btry!|\bas! |\bfatalError\(/#) == [])
  }

  @Test func `no test sleeps`() {
    #expect(tests.places(of: #/\b(?:u|nano|clock_nano)?sleep\s*\(|\bTask\.sleep\b/#) == [])
  }
}
