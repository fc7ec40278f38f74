"""Checks sandbox-cloud with the vendor's own client, as it is published.

Each check starts a sandbox of its own, so that none depends on another. Nothing
here shares code with the sandbox or with this project's client.
"""

import json
import subprocess
import sys
import tempfile
import traceback
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from alibabacloud_appstream_center20210901 import models as app
from alibabacloud_appstream_center20210901.client import Client as AppStreaming
from alibabacloud_bssopenapi20171214 import models as bss
from alibabacloud_bssopenapi20171214.client import Client as Billing
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client as Tokens
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi import utils as openapi_utils

CLOUD_APP = "CloudApp"


class Sandbox:
    """One running sandbox-cloud with its control interface."""

    def __init__(self, *options):
        # The file of the authority that clients trust, with --tls.
        self.authority = None
        self.process = subprocess.Popen(
            [sys.argv[1], "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.control_url = self.process.stdout.readline().split()[1]
        self.url = self.process.stdout.readline().split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=10) == 0, "sandbox-cloud did not stop cleanly"

    def control(self, path, body=None, method=None):
        request = urllib.request.Request(
            self.control_url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method or ("GET" if body is None else "POST"),
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def orders(self):
        return self.control("/orders")

    def group(self, test):
        return next(group for group in self.control("/groups") if test(group))

    def due(self):
        return self.group(lambda group: group["resourceStatus"] == "EXPIRED_IN_7_DAYS")

    def config(self, key="testAccessKeyId", secret="testAccessKeySecret", token=None, credential=None):
        return openapi.Config(
            access_key_id=None if credential else key,
            access_key_secret=None if credential else secret,
            security_token=token,
            credential=credential,
            endpoint=self.url.split("//")[1],
            protocol=self.url.split(":")[0].upper(),
            ca=self.authority,
        )

    def app(self, **options):
        return AppStreaming(self.config(**options))

    def billing(self, **options):
        return Billing(self.config(**options))

    def tokens(self, **options):
        return Tokens(self.config(**options))


CHECKS = []


def check(*options):
    """Registers a check; it gets a sandbox started with these options."""

    def register(function):
        CHECKS.append((function, options))
        return function

    return register


def refused(call, code, status=None):
    """The call fails with this code."""
    try:
        call()
    except Exception as error:  # the vendor's classes share no useful base
        assert getattr(error, "code", None) == code, f"{error!r} instead of {code}"
        if status is not None:
            assert getattr(error, "status_code", status) == status, error.status_code
        return error
    raise AssertionError(f"accepted instead of {code}")


def list_request(**fields):
    return app.ListAppInstanceGroupRequest(product_type=CLOUD_APP, **fields)


def renew_request(group, **fields):
    fields = {"period": 1, "period_unit": "Month", "auto_pay": True, **fields}
    return app.RenewAppInstanceGroupRequest(
        product_type=CLOUD_APP, app_instance_group_id=group, **fields
    )


def get(sandbox, group):
    return (
        sandbox.app()
        .get_app_instance_group(
            app.GetAppInstanceGroupRequest(product_type=CLOUD_APP, app_instance_group_id=group)
        )
        .body.app_instance_group_models
    )


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# Reads


@check("--groups", "25")
def pages_of_a_list_make_the_whole_fleet(sandbox):
    client = sandbox.app()
    ids = []
    for page in (1, 2, 3, 4):
        body = client.list_app_instance_group(list_request(page_number=page, page_size=10)).body
        assert body.total_count == len(
            [g for g in sandbox.control("/groups") if not g["deleted"]]
        ), body.total_count
        ids += [group.app_instance_group_id for group in body.app_instance_group_models]
    assert sorted(ids) == sorted(group["id"] for group in sandbox.control("/groups"))


@check()
def every_filter_of_a_list_works(sandbox):
    client = sandbox.app()
    rows = client.list_app_instance_group(list_request(page_size=100)).body.app_instance_group_models
    some = rows[0]

    def found(**fields):
        body = client.list_app_instance_group(list_request(page_size=100, **fields)).body
        return {row.app_instance_group_id for row in body.app_instance_group_models}

    def expected(test):
        return {row.app_instance_group_id for row in rows if test(row)}

    assert found(app_instance_group_id=some.app_instance_group_id) == {some.app_instance_group_id}
    assert found(app_instance_group_name="hold-") == expected(
        lambda row: "hold-" in row.app_instance_group_name
    )
    assert found(biz_region_id=some.region_id) == expected(
        lambda row: row.region_id == some.region_id
    )
    kind = some.node_pool[0].node_instance_type
    assert found(node_instance_type=kind) == expected(
        lambda row: row.node_pool[0].node_instance_type == kind
    )
    assert found(status=["EXPIRED", "CEASED"]) == expected(lambda row: row.status == "EXPIRED")
    tag = some.tags[0]
    wanted = app.ListAppInstanceGroupRequestTag(key=tag.key, value=tag.value)
    assert found(tag=[wanted]) == expected(lambda row: row.tags[0].value == tag.value)
    assert found(user_group_ids=["ug-1"]) == set()
    assert found(excluded_user_group_ids=["ug-1"]) == expected(lambda row: True)


@check()
def a_group_reads_as_the_reference_says(sandbox):
    row = get(sandbox, sandbox.due()["id"])
    assert row.charge_type == "PrePaid"
    assert row.status == "PUBLISHED"
    assert row.resource_status == "EXPIRED_IN_7_DAYS"
    assert row.expired_time.endswith(".000+00:00"), row.expired_time
    assert isinstance(row.session_timeout, str)
    assert isinstance(row.amount, int)
    assert row.node_pool[0].node_amount == row.amount


@check()
def prices_of_purchase_and_renewal_are_texts_that_add_up(sandbox):
    client = sandbox.app()
    renewal = client.get_resource_renew_price(
        app.GetResourceRenewPriceRequest(
            product_type=CLOUD_APP,
            app_instance_group_id=sandbox.due()["id"],
            period=1,
            period_unit="Year",
        )
    ).body.data.price
    purchase = client.get_resource_price(
        app.GetResourcePriceRequest(
            product_type=CLOUD_APP,
            amount=2,
            biz_region_id="cn-hangzhou",
            charge_type="PrePaid",
            node_instance_type="appstreaming.general.4c8g",
            period=1,
            period_unit="Month",
        )
    ).body.price_model.price
    for price in (renewal, purchase):
        assert Decimal(price.trade_price) == Decimal(price.original_price) - Decimal(
            price.discount_price
        )
        assert price.currency == "CNY"
        assert price.promotions[0].promotion_id
    assert purchase.trade_price == "398.00", purchase.trade_price


@check()
def node_types_and_regions_are_listed(sandbox):
    client = sandbox.app()
    types = client.list_node_instance_type(
        app.ListNodeInstanceTypeRequest(product_type=CLOUD_APP, page_number=1, page_size=100)
    ).body
    assert types.total_count == len(types.node_instance_type_models) > 1
    assert types.node_instance_type_models[0].max_capacity > 0
    assert types.node_instance_type_models[0].cpu == "4"
    regions = client.list_regions(app.ListRegionsRequest(product_type=CLOUD_APP)).body.region_models
    assert "cn-hangzhou" in [region.region_id for region in regions]


# Renewals


@check()
def a_paid_renewal_moves_the_expiry_and_takes_the_price(sandbox):
    group = sandbox.due()
    before = instant(get(sandbox, group["id"]).expired_time)
    answer = sandbox.app().renew_app_instance_group(renew_request(group["id"])).body
    assert answer.order_id and not answer.code
    after = instant(get(sandbox, group["id"]).expired_time)
    assert timedelta(days=27) < after - before < timedelta(days=32)
    (order,) = sandbox.orders()
    assert order["id"] == answer.order_id
    assert order["status"] == "Paid"
    assert instant(order["keyExpiryBefore"]) == before
    balance = sandbox.billing().query_account_balance().body.data.available_amount
    assert Decimal(balance.replace(",", "")) == Decimal(100000) - Decimal(order["amount"])


@check()
def every_parameter_of_a_renewal_is_accepted(sandbox):
    answer = sandbox.app().renew_app_instance_group(
        renew_request(
            sandbox.due()["id"],
            period_unit="Year",
            promotion_id="174400091234",
            renew_amount=2,
            renew_mode="exampleMode",
            renew_nodes=["i-node0001", "i-node0002"],
        )
    ).body
    assert answer.order_id and not answer.code


@check()
def without_automatic_payment_nothing_moves(sandbox):
    group = sandbox.due()
    before = get(sandbox, group["id"]).expired_time
    sandbox.app().renew_app_instance_group(renew_request(group["id"], auto_pay=None))
    assert get(sandbox, group["id"]).expired_time == before
    assert [order["status"] for order in sandbox.orders()] == ["Unpaid"]


@check()
def two_weeks_are_answered_by_code_and_order_in_a_success(sandbox):
    answer = sandbox.app().renew_app_instance_group(
        renew_request(sandbox.due()["id"], period=2, period_unit="Week")
    )
    assert answer.status_code == 200
    assert answer.body.code and answer.body.order_id


@check("--visible-lag", "3600")
def a_renewal_is_seen_after_the_lag(sandbox):
    group = sandbox.due()
    before = get(sandbox, group["id"]).expired_time
    sandbox.app().renew_app_instance_group(renew_request(group["id"]))
    assert get(sandbox, group["id"]).expired_time == before
    sandbox.control("/settings", {"replicaLags": [0]})
    assert get(sandbox, group["id"]).expired_time > before


@check()
def what_cannot_be_renewed_is_refused(sandbox):
    client = sandbox.app()
    paid_by_use = sandbox.group(lambda group: group["chargeType"] == "PostPaid")["id"]
    expired = sandbox.group(lambda group: group["status"] == "EXPIRED")["id"]
    renew = client.renew_app_instance_group
    refused(lambda: renew(renew_request(paid_by_use)), "InvalidAppInstanceGroup.ChargeType", 400)
    refused(lambda: renew(renew_request(expired)), "InvalidAppInstanceGroup.Expired", 400)
    refused(lambda: renew(renew_request("aig-none")), "InvalidAppInstanceGroup.NotFound", 404)
    assert sandbox.orders() == []


@check("--balance", "1.00")
def too_little_money_leaves_an_unpaid_order(sandbox):
    group = sandbox.due()["id"]
    refused(
        lambda: sandbox.app().renew_app_instance_group(renew_request(group)),
        "PAY.INSUFFICIENT_BALANCE",
    )
    assert [order["status"] for order in sandbox.orders()] == ["Unpaid"]


@check("--groups", "36", "--balance", "9000000.00")
def renewals_at_the_same_time_are_all_booked_once(sandbox):
    ids = [g["id"] for g in sandbox.control("/groups") if g["resourceStatus"] == "EXPIRED_IN_7_DAYS"]
    client = sandbox.app()
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda group: client.renew_app_instance_group(renew_request(group)).body, ids)
        )
    orders = sandbox.orders()
    assert {answer.order_id for answer in answers} == {order["id"] for order in orders}
    assert sorted(order["group"] for order in orders) == sorted(ids)
    assert all(order["status"] == "Paid" for order in orders)


