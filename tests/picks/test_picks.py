import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrwidget.curves.smoothing import debiased_ema
from lrwidget.errors import SettingsError
from lrwidget.history import rates
from lrwidget.picks import RULES, suggest

OURS = ("steepest", "knee", "floor", "edge")


def decades(a, b):
    return abs(np.log10(a / b))


class TestKnownDescents:
    @pytest.mark.parametrize("centre", [-4.5, -3.0, -1.5])
    @pytest.mark.parametrize("width", [2.0, 3.0])
    @pytest.mark.parametrize("count", [50, 100, 1000])
    def test_steepest_finds_the_steepest_point(self, descent, centre, width, count):
        lr, loss = descent(centre, width=width, count=count)
        pick = suggest(lr, loss)
        assert decades(pick.lr, 10**centre) < 0.15
        assert pick.lr == pick.steepest

    def test_steepest_finds_it_in_noise(self, descent):
        lr, _ = descent(-3.0)
        errors = [
            decades(suggest(lr, descent(-3.0, noise=0.05, seed=seed)[1]).lr, 1e-3) for seed in range(50)
        ]
        assert np.median(errors) < 0.15
        assert max(errors) < 0.6

    def test_the_marks_are_in_order_and_the_rates_below_them(self, descent):
        lr, loss = descent(-3.0)
        picks = {rule: suggest(lr, loss, rule) for rule in OURS}
        mark = picks["knee"]
        assert mark.start < mark.steepest < mark.knee < mark.floor < mark.edge
        assert mark.start < mark.halfway < mark.knee
        gone = np.interp(np.log10(mark.halfway), np.log10(lr), np.cumsum(lr))
        assert picks["knee"].lr == pytest.approx(min(gone / 3, mark.knee))
        assert picks["floor"].lr == pytest.approx(mark.floor / 2.2)
        assert picks["edge"].lr == pytest.approx(mark.edge / 5.6)
        assert mark.one_cycle_max == mark.knee
        assert mark.band == (mark.knee / 10, mark.knee * 2)
        assert all(pick.warnings == () for pick in picks.values())

    @pytest.mark.parametrize("rule", OURS)
    @pytest.mark.parametrize(
        ("factor", "constant"), [(1e-6, 0.0), (1e6, 0.0), (1.0, -3.0), (1.0, -50.0), (7.0, 100.0)]
    )
    def test_scale_and_level_of_the_loss_do_not_matter(self, descent, rule, factor, constant):
        lr, loss = descent(-3.0, noise=0.02)
        assert suggest(lr, factor * loss + constant, rule).lr == pytest.approx(
            suggest(lr, loss, rule).lr, rel=1e-9
        )

    def test_a_linear_sweep_is_judged_on_its_own_axis(self):
        lr = np.array(rates(1e-3, 8.0, 200, "linear"))
        loss = 3 - 1 / (1 + np.exp(-(lr - 3) * 2)) + np.exp(np.clip((lr - 6.5) * 4, -50, 3))
        pick = suggest(lr, loss, step_mode="linear")
        assert abs(pick.lr - 3) < 0.1
        assert not pick.warnings

    def test_wreckage_after_the_first_valley_is_not_looked_at(self, descent):
        lr, loss = descent(-4.0)
        wrecked = loss.copy()
        wrecked[80:90] = 1.0, 60, 1, 55, 2, 2, 40, 1, 80, 3
        assert decades(suggest(lr, wrecked).lr, 1e-4) < 0.2
        seed = suggest(lr, wrecked, "seed")
        assert seed.lr > 1e-1
        assert any("already blows up" in warning for warning in seed.warnings)

    def test_a_non_finite_loss_ends_the_valley(self, descent):
        lr, loss = descent(-3.0, blow_up=False)
        loss[75:] = np.nan
        pick = suggest(lr, loss)
        assert decades(pick.lr, 1e-3) < 0.15
        assert pick.edge is not None
        assert decades(pick.edge, lr[75]) < 0.5

    def test_little_smoothing_and_none_work(self, descent):
        lr, loss = descent(-3.0)
        for bandwidth in (0, 1e-6, 0.1, 0.5):
            assert decades(suggest(lr, loss, bandwidth=bandwidth).lr, 1e-3) < 0.15

    def test_losses_much_noisier_than_the_descent_still_show_it_in_a_long_sweep(self, descent):
        lr, _ = descent(-3.0, count=1000)
        picks = [suggest(lr, descent(-3.0, count=1000, noise=0.7, seed=seed)[1]) for seed in range(20)]
        assert all(pick.lr is not None and decades(pick.lr, 1e-3) < 1.2 for pick in picks)


