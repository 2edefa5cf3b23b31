"""What all tables share: one metadata with named constraints, and the columns that repeat."""

from sqlalchemy import Column, ForeignKey, MetaData

from app.core.types import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def source_key() -> Column[object]:
    """The first part of every fact's key: the source that it came from, and that it goes with."""
    return Column("source_id", Id, ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
