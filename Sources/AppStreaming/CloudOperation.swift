import CloudSigning
import RenewalCore

/// The services of the cloud that this daemon calls (API reference, section 2).
package enum CloudService: Hashable, Sendable, CaseIterable {
  case appStreaming, billing, tokens

  package var version: String {
    switch self {
    case .appStreaming: "2021-09-01"
    case .billing: "2017-12-14"
    case .tokens: "2015-04-01"
    }
  }
}

/// Every operation that this program can call, by its name on the wire.
package enum CloudOperation: String, Hashable, Sendable, CaseIterable {
  case listAppInstanceGroup = "ListAppInstanceGroup"
  case getAppInstanceGroup = "GetAppInstanceGroup"
  case getResourceRenewPrice = "GetResourceRenewPrice"
  case getResourcePrice = "GetResourcePrice"
  case listNodeInstanceType = "ListNodeInstanceType"
  case listRegions = "ListRegions"
  case createAppInstanceGroup = "CreateAppInstanceGroup"
  case renewAppInstanceGroup = "RenewAppInstanceGroup"
  case queryAccountBalance = "QueryAccountBalance"
  case queryAvailableInstances = "QueryAvailableInstances"
  case queryOrders = "QueryOrders"
  case getOrderDetail = "GetOrderDetail"
  case cancelOrder = "CancelOrder"
  case getCallerIdentity = "GetCallerIdentity"

  package var service: CloudService {
    switch self {
    case .listAppInstanceGroup, .getAppInstanceGroup, .getResourceRenewPrice, .getResourcePrice,
      .listNodeInstanceType, .listRegions, .createAppInstanceGroup, .renewAppInstanceGroup:
      .appStreaming
    case .queryAccountBalance, .queryAvailableInstances, .queryOrders, .getOrderDetail,
      .cancelOrder:
      .billing
    case .getCallerIdentity: .tokens
    }
  }

  /// The action that an access policy has to allow: `appstreaming:` and the
  /// operation's name (API reference, section 5.1); for billing `bssapi:` and
  /// the name (help page "Authorization for API calls" of the user center).
  package var permission: String {
    switch service {
    case .appStreaming: "appstreaming:\(rawValue)"
    case .billing: "bssapi:\(rawValue)"
    case .tokens: "sts:\(rawValue)"
    }
  }

  /// Whether a call may cost money or undo something: sent once, never
  /// repeated by itself, and signed by the payer.
  package var hasEffect: Bool {
    switch self {
    case .createAppInstanceGroup, .renewAppInstanceGroup, .cancelOrder: true
    default: false
    }
  }

  /// Calls a second that the cloud allows an account, where it says so
  /// (section 7); else `nil`.
  var publishedRate: Int? {
    switch self {
    case .queryOrders: 10
    case .cancelOrder: 4
    default: nil
    }
  }
}

/// An operation and where each of its parameters travels (API reference,
/// section 3.2). Parameters without a value are left out.
struct OperationCall: Hashable, Sendable {
  var operation: CloudOperation
  var query: [Parameter] = []
  /// `nil` for an operation that has no form parameters.
  var form: [Parameter]?

  /// The only product type there is.
  static let cloudApp = Parameter("ProductType", "CloudApp")
}

extension OperationCall {
  static func renew(_ request: RenewalRequest) -> OperationCall {
    OperationCall(
      operation: .renewAppInstanceGroup,
      query: [
        Parameter("AppInstanceGroupId", request.group.text),
        Parameter("AutoPay", request.autoPay ? "true" : "false"),
      ] + period(request.period) + [cloudApp]
        + optional("PromotionId", request.promotionID))
  }

  static func group(_ id: GroupID) -> OperationCall {
    OperationCall(
      operation: .getAppInstanceGroup,
      query: [Parameter("AppInstanceGroupId", id.text), cloudApp])
  }

  static func renewalPrice(_ id: GroupID, _ period: BillingPeriod) -> OperationCall {
    OperationCall(
      operation: .getResourceRenewPrice,
      query: [Parameter("AppInstanceGroupId", id.text)] + self.period(period) + [cloudApp])
  }

  /// Page number and size are always sent: their defaults are not documented
  /// (section 5.3).
  static func groups(_ filter: GroupFilter = GroupFilter(), page: Int) -> OperationCall {
    OperationCall(
      operation: .listAppInstanceGroup,
      query: optional("AppCenterImageId", filter.imageID)
        + optional("AppInstanceGroupId", filter.id?.text)
        + optional("AppInstanceGroupName", filter.nameFragment)
        + optional("BizRegionId", filter.region)
        + optional("NodeInstanceType", filter.instanceType)
        + optional("OfficeSiteId", filter.officeSiteID)
        + [
          Parameter("PageNumber", String(page)), Parameter("PageSize", String(groupPageSize)),
          cloudApp,
        ]
        + zip(1..., filter.tags.sorted { $0.key < $1.key }).flatMap { number, tag in
          [Parameter("Tag.\(number).Key", tag.key), Parameter("Tag.\(number).Value", tag.value)]
        },
      form: repeated("Status", filter.statuses)
        + repeated("UserGroupIds", filter.userGroups)
        + repeated("ExcludedUserGroupIds", filter.excludedUserGroups))
  }

