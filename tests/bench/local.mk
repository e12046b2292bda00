# Benchmarks: distributed, built and run only by hand (tests/bench/README.md).
EXTRA_PROGRAMS += tests/bench/floor tests/bench/make-log tests/bench/make-tree tests/bench/measure
EXTRA_DIST += tests/bench/README.md tests/bench/diagnose tests/bench/inventory tests/bench/start docs/BENCHMARKS.md
CLEANFILES += tests/bench/floor tests/bench/make-log tests/bench/make-tree tests/bench/measure

tests_bench_floor_SOURCES = tests/bench/floor.c
tests_bench_floor_CFLAGS = $(VFG_CFLAGS)
tests_bench_floor_LDFLAGS = $(VFG_LDFLAGS)

tests_bench_make_tree_SOURCES = tests/bench/make-tree.c
tests_bench_make_tree_CFLAGS = $(VFG_CFLAGS)
tests_bench_make_tree_LDFLAGS = $(VFG_LDFLAGS)

tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_measure_CFLAGS = $(VFG_CFLAGS)
tests_bench_measure_LDFLAGS = $(VFG_LDFLAGS)

tests_bench_make_log_SOURCES = tests/bench/make-log.c
tests_bench_make_log_CFLAGS = $(VFG_CFLAGS)
tests_bench_make_log_LDFLAGS = $(VFG_LDFLAGS)
