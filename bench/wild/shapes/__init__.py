"""The wild shapes, a module a subject; importing them fills `bench.wild.registry.SHAPES`."""

from bench.wild.registry import SHAPES as SHAPES
from bench.wild.shapes import cells as cells
from bench.wild.shapes import containers as containers
from bench.wild.shapes import dates as dates
from bench.wild.shapes import headings as headings
from bench.wild.shapes import lines as lines
from bench.wild.shapes import numbers as numbers
from bench.wild.shapes import registers as registers
from bench.wild.shapes import values as values
from bench.wild.shapes import wide as wide
