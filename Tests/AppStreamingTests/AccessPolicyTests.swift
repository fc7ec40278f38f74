import Foundation
import Testing

@testable import AppStreaming

/// The access policies in `config/` and what the code calls are held together here.
@Suite struct `Access policies` {
  struct Policy: Decodable {
    struct Statement: Decodable {
      var Effect: String
      var Action: [String]
    }
    var Statement: [Statement]
  }

  func granted(_ name: String) throws -> Set<String> {
    let file = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().appendingPathComponent("../../config/\(name)")
    let policy = try JSONDecoder().decode(Policy.self, from: Data(contentsOf: file))
    #expect(policy.Statement.allSatisfy { $0.Effect == "Allow" })
    return Set(policy.Statement.flatMap(\.Action))
  }

  @Test func `the reader may do every read and nothing with an effect`() throws {
    let reads = CloudOperation.allCases.filter { !$0.hasEffect }
    #expect(try granted("ram-policy-reader.json") == Set(reads.map(\.permission)))
  }

  @Test func `the payer may do what has an effect, say who it is, and nothing else`() throws {
    let effects = CloudOperation.allCases.filter(\.hasEffect) + [.getCallerIdentity]
    #expect(try granted("ram-policy-payer.json") == Set(effects.map(\.permission)))
  }
}
