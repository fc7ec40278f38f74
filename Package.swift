// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

/// A target of ours. Every dependency is spelled out, so that this file is the
/// picture of the house: a row may name only rows below it.
func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func test(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
  name: "renewald",
  products: [
    .executable(name: "renewald", targets: ["renewald"]),
    .executable(name: "renewalctl", targets: ["renewalctl"]),
    .executable(name: "sandbox-cloud", targets: ["sandbox-cloud"]),
    .executable(name: "renewal-simulator", targets: ["renewal-simulator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
  ],
  targets: [
    // Executables: parse, call, exit code.
    executable("renewald", ["RenewalDaemon", "Configuration", argumentParser]),
    executable("renewalctl", ["RenewalCommands"]),
    executable("sandbox-cloud", ["SandboxCloud", argumentParser]),
    executable("renewal-simulator", ["RenewalSimulation", argumentParser]),

    // Composition.
    target(
      "RenewalDaemon",
      [
        "RenewalCore", "InventoryStore", "AppStreaming", "ControlProtocol", "Configuration",
        "Varlink", "Exposition", "Systemd", "CloudSigning",
      ]),
    target("RenewalCommands", ["RenewalCore", "ControlProtocol", "Varlink", argumentParser]),
    target("RenewalSimulation", ["RenewalCore", "InventoryStore", "RenewalDaemon", "CFaultDisk"]),
    target("SandboxCloud", ["CCrypto", "CTLS", nioCore, nioPosix, nioHTTP]),

    // Adapters: they never import each other.
    target("InventoryStore", ["RenewalCore", "CCrypto", grdb]),
    target("AppStreaming", ["RenewalCore", "CloudSigning", "CCurl"]),
    target("ControlProtocol", ["RenewalCore"]),
    target("Configuration", ["RenewalCore", "CToml"]),

    // Domain: pure, values in and values out.
    target("RenewalCore"),

    // Platform: knows nothing of renewals.
    target("CloudSigning", ["CCrypto"]),
    target("Varlink"),
    target("Exposition"),
    target("Systemd", ["CSystemd", logging]),
    .systemLibrary(name: "CSystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CFaultDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
    .systemLibrary(name: "CTLS", providers: [.apt(["libssl-dev"])]),
    .target(name: "CToml", cxxSettings: [.unsafeFlags(["-std=c++17"])]),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["RenewalCore", "InventoryStore", "SandboxCloud"],
      path: "Tests/TestSupport", swiftSettings: strict),
    .executableTarget(
      name: "renewal-bench",
      dependencies: [
        "RenewalDaemon", "RenewalCore", "InventoryStore", "AppStreaming", "CloudSigning",
        "ControlProtocol", "Varlink", argumentParser,
      ], path: "Tests/Benchmarks/renewal-bench", swiftSettings: strict),
    test("ArchitectureTests", []),
    // They start the programs, which every build of the tests also builds.
    test("ProcessTests", []),
    test("RenewalCoreTests", ["RenewalCore", "TestSupport"]),
    test("InventoryStoreTests", ["InventoryStore", "RenewalCore", "TestSupport", grdb]),
    test("CloudSigningTests", ["CloudSigning"], resources: [.copy("Vectors")]),
    test(
      "AppStreamingTests",
      ["AppStreaming", "CloudSigning", "RenewalCore", "SandboxCloud", "TestSupport"],
      resources: [.copy("Captured")]),
    test("VarlinkTests", ["Varlink"]),
    test("ExpositionTests", ["Exposition"]),
    test("ControlProtocolTests", ["ControlProtocol", "RenewalCore", "Varlink"]),
    test(
      "ConfigurationTests", ["Configuration", "RenewalCore"],
      resources: [.copy("Broken"), .copy("BrokenGroups")]),
    test("FaultDiskTests", ["CFaultDisk", grdb]),
    test("SystemdTests", ["Systemd", logging]),
    test("SandboxCloudTests", ["SandboxCloud"]),
    test(
      "RenewalDaemonTests",
      [
        "RenewalDaemon", "RenewalCore", "InventoryStore", "ControlProtocol", "Configuration",
        "AppStreaming", "CloudSigning", "Varlink", "TestSupport",
      ], exclude: ["Golden"]),
    test("RenewalSimulationTests", ["RenewalSimulation", "RenewalCore"]),
    test(
      "RenewalCommandsTests",
      ["RenewalCommands", "ControlProtocol", "RenewalCore", "Varlink", "CCrypto"]),
  ],
  cxxLanguageStandard: .cxx17
)