class TestNothingToFind:
    @pytest.mark.parametrize("count", [20, 50, 100, 300])
    def test_pure_noise_gives_no_rate(self, count):
        lr = np.logspace(-7, 1, count)
        found = 0
        for seed in range(200):
            noise = 2.3 + 0.1 * np.random.default_rng(seed).standard_normal(count)
            found += suggest(lr, noise).lr is not None
        assert found <= 4

    def test_a_blow_up_out_of_noise_gives_no_rate(self):
        lr = np.logspace(-7, 1, 100)
        found = 0
        for seed in range(200):
            noise = 2.3 + 0.1 * np.random.default_rng(seed).standard_normal(100)
            found += suggest(lr, noise + np.minimum(lr**1.5, 50)).lr is not None
        assert found <= 4

    def test_losses_in_few_digits_give_no_rate(self):
        lr = np.logspace(-7, 1, 100)
        found = 0
        for seed in range(200):
            rounded = np.round(2.3 + 0.006 * np.random.default_rng(seed).standard_normal(100), 2)
            found += suggest(lr, rounded).lr is not None
        assert found <= 4

    @pytest.mark.parametrize("rule", RULES)
    @pytest.mark.parametrize(
        "loss",
        [
            [],
            [1.0],
            [1.0, 1.0],
            [2.3] * 100,
            [0.0] * 100,
            [0.1] * 7,
            [np.nan] * 100,
            [np.inf] * 100,
            list(np.linspace(1, 2, 100)),
            list(np.exp(np.linspace(0, 9, 100))),
        ],
    )
    def test_degenerate_curves_give_none_and_why(self, rule, loss):
        pick = suggest(np.logspace(-7, 1, len(loss)), loss, rule)
        assert pick.lr is None
        assert pick.reason.startswith("no descent found: ")
        assert pick.rule == rule

    @pytest.mark.parametrize("rule", RULES)
    @given(
        hnp.arrays(float, st.integers(0, 40), elements=st.floats(width=64)),
        st.sampled_from([0, 1e-9, 0.3, 5.0]),
        st.sampled_from(["exp", "linear", "list"]),
    )
    def test_no_curve_makes_a_rule_fail(self, rule, loss, bandwidth, step_mode):
        lr = np.logspace(-4, 1, loss.size)
        pick = suggest(lr, loss, rule, bandwidth=bandwidth, step_mode=step_mode)
        assert pick.reason
        assert pick.lr is None or 0 < pick.lr < 100


