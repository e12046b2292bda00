# Benchmarks: distributed, built and run only by hand (tests/bench/README.md).
BENCHMARKS = tests/bench/floor tests/bench/make-log tests/bench/make-tree tests/bench/measure
EXTRA_PROGRAMS += $(BENCHMARKS)
CLEANFILES += $(BENCHMARKS)
EXTRA_DIST += tests/bench/README.md tests/bench/agent tests/bench/diagnose tests/bench/inventory tests/bench/start

tests_bench_floor_LDADD =
tests_bench_make_log_LDADD =
tests_bench_make_tree_LDADD =
tests_bench_measure_LDADD =