@check()
def of_orders_for_one_group_at_the_same_time_one_is_taken(sandbox):
    sandbox.control("/settings", {"orderTime": 60})
    group = sandbox.due()["id"]
    client = sandbox.app()
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda _: client.renew_app_instance_group(renew_request(group)).body, range(16)
            )
        )
    (order,) = sandbox.orders()
    assert [answer.order_id for answer in answers if answer.order_id] == [order["id"]]
    codes = [answer.code for answer in answers if not answer.order_id]
    assert codes == ["SYSTEM.CONCURRENT_OPERATE"] * 15, codes
    sandbox.control("/clock", {"advance": "61s"})
    assert client.renew_app_instance_group(renew_request(group)).body.order_id


# Creation and changes


def create_request(**fields):
    fields = {
        "product_type": CLOUD_APP,
        "app_center_image_id": "img-test0001",
        "charge_type": "PrePaid",
        "period": 1,
        "period_unit": "Month",
        "session_timeout": 15,
        "biz_region_id": "cn-hangzhou",
        "charge_resource_mode": "Node",
        "auto_pay": True,
        "node_pool": app.CreateAppInstanceGroupRequestNodePool(
            node_amount=1,
            node_capacity=2,
            node_instance_type="appstreaming.general.4c8g",
            strategy_type="NODE_FIXED",
        ),
        **fields,
    }
    return app.CreateAppInstanceGroupRequest(**fields)