class TestWarnings:
    def test_a_loss_that_stays_low_is_no_reason_to_doubt_what_lies_before(self, descent):
        lr, loss = descent(-3.0, blow_up=False)
        pick = suggest(lr, loss)
        assert pick.warnings == ()
        assert pick.edge is None
        # What still falls where the sweep ends is picked near its end, and said to be.
        (warning,) = suggest(lr[lr < 1e-3], loss[lr < 1e-3]).warnings
        assert warning.endswith("raise end_lr")
        edge = suggest(lr, loss, "edge")
        assert edge.lr is None
        assert "raise end_lr" in edge.reason

    def test_low_contrast(self, descent):
        lr, loss = descent(-3.0, width=0.6)
        assert suggest(lr, loss).warnings == ()
        lr, loss = descent(-3.0)
        assert suggest(lr, loss + 10).warnings == ()
        (warning,) = suggest(lr, loss + 20).warnings
        assert warning.startswith("low contrast: only 3.8 %")

    def test_near_an_end_of_the_range(self, descent):
        lr, loss = descent(-1.0, width=2.5, span=(-4, 2))
        assert suggest(lr, loss).warnings == ()
        assert suggest(lr, loss, end_lr=1e5).warnings == ()
        start = suggest(lr, descent(-3.3, width=2.0, span=(-4, 2))[1])
        assert any("of the range's start, 1e-4: lower start_lr" in warning for warning in start.warnings)
        lr, loss = descent(-0.5, width=3, blow_up=False, span=(-7, 0))
        end = suggest(lr, loss)
        assert any("of the range's end, 1: raise end_lr" in warning for warning in end.warnings)

    @pytest.mark.parametrize(
        ("start", "end", "centre", "remedy"),
        [
            (1e-7, 10.0, 0.8, 'lower end_lr, or sweep with step_mode="exp"'),
            (1e-3, 10.0, 0.8, 'lower end_lr, or sweep with step_mode="exp"'),
            (5.0, 10.0, 5.4, "lower start_lr"),
        ],
    )
    def test_what_to_do_near_the_start_of_a_linear_sweep_changes_something(self, start, end, centre, remedy):
        def near_the_start(low, high, mode):
            lr = np.array(rates(low, high, 400, mode))
            loss = 3 - 1 / (1 + np.exp(-(lr - centre) * 12)) + np.clip(lr - 0.9 * end, 0, None)
            found = suggest(lr, loss, step_mode=mode, bandwidth=0.1).warnings
            return next((warning for warning in found if "range's start" in warning), None)

        assert near_the_start(start, end, "linear").endswith(f": {remedy}")
        if remedy == "lower start_lr":
            assert near_the_start(start / 10, end, "linear") is None
        else:
            assert near_the_start(start / 10, end, "linear") is not None  # it would have changed nothing
            assert near_the_start(start, end / 4, "linear") is None
            assert near_the_start(1e-3, end, "exp") is None

    def test_a_list_of_rates_is_told_of_rates(self, descent):
        lr, loss = descent(-3.0, blow_up=False)
        keep = lr < 2e-2
        pick = suggest(lr[keep], loss[keep], "floor", step_mode="list")
        assert any(warning.endswith(": end at a higher rate") for warning in pick.warnings)
        assert suggest(lr, loss, "edge", step_mode="list").reason.endswith("; end at a higher rate")
        keep = lr > 3e-4
        warnings = suggest(lr[keep], loss[keep], step_mode="list").warnings
        assert any(warning.endswith(": begin at a lower rate") for warning in warnings)

    def test_a_sweep_that_was_stopped_while_the_loss_fell_has_not_seen_enough(self, descent):
        lr, loss = descent(-3.0)
        for end, seen in ((2e-3, False), (1e-1, True)):
            keep = lr < end
            warnings = suggest(lr[keep], loss[keep], end_lr=10.0, num_iter=100).warnings
            assert any("last rate run" in one and one.endswith("run on") for one in warnings) != seen
        # One that ended because the loss blew up has.
        blown = loss > 5
        keep = slice(int(np.argmax(blown)) + 1)
        assert suggest(lr[keep], loss[keep], end_lr=1e3).warnings == ()

    def test_a_sweep_that_stopped_early_is_not_taken_for_its_planned_range(self, descent):
        lr, loss = descent(-3.0)
        keep = lr < 1e-2 * 3
        assert any("range's end" in warning for warning in suggest(lr[keep], loss[keep], "floor").warnings)
        assert not any(
            "range's end" in warning
            for warning in suggest(lr[keep], loss[keep], "floor", end_lr=10.0).warnings
        )


