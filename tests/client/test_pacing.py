"""The pacer under a clock of the test's own: no sleeping, every order of events."""

from hypothesis import given, settings
from hypothesis import strategies as st

from client._pacing import Pacer

LIMIT, WINDOW_S, MARGIN_S = 5, 1.0, 0.125
CYCLE_S = WINDOW_S + MARGIN_S


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def make(clock):
    return Pacer(LIMIT, WINDOW_S, margin_s=MARGIN_S, monotonic=clock)


def test_five_start_at_once_and_the_sixth_waits_for_the_first_to_cool():
    clock = Clock()
    pacer = make(clock)
    places = [pacer.enter() for _ in range(6)]
    assert [pacer.wait_s(place) for place in places[:5]] == [0.0] * 5
    for place in places[:5]:
        pacer.handed_over(place)
    assert pacer.wait_s(places[5]) == CYCLE_S
    clock.now_s += CYCLE_S
    assert pacer.wait_s(places[5]) == 0.0


def test_a_place_stays_taken_while_its_request_is_being_sent():
    clock = Clock()
    pacer = make(clock)
    held = [pacer.enter() for _ in range(5)]
    for place in held:
        assert pacer.wait_s(place) == 0.0
    late = pacer.enter()
    clock.now_s += 60.0  # five slow uploads
    assert pacer.wait_s(late) > 0.0
    pacer.handed_over(held[0])
    clock.now_s += CYCLE_S
    assert pacer.wait_s(late) == 0.0


def test_turns_come_in_order_of_asking():
    clock = Clock()
    pacer = make(clock)
    places = [pacer.enter() for _ in range(7)]
    for place in places[:5]:
        pacer.wait_s(place)
        pacer.handed_over(place)
    clock.now_s += 0.5
    first, second = places[5:]
    clock.now_s += CYCLE_S - 0.5 - 1e-9
    assert pacer.wait_s(second) > 0.0
    clock.now_s += 1e-6
    assert pacer.wait_s(second) == 0.0 or pacer.wait_s(first) == 0.0


def test_a_request_that_never_began_gives_its_place_back_at_once():
    pacer = make(Clock())
    held = [pacer.enter() for _ in range(5)]
    for place in held:
        pacer.wait_s(place)
    late = pacer.enter()
    assert pacer.wait_s(late) > 0.0
    pacer.leave(held[0], began=False)
    assert pacer.wait_s(late) == 0.0


def test_a_request_that_broke_off_halfway_counts():
    pacer = make(Clock())
    held = [pacer.enter() for _ in range(5)]
    for place in held:
        pacer.wait_s(place)
    pacer.leave(held[0], began=True)
    assert pacer.wait_s(pacer.enter()) == CYCLE_S


def test_a_call_that_gives_up_leaves_the_queue():
    clock = Clock()
    pacer = make(clock)
    for _ in range(5):
        place = pacer.enter()
        pacer.wait_s(place)
        pacer.handed_over(place)
    gone, next_one = pacer.enter(), pacer.enter()
    pacer.leave(gone, began=False)
    clock.now_s += CYCLE_S
    assert pacer.wait_s(next_one) == 0.0


def test_leaving_twice_is_harmless():
    pacer = make(Clock())
    place = pacer.enter()
    pacer.wait_s(place)
    pacer.handed_over(place)
    pacer.leave(place, began=True)
    pacer.leave(place, began=True)
    others = [pacer.enter() for _ in range(5)]
    assert [pacer.wait_s(other) == 0.0 for other in others] == [True] * 4 + [False]


def test_a_pause_holds_everyone_back():
    clock = Clock()
    pacer = make(clock)
    pacer.pause(3.0)
    place = pacer.enter()
    assert pacer.wait_s(place) == 3.0
    clock.now_s += 3.0
    assert pacer.wait_s(place) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    uploads=st.lists(st.floats(0.0, 2.0), min_size=1, max_size=40),
    travel_share=st.lists(st.floats(0.0, 0.99), min_size=40, max_size=40),
    laziness=st.lists(st.floats(0.0, 0.3), min_size=40, max_size=40),
)
def test_however_calls_are_delayed_no_six_arrive_within_one_second(uploads, travel_share, laziness):
    """Simulates callers that wake late, upload slowly, and arrive anywhere up to the hand-over."""
    clock = Clock()
    pacer = make(clock)
    waiting = [(clock.now_s, index, pacer.enter()) for index in range(len(uploads))]
    sending: list[tuple[float, int, object]] = []
    arrivals = []
    while waiting or sending:
        events = [(time_s, 0, item) for item in sending for time_s in (item[0],)]
        events += [(time_s, 1, item) for item in waiting for time_s in (item[0],)]
        time_s, kind, item = min(events, key=lambda event: (event[0], event[1], event[2][1]))
        clock.now_s = max(clock.now_s, time_s)
        index = item[1]
        if kind == 0:
            sending.remove(item)
            pacer.handed_over(item[2])
            continue
        waiting.remove(item)
        wait_s = pacer.wait_s(item[2])
        if wait_s > 0:
            waiting.append((clock.now_s + wait_s + laziness[index], index, item[2]))
        else:
            arrivals.append(clock.now_s + uploads[index] * travel_share[index])
            sending.append((clock.now_s + uploads[index], index, item[2]))
    arrivals.sort()
    assert len(arrivals) == len(uploads)
    for first, sixth in zip(arrivals, arrivals[LIMIT:], strict=False):
        assert sixth - first >= WINDOW_S
