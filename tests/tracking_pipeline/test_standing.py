"""A check's newest result, logged again: as it was, and nothing while the check is being judged."""

import dagster as dg

from tracking_pipeline.standing import JUDGED_AT, standing

ASSET, CHECK = dg.AssetKey("rows"), "adds_up"


@dg.asset(name="rows")
def rows() -> None:
    """Rows."""


def judged(instance: dg.DagsterInstance, *, passed: bool) -> list[dg.AssetCheckEvaluation]:
    """Run the check; return what stands while it is being judged."""
    meanwhile = []

    @dg.asset_check(asset=rows, name=CHECK)
    def adds_up(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        meanwhile.extend(standing(context.instance, ASSET, CHECK))
        return dg.AssetCheckResult(passed=passed, metadata={"residual": 3})

    definitions = dg.Definitions(assets=[rows], asset_checks=[adds_up])
    assert definitions.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance).success
    return meanwhile


def test_the_newest_result_stands_and_none_while_it_is_judged_anew() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert standing(instance, ASSET, CHECK) == []
        assert judged(instance, passed=True) == []
        assert judged(instance, passed=False) == []

        (found,) = standing(instance, ASSET, CHECK)

    assert (found.passed, found.metadata["residual"].value, JUDGED_AT in found.metadata) == (False, 3, True)