def schedule_pool(**fields):
    schedules = app.CreateAppInstanceGroupRequestNodePoolRecurrenceSchedules
    period = app.CreateAppInstanceGroupRequestNodePoolRecurrenceSchedulesTimerPeriods
    today = datetime.now(timezone.utc).date()
    fields = {
        "max_idle_app_instance_amount": 3,
        "max_scaling_amount": 10,
        "node_amount": 1,
        "node_capacity": 2,
        "node_instance_type": "appstreaming.general.4c8g",
        "recurrence_schedules": [
            schedules(
                recurrence_type="weekly",
                recurrence_values=[1, 7],
                timer_periods=[
                    period(amount=2, start_time="12:00", end_time="15:00"),
                    period(amount=1, start_time="16:00", end_time="17:00"),
                ],
            )
        ],
        "scaling_down_after_idle_minutes": 5,
        "scaling_step": 2,
        "scaling_usage_threshold": "85",
        "strategy_enable_date": str(today + timedelta(days=2)),
        "strategy_disable_date": str(today + timedelta(days=30)),
        "strategy_type": "NODE_SCALING_BY_SCHEDULE",
        "warm_up": False,
        **fields,
    }
    return app.CreateAppInstanceGroupRequestNodePool(**fields)


OPERATIONS = Path(__file__).parent.parent / "AppStreamingTests/Captured/operations.json"


