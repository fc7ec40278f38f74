"""Renews groups with the vendor's client as a script would: read, quote, renew, read.

    vendor_renewals.py HOST:PORT GROUP...

Prints the milliseconds of processor that one renewal took, imports not counted.
"""

import sys
import time

from alibabacloud_appstream_center20210901 import models
from alibabacloud_appstream_center20210901.client import Client
from alibabacloud_tea_openapi import models as openapi


def main():
    client = Client(openapi.Config(
        access_key_id="testAccessKeyId", access_key_secret="testAccessKeySecret",
        endpoint=sys.argv[1], protocol="http"))
    groups = sys.argv[2:]
    start = time.process_time()
    for group in groups:
        read = models.GetAppInstanceGroupRequest(
            app_instance_group_id=group, product_type="CloudApp")
        client.get_app_instance_group(read)
        client.get_resource_renew_price(models.GetResourceRenewPriceRequest(
            app_instance_group_id=group, product_type="CloudApp", period=1, period_unit="Month"))
        client.renew_app_instance_group(models.RenewAppInstanceGroupRequest(
            app_instance_group_id=group, product_type="CloudApp", period=1, period_unit="Month",
            auto_pay=True))
        client.get_app_instance_group(read)
    print((time.process_time() - start) * 1000 / len(groups))


if __name__ == "__main__":
    main()
