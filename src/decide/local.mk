# Layer 4: facts become findings and plans; sees neither the root nor libvirt nor the clock.
noinst_LIBRARIES += libvfg-decide.a
libvfg_decide_a_SOURCES = \
	src/decide/check.c src/decide/check.h src/decide/check-gpu.c \
	src/decide/check-memory.c src/decide/check-sizing.c \
	src/decide/gpu-find.c src/decide/gpu-find.h \
	src/decide/gpu-sizing.c src/decide/gpu-sizing.h \
	src/decide/harm.c src/decide/harm.h \
	src/decide/plan-bind.c src/decide/plan-bind.h \
	src/decide/plan-persist.c src/decide/plan-persist.h \
	src/decide/plan-vm.c src/decide/plan-vm.h
libvfg_decide_a_CPPFLAGS = $(DECIDE_INCLUDES)
libvfg_decide_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

DECIDE_TESTS = tests/unit/test-check-memory tests/unit/test-sizing
check_PROGRAMS += $(DECIDE_TESTS)
TESTS += $(DECIDE_TESTS)

tests_unit_test_check_memory_SOURCES = tests/unit/test-check-memory.c $(SHIPPED)
tests_unit_test_check_memory_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_check_memory_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_check_memory_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_check_memory_LDADD = $(DECIDE_TEST_LIBS)

tests_unit_test_sizing_SOURCES = tests/unit/test-sizing.c $(SHIPPED)
tests_unit_test_sizing_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_sizing_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_sizing_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_sizing_LDADD = $(DECIDE_TEST_LIBS)