  /// The largest page that the cloud gives (section 5.3).
  static let groupPageSize = 100

  static func balance() -> OperationCall { OperationCall(operation: .queryAccountBalance) }

  /// Larger pages than 20 rows may time out (section 7).
  static let orderPageSize = 20

  /// No more filters than are needed: an order that one of them hides would
  /// count as an order that does not exist.
  static func orders(
    _ type: OrderType, from: Instant, to: Instant, page: Int, status: PaymentStatus? = nil,
    productCode: String? = nil
  ) -> OperationCall {
    OperationCall(
      operation: .queryOrders,
      query: [
        Parameter("CreateTimeEnd", to.description),
        Parameter("CreateTimeStart", from.description),
        Parameter("OrderType", type.rawValue),
        Parameter("PageNum", String(page)),
        Parameter("PageSize", String(orderPageSize)),
      ] + optional("PaymentStatus", status?.rawValue) + optional("ProductCode", productCode))
  }

  static func order(_ id: OrderID) -> OperationCall {
    OperationCall(operation: .getOrderDetail, query: [Parameter("OrderId", id.text)])
  }

  /// At most this many ids in one call (section 7).
  static let instanceLimit = 100

  static func nativeRenewal(_ groups: [GroupID]) -> OperationCall {
    OperationCall(
      operation: .queryAvailableInstances,
      query: [
        Parameter("InstanceIDs", groups.map(\.text).joined(separator: ",")),
        Parameter("PageNum", "1"),
        Parameter("PageSize", String(instanceLimit)),
      ])
  }

  static func price(of order: GroupOrder) -> OperationCall {
    OperationCall(
      operation: .getResourcePrice,
      query: [
        Parameter("Amount", String(order.amount)), Parameter("BizRegionId", order.region),
        Parameter("ChargeType", order.chargeType.rawValue),
        Parameter("NodeInstanceType", order.instanceType),
      ] + period(order.period) + [cloudApp])
  }

  static func instanceTypes(
    region: String?, chargeType: ChargeType?, instanceType: String?, page: Int
  ) -> OperationCall {
    OperationCall(
      operation: .listNodeInstanceType,
      query: optional("BizRegionId", region) + optional("ChargeType", chargeType?.rawValue)
        + optional("NodeInstanceType", instanceType)
        + [
          Parameter("PageNumber", String(page)), Parameter("PageSize", String(groupPageSize)),
          cloudApp,
        ])
  }

  static func regions() -> OperationCall {
    OperationCall(operation: .listRegions, query: [cloudApp])
  }

  static func cancel(_ order: OrderID) -> OperationCall {
    OperationCall(operation: .cancelOrder, query: [Parameter("OrderId", order.text)])
  }

  static func callerIdentity() -> OperationCall { OperationCall(operation: .getCallerIdentity) }

  static func period(_ period: BillingPeriod) -> [Parameter] {
    [
      Parameter("Period", String(period.count)),
      Parameter("PeriodUnit", period.unit.rawValue),
    ]
  }
}

/// What an order is for (API reference, section 7); others are not asked for.
enum OrderType: String, Hashable, Sendable {
  case new = "New"
  case renewal = "Renew"
}

/// Nothing at all for a value that is not set; `Name=` would set it to nothing.
func optional(_ name: String, _ value: String?) -> [Parameter] {
  value.map { [Parameter(name, $0)] } ?? []
}

/// `Name.1`, `Name.2` ... An empty list sends nothing.
func repeated(_ name: String, _ values: [String]) -> [Parameter] {
  zip(1..., values).map { Parameter("\(name).\($0)", $1) }
}

/// Which groups a listing is to show. Several settings must all match.
package struct GroupFilter: Hashable, Sendable {
  package var id: GroupID?
  /// A part of the name.
  package var nameFragment: String?
  package var region: String?
  package var instanceType: String?
  package var imageID: String?
  package var officeSiteID: String?
  package var statuses: [String] = []
  package var tags: [String: String] = [:]
  package var userGroups: [String] = []
  package var excludedUserGroups: [String] = []

  package init(named nameFragment: String? = nil) { self.nameFragment = nameFragment }
}
