extension Cloud {
  /// ListNodeInstanceType (API reference, section 5.7).
  func listNodeTypes(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let page = try parameters.requiredInteger("PageNumber", in: 1...1_000_000)
    let size = try parameters.requiredInteger("PageSize", in: 1...100)
    let cpu = parameters["Cpu"].flatMap(Double.init)
    let gpu = parameters["Gpu"].flatMap(Double.init)
    let memory = try parameters.integer("Memory")
    let gpuMemory = try parameters.integer("GpuMemory")
    let types = Catalogue.nodeTypes.filter { type in
      (parameters["NodeInstanceType"] ?? type.name) == type.name
        && (parameters["NodeInstanceTypeFamily"] ?? type.family) == type.family
        && (cpu ?? Double(type.cpu)) == Double(type.cpu)
        && (gpu ?? Double(type.gpu)) == Double(type.gpu)
        && (memory ?? type.memoryMB) == type.memoryMB
        && (gpuMemory ?? type.gpuMemoryMB) == type.gpuMemoryMB
    }
    let rows = types.dropFirst((page - 1) * size).prefix(size).map { type -> WireJSON in
      [
        "NodeInstanceType": .string(type.name), "NodeInstanceTypeFamily": .string(type.family),
        "NodeTypeName": .string(type.name), "Cpu": .string(String(type.cpu)),
        "Gpu": .string(String(type.gpu)), "Memory": .integer(type.memoryMB),
        "GpuMemory": .integer(type.gpuMemoryMB), "MaxCapacity": .integer(type.maxCapacity),
      ]
    }
    return [
      "NodeInstanceTypeModels": .array(rows), "PageNumber": .integer(page),
      "PageSize": .integer(size), "TotalCount": .integer(types.count),
    ]
  }

  /// ListRegions. The vendor's client reads `regionId`, the documentation writes
  /// `RegionId`: both are there.
  func listRegions() -> WireJSON {
    [
      "RegionModels": .array(
        Catalogue.regions.map { ["regionId": .string($0), "RegionId": .string($0)] })
    ]
  }

  /// GetResourcePrice (API reference, section 5.6): one price for a node type, a
  /// list for an instance type.
  func resourcePrice(_ call: Call) throws(Refusal) -> WireJSON {
    let parameters = call.parameters
    try parameters.requireProductType()
    let amount = try parameters.requiredInteger("Amount", in: 1...100)
    let region = try parameters.required("BizRegionId")
    guard Catalogue.regions.contains(region) else {
      throw .invalid("BizRegionId", "is not a region of this service")
    }
    guard let chargeType = try parameters.word("ChargeType", SandboxGroup.ChargeType.self) else {
      throw .missing("ChargeType")
    }
    let term = try parameters.term()
    guard let typeName = parameters["NodeInstanceType"] ?? parameters["AppInstanceType"] else {
      throw .missing("NodeInstanceType")
    }
    guard Catalogue.nodeType(typeName) != nil else {
      throw .invalid("NodeInstanceType", "is not on sale: \(typeName)")
    }
    guard term.isSold else {
      return [
        "Code": "COMMODITY.INVALID_COMPONENT",
        "Message": "\(term.count) \(term.unit.rawValue) is not on sale.",
      ]
    }
    var monthly = monthlyPrice(of: typeName)
    if chargeType == .postPaid {
      // The price of one hour, dearer than a month's by half.
      monthly = Amount(minorUnits: monthly.minorUnits / 480)
    }
    let model = priceModel(Quote(monthly: monthly, nodes: amount, term: term))
    guard parameters["NodeInstanceType"] == nil else { return ["PriceModel": model] }
    var listed = model
    listed["PriceType"] = "AppInstance"
    return ["PriceList": [listed]]
  }
}