def unset(values, fields, path=""):
    """The paths of published fields that are not in what is sent."""
    for field in fields:
        place, value = path + field["name"], (values or {}).get(field["name"])
        if value is None:
            yield place
            continue
        rows = value if isinstance(value, list) else [value]
        inner = field.get("fields") or field.get("items", {}).get("fields", [])
        for row in rows:
            yield from unset(row, inner, place + ".") if inner else ()


@check()
def a_group_with_every_nested_parameter_is_created(sandbox):
    prefix = "CreateAppInstanceGroupRequest"

    def nested(name, **fields):
        return getattr(app, prefix + name)(**fields)

    client = sandbox.app()
    request = create_request(
        app_instance_group_name="办公 App+1 *~/%&=",
        app_package_type="browser.package.5.250.appstreaming.general.basic",
        app_policy_id="pg-test0001",
        auth_mode="App",
        auto_renew=False,
        cluster_id="cls-test0001",
        network=nested(
            "Network",
            domain_rules=[
                nested("NetworkDomainRules", domain="www.example.com", policy="block")
            ],
            ip_expire_minutes=60,
            office_site_id="cn-hongkong+dir-842567",
            routes=[nested("NetworkRoutes", destination="139.196.0.0/32", mode="Shared")],
            strategy_type="Mixed",
            v_switch_ids=["vsw-test0001", "vsw-test0002"],
        ),
        node_pool=schedule_pool(),
        pre_open_app_id="cag-test0001",
        promotion_id="174400091234",
        runtime_policy=nested(
            "RuntimePolicy",
            debug_mode="OFF",
            per_session_per_app=False,
            persistent_app_instance_schedule_mode="DYNAMIC",
            session_pre_open="false",
            session_type="NORMAL",
            session_user_generation_mode="wyid",
        ),
        security_policy=nested(
            "SecurityPolicy", reset_after_unbind=True, skip_user_auth_check=False
        ),
        storage_policy=nested(
            "StoragePolicy",
            storage_type_list=["PDS"],
            user_profile=nested(
                "StoragePolicyUserProfile",
                remote_storage_path="ID20300101",
                remote_storage_type="NAS",
                user_profile_switch=True,
            ),
        ),
        sub_pay_type="prePaid",
        user_define_policy=nested(
            "UserDefinePolicy",
            custom_config='[{"target":"agent","config":{"abc":"x y"}}]',
        ),
        user_group_ids=["ug-1", "ug-2"],
        user_info=nested("UserInfo", type="Simple"),
        users=["alice", "bob 李"],
        video_policy=nested(
            "VideoPolicy",
            frame_rate=60,
            session_resolution_height=1080,
            session_resolution_width=1920,
            streaming_mode="video",
            terminal_resolution_adaptive=False,
            webrtc=True,
        ),
    )
    published = json.loads(OPERATIONS.read_text())["operations"]["CreateAppInstanceGroup"]
    assert list(unset(request.to_map(), published["request"])) == []
    answer = client.create_app_instance_group(request).body
    model = answer.app_instance_group_model
    assert model.order_id and model.node_pool_id
    row = get(sandbox, model.app_instance_group_id)
    assert row.app_instance_group_name == "办公 App+1 *~/%&="
    assert row.node_pool[0].strategy_type == "NODE_SCALING_BY_SCHEDULE"
    periods = row.node_pool[0].recurrence_schedules[0].timer_periods
    assert [period.start_time for period in periods] == ["12:00", "16:00"]
    (order,) = sandbox.orders()
    assert order["action"] == "Create" and order["status"] == "Paid"
    found = client.list_app_instance_group(
        list_request(app_instance_group_name="办公", user_group_ids=["ug-2"], page_size=100)
    ).body
    assert found.total_count == 1


