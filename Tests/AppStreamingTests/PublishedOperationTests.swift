import Foundation
import Testing

@testable import AppStreaming
@testable import RenewalCore

/// The calls beside the published list of operations and their parameters (API
/// reference, data file operations.json).
@Suite struct `Published operations` {
  struct Field: Decodable {
    var name: String?
    var type: String
    var required: Bool?
    var place: String?
    var items: Items?
    var fields: [Field]?

    struct Items: Decodable { var fields: [Field]? }

    enum CodingKeys: String, CodingKey {
      case name, type, required, items, fields
      case place = "in"
    }

    /// The members of an object, or of the objects of a list.
    var members: [Field] { fields ?? items?.fields ?? [] }
  }

  struct Operation: Decodable {
    var version: String
    var request: [Field]
  }

  let operations: [String: Operation]

  init() throws {
    struct File: Decodable { var operations: [String: Operation] }
    let folder = try #require(Bundle.module.resourceURL)
    let file = folder.appendingPathComponent("Captured/operations.json")
    operations = try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).operations
  }

  func published(_ operation: CloudOperation) throws -> Operation {
    let prefix =
      switch operation.service {
      case .appStreaming: ""
      case .billing: "bss:"
      case .tokens: "sts:"
      }
    return try #require(operations[prefix + operation.rawValue], "\(operation)")
  }

  @Test func `a creation knows every parameter and every member, by name and kind`() throws {
    func compare(_ ours: [CreationField], _ theirs: [Field], at path: String) {
      #expect(Set(ours.map(\.name)) == Set(theirs.compactMap(\.name)), "\(path)")
      for field in ours {
        guard let published = theirs.first(where: { $0.name == field.name }) else { continue }
        let place = "\(path).\(field.name)"
        #expect(published.type == field.kind.publishedType, "\(place)")
        if published.required == true, field.name != "ChargeResourceMode" {
          // Two have a documented default, which is filled in.
          #expect(field.isNeeded || field.name == "SessionTimeout", "\(place)")
        }
        compare(field.kind.members, published.members, at: place)
      }
    }
    // The one product type is added by the program.
    let theirs = try published(.createAppInstanceGroup).request.filter { $0.name != "ProductType" }
    compare(CreationField.all, theirs, at: "")
  }

  @Test func `every call sends known parameters, where they belong, and all that are required`()
    throws
  {
    let id: GroupID = "aig-1"
    let order = GroupOrder(
      region: "r", instanceType: "t", amount: 1, chargeType: .prePaid, period: .oneMonth)
    let calls: [OperationCall] = [
      .renew(RenewalRequest(group: id, period: .oneMonth, promotionID: "p")), .group(id),
      .groups(page: 1), .renewalPrice(id, .oneMonth), .balance(),
      .orders(.renewal, from: Instant(0), to: Instant(1), page: 1), .order("1"),
      .nativeRenewal([id]), .price(of: order),
      .instanceTypes(region: "r", chargeType: .prePaid, instanceType: "t", page: 1), .regions(),
      .cancel("1"), .callerIdentity(),
    ]
    let covered = Set(calls.map(\.operation)).union([.createAppInstanceGroup])
    #expect(covered == Set(CloudOperation.allCases))
    for call in calls {
      let published = try published(call.operation)
      #expect(published.version == call.operation.service.version)
      for parameter in call.query {
        let field = published.request.first { $0.name == parameter.name }
        #expect(field?.place == "query", "\(call.operation) \(parameter.name)")
      }
      let sent = Set(call.query.map(\.name))
      for field in published.request where field.required == true {
        #expect(sent.contains(field.name ?? ""), "\(call.operation) \(field.name ?? "")")
      }
      let hasForm = published.request.contains { $0.place == "form body" }
      #expect((call.form != nil) == hasForm, "\(call.operation)")
    }
  }
}

extension CreationField.Kind {
  /// As the published list names it.
  fileprivate var publishedType: String {
    switch self {
    case .text, .document, .word, .numberText, .booleanText, .date, .time, .network, .region:
      "string"
    case .number: "integer"
    case .boolean: "boolean"
    case .list: "array"
    case .table: "object"
    }
  }

  fileprivate var members: [CreationField] {
    switch self {
    case .table(let fields): fields
    case .list(let element, _): element.members
    default: []
    }
  }
}
