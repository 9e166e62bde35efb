"""Who lives in the demo province, read from its YAML. Everybody there is made up."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from integrations.contracts.viewer import Role
from sellers.producers.models import ProducerKind

_FILE: Final = Path(__file__).parent / "data" / "province.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoGoods(_Strict):
    """One listing: what is drawn, what it is called, what it costs, how many there are."""

    picture: str
    name: str
    price_vnd: int
    unit: str
    available: int
    description: str


class DemoProducer(_Strict):
    """One producer with an owner, an account and goods."""

    kind: ProducerKind
    name: str
    owner: str
    phone: str
    commune: str
    bank: str
    account: str
    holder: str
    about: str
    tax_code: str | None = None
    goods: tuple[DemoGoods, ...]


class DemoStaff(_Strict):
    """One member of the programme's staff."""

    name: str
    phone: str
    role: Role
    province: str


class DemoProvince(_Strict):
    """Everything in the file."""

    staff: tuple[DemoStaff, ...]
    producers: tuple[DemoProducer, ...]


@lru_cache
def province() -> DemoProvince:
    """The demo province."""
    import yaml

    return DemoProvince.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))
