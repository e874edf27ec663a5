"""Where the commands send their pictures: the options that say it, and the session they mean."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from attrs import field, frozen

from ocr_async.auth import AkSk
from ocr_async.auth.providers import region_from_env
from ocr_async.calls.addresses import Address, addresses
from ocr_async.session import OcrSession

PANEL = "Where to send"

Local = Annotated[
    bool, typer.Option("--local", help="Read on this machine: no account, no network.", rich_help_panel=PANEL)
]
Region = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Such as cn-north-4 (the default) or ae-ad-1 (G42 Cloud).", rich_help_panel=PANEL),
]
Endpoint = Annotated[
    str | None, typer.Option(metavar="URL", help="Another address than the region's.", rich_help_panel=PANEL)
]
ProjectId = Annotated[
    str | None, typer.Option(metavar="ID", help="Of the account; looked up when left out.", rich_help_panel=PANEL)
]
AccessKey = Annotated[
    str | None,
    typer.Option("--ak", metavar="KEY", help="Better: HUAWEICLOUD_SDK_AK in the environment.", rich_help_panel=PANEL),
]
SecretKey = Annotated[
    str | None,
    typer.Option(
        "--sk", metavar="SECRET", help="Better: HUAWEICLOUD_SDK_SK in the environment.", rich_help_panel=PANEL
    ),
]


@frozen
class Connection:
    """What the options say about where to send; it contradicts itself nowhere, or typer.BadParameter is raised."""

    local: bool = False
    region: str | None = None
    endpoint: str | None = None
    project_id: str | None = None
    ak: str | None = None
    sk: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.local and any((self.region, self.endpoint, self.project_id, self.ak, self.sk)):
            raise typer.BadParameter("--local takes no account and no address.")
        if bool(self.ak) != bool(self.sk):
            raise typer.BadParameter("--ak and --sk belong together.")

    @property
    def credentials(self) -> AkSk | None:
        """The key that was given, None when it is to be looked for.

        Raises typer.BadParameter for one that was not copied well.
        """
        try:
            return AkSk(self.ak, self.sk) if self.ak and self.sk else None
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    @property
    def address(self) -> Address:
        """The endpoint that calls will go to.

        Raises typer.BadParameter for an address or region that cannot be meant.
        """
        region = self.region
        if region is None and not self.endpoint:
            region = region_from_env()
        try:
            places = addresses(region=region, regions=None, endpoint=self.endpoint, endpoints=None, iam_endpoint=None)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        return places[0]

    def open(self, **settings: Any) -> OcrSession:
        """Return the session; `settings` are those of `OcrSession`.

        Raises typer.BadParameter for an address or region that cannot be meant.
        """
        if self.local:
            return OcrSession.local(**settings)
        place: dict[str, Any] = {
            "region": self.region,
            "endpoint": self.endpoint,
            "project_id": self.project_id,
            **settings,
        }
        try:
            if self.credentials is not None:
                return OcrSession(self.credentials, **place)
            return OcrSession.from_env(**place)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