@check()
def an_unpaid_creation_leaves_no_group(sandbox):
    before = sandbox.app().list_app_instance_group(list_request()).body.total_count
    sandbox.app().create_app_instance_group(create_request(auto_pay=None))
    assert sandbox.app().list_app_instance_group(list_request()).body.total_count == before
    (order,) = sandbox.orders()
    assert order["status"] == "Unpaid"
    sandbox.control(f"/orders/{order['id']}/pay", {})
    assert sandbox.app().list_app_instance_group(list_request()).body.total_count == before + 1


@check()
def a_broken_creation_is_refused_by_the_path_of_its_field(sandbox):
    create = sandbox.app().create_app_instance_group

    def pool(**fields):
        fields = {"node_amount": 1, "node_instance_type": "appstreaming.general.4c8g", **fields}
        return {"node_pool": app.CreateAppInstanceGroupRequestNodePool(**fields)}

    for fields, code in [
        ({"app_center_image_id": None}, "MissingAppCenterImageId"),
        ({"session_timeout": 2}, "InvalidParameter.SessionTimeout"),
        ({"biz_region_id": "cn-atlantis"}, "InvalidParameter.BizRegionId"),
        ({"charge_type": "Free"}, "InvalidParameter.ChargeType"),
        ({"charge_type": "PostPaid", "period": 2}, "InvalidParameter.Period"),
        ({"users": ["alice"]}, "MissingUserInfo.Type"),
        (pool(node_amount=101), "InvalidParameter.NodePool.NodeAmount"),
        (pool(node_amount=None), "MissingNodePool.NodeAmount"),
        (pool(node_capacity=99), "InvalidParameter.NodePool.NodeCapacity"),
        (pool(strategy_type="NODE_SCALING_BY_USAGE"), "MissingNodePool.MaxScalingAmount"),
        (pool(scaling_step=11), "InvalidParameter.NodePool.ScalingStep"),
        (
            {"node_pool": schedule_pool(strategy_disable_date="2100-01-01")},
            "InvalidParameter.NodePool.StrategyDisableDate",
        ),
    ]:
        refused(lambda: create(create_request(**fields)), code, 400)
    assert sandbox.orders() == []


