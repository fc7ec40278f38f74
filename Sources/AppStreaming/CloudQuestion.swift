import RenewalCore

/// One call and how its answer is read.
package struct CloudQuestion<Answer: Sendable>: Sendable {
  let call: OperationCall
  let read: @Sendable (JSONValue) throws(CloudFault) -> Answer
}

/// The end of one call, with what every answer of the cloud carries.
package struct CloudResult<Answer: Sendable>: Sendable {
  package var result: Result<Answer, CloudFault>
  /// `nil` where no answer came.
  package var serverTime: Instant?
  package var requestID = ""

  init(_ reply: Result<CloudReply, CloudFault>, _ question: CloudQuestion<Answer>) {
    switch reply {
    case .failure(let fault): result = .failure(fault)
    case .success(let reply):
      do throws(CloudFault) {
        result = .success(try question.read(try reply.readContent()))
      } catch {
        result = .failure(error)
      }
      serverTime = reply.serverTime
      requestID = reply.requestID
    }
  }
}

extension CloudQuestion<CloudAnswer> {
  init(_ read: CloudRead) {
    call =
      switch read {
      case .groups(let page): .groups(page: page)
      case .group(let id): .group(id)
      case .renewalPrice(let id, let period): .renewalPrice(id, period)
      case .balance: .balance()
      case .renewalOrders(let from, let to, let page):
        .orders(.renewal, from: from, to: to, page: page)
      case .order(let id): .order(id)
      case .nativeRenewal(let groups): .nativeRenewal(groups)
      case .groupsNamed(let name, let page): .groups(GroupFilter(named: name), page: page)
      case .newGroupPrice(let order): .price(of: order)
      case .capacity(let type, let region):
        .instanceTypes(region: region, chargeType: nil, instanceType: type, page: 1)
      case .newOrders(let from, let to, let page):
        .orders(.new, from: from, to: to, page: page)
      }
    self.read = { content throws(CloudFault) in try CloudAnswer(read, content) }
  }
}

extension CloudQuestion<GroupPage> {
  /// One page of the groups that a filter leaves.
  package static func groups(_ filter: GroupFilter, page: Int) -> Self {
    CloudQuestion(call: .groups(filter, page: page)) { content throws(CloudFault) in
      try GroupPage(content, page: page)
    }
  }
}

extension CloudQuestion<Quote> {
  /// What a new group would cost (API reference, section 5.6).
  package static func price(of order: GroupOrder) -> Self {
    CloudQuestion(call: .price(of: order)) { content throws(CloudFault) in
      try Quote(ofNewGroup: content)
    }
  }
}

extension CloudQuestion<[InstanceType]> {
  /// One page of the types of nodes on sale; any setting left out matches all.
  package static func instanceTypes(
    region: String? = nil, chargeType: ChargeType? = nil, instanceType: String? = nil,
    page: Int = 1
  ) -> Self {
    let call = OperationCall.instanceTypes(
      region: region, chargeType: chargeType, instanceType: instanceType, page: page)
    return CloudQuestion(call: call) { content throws(CloudFault) in
      try readInstanceTypes(content)
    }
  }
}

func readInstanceTypes(_ content: JSONValue) throws(CloudFault) -> [InstanceType] {
  var types: [InstanceType] = []
  for row in content["NodeInstanceTypeModels"]?.elements ?? [] {
    types.append(try InstanceType(row))
  }
  return types
}

/// A type of node (API reference, section 5.7).
package struct InstanceType: Hashable, Sendable {
  package var id: String
  package var name: String
  package var family: String
  /// As the cloud writes them: fractions of a processor exist.
  package var cpu: String
  package var gpu: String
  package var memoryMegabytes: Int
  package var gpuMemoryMegabytes: Int
  /// The most sessions that one node of it carries.
  package var maximumCapacity: Int?

  init(_ row: JSONValue) throws(CloudFault) {
    id = try row.needed("NodeInstanceType", \.nonEmptyString)
    name = row.text("NodeTypeName")
    family = row.text("NodeInstanceTypeFamily")
    cpu = row.text("Cpu")
    gpu = row.text("Gpu")
    memoryMegabytes = row["Memory"]?.integer ?? 0
    gpuMemoryMegabytes = row["GpuMemory"]?.integer ?? 0
    maximumCapacity = row["MaxCapacity"]?.integer
  }
}

extension CloudQuestion<[String]> {
  /// The regions that groups may lie in; not all of them have stock.
  package static let regions = CloudQuestion(call: .regions()) { content throws(CloudFault) in
    try content.needed("RegionModels", \.array).elements.compactMap {
      $0.field("RegionId")?.nonEmptyString
    }
  }
}

extension CloudQuestion<CallerIdentity> {
  /// Who the key that signs belongs to.
  package static let callerIdentity = CloudQuestion(call: .callerIdentity()) {
    content throws(CloudFault) in
    CallerIdentity(
      account: try content.needed("AccountId", \.nonEmptyString), arn: content.text("Arn"),
      kind: content.text("IdentityType"))
  }
}

package struct CallerIdentity: Hashable, Sendable {
  /// The number of the account.
  package var account: String
  package var arn: String
  /// `Account`, `RAMUser`, `AssumedRoleUser` ...
  package var kind: String
}

extension CloudQuestion<OrderID> {
  /// Withdraws an order that was never paid; a paid one is refused by the
  /// cloud. Always asked as the payer.
  package static func cancel(_ order: OrderID) -> Self {
    CloudQuestion(call: .cancel(order)) { _ throws(CloudFault) in order }
  }
}
