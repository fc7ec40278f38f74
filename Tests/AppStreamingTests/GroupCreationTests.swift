import CloudSigning
import Foundation
import RenewalCore
import Synchronization
import Testing

@testable import AppStreaming

@Suite struct `Orders of new groups` {
  /// The settings of a captured request, by the kinds they must have been.
  func settings(of captured: CapturedRequest) throws -> [String: SettingValue] {
    var settings: [String: SettingValue] = [:]
    for pair in captured.form + captured.query {
      let (name, text) = (pair[0], pair[1])
      if let dot = name.firstIndex(of: ".") {
        let list = settings[String(name[..<dot])]?.elements ?? []
        settings[String(name[..<dot])] = .list(list + [.text(text)])
      } else if text.hasPrefix("{") {
        settings[name] = try SettingValue(json: text)
      } else if ["Period", "SessionTimeout"].contains(name), let number = Int(text) {
        settings[name] = .integer(number)
      } else {
        settings[name] = ["True": .boolean(true), "False": .boolean(false)][text] ?? .text(text)
      }
    }
    return settings
  }

  @Test(arguments: ["all", "minimal"])
  func `every parameter travels as from the vendor's client`(form: String) throws {
    let captured = try CapturedRequest.named("CreateAppInstanceGroup/\(form)")
    let call = OperationCall.create(try settings(of: captured))
    let signed = OperationRequest(
      action: call.operation.rawValue, version: call.operation.service.version, host: "h",
      query: call.query, form: call.form
    ).signed(
      by: try FixedCredentials().key(at: capturedDate), date: "d", nonce: "n", userAgent: "u")
    let sent = SentParameters(
      HTTPRequest(
        endpoint: try Endpoint("http://127.0.0.1"), target: signed.target, body: signed.body))
    #expect(sent == captured.parameters)
    #expect(
      HTTPResponse(status: 0, headers: signed.headers).header("x-acs-content-sha256")
        == sha256Hex(signed.body))
  }

  @Test func `a checked group is signed once and sent once, with its body`() throws {
    let transport = FakeTransport(
      json: """
        {"RequestId":"r","AppInstanceGroupModel":{"AppInstanceGroupId":"aig-new","OrderId":"17",
         "NodePoolId":"rg-1"}}
        """)
    let client = try AppStreamingClient.forTest(transport)
    let creation = try GroupCreation(
      checking: [
        "app_center_image_id": .text("img-1"), "app_instance_group_name": .text("办公 \"1\""),
        "biz_region_id": .text("cn-hangzhou"), "charge_type": .text("PrePaid"),
        "period": .integer(1), "period_unit": .text("Month"),
        "node_pool": .table([
          "node_amount": .integer(2), "node_instance_type": .text("appstreaming.general.4c8g"),
          "strategy_type": .text("NODE_FIXED"),
        ]),
      ], today: CivilDate(year: 2030, month: 1, day: 1))
    #expect(GroupOrder(creation)?.amount == 2)

    let signed = try client.sign(creation, nonce: "n", date: capturedDate)
    #expect(transport.requests.isEmpty)
    let box = Mutex<PaymentReply?>(nil)
    client.send(signed, deadline: .seconds(60)) { reply in box.withLock { $0 = reply } }
    let sent = SentParameters(try #require(transport.requests.first))
    #expect(transport.requests.count == 1 && transport.requests[0].transmission == .once)
    #expect(sent.form["AutoRenew"] == "false" && sent.form["AutoPay"] == "true")
    #expect(sent.form["ProductType"] == "CloudApp" && sent.form["SessionTimeout"] == "15")
    #expect(sent.form["AppInstanceGroupName"] == "办公 \"1\"")
    #expect(
      sent.form["NodePool"]
        == #"{"NodeAmount":2,"NodeInstanceType":"appstreaming.general.4c8g","StrategyType":"NODE_FIXED"}"#
    )
    let reply = try #require(box.withLock { $0 })
    #expect(reply.newGroup == "aig-new" && reply.orderID == "17" && reply.isReadable)
  }
}

extension SettingValue {
  fileprivate init(json text: String) throws {
    self = try JSONDecoder().decode(Decoded.self, from: Data(text.utf8)).value
  }

  private struct Decoded: Decodable {
    var value: SettingValue

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        value = .boolean(flag)
      } else if let number = try? container.decode(Int.self) {
        value = .integer(number)
      } else if let text = try? container.decode(String.self) {
        value = .text(text)
      } else if let list = try? container.decode([Decoded].self) {
        value = .list(list.map(\.value))
      } else {
        value = .table(try container.decode([String: Decoded].self).mapValues(\.value))
      }
    }
  }
}
