"""Where the later rooms hang in.

A room of psych_health adds a file with ``build(world)`` beside this one and a line in BUILDERS, in the order in
which things happen in a college. An upper addon extends ``psych.hooks._demo_build(world)``: psych_health does not
know it. Each builder gets the :class:`~.world.World`, takes dates from ``world.day`` and ``world.at``, chance from
``world.random("<room>")``, and says what it made by ``world.say``.
"""

from . import counselling, screening

BUILDERS = (screening.build, counselling.build)


def build(world):
    """Run the builders of the rooms of psych_health, then those of the upper addons."""
    for builder in BUILDERS:
        builder(world)
    world.env["psych.hooks"]._demo_build(world)
