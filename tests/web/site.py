"""The site with one page more.

A table over AWS accounts, declared as any area declares one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import path

from accounts.access import accounts_seen_by
from accounts.models import AwsAccount
from posture.urls import urlpatterns as whole_site
from posture.web.columns import NumberColumn
from posture.web.filters import Facet, FilterSet, Search
from posture.web.lists import TablePage
from posture.web.scoping import require_user
from posture.web.tables import Table


class AccountTable(Table):
    row_link = ("accounts:profile", {})
    name = tables.Column()
    account_id = tables.Column()
    weight = NumberColumn()

    class Meta(Table.Meta):
        order_by = "name"


class AccountFilters(FilterSet):
    q = Search(fields=("name", "account_id"))
    state = Facet(label="State", words=str.capitalize)
    unit = Facet(label="Unit", field_name="unit__ou_id", named_by="unit__name")


class AccountList(TablePage):
    heading = "Which accounts are there?"
    noun = "account"
    table = AccountTable
    filters = AccountFilters

    def rows(self) -> QuerySet[AwsAccount]:
        return accounts_seen_by(require_user(self.request))


class PlainList(TablePage):
    heading = "Rows that are no queryset"
    table = AccountTable

    def rows(self) -> Sequence[Any]:
        return [{"name": "=1+1", "account_id": "-2", "weight": -3.0}]


urlpatterns = [
    *whole_site,
    path("try/", AccountList.as_view(), name="try"),
    path("plain/", PlainList.as_view(), name="plain"),
]
