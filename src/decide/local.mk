# Layer 4: facts become findings and plans; sees neither the root nor libvirt nor the clock.
noinst_LIBRARIES += libvfg-decide.a
libvfg_decide_a_SOURCES = \
	src/decide/check.c src/decide/check.h src/decide/check-gpu.c \
	src/decide/check-sizing.c \
	src/decide/gpu-find.c src/decide/gpu-find.h \
	src/decide/gpu-sizing.c src/decide/gpu-sizing.h \
	src/decide/harm.c src/decide/harm.h \
	src/decide/plan-bind.c src/decide/plan-bind.h \
	src/decide/plan-vm.c src/decide/plan-vm.h
libvfg_decide_a_CPPFLAGS = $(DECIDE_INCLUDES)
libvfg_decide_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

check_PROGRAMS += tests/unit/test-sizing
TESTS += tests/unit/test-sizing
tests_unit_test_sizing_SOURCES = tests/unit/test-sizing.c
tests_unit_test_sizing_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_sizing_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_sizing_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_sizing_LDADD = $(DECIDE_TEST_LIBS)