@check()
def groups_are_changed_enlarged_and_deleted(sandbox):
    client = sandbox.app()
    group = sandbox.due()
    client.modify_app_instance_group_attribute(
        app.ModifyAppInstanceGroupAttributeRequest(
            product_type=CLOUD_APP,
            app_instance_group_id=group["id"],
            app_instance_group_name="renamed",
            session_timeout=30,
        )
    )
    row = get(sandbox, group["id"])
    assert (row.app_instance_group_name, row.session_timeout) == ("renamed", "30")

    def amount(number):
        return client.modify_node_pool_amount(
            app.ModifyNodePoolAmountRequest(
                product_type=CLOUD_APP,
                app_instance_group_id=group["id"],
                node_pool=app.ModifyNodePoolAmountRequestNodePool(node_amount=number),
            )
        )

    assert amount(group["nodeAmount"] + 1).body.data.order_id
    refused(lambda: amount(group["nodeAmount"]), "InvalidAmount.UnIncrease")

    def delete(one):
        return client.delete_app_instance_group(
            app.DeleteAppInstanceGroupRequest(product_type=CLOUD_APP, app_instance_group_id=one)
        )

    refused(lambda: delete(group["id"]), "InvalidAppInstanceGroup.ChargeType")
    paid_by_use = sandbox.group(lambda one: one["chargeType"] == "PostPaid")["id"]
    delete(paid_by_use)
    refused(lambda: get(sandbox, paid_by_use), "InvalidAppInstanceGroup.NotFound")


# Billing


@check("--balance", "1234567.89")
def a_balance_has_separators(sandbox):
    answer = sandbox.billing().query_account_balance().body
    assert answer.success and answer.data.available_amount == "1,234,567.89"


