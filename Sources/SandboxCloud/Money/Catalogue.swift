/// The node types on sale and what they cost: invented for the sandbox, apart from
/// the names that are documented, and how many sessions a node of these carries.
enum Catalogue {
  struct NodeType: Sendable {
    var name: String
    var family: String
    var cpu: Int
    /// 0 where there is no graphics card.
    var gpu: Int
    var memoryMB: Int
    var gpuMemoryMB: Int
    /// Sessions on one node.
    var maxCapacity: Int
    /// Major units (yuan, dollars, yen) for one node and month.
    var monthlyPrice: Int
  }

  static let nodeTypes = [
    NodeType(
      name: "appstreaming.general.4c8g", family: "appstreaming.general", cpu: 4, gpu: 0,
      memoryMB: 8192, gpuMemoryMB: 0, maxCapacity: 2, monthlyPrice: 199),
    NodeType(
      name: "appstreaming.general.2c4g", family: "appstreaming.general", cpu: 2, gpu: 0,
      memoryMB: 4096, gpuMemoryMB: 0, maxCapacity: 1, monthlyPrice: 99),
    NodeType(
      name: "appstreaming.general.8c16g", family: "appstreaming.general", cpu: 8, gpu: 0,
      memoryMB: 16384, gpuMemoryMB: 0, maxCapacity: 4, monthlyPrice: 389),
    NodeType(
      name: "appstreaming.vgpu.8c16g.4g", family: "appstreaming.vgpu", cpu: 8, gpu: 1,
      memoryMB: 16384, gpuMemoryMB: 4096, maxCapacity: 4, monthlyPrice: 899),
  ]

  static func nodeType(_ name: String) -> NodeType? { nodeTypes.first { $0.name == name } }

  /// The regions that any published page of the product names (API reference, section 2).
  static let regions = [
    "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-zhangjiakou", "cn-shenzhen", "cn-chengdu",
    "cn-hongkong", "ap-southeast-1",
  ]

  /// The one promotion on offer: a tenth off the price after other discounts.
  static let promotion = "174400091234"
}

/// The price of a term for a number of nodes.
struct Quote: Sendable {
  var original: Amount
  var discount: Amount
  var trade: Amount { original - discount }

  /// A week costs 3/10 of a month; each whole year costs ten months' price, so the
  /// discount is two months a year. A promotion takes off a tenth of the rest.
  init(monthly: Amount, nodes: Int, term: Term, promotion: String? = nil) {
    switch term.unit {
    case .week: original = Amount(minorUnits: monthly.minorUnits * term.count * 3 / 10)
    case .month, .year: original = monthly * term.months
    }
    original = original * nodes
    discount = term.unit == .year ? monthly * (2 * term.count * nodes) : .zero
    if promotion != nil { discount += Amount(minorUnits: trade.minorUnits / 10) }
  }
}