class TestOtherPeoplesRules:
    def test_seed_is_the_argmin_of_the_unit_gradient(self, quadratic):
        pick = suggest(quadratic.lr, quadratic.loss, "seed")
        assert pick.lr == quadratic.lr[8] == pytest.approx(0.4165623298, abs=1e-10)

    @given(hnp.arrays(float, st.integers(2, 30), elements=st.floats(-1e3, 1e3)))
    def test_seed_is_what_the_snippet_computes(self, losses):
        lrs = np.logspace(-4, 1, losses.size)
        slope = np.gradient(losses)
        pick = suggest(lrs, losses, "seed")
        assert pick.lr == (lrs[slope.argmin()] if slope.min() < 0 else None)

    def test_seed_says_when_it_stands_at_an_end(self):
        pick = suggest(np.logspace(-4, 1, 30), np.r_[9.0, np.linspace(1, 2, 29)], "seed")
        assert pick.lr == 1e-4
        assert "lies at the first point of the curve" in pick.warnings
        assert any(warning.startswith("no descent found") for warning in pick.warnings)

    @given(
        hnp.arrays(float, st.integers(0, 60), elements=st.floats(-10, 10) | st.just(np.nan)),
        st.integers(2, 120),
    )
    def test_valley_and_minimum_are_fastais(self, losses, planned):
        lrs = np.logspace(-4, 1, losses.size)
        shown, smooth = fastai_slice(lrs, debiased_ema(losses), planned)
        valley = suggest(lrs, losses, "valley", num_iter=planned)
        minimum = suggest(lrs, losses, "minimum", num_iter=planned)
        flat = not len(smooth) or np.ptp(smooth) <= 1e-12 * np.abs(smooth).max()
        if flat or smooth.min() >= smooth[0]:
            assert minimum.lr is None
        else:
            assert minimum.lr == pytest.approx(fastai_minimum(shown, smooth), rel=1e-12)
        if flat or (np.diff(smooth) >= 0).all():
            assert valley.lr is None
        else:
            assert valley.lr == fastai_valley(shown, smooth)

    def test_fastais_valley_on_a_real_descent(self, descent):
        lr, loss = descent(-3.0)
        shown, smooth = fastai_slice(lr, debiased_ema(loss), 100)
        assert suggest(lr, loss, "valley").lr == fastai_valley(shown, smooth)
        assert suggest(lr, loss, "minimum").lr == pytest.approx(fastai_minimum(shown, smooth))


def fastai_slice(lrs, losses, num_it):
    lrs, losses = lrs[num_it // 10 : -5], losses[num_it // 10 : -5]
    nans = np.nonzero(np.isnan(losses))[0]
    return (lrs[: nans[0]], losses[: nans[0]]) if len(nans) else (lrs, losses)


def fastai_valley(lrs, losses):
    n = len(losses)
    max_start, max_end = 0, 0
    lds = [1] * n
    for i in range(1, n):
        for j in range(i):
            if losses[i] < losses[j] and lds[i] < lds[j] + 1:
                lds[i] = lds[j] + 1
            if lds[max_end] < lds[i]:
                max_end = i
                max_start = max_end - lds[max_end]
    sections = (max_end - max_start) / 3
    return lrs[max_start + int(sections) + int(sections / 2)]


def fastai_minimum(lrs, losses):
    return lrs[losses.argmin()] / 10


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"rule": "best"}, "rule must be one of 'steepest', 'knee', .*; got 'best'"),
        ({"bandwidth": -1}, r"bandwidth must be a number of decades, 0 \(no smoothing\) or more; got -1"),
        ({"bandwidth": float("nan")}, "bandwidth"),
        ({"step_mode": "log"}, "step_mode must be one of"),
        ({"loss": [1.0]}, "equally long; got 3 rates and 1 losses"),
        ({"lr": [1e-3, 1e-2, 1e-2]}, "strictly increasing"),
        ({"lr": [0.0, 1e-2, 1e-1]}, "positive"),
        ({"lr": [[1e-3, 1e-2, 1e-1]]}, "one-dimensional"),
        ({"loss": ["a", "b", "c"]}, "loss must hold numbers"),
    ],
)
def test_what_cannot_work_is_named(wrong, text):
    with pytest.raises(SettingsError, match=text):
        suggest(**({"lr": [1e-3, 1e-2, 1e-1], "loss": [1.0, 0.5, 2.0]} | wrong))


def test_the_menu_starts_with_the_default():
    assert list(RULES) == ["steepest", "knee", "floor", "edge", "valley", "minimum", "seed"]