@check()
def orders_are_found_and_told_in_detail(sandbox):
    client = sandbox.billing()
    group = sandbox.due()["id"]
    placed = sandbox.app().renew_app_instance_group(renew_request(group)).body.order_id
    sandbox.app().renew_app_instance_group(renew_request(group, auto_pay=False))
    start = (datetime.now(timezone.utc) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def query(**fields):
        body = client.query_orders(bss.QueryOrdersRequest(create_time_start=start, **fields)).body
        assert body.success
        return body.data.order_list.order

    assert len(query(order_type="Renew")) == 2
    (paid,) = query(payment_status="Paid")
    assert paid.order_id == placed and paid.payment_time
    assert query(order_type="New") == []
    assert [len(query(page_num=page, page_size=1)) for page in (1, 2, 3)] == [1, 1, 0]
    detail = client.get_order_detail(bss.GetOrderDetailRequest(order_id=placed)).body
    (row,) = detail.data.order_list.order
    assert group in row.instance_ids and row.usage_end_time > row.usage_start_time
    assert not client.get_order_detail(bss.GetOrderDetailRequest(order_id="1")).body.success
    (unpaid,) = query(payment_status="Unpaid")
    assert client.cancel_order(bss.CancelOrderRequest(order_id=unpaid.order_id)).body.success
    assert not client.cancel_order(bss.CancelOrderRequest(order_id=unpaid.order_id)).body.success
    (cancelled,) = query(payment_status="Cancelled")
    assert cancelled.order_id == unpaid.order_id


@check()
def native_auto_renewal_is_switched_and_seen_by_billing_alone(sandbox):
    client = sandbox.billing()
    group = sandbox.due()["id"]

    def instances(**fields):
        request = bss.QueryAvailableInstancesRequest(instance_ids=group, page_size=100, **fields)
        return client.query_available_instances(request).body.data.instance_list

    (row,) = instances()
    assert row.renew_status == "ManualRenewal" and row.end_time.endswith("Z")
    assert client.set_renewal(
        bss.SetRenewalRequest(
            instance_ids=group,
            product_code=row.product_code,
            product_type=row.product_type,
            renewal_status="AutoRenewal",
            renewal_period=1,
            renewal_period_unit="M",
        )
    ).body.success
    (row,) = instances(renew_status="AutoRenewal")
    assert (row.renewal_duration, row.renewal_duration_unit) == (1, "M")
    assert instances(renew_status="NotRenewal") == []


# Tokens and credentials


@check()
def a_role_session_signs_calls(sandbox):
    answer = sandbox.tokens().assume_role(
        sts.AssumeRoleRequest(
            role_arn="acs:ram::123456789012:role/renewer",
            role_session_name="renewal",
            duration_seconds=900,
            policy='{"Version":"1","Statement":[]}',
        )
    ).body.credentials
    session = {
        "key": answer.access_key_id,
        "secret": answer.access_key_secret,
        "token": answer.security_token,
    }
    assert sandbox.app(**session).list_app_instance_group(list_request()).body.total_count
    identity = sandbox.tokens(**session).get_caller_identity().body
    assert identity.identity_type == "AssumedRoleUser" and "renewer" in identity.arn
    assert sandbox.tokens().get_caller_identity().body.identity_type == "RAMUser"
    wrong = {**session, "token": "wrong"}
    refused(
        lambda: sandbox.app(**wrong).list_app_instance_group(list_request()),
        "InvalidSecurityToken.Malformed",
    )
    refused(
        lambda: sandbox.tokens().assume_role(
            sts.AssumeRoleRequest(role_arn="nonsense", role_session_name="renewal")
        ),
        "InvalidParameter.RoleArn",
    )


@check()
def a_token_file_is_exchanged_without_a_signature(sandbox):
    answer = sandbox.tokens().assume_role_with_oidc(
        sts.AssumeRoleWithOIDCRequest(
            role_arn="acs:ram::123456789012:role/renewer",
            role_session_name="renewal",
            oidcprovider_arn="acs:ram::123456789012:oidc-provider/ack",
            oidctoken="eyJ.fake.token",
        )
    ).body
    assert answer.credentials.security_token


@check()
def the_credentials_uri_delivers_keys_that_work(sandbox):
    credential = Credentials(
        CredentialsConfig(type="credentials_uri", credentials_uri=sandbox.url + "/credentials")
    )
    client = sandbox.app(credential=credential)
    assert client.list_app_instance_group(list_request()).body.total_count


# Refusals of the gateway


@check()
def a_wrong_secret_an_unknown_key_and_a_disabled_key_are_told_apart(sandbox):
    def call(**options):
        return lambda: sandbox.app(**options).list_app_instance_group(list_request())

    refused(call(secret="wrong"), "SignatureDoesNotMatch", 400)
    refused(call(key="nobody"), "InvalidAccessKeyId.NotFound", 404)
    sandbox.control("/keys", {"id": "testAccessKeyId", "active": False})
    refused(call(), "InvalidAccessKeyId.Inactive", 403)


@check()
def a_nonce_is_taken_once(sandbox):
    honest = openapi_utils.Utils.get_nonce
    openapi_utils.Utils.get_nonce = staticmethod(lambda: "00000000000000000000000000000001")
    try:
        client = sandbox.app()
        group = sandbox.due()["id"]
        client.renew_app_instance_group(renew_request(group))
        refused(
            lambda: client.renew_app_instance_group(renew_request(group)), "SignatureNonceUsed", 400
        )
    finally:
        openapi_utils.Utils.get_nonce = staticmethod(honest)
    assert len(sandbox.orders()) == 1


@check()
def a_date_that_is_too_far_off_is_refused(sandbox):
    client = sandbox.app()
    sandbox.control("/clock", {"advance": "14m"})
    client.list_app_instance_group(list_request())
    sandbox.control("/clock", {"advance": "2m"})
    refused(lambda: client.list_app_instance_group(list_request()), "InvalidTimeStamp.Expired", 400)


@check()
def bad_pages_and_missing_parameters_are_refused(sandbox):
    listing = sandbox.app().list_app_instance_group
    refused(lambda: listing(list_request(page_size=101)), "InvalidParameter.PageSize", 400)
    refused(lambda: listing(list_request(page_size=0)), "InvalidParameter.PageSize", 400)
    refused(lambda: listing(list_request(page_number=0)), "InvalidParameter.PageNumber", 400)
    refused(lambda: listing(app.ListAppInstanceGroupRequest()), "MissingProductType", 400)
    refused(
        lambda: sandbox.app().renew_app_instance_group(
            app.RenewAppInstanceGroupRequest(product_type=CLOUD_APP, period=1, period_unit="Month")
        ),
        "MissingAppInstanceGroupId",
        400,
    )
    assert listing(list_request(page_number=99)).body.app_instance_group_models == []


@check()
def a_denied_operation_is_refused_and_others_are_not(sandbox):
    sandbox.control("/keys", {"id": "testAccessKeyId", "deny": ["RenewAppInstanceGroup"]})
    group = sandbox.due()["id"]
    refused(
        lambda: sandbox.app().renew_app_instance_group(renew_request(group)), "Forbidden.RAM", 403
    )
    assert get(sandbox, group).app_instance_group_id == group


# Scripted faults


@check()
def throttling_carries_its_hint(sandbox):
    sandbox.control("/faults", {"kind": "throttle", "milliseconds": 1500})
    error = refused(
        lambda: sandbox.app().list_app_instance_group(list_request()), "Throttling.User"
    )
    assert error.retry_after == 1500, error.retry_after
    sandbox.app().list_app_instance_group(list_request())


@check()
def a_lost_answer_may_hide_a_payment_or_not(sandbox):
    group = sandbox.due()["id"]
    for kind in ("cut", "reset", "status", "html", "truncated", "short"):
        for effect in ("none", "done"):
            before = len(sandbox.orders())
            sandbox.control(
                "/faults",
                {"kind": kind, "operation": "RenewAppInstanceGroup", "effect": effect},
            )
            try:
                sandbox.app().renew_app_instance_group(renew_request(group))
                raise AssertionError(f"{kind} was answered")
            except AssertionError:
                raise
            except Exception:
                pass
            assert len(sandbox.orders()) - before == (effect == "done"), (kind, effect)


@check()
def the_same_calls_work_over_tls_for_those_who_trust_the_authority(_):
    with tempfile.TemporaryDirectory() as directory:
        with Sandbox("--tls", directory) as sandbox:
            # First, since the client keeps connections that it has trusted once.
            try:
                sandbox.app().list_app_instance_group(list_request())
            except Exception as error:
                assert "certificate" in str(error).lower(), error
            else:
                raise AssertionError("an unknown authority was trusted")
            sandbox.authority = directory + "/ca.pem"
            client = sandbox.app()
            assert client.list_app_instance_group(list_request()).body.total_count == 12
            client.renew_app_instance_group(renew_request(sandbox.due()["id"]))
            assert len(sandbox.orders()) == 1


@check()
def a_success_may_carry_a_code_with_and_without_an_order(sandbox):
    group = sandbox.due()["id"]
    sandbox.control("/faults", {"kind": "code", "operation": "RenewAppInstanceGroup"})
    answer = sandbox.app().renew_app_instance_group(renew_request(group)).body
    assert answer.code == "SYSTEM.CONCURRENT_OPERATE" and not answer.order_id
    sandbox.control("/faults", {"kind": "codeWithOrder", "operation": "RenewAppInstanceGroup"})
    answer = sandbox.app().renew_app_instance_group(renew_request(group)).body
    (order,) = sandbox.orders()
    assert answer.code == "InvalidParameter.ProductType" and answer.order_id == order["id"]


def main():
    failures = 0
    for function, options in CHECKS:
        name = function.__name__.replace("_", " ")
        try:
            with Sandbox(*options) as sandbox:
                function(sandbox)
            print(f"ok    {name}")
        except Exception:
            failures += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}")
    print(f"{len(CHECKS) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
