import CFaultDisk
import GRDB

/// A fault disk that goes away with its last reference.
final class Disk {
  let raw: OpaquePointer

  init(_ name: String) throws {
    guard let raw = fault_disk_create(name) else { throw NameTaken() }
    self.raw = raw
  }

  deinit { fault_disk_destroy(raw) }

  struct NameTaken: Error {}

  func path(_ name: String) -> String { String(cString: fault_disk_root(raw)) + name }

  func cut(_ cut: PowerCut) {
    fault_disk_cut_power(raw, cut.loss, cut.tear, cut.sector, cut.seed)
  }

  @discardableResult
  func append(_ bytes: [UInt8], to name: String) -> Int64 {
    fault_disk_append(raw, path(name), bytes, bytes.count)
  }

  /// Creates a file with `bytes` that no power cut takes away.
  func settle(_ bytes: [UInt8], in name: String) {
    append(bytes, to: name)
    sync(name)
    fault_disk_sync_directory(raw, path(name))
  }

  @discardableResult
  func sync(_ name: String) -> Int64 { fault_disk_sync(raw, path(name)) }

  /// The whole file, or nil when there is none.
  func contents(_ name: String) -> [UInt8]? {
    let size = fault_disk_size(raw, path(name))
    guard size >= 0 else { return nil }
    var bytes = [UInt8](repeating: 0xFF, count: Int(size))
    return fault_disk_read(raw, path(name), 0, &bytes, bytes.count) == size ? bytes : nil
  }
}

/// What a power cut takes, see `fault_disk_cut_power`.
struct PowerCut: CustomStringConvertible {
  var loss: UInt32 = 0
  var tear: UInt32 = 0
  var sector = 512
  var seed: UInt64 = 0

  static let losesAll = PowerCut(loss: 100)
  static let losesNothing = PowerCut()

  /// The two ends and draws of every kind between them.
  static let samples: [PowerCut] =
    [losesAll, losesNothing]
    + (1...6).map { PowerCut(loss: 50, tear: 50, sector: $0 % 2 == 0 ? 512 : 4096, seed: $0) }

  var description: String { "loss \(loss) %, tear \(tear) % of \(sector), seed \(seed)" }
}

/// How a connection syncs.
enum Durability: String {
  case extra = "PRAGMA synchronous = EXTRA"
  /// The journal stays and its header is zeroed: no name changes at a commit.
  case extraExclusive = "PRAGMA synchronous = EXTRA; PRAGMA locking_mode = EXCLUSIVE"
  case full = "PRAGMA synchronous = FULL"
  case off = "PRAGMA synchronous = OFF"
}

/// A table of numbered rows, each nearly a page long.
struct Rows {
  let queue: DatabaseQueue

  init(on disk: Disk, _ durability: Durability = .extra) throws {
    var configuration = Configuration()
    configuration.prepareDatabase { try $0.execute(sql: durability.rawValue) }
    queue = try DatabaseQueue(path: disk.path("rows.sqlite"), configuration: configuration)
  }

  func create() throws {
    try queue.write { database in
      try database.execute(
        sql: """
          CREATE TABLE row (number INTEGER PRIMARY KEY, name TEXT UNIQUE, filler BLOB) STRICT
          """)
    }
  }

  /// One transaction.
  func insert(_ numbers: ClosedRange<Int>) throws {
    try queue.write { database in
      for number in numbers {
        try database.execute(
          sql: "INSERT INTO row VALUES (?, ?, zeroblob(3000))",
          arguments: [number, "row \(number * 7919 % 1000)"])
      }
    }
  }

  func numbers() throws -> [Int] {
    try queue.read { try Int.fetchAll($0, sql: "SELECT number FROM row ORDER BY number") }
  }

  func integrity() throws -> [String] {
    try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
  }
}
