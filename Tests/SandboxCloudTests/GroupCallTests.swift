import FoundationEssentials
import Testing

@testable import SandboxCloud

@Suite struct `Listing groups` {
  private func ids(_ reply: Reply) -> [String] {
    reply.json["AppInstanceGroupModels"]?.elements?.compactMap { $0["AppInstanceGroupId"]?.text }
      ?? []
  }

  @Test func `pages make the whole fleet and say how much there is`() {
    let caller = Caller { $0.groups = 250 }
    var seen: [String] = []
    for page in 1...4 {
      let reply = caller.call(
        "ListAppInstanceGroup", ["PageNumber": String(page), "PageSize": "100"])
      #expect(reply.json["TotalCount"]?.integer == 250)
      #expect(reply.json["PageNumber"]?.integer == page)
      seen += ids(reply)
    }
    #expect(seen == caller.server.groups.map(\.id))
  }

  @Test(arguments: [
    (["PageSize": "101"], "InvalidParameter.PageSize"),
    (["PageSize": "0"], "InvalidParameter.PageSize"),
    (["PageNumber": "0"], "InvalidParameter.PageNumber"),
    (["PageNumber": "one"], "InvalidParameter.PageNumber"),
  ])
  func `a bad page is refused`(_ query: [String: String], _ code: String) {
    #expect(Caller().call("ListAppInstanceGroup", query).code == code)
  }

  @Test func `a page far beyond the end is empty`() {
    let reply = Caller().call(
      "ListAppInstanceGroup", ["PageNumber": String(Int.max), "PageSize": "100"])
    #expect(reply.json["AppInstanceGroupModels"]?.elements == [])
  }

  @Test func `statuses in the form body choose by what is shown`() {
    let caller = Caller()
    let reply = caller.call(
      "ListAppInstanceGroup", form: ["Status.1": "EXPIRED", "Status.2": "CEASED"])
    #expect(ids(reply) == [caller.expiredGroup.id])
    caller.server.edit(caller.dueGroup.id) { $0.shownStatus = "CEASED" }
    let both = caller.call(
      "ListAppInstanceGroup", form: ["Status.1": "EXPIRED", "Status.2": "CEASED"])
    #expect(ids(both) == [caller.dueGroup.id, caller.expiredGroup.id])
  }

  @Test func `pay as you go has no expiry`() {
    let caller = Caller()
    let reply = caller.call(
      "ListAppInstanceGroup", ["AppInstanceGroupId": caller.payAsYouGoGroup.id])
    let row = reply.json["AppInstanceGroupModels"]?.elements?.first
    #expect(row?["ChargeType"]?.text == "PostPaid")
    #expect(row?["ExpiredTime"] == nil)
  }
}

@Suite struct `Creating groups` {
  private let caller = Caller()
  private static let pool =
    #"{"NodeAmount":1,"NodeCapacity":2,"NodeInstanceType":"appstreaming.general.4c8g"}"#

  private func create(_ change: [String: String] = [:]) -> Reply {
    let form = [
      "ProductType": "CloudApp", "AppCenterImageId": "img-test0001", "BizRegionId": "cn-hangzhou",
      "ChargeResourceMode": "Node", "ChargeType": "PrePaid", "Period": "1", "PeriodUnit": "Month",
      "SessionTimeout": "15", "AutoPay": "true", "NodePool": Self.pool,
    ]
    return caller.send(
      caller.signed("CreateAppInstanceGroup", form: form.merging(change) { $1 }))
  }

