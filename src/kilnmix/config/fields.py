"""Kinds of values that settings share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Fraction = Annotated[float, Field(gt=0.0, lt=1.0)]
Positive = Annotated[int, Field(gt=0, le=10**9)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""What every library takes as a seed."""
Rate = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0)]


def different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, none of which may stand twice."""
    if len(set(values)) < len(values):
        raise ValueError("names something twice")
    return values


Numbers = Annotated[tuple[Seed, ...], Field(min_length=1), AfterValidator(different)]


class Frozen(BaseModel):
    """A group of settings: unknown names are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """`yes` and `on` are true in YAML, which would be taken for 1."""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation in (int, float):
            raise ValueError("Input should be a number, not true or false")
        return value
