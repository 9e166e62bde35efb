"""What the working roles may do, given anew after every migration."""

from typing import Final

# Append-only tables are also guarded by triggers; the grant is the second lock.
_GRANTS: Final = """
GRANT USAGE ON SCHEMA public TO ganh_app, ganh_public;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ganh_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ganh_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ganh_public;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, ganh_public;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ganh_app;
"""


# The role of a tool for charts: it sees its views and nothing else; who wants none makes none.
_STATS: Final = """
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ganh_stats') THEN
    GRANT USAGE ON SCHEMA public TO ganh_stats;
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ganh_stats;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM ganh_stats;
    GRANT SELECT ON {views} TO ganh_stats;
  END IF;
END $$;
REVOKE ALL ON {views} FROM ganh_app;
"""


def grants_sql(
    *,
    append_only: tuple[str, ...],
    public: tuple[str, ...],
    functions: tuple[str, ...],
    stats: tuple[str, ...] = (),
) -> str:
    """The whole script; names come from code. `stats`: views for the role `ganh_stats` alone."""
    lines = [_GRANTS]
    lines += [f"REVOKE UPDATE, DELETE, TRUNCATE ON {name} FROM ganh_app;" for name in append_only]
    lines += [f"GRANT SELECT ON {name} TO ganh_public;" for name in public]
    lines += [f"GRANT EXECUTE ON FUNCTION {name} TO ganh_public;" for name in functions]
    if stats:
        lines.append(_STATS.format(views=", ".join(stats)))
    return "\n".join(lines)