  @Test func `the captured creation with every parameter is accepted as it was sent`() throws {
    let captured = try #require(
      CapturedRequest.all.first { $0.name == "CreateAppInstanceGroup/all" })
    let reply = caller.send(captured.request)
    let model = try #require(reply.json["AppInstanceGroupModel"])
    let id = try #require(model["AppInstanceGroupId"]?.text)
    #expect(caller.group(id)?.name == "办公 App+1 *~/%&=")
    #expect(model["OrderId"]?.text == caller.server.orders.first?.id)
    #expect(model["NodePoolId"]?.text != nil)
    #expect(caller.visibleExpiry(id) == Caller.start.adding(months: 1))
  }

  @Test func `a new group deploys first and is seen after the lag`() throws {
    caller.server.settings.replicaLags = [30]
    let id = try #require(create().json["AppInstanceGroupModel"]?["AppInstanceGroupId"]?.text)
    let get = ["AppInstanceGroupId": id]
    #expect(caller.call("GetAppInstanceGroup", get).code == "InvalidAppInstanceGroup.NotFound")
    caller.server.advanceClock(bySeconds: 30)
    var row = caller.call("GetAppInstanceGroup", get).json["AppInstanceGroupModels"]
    #expect(row?["Status"]?.text == "DEPLOYING")
    caller.server.advanceClock(bySeconds: 30)
    row = caller.call("GetAppInstanceGroup", get).json["AppInstanceGroupModels"]
    #expect(row?["Status"]?.text == "PUBLISHED")
  }

  @Test func `native auto-renewal is asked for at creation`() throws {
    let id = try #require(
      create(["AutoRenew": "True"]).json["AppInstanceGroupModel"]?["AppInstanceGroupId"]?.text)
    #expect(caller.group(id)?.renewStatus == .auto)
  }

  @Test func `an unsold pair is refused and leaves nothing`() {
    let groups = caller.server.groups.count
    #expect(create(["Period": "2", "PeriodUnit": "Week"]).code == "COMMODITY.INVALID_COMPONENT")
    #expect(caller.server.groups.count == groups)
    #expect(caller.server.orders.isEmpty)
  }

  @Test(arguments: [
    (["AppCenterImageId": ""], "MissingAppCenterImageId"),
    (["ChargeType": ""], "MissingChargeType"),
    (["ChargeResourceMode": "Both"], "InvalidParameter.ChargeResourceMode"),
    (["SubPayType": "later"], "InvalidParameter.SubPayType"),
    (["AuthMode": "None"], "InvalidParameter.AuthMode"),
    (["ChargeType": "PostPaid", "PeriodUnit": "Year"], "InvalidParameter.Period"),
    (["SessionTimeout": "301"], "InvalidParameter.SessionTimeout"),
    (["SessionTimeout": "-2"], "InvalidParameter.SessionTimeout"),
    (["Users.1": "alice"], "MissingUserInfo.Type"),
    (["Users.1": "alice", "UserInfo": #"{"Type":"Other"}"#], "InvalidParameter.UserInfo.Type"),
    (["NodePool": ""], "MissingNodePool"), (["NodePool": "[]"], "InvalidParameter.NodePool"),
    (["NodePool": "{}"], "MissingNodePool.NodeInstanceType"),
    (["Network": #"{"IpExpireMinutes":59}"#], "InvalidParameter.Network.IpExpireMinutes"),
    (
      ["Network": #"{"Routes":[{"Destination":"10.0.0.0/8","Mode":"Shared"}]}"#],
      "InvalidParameter.Network.Routes"
    ),
    (["Network": #"{"DomainRules":[{"Domain":"a"}]}"#], "MissingNetwork.DomainRules.1.Policy"),
    (
      ["VideoPolicy": #"{"Webrtc":true,"StreamingMode":"mix"}"#],
      "InvalidParameter.VideoPolicy.StreamingMode"
    ),
    (["VideoPolicy": #"{"FrameRate":"60"}"#], "InvalidParameter.VideoPolicy.FrameRate"),
    (
      ["StoragePolicy": #"{"StorageTypeList":[1]}"#],
      "InvalidParameter.StoragePolicy.StorageTypeList"
    ),
    (
      ["SecurityPolicy": #"{"ResetAfterUnbind":"true"}"#],
      "InvalidParameter.SecurityPolicy.ResetAfterUnbind"
    ),
  ])
  func `a broken field is named by its path`(_ change: [String: String], _ code: String) {
    #expect(create(change).code == code)
    #expect(caller.server.orders.isEmpty)
  }

  private func schedule(
    periods: String = #"{"Amount":1,"StartTime":"08:00","EndTime":"12:00"}"#,
    enable: String = "2030-01-02", disable: String = "2030-01-09"
  ) -> Reply {
    create([
      "ChargeType": "PostPaid",
      "NodePool": """
      {"NodeInstanceType":"appstreaming.general.4c8g","StrategyType":"NODE_SCALING_BY_SCHEDULE",\
      "WarmUp":true,"StrategyEnableDate":"\(enable)","StrategyDisableDate":"\(disable)",\
      "RecurrenceSchedules":[{"RecurrenceType":"weekly","RecurrenceValues":[1],\
      "TimerPeriods":[\(periods)]}]}
      """,
    ])
  }

  @Test func `a schedule needs dates a week to a year apart, from today on`() {
    #expect(schedule().status == 200)
    #expect(schedule(disable: "2031-01-02").status == 200)
    for (enable, disable, field) in [
      ("2030-01-02", "2030-01-08", "StrategyDisableDate"),
      ("2030-01-02", "2031-01-04", "StrategyDisableDate"),
      ("2030-01-01", "2030-02-01", "StrategyEnableDate"),
      ("02.01.2030", "2030-02-01", "StrategyEnableDate"),
    ] {
      #expect(
        schedule(enable: enable, disable: disable).code == "InvalidParameter.NodePool.\(field)")
    }
  }

  @Test func `time periods are long enough, apart, within a day and at most three`() {
    func period(_ start: String, _ end: String) -> String {
      #"{"Amount":1,"StartTime":"\#(start)","EndTime":"\#(end)"}"#
    }
    let fine = [period("08:00", "08:15"), period("08:20", "09:00"), period("23:00", "23:59")]
    #expect(schedule(periods: fine.joined(separator: ",")).status == 200)
    let list = "InvalidParameter.NodePool.RecurrenceSchedules.1.TimerPeriods"
    for (periods, code) in [
      ([period("08:00", "08:14")], "\(list).1"),
      ([period("22:00", "02:00")], "\(list).1"),
      ([period("08:00", "09:00"), period("09:04", "10:00")], list),
      ([period("08:00", "09:00"), period("08:30", "10:00")], list),
      (fine + [period("12:00", "13:00")], list), ([], list),
      ([period("8:00", "09:00")], "\(list).1.StartTime"),
      ([period("08:00", "24:00")], "\(list).1.EndTime"),
    ] {
      #expect(schedule(periods: periods.joined(separator: ",")).code == code)
    }
  }
}

@Suite struct `Tokens and metadata` {
  private let caller = Caller()

  private func get(_ path: String, _ method: String = "GET", _ headers: [(String, String)] = [])
    -> Reply
  {
    caller.send(WireRequest(method: method, target: path, headers: headers, body: []))
  }

  private func text(_ reply: Reply) -> String { String(decoding: reply.answer.body, as: UTF8.self) }

  /// Signs from now on with what an answer delivered.
  private func use(_ credentials: WireJSON?) throws {
    caller.keyID = try #require(credentials?["AccessKeyId"]?.text)
    caller.secret = try #require(credentials?["AccessKeySecret"]?.text)
    caller.token = try #require(credentials?["SecurityToken"]?.text)
  }

  @Test func `a role session works until it ends`() throws {
    let reply = caller.tokens(
      "AssumeRole",
      [
        "RoleArn": "acs:ram::123456789012:role/renewer", "RoleSessionName": "renewal",
        "DurationSeconds": "900",
      ])
    try use(reply.json["Credentials"])
    #expect(reply.json["Credentials"]?["Expiration"]?.text == "2030-01-02T03:19:05Z")
    #expect(caller.call("ListRegions").status == 200)
    caller.server.advanceClock(bySeconds: 900)
    #expect(caller.call("ListRegions").code == "InvalidSecurityToken.Expired")
  }

  @Test func `a session without its token, or with another, is refused`() throws {
    try use(get("/credentials").json)
    let token = caller.token
    caller.token = nil
    #expect(caller.call("ListRegions").code == "InvalidSecurityToken.MismatchWithAccessKey")
    caller.token = "other"
    #expect(caller.call("ListRegions").code == "InvalidSecurityToken.Malformed")
    caller.token = token
    #expect(caller.call("ListRegions").status == 200)
  }

  @Test func `metadata is told to those who fetched a token`() throws {
    let role = "/latest/meta-data/ram/security-credentials/"
    #expect(get(role).status == 403)
    let token = text(
      get("/latest/api/token", "PUT", [("X-aliyun-ecs-metadata-token-ttl-seconds", "21600")]))
    let header = [("X-aliyun-ecs-metadata-token", token)]
    #expect(text(get(role, "GET", header)) == "sandbox-role")
    let reply = get(role + "sandbox-role", "GET", header)
    #expect(reply.code == "Success")
    try use(reply.json)
    #expect(caller.call("ListRegions").status == 200)
    #expect(get(role + "other", "GET", header).status == 404)
    caller.server.advanceClock(bySeconds: 21600)
    #expect(get(role, "GET", header).status == 403)
    #expect(get("/latest/api/token", "PUT").status == 400)
  }

  @Test(arguments: [
    (["RoleArn": "role"], "InvalidParameter.RoleArn"),
    (["RoleSessionName": "two words"], "InvalidParameter.RoleSessionName"),
    (["DurationSeconds": "899"], "InvalidParameter.DurationSeconds"),
    (["Policy": "none"], "InvalidParameter.Policy"), (["RoleArn": ""], "MissingRoleArn"),
  ])
  func `a wrong role request is refused`(_ change: [String: String], _ code: String) {
    let query = ["RoleArn": "acs:ram::1:role/r", "RoleSessionName": "renewal"]
    #expect(caller.tokens("AssumeRole", query.merging(change) { $1 }).code == code)
  }

  @Test func `the older signature in the query works for the token service`() throws {
    let captured = try #require(CapturedRequest.all.first { $0.name == "Credentials/AssumeRole" })
    #expect(caller.send(captured.request).json["Credentials"] != nil)
    #expect(caller.send(captured.request).code == "SignatureNonceUsed")
  }
}
